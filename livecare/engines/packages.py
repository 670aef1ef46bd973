"""Knows what is installed, without importing it."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec


def has_module(name: str) -> bool:
    """Look for a module; a folder that happens to have its name is none."""
    spec = find_spec(name)
    return spec is not None and spec.origin is not None


def has_distribution(name: str) -> bool:
    """Look for what pip installs under a name; several may bring the same module."""
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
