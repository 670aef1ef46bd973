"""The picture: raw and restored, side by side, wiped, blinking, or their difference."""
