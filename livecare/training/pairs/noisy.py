"""Noisy recordings alone, for methods that need no pairs: Noise2Void and its family."""

from collections.abc import Sequence
from pathlib import Path

from livecare.training.pairs.checks import check_recordings
from livecare.training.pairs.footage import Footage
from livecare.training.pairs.partners import Alone
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.recordings import check_types, find_recordings
from livecare.training.pairs.sampler import FootagePatches
from livecare.training.pairs.settings import PairSettings
from livecare.training.pairs.split import split
from livecare.training.pairs.structure import structure_notes
from livecare.training.pairs.telling import describe


def noisy_stacks(
    paths: Sequence[Path], settings: PairSettings, *, pixelwise: bool = True
) -> FootagePatches:
    """Learn from noisy frames alone.

    Parameters
    ----------
    paths : sequence of Path
        Files or folders of recordings; a single frame will do.
    settings : PairSettings
        Units, split, augmentation.
    pixelwise : bool
        Whether the method takes the noise of each pixel to be independent of its neighbours', as
        Noise2Void does and structN2V does not; if so, noise that is not is noted.

    Raises
    ------
    UsageError
        If the recordings cannot be learnt from; names the file or frame and the cure.
    """
    recordings = find_recordings(paths, settings.channel)
    check_types(recordings)
    reader = FrameReader(settings.cache_bytes)
    notes = check_recordings(recordings, reader, settings)
    if pixelwise:
        notes += structure_notes(recordings, reader)
    footage = [Footage.of(each, reader, Alone(), settings) for each in recordings]
    provenance = describe("noisy recordings", settings, footage)
    return FootagePatches(split(footage, settings), settings, provenance, notes)
