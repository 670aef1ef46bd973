"""What the benchmarks of engines reckon and say; what they time is never looked at."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="the roofline counts with onnx, of the extra 'import'")

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.append(str(BENCHMARKS))

import engine_options
import engines
import roofline
import sides
from engine_rows import HEADINGS, Case, Row
from report import print_grid
from roofline import Ceilings, Operator, Work
from sides import RefusedError, Side, Taken, calm_turns, take_turns

from livecare.models import load_bundled

CEILINGS = Ceilings({"fp32": 100.0}, 10.0)
CHILD = """
import sys, time
sys.path.insert(0, {folder!r})
from side_protocol import serve, timed
def grumble(): raise ValueError("not\\nhere")
def die(): print("the last words", file=sys.stderr); sys.stderr.flush(); raise SystemExit(3)
def silent(): time.sleep(3600)
def say(word): print("noise", end=""); return {{"said": word}}
serve({{"say": say, "grumble": grumble, "die": die, "silent": silent,
        "run": lambda seconds, least: timed(lambda i: None, seconds, least)}})
"""


@pytest.fixture
def side() -> Iterator[Side]:
    code = CHILD.format(folder=str(BENCHMARKS))
    with Side("child", [sys.executable, "-c", code], 1) as child:
        yield child


def one_network(folder: Path, op: str, weights: tuple[int, ...], **attributes: object) -> Path:
    """A network of one operator, (n, 1, y, x) to something."""
    helper, float_ = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node(op, ["raw", "w"], ["made"], **attributes)],
        "one",
        [helper.make_tensor_value_info("raw", float_, ["n", 1, "y", "x"])],
        [helper.make_tensor_value_info("made", float_, None)],
        [onnx.numpy_helper.from_array(np.ones(weights, np.float32), "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / "one.onnx"
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize(
    ("op", "weights", "attributes", "expected"),
    [
        ("Conv", (8, 1, 3, 3), {"pads": [1] * 4}, Operator(2 * 8 * 9, 9, 72)),
        ("Conv", (8, 1, 2, 2), {"strides": [2, 2]}, Operator(2 * 8 * 4 / 4, 3, 32)),
        ("ConvTranspose", (1, 4, 2, 2), {"strides": [2, 2]}, Operator(2 * 4 * 4, 17, 16)),
        ("MatMul", (64, 16), {}, Operator(2 * 16, 1.25, 1024)),
    ],
)
def test_the_work_of_an_operator(
    tmp_path: Path,
    op: str,
    weights: tuple[int, ...],
    attributes: dict[str, object],
    expected: Operator,
) -> None:
    assert Work.of(one_network(tmp_path, op, weights, **attributes)).operators == (expected,)


def test_the_work_per_pixel_does_not_depend_on_the_frame_that_shows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = load_bundled("default-fast").onnx_path
    work = Work.of(path)
    monkeypatch.setattr(roofline, "FOLLOWED_PX", 128)

    again = Work.of(path)

    assert again.flops == pytest.approx(work.flops)
    assert again.values == pytest.approx(work.values)
    constants = onnx.load(path).graph.initializer
    kernels = sum(int(np.prod(each.dims)) for each in constants if len(each.dims) == 4)
    assert work.weights == pytest.approx(kernels, rel=0.01)  # and some factors


def test_the_floor_is_the_slower_of_arithmetic_and_memory() -> None:
    computing = Work((Operator(1000.0, 1.0, 0),))
    moving = Work((Operator(1.0, 1000.0, 0),))

    assert computing.floor_ms(10**6, "fp32", CEILINGS) == pytest.approx(10.0)
    assert moving.floor_ms(10**6, "fp32", CEILINGS) == pytest.approx(400.0)
    assert moving.floor_ms(10**6, "fp16", CEILINGS) == pytest.approx(200.0)
    both = Work(computing.operators + moving.operators)
    assert both.floor_ms(10**6, "fp32", CEILINGS) == pytest.approx(410.0)


@pytest.mark.parametrize(
    ("precision", "limit"),
    [("fp32", ("tf32", 4.0)), ("fp16", ("fp16", 8.0)), ("int8", ("fp32", 1.0))],
)
def test_the_limit_is_the_best_that_the_precision_may_use(
    precision: str, limit: tuple[str, float]
) -> None:
    name, rate = Ceilings({"fp32": 1.0, "tf32": 4.0, "fp16": 8.0}, 1.0).matrix(precision)
    assert (name, rate) == (f"{limit[0]} matrix product", limit[1])


def test_a_row_is_of_the_calm_turns() -> None:
    turns = [Taken((10.0, 12.0), 0.0), Taken((900.0,), 0.5), Taken((11.0,), 0.05)]
    work = Work((Operator(100.0, 0.0, 0),))
    case = Case("default", 1000, 1)
    loaded = {"device": "cpu", "load_s": 0.1, "check": {"relative_rms": 0.2, "passed": False}}

    plain = Row.of("onnxruntime", "fp32", case, loaded, turns)
    row = plain.beside(work, CEILINGS)

    assert (row.p50_ms, row.least_ms, row.calls) == (11.0, 10.0, 3)
    assert row.share == pytest.approx(1.0 / 11)
    assert row.mpx_s == pytest.approx(90.909)
    assert row.as_json()["side"] == 1000
    assert len(row.as_cells()) == len(HEADINGS)
    assert "too far to serve" in row.as_cells()[-1]
    assert plain.beside(work, None).share is None


def test_the_best_rates_of_a_run_are_its_ceilings() -> None:
    measured = [
        {"gflops": {"fp32": 50.0}, "copy_gb_s": 12.0},
        {"none": "torch sees no CUDA device"},
        {"gflops": {"fp32": 80.0}, "copy_gb_s": 9.0},
    ]
    assert Ceilings.best(measured) == Ceilings({"fp32": 80.0}, 12.0)
    assert Ceilings.best(measured[1:2]) is None


def test_a_refusal_is_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    row = Row("tensorrt", "fp16", Case("default", 512, 4), refused="there is no GPU")

    print_grid([HEADINGS, row.as_cells()])

    assert "there is no GPU" in capsys.readouterr().out
    assert row.as_json()["refused"] == "there is no GPU"


def test_if_few_turns_were_calm_the_calmest_half_counts() -> None:
    busy = [Taken((), others) for others in (0.9, 0.3, 0.5, 0.4)]
    assert calm_turns(busy) == [1, 3]
    assert calm_turns([Taken((), 0.9)]) == [0]


def test_a_side_answers_whatever_else_it_prints(side: Side) -> None:
    assert side.ask("say", word="µ")["said"] == "µ"
    assert len(side.take(seconds=0.0, least=3).ms) == 3


def test_a_side_that_fails_says_why_in_a_line_and_goes_on(side: Side) -> None:
    with pytest.raises(RefusedError, match=r"^ValueError: not here$"):
        side.ask("grumble")
    assert side.alive
    assert side.ask("say", word="on")["said"] == "on"


def test_a_side_that_dies_leaves_its_last_words(side: Side) -> None:
    with pytest.raises(RefusedError, match="ended with 3: the last words"):
        side.ask("die")
    assert not side.alive
    with pytest.raises(RefusedError, match="ended with 3"):
        side.ask("say", word="again")


def test_a_side_that_hangs_is_ended(side: Side) -> None:
    with pytest.raises(RefusedError, match="no answer in"):
        side.ask("silent", limit_s=0.2)
    assert not side.alive


class Listed:
    """A side without a process that notes when it was its turn."""

    def __init__(self, name: str, log: list[str], fails_at: int = 99) -> None:
        self.name, self._log, self._fails_at = name, log, fails_at

    def take(self, **_: object) -> Taken:
        self._log.append(self.name)
        if self._log.count(self.name) > self._fails_at:
            raise RefusedError("no more")
        return Taken((1.0,), 0.0)


def test_turns_interleave_and_a_failure_drops_out() -> None:
    log: list[str] = []
    listed = [Listed("a", log), Listed("b", log, fails_at=1), Listed("c", log)]

    taken, refused = take_turns(listed, 3, 0.0, 1)  # type: ignore[arg-type]

    assert log == ["a", "b", "c", "b", "c", "a", "c", "a"]
    assert set(taken) == {"a", "c"}
    assert refused == {"b": "no more"}


def test_the_command_line() -> None:
    given = engine_options.read_arguments(["--quick", "--gpu", "--models", "default"], "")
    assert (given.sides, given.batches, given.models) == ([64], [1], ["default"])
    assert all(name.split(":")[0] in engine_options.GPU_ENGINES for name in given.engines)
    assert "onnxruntime:fp32" in engine_options.every_engine(["onnxruntime"])


def test_what_does_not_fit_into_memory_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = type("Memory", (), {"available": 10**9})()
    monkeypatch.setattr(engines.psutil, "virtual_memory", lambda: memory)
    work = Work((Operator(0.0, 600.0, 0),))
    engines.check_memory(work, Case("default", 512, 1), 2)
    with pytest.raises(RefusedError, match="GB"):
        engines.check_memory(work, Case("default", 2048, 4), 2)


def test_a_smoke_run_prints_a_table_and_writes_json(tmp_path: Path) -> None:
    out = tmp_path / "engines.json"
    command = [sys.executable, str(BENCHMARKS / "engines.py"), "--quick", "--out", str(out)]
    command += ["--models", "default-fast", "--engines", "identity:", "onnxruntime:fp4"]

    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["machine"]["cpu"]
    restored, refused = told["rows"]
    assert restored["engine"] == "identity"
    assert restored["calls"] == 1
    assert "does not compute in fp4" in refused["refused"]
    assert "identity" in ended.stdout
    assert told["ceilings"][0]["cpu"]["gflops"]["fp32"] > 0


def test_every_process_starts_from_this_folder() -> None:
    assert sides.BENCHMARKS == BENCHMARKS
