"""What stands around the picture: health, trust, controls, time, contrast, curves."""
