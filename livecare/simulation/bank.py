"""Knows how to hand out a scene's frames at the cost of a copy: it holds one cycle of them."""

import numpy as np

from livecare.errors import ConfigError
from livecare.frame import Pixels
from livecare.simulation.scene import SimulatedScene, roll_into


class FrameBank:
    """One rendered cycle of a scene; its frames are those of the scene, bit by bit.

    Rendering takes about 30 ms per frame of 512 x 512 pixels, and 2 bytes per pixel of memory.

    Raises
    ------
    ConfigError
        If the scene has no cycle.
    """

    def __init__(self, scene: SimulatedScene) -> None:
        settings = scene.settings
        if settings.cycle_frames is None:
            raise ConfigError("frame bank: the scene never repeats; set bank_frames above 0")
        self._scene = scene
        self._hot_pixels = settings.camera.hot_pixels(settings.size_yx)
        shape = (settings.cycle_frames, *settings.size_yx)
        self._healthy = np.empty(shape, settings.camera.dtype)
        self._glow = np.empty((settings.cycle_frames, self._hot_pixels.size), np.float32)
        for slot in range(settings.cycle_frames):
            self._healthy[slot], self._glow[slot] = scene.render_slot(slot)

    def copy_into(self, index: int, pixels: Pixels) -> None:
        """Copy a noisy frame into an array of the scene's shape and type."""
        slot, offset_yx = self._scene.slot(index)
        roll_into(self._healthy[slot], offset_yx, pixels)
        camera = self._scene.settings.camera
        camera.add_glow(pixels, self._hot_pixels, self._glow[slot])
