"""Knows what of the window is kept from one day to the next: size, layout, ways of looking."""

from pathlib import Path
from typing import cast

from PySide6.QtCore import QByteArray, QSettings


class Remembered:
    """Settings of one user on one machine.

    Parameters
    ----------
    file : Path or None
        An INI file to keep them in; None for the system's place.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._settings = (
            QSettings("livecare", "viewer")
            if file is None
            else QSettings(str(file), QSettings.Format.IniFormat)
        )

    def shape(self, name: str) -> QByteArray | None:
        """Return a geometry or a layout, as Qt saved it; None where there is none."""
        found = self._settings.value(name)
        return found if isinstance(found, QByteArray) else None

    def keep_shape(self, name: str, shape: QByteArray) -> None:
        """Keep a geometry or a layout."""
        self._settings.setValue(name, shape)

    def word(self, name: str, words: tuple[str, ...], usual: str) -> str:
        """Return one of some words; the usual one where another or none was kept."""
        found = cast("object", self._settings.value(name))
        return found if isinstance(found, str) and found in words else usual

    def keep_word(self, name: str, word: str) -> None:
        """Keep a word."""
        self._settings.setValue(name, word)

    def flag(self, name: str, *, usual: bool) -> bool:
        """Return whether something was on."""
        return self.word(name, ("on", "off"), "on" if usual else "off") == "on"

    def keep_flag(self, name: str, *, on: bool) -> None:
        """Keep whether something is on."""
        self._settings.setValue(name, "on" if on else "off")
