"""Knows one acquisition on its way to livecare: what was announced of it, and what must be yet."""

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from livecare.client.layout import Layout, Spot
from livecare.client.line import Line
from livecare.errors import UsageError
from livecare.frame import PIXEL_TYPES, Pixels, StreamInfo
from livecare.shown_text import as_shown


@dataclass(frozen=True, slots=True)
class About:
    """What an acquisition says of itself.

    Attributes
    ----------
    source : str
        What sends, for people.
    channels, positions : tuple of str
        Those that are known beforehand; others are added as they appear.
    size_z : int
        Planes that are known beforehand.
    pixel_size_um, z_step_um, interval_s : float or None
        Spacing of pixels (µm), planes (µm) and time points (s); None where unknown.
    detail : dict
        What else is known; JSON values only.
    """

    source: str
    channels: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    size_z: int = 1
    pixel_size_um: float | None = None
    z_step_um: float | None = None
    interval_s: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Described:
    """What was said of a frame.

    Attributes
    ----------
    spot : Spot
        Where it belongs.
    about : About
        What its acquisition says of itself.
    acquisition : int or None
        Which acquisition it is of; None where nobody says: then a time point that comes again
        begins another.
    camera_time_ns : int or None
        The camera's own time, ns from the start of its sequence.
    """

    spot: Spot
    about: About
    acquisition: int | None = None
    camera_time_ns: int | None = None


class Outgoing:
    """One acquisition: frames of one shape and type.

    Parameters
    ----------
    line : Line
        The way to livecare.
    pixels : array
        The first frame.
    described : Described
        What was said of it.

    Raises
    ------
    UsageError
        If livecare takes no such frames, or the endpoint cannot be.
    """

    def __init__(self, line: Line, pixels: Pixels, described: Described) -> None:
        grey = pixels.ndim == 2 and pixels.size > 0  # noqa: PLR2004 rows and columns
        if not grey or pixels.dtype.name not in PIXEL_TYPES:
            raise UsageError(
                f"frames of {pixels.dtype} and shape {pixels.shape} cannot be recorded; set the "
                f"camera to grey pixels, of {', '.join(PIXEL_TYPES)}"
            )
        about = described.about
        self._acquisition = described.acquisition
        self._layout = Layout(about.channels, about.size_z, about.positions)
        self._info = StreamInfo(
            run_id=uuid.uuid4().hex,
            source=as_shown(about.source),
            shape_yx=(pixels.shape[0], pixels.shape[1]),
            dtype=pixels.dtype.name,
            channels=_named(about.channels or (described.spot.channel,)),
            size_z=about.size_z,
            positions=_named(about.positions or (described.spot.position,)),
            pixel_size_um=about.pixel_size_um,
            z_step_um=about.z_step_um,
            interval_s=about.interval_s,
            grows=True,
            detail=about.detail,
        )
        self._pusher = line.begin(self._info)

    def continues_with(self, pixels: Pixels, described: Described) -> bool:
        """Tell whether a frame is of this acquisition."""
        if pixels.shape != self._info.shape_yx or pixels.dtype.name != self._info.dtype:
            return False
        if self._acquisition != described.acquisition:
            return False
        return described.acquisition is not None or not self._layout.repeats(described.spot)

    def send(
        self,
        pixels: Pixels,
        described: Described,
        number: int,
        lost_before: int,
        skipped_before: int,
    ) -> bool:
        """Send a frame; False if livecare was too far behind, and it was dropped.

        Raises
        ------
        ProtocolError
            If there are more channels or positions than a message can name.
        """
        layout, spot = self._layout, described.spot
        axes = {
            "channels": _named(_with(layout.channels, spot.channel)),
            "size_z": max(layout.size_z, spot.z + 1),
            "positions": _named(_with(layout.positions, spot.position)),
        }
        if any(getattr(self._info, name) != now for name, now in axes.items()):
            wider = replace(self._info, **axes)  # type: ignore[arg-type]  # as in `axes`
            self._pusher.announce(wider)  # what it refuses has no place: later frames are unharmed
            self._info = wider
        position = layout.place(spot)
        return self._pusher.send(
            pixels, position, number, described.camera_time_ns, lost_before, skipped_before
        )


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)


def _named(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names that livecare takes: an instrument's settings are not refused for a tab."""
    return tuple(map(as_shown, names))
