"""What pages for people are made of: charts and the look; no network and no scripts are needed."""
