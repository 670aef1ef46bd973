"""Recordings from files: whatever the format, single frames of five axes.

Only this layer knows image files of others; it reads one frame at a time, never a whole file.
"""

from livecare.images.file import ImageFile
from livecare.images.opening import open_images
from livecare.images.recordings import list_recordings

__all__ = ["ImageFile", "list_recordings", "open_images"]
