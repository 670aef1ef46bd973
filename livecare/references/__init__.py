"""Reference frames: one with much light among many with little, and how alike the restored are.

No engine and no file is needed here: sources say with `ReferenceStream` that such frames come, and
`ReferenceWatch` compares what was restored with them.
"""

from livecare.references.comparison import Comparison, compare
from livecare.references.stream import CHANNEL, ReferenceStream
from livecare.references.watch import ReferenceWatch

__all__ = ["CHANNEL", "Comparison", "ReferenceStream", "ReferenceWatch", "compare"]
