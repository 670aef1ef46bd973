"""Processes that are measured by turns: how they are started, asked, and kept from hanging."""

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import psutil
from calm import OTHERS
from side_protocol import MARK, REASON_CHARACTERS

BENCHMARKS: Final = Path(__file__).parent
REPOSITORY: Final = BENCHMARKS.parent

ANSWER_S: Final = 600.0
"""Longest wait for an answer, seconds: a first use may build an engine."""

THREAD_VARIABLES: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
)
"""What the libraries of the sides read the number of their threads from."""


class RefusedError(RuntimeError):
    """A side cannot do what it was asked; the reason is one line."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one turn of a side brought.

    Attributes
    ----------
    ms : tuple of float
        Duration of each call, ms.
    others : float
        Share of the machine's processor time that neither the side nor this process used.
    """

    ms: tuple[float, ...]
    others: float


class Side:
    """A process that computes only while it is asked, as a context: ended on exit.

    Parameters
    ----------
    name : str
        What it is called in tables.
    command : sequence of str
        Starts it.
    threads : int
        CPU threads that its libraries may use.
    environment : mapping
        Further variables.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        threads: int,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        paths = (str(REPOSITORY), os.environ.get("PYTHONPATH", ""))
        variables = {
            **os.environ,
            **dict.fromkeys(THREAD_VARIABLES, str(threads)),
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
            **(environment or {}),
        }
        self._words = tempfile.TemporaryFile(  # noqa: SIM115 closed on exit, with the process
            "w+", encoding="utf-8", errors="replace"
        )
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            text=True,
            env=variables,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._words.close()

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, do: str, limit_s: float = ANSWER_S, **order: Any) -> dict[str, Any]:  # noqa: ANN401 JSON
        """Give an order and return the answer.

        Raises
        ------
        RefusedError
            If it refuses, dies, or says nothing for `limit_s` seconds, when it is ended.
        """
        watch = threading.Timer(limit_s, self._process.kill)
        watch.start()
        try:
            answer = self._exchange({"do": do, **order})
        finally:
            late = not watch.is_alive()
            watch.cancel()
        if answer is None:
            self._process.wait()
            raise RefusedError(f"no answer in {limit_s:.0f} s" if late else self._last_words())
        if "refused" in answer:
            raise RefusedError(answer["refused"])
        return answer

    def take(self, **order: Any) -> Taken:  # noqa: ANN401 JSON
        """Ask it to run, and watch what others do meanwhile. Raises RefusedError."""
        began, busy_s, own_s = time.perf_counter(), _busy_s(), time.process_time()
        answer = self.ask("run", **order)
        ours_s = answer["cpu_s"] + time.process_time() - own_s
        elapsed_s = time.perf_counter() - began
        others = (_busy_s() - busy_s - ours_s) / elapsed_s / (psutil.cpu_count() or 1)
        return Taken(tuple(answer["ms"]), max(0.0, others))

    def _exchange(self, order: dict[str, Any]) -> dict[str, Any] | None:
        """Write a line and read lines until there is an answer; None if the process has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        for line in self._process.stdout:
            if line.startswith(MARK):
                answer: dict[str, Any] = json.loads(line.removeprefix(MARK))
                return answer
        return None

    def _last_words(self) -> str:
        """Return how it ended and the last line that it wrote on stderr."""
        self._words.seek(0)
        lines = [line.strip() for line in self._words.read().splitlines() if line.strip()]
        said = lines[-1][-REASON_CHARACTERS:] if lines else "no word"
        return f"the process ended with {self._process.returncode}: {said}"


def take_turns(
    sides: Sequence[Side], rounds: int, seconds: float, least: int
) -> tuple[dict[str, list[Taken]], dict[str, str]]:
    """Let each side run in each round, one at a time; each round begins with another one.

    Returns
    -------
    dict of list of Taken
        By the side's name, an entry for each round.
    dict of str
        Why, of those that failed in a round: they have no figures.
    """
    taken: dict[str, list[Taken]] = {side.name: [] for side in sides}
    refused: dict[str, str] = {}
    for turn in range(rounds):
        first = turn % max(1, len(sides))
        for side in (*sides[first:], *sides[:first]):
            if side.name in refused:
                continue
            try:
                taken[side.name].append(side.take(seconds=seconds, least=least))
            except RefusedError as error:
                refused[side.name] = str(error)
                del taken[side.name]
    return taken, refused


def calm_turns(turns: Sequence[Taken]) -> list[int]:
    """Return which turns count: the calm ones, or the calmest half if they are fewer.

    As in `calm`, the rule looks at what others did, never at the result.
    """
    order = sorted(range(len(turns)), key=lambda turn: turns[turn].others)
    calm = sum(each.others <= OTHERS for each in turns)
    return sorted(order[: max(calm, (len(turns) + 1) // 2)])


def _busy_s() -> float:
    """Return the processor time that all have used so far, s."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    # guest times are counted in user's already
    return sum(times) - idle - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
