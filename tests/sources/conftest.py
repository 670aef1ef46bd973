"""Puts tests/sources on the import path, for the tests in folders below it."""
