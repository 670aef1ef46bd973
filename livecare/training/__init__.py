"""Training: networks, simulated pairs, the loop and the export. torch lives here only."""
