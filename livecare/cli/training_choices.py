"""Knows the words between which the options of `livecare train` let one choose."""

from enum import StrEnum


class MethodChoice(StrEnum):
    """How to learn."""

    CARE = "care"
    N2N = "n2n"
    N2V = "n2v"
    N2V2 = "n2v2"
    STRUCTN2V = "structn2v"
    PN2V = "pn2v"


class NetworkChoice(StrEnum):
    """What to train."""

    CARE = "care"
    CARE_K3 = "care-k3"
    N2V = "n2v"
    N2V2 = "n2v2"
    FAST = "fast"


class LossChoice(StrEnum):
    """What to minimise."""

    MAE = "mae"
    MSE = "mse"
    LAPLACE = "laplace"


class UnitsChoice(StrEnum):
    """What the network sees."""

    FIXED = "fixed"
    PER_FRAME = "per-frame"
    ANSCOMBE = "anscombe"


class DirectionChoice(StrEnum):
    """Along what noise runs."""

    ROWS = "rows"
    COLUMNS = "columns"


class ClockChoice(StrEnum):
    """What minutes are counted."""

    WALL = "wall"
    CPU = "cpu"
