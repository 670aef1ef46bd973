"""The one document that `gpu.sh` leaves: what each step brought, or why it brought nothing.

python benchmarks/gpu_gather.py DOCUMENT STEP EXIT-CODE SECONDS [RESULT | --none REASON]
"""

import argparse
import json
from pathlib import Path
from typing import Any, Final

STOPPED: Final = (124, 137)
"""What `timeout` exits with when it ended a step."""


def state_of(code: int, reason: str) -> str:
    """Return how a step ended, in words."""
    if reason:
        return reason
    if code in STOPPED:
        return "stopped: its time was up; what it had is here"
    return "done" if code == 0 else f"failed with {code}: see the log"


def gather(document: Path, step: str, state: str, seconds: float, result: Path | None) -> None:
    """Add a step to the document, which is replaced as a whole."""
    told: dict[str, Any] = {"benchmark": "gpu", "steps": {}}
    if document.exists():
        told = json.loads(document.read_text(encoding="utf-8"))
    entry: dict[str, Any] = {"state": state, "seconds": seconds, "result": None}
    if result is not None and result.exists():
        entry["result"] = json.loads(result.read_text(encoding="utf-8"))
    told["steps"][step] = entry
    draft = document.with_name(f"{document.name}.part")
    draft.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    draft.replace(document)


def main() -> None:
    """Gather a step."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("document", type=Path)
    parser.add_argument("step")
    parser.add_argument("code", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("result", type=Path, nargs="?")
    parser.add_argument("--none", default="", help="why there was nothing to do")
    given = parser.parse_args()
    state = state_of(given.code, given.none)
    gather(given.document, given.step, state, given.seconds, given.result)
    print(f"{given.step}: {state}")


if __name__ == "__main__":
    main()
