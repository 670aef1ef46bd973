"""Makes the picture of README: real cells, raw | restored live | what their light really was.

    python docs/pictures/real.py RECORDING.tif [--out FILE.png]

The recording (time × y × x, photon counts, one field again and again) goes through a real
`livecare run`; what stands on the right is the mean of all its other frames, which no network saw.
README's is nandb_fkbp/well2_cell2_before.tif, held out when the bundled models were trained
(rorynolan/nandb, BSD-3-Clause).
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import tifffile
from numpy.typing import NDArray

from livecare.frame import Position
from livecare.models.png import encode_png
from livecare.sinks.reader import StoreReader

SHOWN: Final = 10
"""The frame that is shown: any after the normalisation has locked, which takes eight."""
LEVELS_PERCENT: Final = (1.0, 99.8)
"""Of the mean: black and white of all three panels."""
ENLARGED: Final = 2
"""Screen pixels of a camera's pixel, along each side."""
GAP: Final = 8
"""White columns between two panels, screen pixels."""
CONFIGURATION: Final = """
[source]
kind = "replay"
[source.replay]
path = {path!r}
rate_hz = 10.0
[store]
path = "real.ome.zarr"
[restorer.camera]
gain = 1.0
offset = 0.0
read_noise = 0.0
"""

Panel = NDArray[np.float64]
"""One picture, (y, x), in the units of the camera."""


def main() -> None:
    """Make the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("real.png"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        raw, restored = restored_live(chosen.recording.resolve(), Path(folder))
    frames = tifffile.imread(chosen.recording)
    others = np.delete(frames, SHOWN, axis=0).mean(axis=0)
    chosen.out.write_bytes(encode_png(panels([raw, restored, others])))
    print(f"{chosen.out}: errors {rms(raw, others):.2f} raw, {rms(restored, others):.2f} restored")


def restored_live(recording: Path, folder: Path) -> tuple[Panel, Panel]:
    """Record and restore a file as a run does; return one raw frame and what became of it."""
    configuration = folder / "real.toml"
    configuration.write_text(CONFIGURATION.format(path=str(recording)), encoding="utf-8")
    command = [sys.executable, "-m", "livecare", "run", "--config", str(configuration)]
    subprocess.run(command, check=True)
    store = StoreReader(folder / "real.ome.zarr")
    at = Position(t=SHOWN)
    shown = [store.lane(name).read(at) for name in ("raw", "restored")]
    if shown[0] is None or shown[1] is None:
        sys.exit(f"frame {SHOWN} of {recording} is not in both images of the recording")
    return shown[0].astype(np.float64), shown[1].astype(np.float64)


def panels(shown: list[Panel]) -> NDArray[np.uint8]:
    """Put pictures side by side, all between the levels of the last."""
    low, high = np.percentile(shown[-1], LEVELS_PERCENT)
    grey = [np.clip((each - low) / (high - low) * 255, 0, 255).astype(np.uint8) for each in shown]
    large = [each.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1) for each in grey]
    gap = np.full((large[0].shape[0], GAP), 255, np.uint8)
    return np.hstack([large[0], gap, large[1], gap, large[2]])


def rms(shown: Panel, truth: Panel) -> float:
    """Return the root mean square error, in the camera's units."""
    return float(np.sqrt(np.mean((shown - truth) ** 2)))


if __name__ == "__main__":
    main()
