"""Puts tests/engines on the import path, for the engines' own folders below."""
