"""How right `livecare calibrate` is: cameras whose answers are known, each measured every way.

Still scenes and dark frames must give the gain within 2 %, the offset within 1 % and the read noise
within 10 %, from 100 frames; moving scenes the gain, and the noise of dark, usual and bright
pixels, within 10 %. Where the truth is 0, a part of a count or of an electron counts instead.
Read noise is that of the frames, digitisation included; the document says how many hold against
the simulated camera's own, too.
"""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from calibration_cases import Case, Sensor, recorded, sensor_case, simulated
from machine import Machine
from report import place_of, print_grid, write_document

from livecare.camera import (
    Calibration,
    CameraKey,
    Measured,
    PixelMaps,
    measure_dark_and_light,
    measure_scene,
)

BOUNDS: Final = {"dark and light": 0.02, "still scene": 0.02, "moving scene": 0.10}
"""What the gain may be off, as a share."""
LIVING: Final = 0.10
"""And that of recorded cells, which live: none of these scenes is still."""
OFFSET_BOUND: Final = 0.01
OFFSET_COUNTS: Final = 0.1
"""What the offset may be off: a share of it, or counts where it is 0."""
READ_BOUND: Final = 0.10
READ_ELECTRONS: Final = 0.25
"""What the read noise may be off: a share of it, or electrons where it is 0."""
VARIANCE_BOUND: Final = 0.10
"""What the variance of dark, usual and bright pixels may be off, as a share."""
HEADINGS: Final = (
    "case",
    "method",
    "gain",
    "off by",
    "offset",
    "noise-free",
    "read noise",
    "noise off by",
    "sure",
    "met",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One calibration beside the truth.

    Attributes
    ----------
    case : Case
        What is known.
    found : Calibration
        What was found.
    """

    case: Case
    found: Calibration

    @property
    def gain_off(self) -> float:
        """Error of the gain, as a share."""
        return self.found.gain.value / self.case.gain - 1

    @property
    def variance_off(self) -> float:
        """Greatest error of the noise's variance over the levels, as a share; NaN if unknown."""
        case = self.case
        if not case.levels or case.read_noise is None:
            return float("nan")
        read_variance = (case.gain * (case.read_noise_and_rounding or 0.0)) ** 2
        off = [
            self.found.variance_at(level) / (case.gain * (level - case.offset) + read_variance) - 1
            for level in case.levels
        ]
        return max(off, key=abs)

    @property
    def met(self) -> dict[str, bool]:
        """Which bounds hold."""
        case, found = self.case, self.found
        bound = BOUNDS[case.method] if case.simulated else LIVING
        held = {"gain": abs(self.gain_off) <= bound}
        if case.method == "moving scene":
            if case.levels:
                held["noise"] = abs(self.variance_off) <= VARIANCE_BOUND
            return held
        if case.read_noise is not None:
            allowed = OFFSET_BOUND * case.offset or OFFSET_COUNTS
            held["offset"] = abs(found.offset.value - case.offset) <= allowed
            held["read noise"] = self.read_noise_met(case.read_noise_and_rounding)
        return held

    def read_noise_met(self, truth: float | None) -> bool:
        """Tell whether the read noise is near enough, electrons."""
        allowed = READ_BOUND * (truth or 0.0) or READ_ELECTRONS
        return truth is not None and abs(self.found.read_noise.value - truth) <= allowed

    @property
    def within_errors(self) -> bool:
        """Whether the gain is within two of its standard errors, as 95 of 100 should be."""
        error = self.found.gain.error
        return error is not None and abs(self.found.gain.value - self.case.gain) <= 2 * error

    def cells(self) -> tuple[str, ...]:
        """Return the row as text."""
        found, held = self.found, self.met
        missed = [name for name, good in held.items() if not good]
        return (
            self.case.name,
            self.case.method,
            found.gain.words,
            f"{self.gain_off:+.1%}",
            found.offset.words,
            found.noise_free_level.words,
            found.read_noise.words,
            "" if np.isnan(self.variance_off) else f"{self.variance_off:+.1%}",
            "yes" if found.separated else "no",
            "yes" if not missed else f"not {', '.join(missed)}",
        )

    def as_json(self) -> dict[str, object]:
        """Return the row for the document."""
        found = self.found

        def pair(value: Measured) -> list[float | None]:
            return [value.value, value.error]

        return {
            "case": self.case.name,
            "method": self.case.method,
            "truth": [self.case.gain, self.case.offset, self.case.read_noise],
            "gain": pair(found.gain),
            "offset": pair(found.offset),
            "noise_free_level": pair(found.noise_free_level),
            "read_noise": pair(found.read_noise),
            "gain_off": self.gain_off,
            "variance_off": None if np.isnan(self.variance_off) else self.variance_off,
            "separated": found.separated,
            "hot_pixels": found.hot_pixels,
            "met": self.met,
            "read_noise_met_without_rounding": self.read_noise_met(self.case.read_noise),
            "gain_within_two_errors": self.within_errors,
            "warnings": list(found.warnings),
        }


def measure(case: Case) -> tuple[Row, PixelMaps]:
    """Calibrate a case."""
    key = CameraKey("benchmark", case.pixel_type)
    if case.method == "dark and light":
        found, maps = measure_dark_and_light(case.dark, case.light, key)
    else:
        found, maps = measure_scene(case.light[0], key, moving=case.method == "moving scene")
    return Row(case, found), maps


def compare_maps(sensor: Sensor, maps: PixelMaps, error: float | None) -> dict[str, float | None]:
    """Hold the maps of a calibration against the sensor's."""
    assert maps.offset is not None
    assert maps.read_variance is not None
    assert maps.hot is not None
    noisy = sensor.variance > 5 * np.median(sensor.variance)
    healthy = ~noisy
    found: dict[str, float | None] = {
        "offset_rms_counts": float(np.std((maps.offset - sensor.offset)[healthy])),
        "read_variance_correlation": float(
            np.corrcoef(
                np.log(maps.read_variance + 1).ravel(), np.log(sensor.variance + 1).ravel()
            )[0, 1]
        ),
        "noisy_pixels": float(noisy.mean()),
        "noisy_pixels_found": float(maps.hot[noisy].mean()),
        "healthy_pixels_called_hot": float(maps.hot[healthy].mean()),
        "gain_map_error_said": error,
    }
    if maps.gain is not None:
        away = (maps.gain / sensor.gain - 1)[healthy]
        found["gain_map_error"] = float(np.nanstd(away))
        found["gain_spread_of_the_sensor"] = float(sensor.gain[healthy].std() / 2.17)
    return found


def summarise(rows: list[Row]) -> list[tuple[str, ...]]:
    """Return how many rows of each kind hold their bounds."""
    table = [("kind", "method", "cases", "met", "gain within 2 errors", "median |gain off|")]
    for simulated_ones in (True, False):
        for method in BOUNDS:
            wanted = method, simulated_ones
            group = [row for row in rows if (row.case.method, row.case.simulated) == wanted]
            if not group:
                continue
            table.append(
                (
                    "simulated" if simulated_ones else "recorded",
                    method,
                    str(len(group)),
                    str(sum(all(row.met.values()) for row in group)),
                    str(sum(row.within_errors for row in group)),
                    f"{np.median([abs(row.gain_off) for row in group]):.2%}",
                )
            )
    return table


def main() -> None:
    """Measure all cases, print the table and write the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=8, help="specimens for each camera")
    parser.add_argument("--out", type=Path, help="the JSON")
    chosen = parser.parse_args()
    machine = Machine.here()
    rows = [measure(case)[0] for case in simulated(chosen.seeds)]
    rows += [measure(case)[0] for case in recorded()]
    sensor = Sensor.read(Path(os.environ["LIVECARE_DATA"]) / "camera")
    maps: dict[str, dict[str, float | None]] = {}
    for frames, dark in ((12, 40), (60, 200)):
        row, found = measure(sensor_case(sensor, frames, dark))
        rows.append(row)
        maps[row.case.name] = compare_maps(sensor, found, row.found.gain_map_error)
    print_grid([HEADINGS, *(row.cells() for row in rows)])
    print()
    print_grid(summarise(rows))
    for name, found_maps in maps.items():
        print(f"\n{name}")
        for what, value in found_maps.items():
            print(f"  {what}: {'' if value is None else f'{value:.4g}'}")
    write_document(
        place_of(parser, chosen, "calibration"),
        "calibration",
        machine,
        rows=[row.as_json() for row in rows],
        maps=maps,
    )


if __name__ == "__main__":
    main()
