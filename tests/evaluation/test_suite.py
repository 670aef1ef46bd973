"""The suite: which recordings it holds, and that it runs."""

from pathlib import Path

import pytest

from livecare.errors import ConfigError, UsageError
from livecare.evaluation import Options, build_suite, read_evaluation, run_evaluation, summarise
from livecare.evaluation.suite import SETS


def test_the_recordings(recorded_data: Path) -> None:
    sets = {each.name: each for each in build_suite(recorded_data)}
    assert tuple(sets) == tuple(SETS)
    assert len(sets["nandb-well1"].recordings) == 8
    assert len(sets["nandb-well2"].recordings) == 5
    assert "Held out" in sets["nandb-well2"].note
    assert {each.peak for name, each in sets.items() if name.startswith("fmd")} == {255.0}
    for channel in range(3):
        images = sets[f"w2s-channel{channel}"]
        assert len(images.recordings) == 20
        assert images.affine
    assert [each.name for each in sets.values() if each.expects_violation] == [
        "row-noise",
        "correlated-noise",
        "sim-lowlight",
    ]
    frames = sum(len(e.indices(r)) for e in sets.values() for r in e.recordings if r.has_truth)
    assert frames < 120, "BM3D takes seconds per frame"


@pytest.mark.slow
def test_a_quick_run(recorded_data: Path, tmp_path: Path) -> None:
    options = Options(baselines=("gaussian",), threads=1)
    suite = build_suite(recorded_data, quick=True)
    found = run_evaluation("quick", suite, options, tmp_path)
    assert [each.name for each in found.sets] == list(SETS)
    for each in found.sets:
        assert each.violated == each.expects_violation, each.name
        assert all(outcome.status != "failed" for outcome in each.outcomes)
    names = [group.name for group in summarise(found.sets)]
    assert names == ["nandb", "nandb well 1", "nandb well 2", "FMD confocal", "W2S"]
    again = read_evaluation(tmp_path / "scores.json")
    assert again == found.without_pictures()
    assert (tmp_path / "report.html").stat().st_size > 100_000


def test_some_sets_by_the_beginning_of_their_names(recorded_data: Path) -> None:
    found = [each.name for each in build_suite(recorded_data, ("fmd", "fura"), quick=True)]
    assert found == ["fmd", "fmd-n2f", "fura2"]


def test_wrong_names_and_folders(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no set bsd.*nandb-well1"):
        list(build_suite(tmp_path, ("bsd",)))
    for name in ("nandb", "w2s", "fmd", "fura2"):
        with pytest.raises(UsageError, match="LIVECARE_DATA"):
            list(build_suite(tmp_path, (name,)))
    with pytest.raises(UsageError, match="holds no scores"):
        read_evaluation(tmp_path / "scores.json")
