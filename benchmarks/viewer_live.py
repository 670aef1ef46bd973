"""The window beside a recorded run: how fast it is drawn, and what that costs the recording."""

from pathlib import Path
from statistics import median
from typing import Final

from calm import calmly
from limits import camera_frames, write_directly
from runs import Setting
from table import Bar, Figure
from viewer_beside import TAKER, WINDOW, rate, rates
from viewer_watched import Effort, Watched, watch

MEGABYTE: Final = 1e6
TICKS_HZ: Final = 1e3 / 33
"""Pictures that the window can show, 1/s: it looks for new ones every 33 ms."""
PLAIN_S: Final = 4.0
"""Of the camera's frames, seconds of them are written plainly: disks pause for tenths of one."""
_NONE: Final = Bar("measured", "<=", 0)
_LEAST_HZ: Final = Bar("measured", ">=", 20.0)


def measure_live(folder: Path, effort: Effort) -> list[Figure]:
    """Record with the window beside, and without; write plainly before, between and after."""
    setting, frames = effort.setting, effort.setting.frames
    plain = [_plain_rate(folder, effort)]

    def both() -> tuple[Watched, Watched]:
        alone = watch(folder, setting, [], effort.every_s)
        plain.append(_plain_rate(folder, effort))
        return alone, watch(folder, setting, [WINDOW], effort.every_s)

    once = calmly(both, 1)
    plain.append(_plain_rate(folder, effort))
    alone, beside = once.taken[0]
    return [
        *_display(effort.words, beside, setting, once.note),
        Figure(
            f"{effort.words}, not recorded beside the window",
            "frames",
            "without it",
            [(beside.missing(frames), alone.missing(frames))],
            Bar("measured", "<=", 0),
            f"of {frames} frames in {effort.seconds:.0f} s",
        ),
        Figure(
            f"{effort.words}, what the camera gives",
            "MB/s",
            "the disk alone at its slowest",
            [(effort.bytes_per_s / MEGABYTE, min(plain) / MEGABYTE)],
            note=f"written plainly: {', '.join(f'{each / MEGABYTE:.0f}' for each in plain)} MB/s",
        ),
        *(
            Figure(
                f"{effort.words}, frame recorded {name}",
                "ms",
                "without a viewer",
                [tuple(each.report["stages_ms"]["recorded"][name] for each in (beside, alone))],
            )
            for name in ("p50", "p99")
        ),
        Figure(
            f"{effort.words}, restored live",
            "fps",
            "without a viewer",
            [tuple(each.report["rates_hz"]["restored_live"] for each in (beside, alone))],
        ),
    ]


def _plain_rate(folder: Path, effort: Effort) -> float:
    """Return how fast the disk writes such frames by itself, bytes per second."""
    frames = camera_frames(effort.side)
    count = round(PLAIN_S * effort.rate_hz)
    return count * frames[0].nbytes / write_directly(folder, frames, count)


def _display(words: str, watched: Watched, setting: Setting, note: str) -> list[Figure]:
    """Say how fast the window was drawn, and what it took."""
    lines = watched.viewers[0]
    assert len(lines) > 1, "the viewer was not looked at twice: a longer run is needed"
    raw, restored = (rate(lines, f"painted_{lane}") for lane in ("raw", "restored"))
    lowest = min(rates(lines, "painted_raw"))
    limit_hz = min(TICKS_HZ, setting.rate_hz)
    name = "the window's looks"
    ages = [line["shown_age_p50_ms"] for line in lines if line["shown_age_p50_ms"] is not None]
    return [
        Figure(f"{words}, raw painted", "fps", name, [(raw, limit_hz)], _LEAST_HZ, note),
        Figure(f"{words}, raw painted at worst", "fps", name, [(lowest, limit_hz)], _LEAST_HZ),
        Figure(f"{words}, restored painted", "fps", name, [(restored, limit_hz)]),
        Figure(
            f"{words}, raw side goes back in time",
            "times/s",
            "painted",
            [(rate(lines, "went_back"), raw)],
            Bar("measured", "<=", 0),
        ),
        Figure(f"{words}, camera to window p50", "ms", "a look", [(median(ages), 33.0)]),
        Figure(
            f"{words}, the viewer's processor time",
            "cores",
            "one core",
            [(rate(lines, "cpu_s"), 1.0)],
        ),
    ]


def measure_many(folder: Path, effort: Effort) -> list[Figure]:
    """Record with many viewers beside, and with none."""
    setting, frames = effort.setting, effort.setting.frames
    repeats = calmly(
        lambda: (
            watch(folder, setting, [], effort.every_s),
            watch(folder, setting, [TAKER] * effort.viewers, effort.every_s),
        ),
        2,
    )
    words = f"{effort.words}, {effort.viewers} viewers"
    times = [
        Figure(
            f"{words}, frame recorded {name}",
            "ms",
            "none",
            [
                tuple(each.report["stages_ms"]["recorded"][name] for each in (beside, alone))
                for alone, beside in repeats.taken
            ],
            note=repeats.note,
        )
        for name in ("p50", "p99")
    ]
    every = repeats.every
    missing = max(beside.missing(frames) for _, beside in every)
    least = [min(rate(each, "raw_taken") for each in beside.viewers) for _, beside in repeats.taken]
    return [
        Figure(
            f"{words}, not recorded",
            "frames",
            "none",
            [(missing, max(alone.missing(frames) for alone, _ in every))],
            _NONE,
        ),
        *times,
        Figure(
            f"{words}, frames of the one with fewest",
            "fps",
            "the camera",
            [(each, effort.rate_hz) for each in least],
        ),
    ]
