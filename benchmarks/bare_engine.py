"""The engine alone in a loop: what a run's restored rate is measured against."""

import time
from multiprocessing.connection import Connection

import numpy as np
from limits import camera_frames
from receiver import Receiver
from runs import CAMERA

from livecare.engines import make_engine
from livecare.load import engine_cores
from livecare.models import load_bundled
from livecare.models.normalise import CameraNoise, NoiseUnits
from livecare.orphan import give_way


def bare_rate_hz(side: int, seconds: float) -> float:
    """Restore frames one after the other in a process that does nothing else; return frames/s.

    The process has the priority of a restorer: whoever else uses the machine costs both the same.
    """
    process = Receiver(_loop, side, seconds)
    rate_hz: float = process.hear()
    process.end()
    return rate_hz


def _loop(connection: Connection, side: int, seconds: float) -> None:
    give_way()
    frames = camera_frames(side)
    restored = np.empty((1, side, side), np.uint16)
    units = [NoiseUnits(CameraNoise(*CAMERA.values()))]
    engine = make_engine("onnxruntime")
    engine.load(load_bundled(), engine_cores())
    engine.infer(frames[0][None], restored, units)
    count, begun = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        engine.infer(frames[count % len(frames)][None], restored, units)
        count += 1
    engine.close()
    connection.send(count / elapsed)
