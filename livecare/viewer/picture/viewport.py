"""Knows where one looks: how camera pixels and the pixels of a pane belong together; no Qt.

Places in the frame are `(y, x)` in camera pixels, where pixel `(r, c)` covers `r` to `r + 1` and
`c` to `c + 1`. Places in a pane are `(y, x)` in its own (logical) pixels from its top left corner.
"""

from dataclasses import dataclass, replace
from typing import Final

PlaceYX = tuple[float, float]
ViewYX = tuple[float, float, float, float]
"""Top, left, bottom and right of what is seen, camera pixels."""

MOST_ZOOM: Final = 100.0
"""Pane pixels per camera pixel: a dozen camera pixels fill a screen, there is nothing closer."""
LEAST_ZOOM: Final = 0.25
"""Always reachable, pane pixels per camera pixel: 1:1 on a screen that is scaled up to 4 times."""
LEAST_OF_FIT: Final = 0.25
"""Part of the zoom at which the frame fits: further away, it would be lost on the screen."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """What every pane shows of the frame.

    Attributes
    ----------
    centre_yx : tuple of float
        The place in the middle of the pane, camera pixels.
    zoom : float
        Pane pixels per camera pixel.
    fitted : bool
        Whether it shows the whole frame, and goes on to when the pane's size changes.
    """

    centre_yx: PlaceYX = (0.5, 0.5)
    zoom: float = 1.0
    fitted: bool = True

    def seen(self, size_yx: PlaceYX) -> ViewYX:
        """Give what a pane of this size shows."""
        half_y, half_x = (side / self.zoom / 2 for side in size_yx)
        y, x = self.centre_yx
        return (y - half_y, x - half_x, y + half_y, x + half_x)

    def to_pane(self, place_yx: PlaceYX, size_yx: PlaceYX) -> PlaceYX:
        """Give where in a pane of this size a place of the frame is drawn."""
        top, left, _, _ = self.seen(size_yx)
        return ((place_yx[0] - top) * self.zoom, (place_yx[1] - left) * self.zoom)

    def to_frame(self, place_yx: PlaceYX, size_yx: PlaceYX) -> PlaceYX:
        """Give which place of the frame is drawn at one of a pane of this size."""
        top, left, _, _ = self.seen(size_yx)
        return (top + place_yx[0] / self.zoom, left + place_yx[1] / self.zoom)

    def moved(self, by_yx: PlaceYX, shape_yx: tuple[int, int]) -> "Viewport":
        """Look elsewhere, by so many pane pixels; the middle stays on the frame."""
        y, x = (
            min(max(centre + by / self.zoom, 0.0), float(side))
            for centre, by, side in zip(self.centre_yx, by_yx, shape_yx, strict=True)
        )
        return Viewport((y, x), self.zoom, fitted=False)

    def zoomed(
        self, factor: float, at_yx: PlaceYX, size_yx: PlaceYX, shape_yx: tuple[int, int]
    ) -> "Viewport":
        """Come closer by a factor; the place of the frame at `at_yx` in the pane stays there."""
        fit_zoom = fit(shape_yx, size_yx).zoom
        least, most = min(fit_zoom * LEAST_OF_FIT, LEAST_ZOOM), max(MOST_ZOOM, fit_zoom)
        zoom = min(max(self.zoom * factor, min(least, self.zoom)), max(most, self.zoom))
        held = self.to_frame(at_yx, size_yx)
        y, x = (
            place - (at - side / 2) / zoom
            for place, at, side in zip(held, at_yx, size_yx, strict=True)
        )
        return replace(self, centre_yx=(y, x), zoom=zoom).moved((0.0, 0.0), shape_yx)


def fit(shape_yx: tuple[int, int], size_yx: PlaceYX) -> Viewport:
    """Show the whole frame, as large as the pane allows."""
    rows, columns = (max(side, 1) for side in shape_yx)
    height, width = (max(side, 1.0) for side in size_yx)
    return Viewport((rows / 2, columns / 2), min(height / rows, width / columns), fitted=True)
