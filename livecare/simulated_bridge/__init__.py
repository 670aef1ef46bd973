"""A stand-in for a running Micro-Manager: a simulated camera behind its real server protocol."""
