"""Knows how recordings in files continue one stream, and what begins an epoch."""

from dataclasses import replace

from livecare.frame import StreamInfo
from livecare.images import ImageFile


def describe_images(images: ImageFile, source: str, run_id: str, *, grows: bool) -> StreamInfo:
    """Describe the stream that a recording begins.

    Parameters
    ----------
    images : ImageFile
        The recording.
    source, run_id : str
        See `StreamInfo`.
    grows : bool
        True where other recordings may follow.
    """
    return StreamInfo(
        run_id=run_id,
        source=source,
        shape_yx=images.shape_yx,
        dtype=images.dtype,
        channels=images.channels,
        size_z=images.shape[2],
        positions=images.positions,
        pixel_size_um=images.pixel_size_um,
        z_step_um=images.z_step_um,
        interval_s=images.interval_s,
        grows=grows,
        detail={"path": str(images.path), "format": str(images.metadata.get("format", ""))},
    )


def continue_stream(stream: StreamInfo, images: ImageFile) -> StreamInfo | None:
    """Return the stream with a recording's axes added, None if the recording begins an epoch.

    What the stream has already keeps its name; the same object comes back if all fits.
    """
    if (images.shape_yx, images.dtype) != (stream.shape_yx, stream.dtype):
        return None
    channels = stream.channels + images.channels[len(stream.channels) :]
    positions = stream.positions + images.positions[len(stream.positions) :]
    if len(set(channels)) < len(channels) or len(set(positions)) < len(positions):
        return None
    size_z = max(stream.size_z, images.shape[2])
    if (channels, positions, size_z) == (stream.channels, stream.positions, stream.size_z):
        return stream
    return replace(stream, channels=channels, positions=positions, size_z=size_z)
