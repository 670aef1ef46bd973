"""What a run's sockets are guarded with: its own key, and the lists of who may come in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from livecare.keys.files import KeyPair, new_pair, read_pair, read_public
from livecare.keys.lists import AllowLists


@dataclass(frozen=True, slots=True)
class SecuritySpec:
    """Where a child process finds what a run is guarded with: paths only, no key.

    Attributes
    ----------
    server_key : str
        File of the run's own pair.
    local_key : str
        File of the pair that this user's commands use.
    readers, operators : str or None
        Folders of the keys of others.
    """

    server_key: str
    local_key: str
    readers: str | None
    operators: str | None


@dataclass(frozen=True, slots=True)
class Security:
    """What a run is guarded with.

    Attributes
    ----------
    server : KeyPair
        The run's own: who connects must know its public key.
    local : bytes
        Public key of this user's own commands, Z85.
    readers, operators : Path or None
        Folders of the keys of others.
    """

    server: KeyPair
    local: bytes
    readers: Path | None
    operators: Path | None

    @classmethod
    def prepare(
        cls, server_key: Path, readers: Path | None, operators: Path | None
    ) -> tuple[Self, KeyPair]:
        """Read a run's own keys and check its lists; make keys for this user's own commands.

        Returns
        -------
        security : Security
        local : KeyPair
            Of this user's commands, for as long as the run goes on.

        Raises
        ------
        UsageError, ConfigError
            If a file or a folder is not what it must be.
        """
        local = new_pair()
        security = cls(read_pair(server_key), local.public, readers, operators)
        security.lists().check()
        return security, local

    @classmethod
    def read(cls, spec: SecuritySpec) -> Self:
        """Read it in a child process. Raises UsageError."""
        return cls(
            read_pair(Path(spec.server_key)),
            read_public(Path(spec.local_key)),
            None if spec.readers is None else Path(spec.readers),
            None if spec.operators is None else Path(spec.operators),
        )

    def lists(self) -> AllowLists:
        """Return the lists, for one thread."""
        return AllowLists(self.readers, self.operators, self.local)
