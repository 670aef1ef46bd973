"""What a run's sockets are guarded with, and where this user's own commands find their key."""

from dataclasses import dataclass
from pathlib import Path

from livecare import run_place
from livecare.config import Config
from livecare.errors import RingError
from livecare.keys import KeyPair, Security, SecuritySpec, write_pair, write_public
from livecare.publisher import check_endpoint
from livecare.sources import FrameSource, PushSource


@dataclass(frozen=True, slots=True)
class Guarded:
    """The keys of a run.

    Attributes
    ----------
    security : Security
        What its sockets are guarded with.
    local : KeyPair
        What commands of this user prove themselves with, while the run goes on.
    """

    security: Security
    local: KeyPair

    @classmethod
    def by(cls, config: Config) -> "Guarded | None":
        """Read the keys that a configuration names; None where it names none.

        Raises
        ------
        UsageError, ConfigError
            If a file or a folder is not what it must be.
        """
        section = config.security
        if section is None:
            return None
        security, local = Security.prepare(section.server_key, section.readers, section.operators)
        return cls(security, local)

    def leave_keys(self, folder: Path) -> None:
        """Leave keys for this user's commands in a private folder. Raises RingError."""
        try:
            for file in (run_place.local_key_file(folder), run_place.server_key_file(folder)):
                file.unlink(missing_ok=True)
            write_pair(run_place.local_key_file(folder), self.local, "this user")
            write_public(run_place.server_key_file(folder), self.security.server.public, "this run")
        except OSError as error:
            raise RingError(f"cannot leave keys in {folder}: {error.strerror}") from error


def guard(config: Config, source: FrameSource) -> Guarded | None:
    """Read a run's keys, and have its source ask for them; refuse what cannot be served.

    Raises
    ------
    UsageError, ConfigError
        If a file or a folder of keys is not what it must be, or previews cannot be served.
    """
    guarded = Guarded.by(config)
    check_endpoint(config.publish.preview, guarded=guarded is not None)
    if guarded is not None and isinstance(source, PushSource):
        source.guard(guarded.security)
    return guarded


def security_of(guarded: Guarded | None) -> Security | None:
    """Return what sockets are guarded with."""
    return None if guarded is None else guarded.security


def security_spec(config: Config, folder: Path) -> SecuritySpec | None:
    """Say where a child finds the keys of a run that has left its own in a folder."""
    section = config.security
    if section is None:
        return None
    return SecuritySpec(
        server_key=str(section.server_key),
        local_key=str(run_place.local_key_file(folder)),
        readers=None if section.readers is None else str(section.readers),
        operators=None if section.operators is None else str(section.operators),
    )
