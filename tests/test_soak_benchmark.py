"""What the soak plans, reckons, judges and draws; a real one is run with `-m slow`."""

import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.append(str(BENCHMARKS))

import soak_rubbish
from made_up_soaks import looked_at
from soak_camera import Pace
from soak_doing import Made
from soak_faults import SORTS, Sort, plan_faults
from soak_plot import draw
from soak_run import as_toml, role_of
from soak_samples import as_document
from soak_slopes import causes, growth, memory_lives, slope
from soak_verdict import Verdict

from livecare.config import read_config
from livecare.errors import ProtocolError
from livecare.link.requests import decode_request


def test_a_seed_plans_the_same_faults_and_every_kind_of_them() -> None:
    planned = plan_faults(3, 20.0, 580.0, 8.0)

    assert planned == plan_faults(3, 20.0, 580.0, 8.0)
    assert planned != plan_faults(4, 20.0, 580.0, 8.0)
    assert {(sort.deed, sort.target) for sort in SORTS} <= {(f.deed, f.target) for f in planned}
    assert all(20.0 <= f.at_s <= f.at_s + f.lasts_s < 580.0 for f in planned)
    assert [f.at_s for f in planned] == sorted(f.at_s for f in planned)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_switched_off_is_on_again_before_it_is_switched_off_again(seed: int) -> None:
    sorts = [Sort("record", "off", 2.0, 12.0, undone_by="on"), Sort("mark", "run")]

    switched = [f.target for f in plan_faults(seed, 0.0, 200.0, 3.0, sorts) if f.deed == "record"]

    assert switched == ["off", "on"] * (len(switched) // 2)
    assert switched


def test_a_camera_pauses_and_hurries_and_makes_up_for_nothing() -> None:
    pace = Pace(10.0, now_s=0.0)

    def taken_until(end_s: float, now_s: float) -> tuple[int, float]:
        count = 0
        while now_s + pace.left_s(now_s) < end_s - 1e-9:
            now_s += pace.left_s(now_s)
            pace.take(now_s)
            count += 1
        return count, now_s

    count, now_s = taken_until(1.0, 0.0)
    assert count == 10
    pace.pause(2.0, now_s)
    assert taken_until(2.0, now_s) == (0, now_s)
    count, now_s = taken_until(3.9, now_s)
    assert count == 10
    pace.burst(1.0, now_s)
    assert taken_until(now_s + 1.0, now_s)[0] in range(35, 42)


@pytest.mark.parametrize("target", ["push", "control"])
def test_rubbish_is_the_same_for_a_seed_and_some_of_it_is_read(target: str) -> None:
    thrown = list(soak_rubbish.messages(target, random.Random(1), 200))

    assert thrown == list(soak_rubbish.messages(target, random.Random(1), 200))
    assert max(map(len, thrown)) > 3
    if target == "control":
        readable = 0
        for parts in thrown:
            try:
                decode_request(parts[-1] if parts else b"")
            except ProtocolError:
                continue
            readable += 1
        assert 0 < readable < len(thrown)


def test_a_process_is_called_after_what_it_is_for() -> None:
    assert role_of(["python", "-m", "livecare", "restorer", "orders.json"]) == "restorer"
    assert role_of(["python", "-m", "livecare.engines.tensorrt.probe"]) == "probe"
    assert role_of(["sleep", "1"]) == "other"
    assert role_of([]) == "other"


def test_a_configuration_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "soak.toml"
    file.write_text(
        as_toml({"store": {"path": str(tmp_path / "a.ome.zarr")}, "restorer": {"enabled": False}}),
        encoding="utf-8",
    )

    assert read_config(file).store.path == tmp_path / "a.ome.zarr"


@pytest.mark.parametrize("per_h", [-30.0, 0.0, 30.0])
def test_a_slope_is_found_within_its_error_whatever_the_level_of_each_life(per_h: float) -> None:
    noise = random.Random(0)
    lives = [
        [
            (float(at), level + per_h * at / 3600 + noise.gauss(0.0, 0.3))
            for at in range(begin, begin + 200)
        ]
        for begin, level in ((0, 100.0), (200, 400.0), (400, 90.0))
    ]

    found = slope(lives)

    assert found is not None
    assert found.lives == 3
    assert abs(found.per_h - per_h) < 4 * found.error
    assert found.error < 10.0


def test_too_little_time_has_no_slope_and_no_growth() -> None:
    samples = looked_at(3)

    assert slope(memory_lives(samples, "recorder", 0.0)) is None
    assert growth(samples, "files", 0.0) is None


def test_what_memory_goes_with_is_told_apart() -> None:
    noise = random.Random(0)
    samples = [
        replace(
            sample,
            parts=2 + (k // 20) % 2,
            parts_begun=1 + k // 45,
            processes=(
                replace(
                    sample.processes[0],
                    shards=(k // 7) % 30,
                    own_mb=50
                    + 36 * k / 3600
                    + 0.2 * (k // 45)
                    + 0.05 * ((k // 7) % 30)
                    + 1.0 * ((k // 20) % 2)
                    + noise.gauss(0.0, 0.02),
                ),
            ),
        )
        for k, sample in enumerate(looked_at(600))
    ]

    found = causes(samples, 60.0)

    for name, right in {"hour": 36.0, "part": 1.0, "part begun": 0.2, "shard": 0.05}.items():
        assert abs(found[name].per_h - right) < 4 * found[name].error + 0.1 * right


def test_files_that_stay_open_are_found() -> None:
    assert growth(looked_at(100), "files", 10.0) == 0
    assert growth(looked_at(100, files_late=31), "files", 10.0) == 1


def test_the_picture_is_well_formed_and_has_a_row_for_each_kind_of_fault() -> None:
    made = [
        Made(30.0, "kill", "restorer", 1.0, "<killed> & back", answered=True),
        Made(40.0, "stop", "viewer", 5.0, "stopped", answered=True),
    ]
    samples = [replace(s, age_p50_ms=None if s.at_s < 9 else 30.0) for s in looked_at(60)]

    picture = ET.fromstring(draw(samples, made, "Soak & more"))  # noqa: S314 our own

    words = {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {"kill restorer", "stop viewer", "recorder", "Soak & more"} <= words


def test_a_picture_of_nothing_is_drawn() -> None:
    assert ET.fromstring(draw([], [], "nothing")) is not None  # noqa: S314 our own


def test_of_many_samples_some_are_kept() -> None:
    assert len(as_document(looked_at(600))) == 600
    assert len(as_document(looked_at(3600))) == 600
    assert as_document([]) == []


@pytest.mark.slow
def test_a_smoke_run_judges_a_real_run_and_leaves_nothing_behind(tmp_path: Path) -> None:
    out, folder = tmp_path / "soak.json", tmp_path / "disk"
    folder.mkdir()
    command = [sys.executable, str(BENCHMARKS / "soak.py"), "--quick"]

    ended = subprocess.run(
        [*command, "--folder", str(folder), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(out.read_text(encoding="utf-8"))
    verdicts = [Verdict(**each) for each in found["verdicts"]]
    assert {each.what for each in verdicts if each.met} >= {"recordings verified sound"}
    assert found["faults"]
    assert found["machine"]["cpu"]
    assert out.with_suffix(".svg").is_file()
    assert list(folder.iterdir()) == []
