"""Camera to restored through a whole `livecare run`, with a GPU's engines and a simulated camera.

Twice for each frame size: with a camera that waits for the recorder, so that the engine is always
behind and restores the newest; and with one slow enough for it, which tells the latency of a frame.

    python benchmarks/gpu_end_to_end.py --out FILE --limit-s 60
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from engine_options import gpu_engines
from engine_share import FOLLOWING
from machine import Machine
from report import print_grid, write_document
from runs import Setting, report_of

PIXELS_PER_S: Final = 2e8
"""What the simulated camera draws at the least, which says how many frames a run of some seconds
needs, pixels per second."""
HEADINGS: Final = (
    "engine", "frame", "camera fps", "restored fps", "camera to restored p50 ms", "p99 ms",
    "engine p50 ms", "lost",
)  # fmt: skip


def main() -> None:
    """Run, print, write after each run."""
    given = read_arguments()
    machine, begun = Machine.here(), time.monotonic()
    rows: list[dict[str, Any]] = []
    for engine in given.engines:
        for side in given.sides:
            rate_hz = 0.0
            for camera in ("waits", "follows"):
                if time.monotonic() - begun > given.limit_s:
                    row: dict[str, Any] = {"failed": "not tried: the time was up"}
                else:
                    row = run(engine, side, rate_hz, given.seconds)
                rows.append({"engine": engine, "side": side, "camera": camera, **row})
                rate_hz = FOLLOWING * row.get("rates_hz", {}).get("restored_live", 0.0)
                write_document(given.out, "gpu_end_to_end", machine, rows=rows)
                if not rate_hz:
                    break
    print_grid([HEADINGS, *map(_cells, rows)])


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=Path, required=True, help="the JSON")
    parser.add_argument("--engines", nargs="+", default=gpu_engines())
    parser.add_argument("--sides", nargs="+", type=int, default=[512, 1024, 2048])
    parser.add_argument("--seconds", type=float, default=3.0, help="of each run, about")
    parser.add_argument("--limit-s", type=float, default=float("inf"), help="begin nothing later")
    return parser.parse_args()


def run(engine: str, side: int, rate_hz: float, seconds: float) -> dict[str, Any]:
    """Run once and return what the report says of it, or why it failed."""
    frames = max(30, round(seconds * (rate_hz or PIXELS_PER_S / side**2)))
    with tempfile.TemporaryDirectory() as folder:
        try:
            report = report_of(Path(folder), Setting(side, rate_hz, frames, engine))
        except (RuntimeError, TimeoutError) as error:
            return {"failed": " ".join(str(error).split())[-400:]}
    kept = ("complete", "problems", "ledger", "latency_ms", "stages_ms", "rates_hz")
    return {key: report[key] for key in kept} | {"served_by": report["engine"]}


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    what = (row["engine"], f"{row['side']}²")
    if "failed" in row:
        return (*what, "failed", "", "", "", "", row["failed"])
    latency, rates = row["latency_ms"], row["rates_hz"]
    shown = (latency["p50"], latency["p99"], row["stages_ms"]["engine"]["p50"])
    return (
        *what,
        f"{rates['acquired']:.1f}",
        f"{rates['restored_live']:.1f}",
        *("" if each is None else f"{each:.2f}" for each in shown),
        str(row["ledger"]["lost"]),
    )


if __name__ == "__main__":
    main()
