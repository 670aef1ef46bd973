"""Knows CURVE keys: the files they lie in, who made them, and whose keys may do what.

A key is 32 bytes, here always as ZeroMQ's certificate files have it: 40 characters of Z85. Whoever
knows a public key can tell its owner; only the secret one proves to be them.
"""

from livecare.keys.files import (
    PUBLIC_SUFFIX,
    SECRET_SUFFIX,
    KeyPair,
    create_keys,
    new_pair,
    read_pair,
    read_public,
    write_pair,
    write_public,
)
from livecare.keys.lists import AllowLists, Role
from livecare.keys.security import Security, SecuritySpec

__all__ = [
    "PUBLIC_SUFFIX",
    "SECRET_SUFFIX",
    "AllowLists",
    "KeyPair",
    "Role",
    "Security",
    "SecuritySpec",
    "create_keys",
    "new_pair",
    "read_pair",
    "read_public",
    "write_pair",
    "write_public",
]
