"""What one mistake in a configuration is: where it stands, what it is, and the cure."""

from collections.abc import Sequence
from dataclasses import dataclass

from livecare.config.lines import Place
from livecare.config.toml_scan import KeyPath
from livecare.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake.

    Attributes
    ----------
    file : str
        The file, or what stands for one.
    place : Place or None
        Where in the file; None where that is not known.
    what : str
        Which key, and what is wrong with it.
    cure : str
        What to do about it.
    path : KeyPath
        The key, or the table that lacks one; () for the whole.
    """

    file: str
    place: Place | None
    what: str
    cure: str
    path: KeyPath = ()

    @property
    def where(self) -> str:
        """The place as compilers say it, so that editors can go there: FILE:LINE:COLUMN."""
        if self.place is None:
            return self.file
        return f"{self.file}:{self.place.line}:{self.place.column}"

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.cure}"


def wrong(mistakes: Sequence[Mistake]) -> ConfigError:
    """Return an error that says all of them: one in its line, several in a line each."""
    if len(mistakes) == 1:
        return ConfigError(str(mistakes[0]))
    lines = "\n".join(f"  {mistake}" for mistake in mistakes)
    return ConfigError(f"{len(mistakes)} mistakes in {mistakes[0].file}:\n{lines}")
