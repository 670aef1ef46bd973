"""How frames, telemetry and answers reach the viewer, from this machine or another; no Qt."""
