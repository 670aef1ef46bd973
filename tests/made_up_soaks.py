"""Soaks that never were, second by second, for tests of what is reckoned from one."""

from dataclasses import replace

from soak_samples import ProcessSample, Sample
from soak_verdict import Soak

from livecare.frame import Ledger

SAMPLE = Sample(
    at_s=0.0,
    heard=True,
    stage="acquiring",
    restorer="ready",
    recording=True,
    parts=1,
    parts_begun=1,
    age_p50_ms=30.0,
    age_p99_ms=60.0,
    acquired_hz=20.0,
    restored_hz=20.0,
    ring=0.0,
    ledger=Ledger(acquired=60, recorded=60, restored=60),
    unrecorded=Ledger(),
    restarts={},
    rejected={},
    processes=(),
)
RIGHT = {"acquired": 60, "recorded": 60, "restored": 60, "skipped": 0, "failed": 0, "lost": 0}
CHECK = {
    "sound": True,
    "problems": [],
    "state": "complete",
    "raw": 60,
    "restored": 60,
    "ledger": RIGHT,
    "marks": 0,
    "first": 0,
    "last": 59,
    "lost": 0,
    "gaps": 0,
}


def looked_at(seconds: int, own_mb_per_h: float = 0.0, files_late: int = 30) -> list[Sample]:
    return [
        replace(
            SAMPLE,
            at_s=float(at_s),
            processes=(
                ProcessSample(
                    "recorder",
                    1,
                    100.0 + own_mb_per_h * at_s / 3600 + at_s % 3,
                    300.0,
                    30 if at_s < seconds / 2 else files_late,
                    20,
                ),
            ),
        )
        for at_s in range(seconds)
    ]


def with_end(samples: list[Sample]) -> list[Sample]:
    return [*samples, replace(samples[-1], stage="ended", processes=())]


def soaked(**changes: object) -> Soak:
    report = {"ledger": RIGHT, "parts": [], "store": "soak", "problems": []}
    soak = Soak(
        seconds=600.0,
        warm_s=60.0,
        made=(),
        samples=with_end(looked_at(600)),
        report=report,
        exit_code=0,
        camera={"sent": 60, "dropped": 0, "ended": True},
        checks={"soak": CHECK},
    )
    return replace(soak, **changes)
