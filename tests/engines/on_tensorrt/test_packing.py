from collections.abc import Sequence

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the extra 'test' is missing")
pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from wrapped import BINNED, NOISES, WINDOWS

from livecare.engines.tensorrt.packing import UNIT_COUNTS, fits, pack_units
from livecare.errors import EngineError
from livecare.models import Normalisation
from livecare.models.noise_units import TABLE_STEPS


@pytest.mark.parametrize(
    ("dtype", "restored", "normalisations", "fit"),
    [
        ("uint16", "uint16", WINDOWS, True),
        ("uint8", "uint16", NOISES, True),
        ("uint8", "uint8", NOISES, False),
        ("float32", "uint16", WINDOWS, False),
        ("uint16", "float32", WINDOWS, False),
        ("uint16", "uint16", [], False),
        ("uint16", "uint16", [WINDOWS[0], NOISES[0]], False),
        ("uint16", "uint16", [NOISES[0], BINNED], False),
        ("uint16", "uint16", [BINNED], False),
    ],
)
def test_what_fits(
    dtype: str, restored: str, normalisations: Sequence[Normalisation], *, fit: bool
) -> None:
    assert fits(normalisations, dtype, restored) is fit


@pytest.mark.parametrize("normalisations", [[], [WINDOWS[0], NOISES[0]], [BINNED]])
def test_what_does_not_fit_is_refused(normalisations: Sequence[Normalisation]) -> None:
    with pytest.raises(EngineError, match="does not fit"):
        pack_units(normalisations)


def test_packed_numbers_of_many_frames() -> None:
    units, table = pack_units(NOISES * 2)
    assert (units.dtype, units.shape) == (np.float32, (6, UNIT_COUNTS["noise"]))
    assert table is not None
    assert (table.dtype, table.shape) == (np.float32, (6, TABLE_STEPS))
    np.testing.assert_array_equal(table[0], table[3])
    assert np.abs(table[0] - table[1]).max() > 0
    units, table = pack_units(WINDOWS)
    assert (units.dtype, units.shape, table) == (np.float32, (3, UNIT_COUNTS["window"]), None)
