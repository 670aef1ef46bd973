"""What the fixtures of followed data sets are."""

from collections.abc import Callable

from ndtiff_writers import JavaWriter

from livecare.frame import StreamInfo
from livecare.sources.ndtiff_follow import NDTiffFollowSource

Follow = Callable[..., tuple[NDTiffFollowSource, StreamInfo]]

Java = Callable[..., JavaWriter]
