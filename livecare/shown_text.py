"""Which characters no text of a stranger may have where it is shown, in terminals and logs."""

import unicodedata
from typing import Final

UNWANTED: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Their Unicode categories: control characters, halves of characters, and what other programs take
for the end of a line."""


def has_unwanted(text: str) -> bool:
    """Tell whether such a character is in a text."""
    return not UNWANTED.isdisjoint(map(unicodedata.category, text))


def as_shown(text: str) -> str:
    """Return what a program or an instrument says, with spaces instead of them."""
    if text.isprintable():  # as good as always
        return text
    return "".join(" " if unicodedata.category(each) in UNWANTED else each for each in text)
