"""BM3D between Anscombe and its inverse (Dabov et al. 2007, doi:10.1109/TIP.2007.901238).

The transform with the exact unbiased inverse around BM3D is Mäkitalo and Foi's method (2013,
doi:10.1109/TIP.2012.2202675). The package `bm3d` is its authors' own, free for non-commercial use.
"""

import bm3d
import numpy as np
from numpy.typing import NDArray

from livecare.evaluation.baselines.protocol import Fitted, Subject
from livecare.evaluation.baselines.transformed import between


class BlockMatching:
    """Anscombe + BM3D. See `livecare.evaluation.baselines.protocol.Baseline`."""

    def candidates(self, subject: Subject) -> list[Fitted]:
        """Return BM3D's own settings at the noise that the transform makes."""
        return [Fitted("σ 1 after Anscombe", between(_denoise, subject.camera))]


def _denoise(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Denoise values whose noise has the variance 1, scaled to 0..1 as BM3D expects."""
    low = float(values.min())
    scale = max(float(values.max()) - low, 1e-6)
    found = bm3d.bm3d((values.astype(np.float64) - low) / scale, sigma_psd=1 / scale)
    return np.asarray(np.asarray(found).reshape(values.shape) * scale + low, np.float32)
