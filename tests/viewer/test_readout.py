"""What is said of the pixel under the crosshair."""

import numpy as np
import pytest

from livecare.frame import FrameHeader, Position, Restoration
from livecare.viewer.picture.hover import hover_at
from livecare.viewer.readout import hover_words
from livecare.viewer.seen import ChannelView, SeenFrame, View

CAMERA = {"gain": 2.0, "offset": 100.0, "read_noise": 1.6, "binning": 1.0}
MADE = Restoration("onnxruntime", "fp32", "a model", "00", "anscombe", CAMERA, 0, 0, 0, 1)


@pytest.mark.parametrize("reduction", [1, 4])
def test_the_camera_s_noise_is_said_of_whole_pixels_only(reduction: int) -> None:
    header = FrameHeader(5, Position(5), (8 * reduction, 8 * reduction), "uint16", 0)
    pixels = np.full((8, 8), 300, np.uint16)
    raw, restored = (SeenFrame("run", header, pixels, made, reduction) for made in (None, MADE))
    view = View((ChannelView(raw, restored, raw),), 0, 1)
    words = hover_words(hover_at(view, (0,), 3, 2), view, None)
    assert words.startswith("y 3, x 2   ·   raw 300  restored 300")
    assert ("raw expected within ±" in words) is (reduction == 1), "a mean varies less"
