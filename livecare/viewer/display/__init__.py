"""What frames look like on a screen, as pure functions of arrays; no Qt."""
