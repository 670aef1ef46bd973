"""`livecare` where months of a run are over: what counts frames begins at a number that is given.

The recorder's own process only; the children learn of it by the rings, as they always do.
"""

import sys
from functools import partial
from pathlib import Path
from typing import Any, Self

from livecare import sources
from livecare.cli import main
from livecare.recorder import Acquisition
from livecare.ring import RingWriter
from livecare.sources.simulated import SimulatedSource
from livecare.supervisor import joints, pipeline


def fast_forward(first: int) -> None:
    """Begin tickets, sequence numbers, the camera's numbers and time points there."""

    class LateRing(RingWriter):
        @classmethod
        def create(cls, path: Path, slots: int, frame_bytes: int, at: int = first) -> Self:
            return super().create(path, slots, frame_bytes, at)

    def late_source(_kind: str, settings: Any) -> SimulatedSource:  # noqa: ANN401
        return SimulatedSource(settings, first_index=first)

    setattr(joints, "RingWriter", LateRing)  # noqa: B010
    setattr(pipeline, "Acquisition", partial(Acquisition, before=first))  # noqa: B010
    setattr(sources, "make_source", late_source)  # noqa: B010


if __name__ == "__main__":
    fast_forward(int(sys.argv.pop(1)))
    main()
