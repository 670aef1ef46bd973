"""Measured times of batches, kept from one run to the next."""

import hashlib
import platform
from typing import Annotated, Final

import msgspec

from livecare import __version__
from livecare.engines.cache import Cache
from livecare.engines.protocol import Engine, Expected
from livecare.models.package import Model

PREFIX: Final = "times-"

Frames = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Timings:
    """What is known of an engine's times with a model and frames of one kind on this machine.

    Parameters
    ----------
    cache : Cache
        Where they are kept.
    engine : Engine
        Loaded.
    model : Model
        With this.
    expected : Expected
        For these frames.
    threads : int
        CPU threads that it may use.
    """

    def __init__(
        self, cache: Cache, engine: Engine, model: Model, expected: Expected, threads: int
    ) -> None:
        facts = (
            __version__,
            engine.name,
            engine.precision,
            engine.device,
            model.sha256,
            expected.shape,
            expected.dtype,
            expected.restored_dtype,
            expected.batch,
            threads,
            platform.machine(),
            platform.processor(),
        )
        self._cache = cache
        self._key = PREFIX + hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    def read(self) -> dict[int, float]:
        """Return seconds by frames of a batch; nothing where nothing is known."""
        content = self._cache.read(self._key)
        if content is None:
            return {}
        try:
            return msgspec.json.decode(content, type=dict[Frames, Seconds])
        except (msgspec.DecodeError, UnicodeDecodeError):  # of another livecare
            return {}

    def write(self, seconds: dict[int, float]) -> None:
        """Keep seconds by frames of a batch; a cache that cannot be written keeps nothing."""
        self._cache.write(self._key, msgspec.json.encode(seconds))
