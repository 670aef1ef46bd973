"""The page of a recording: everything of it is there, and nothing is loaded or run."""

import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from read_pages import Page, page_of
from told_runs import SHA, append, header, info_of, pixels_of, positions, record, restoration

from livecare import __version__
from livecare.cli import main
from livecare.errors import StoreError, StoreExistsError, UsageError
from livecare.frame import GuardReading, Ledger
from livecare.pages.document import document
from livecare.run_page import write_page
from livecare.run_page.methods import exposure_words, methods_text
from livecare.run_page.story import read_story
from livecare.run_page.writing import page_path
from livecare.sinks.reader import StoreReader
from livecare.sinks.store import Store


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["livecare", "report", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


@pytest.fixture(autouse=True)
def no_logs() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    info = info_of((48, 64), ("GFP", "mCherry <2>"), ("A1", "B2 & C"))
    return record(
        tmp_path_factory.mktemp("rich") / "night.ome.zarr",
        info,
        60,
        lost_before={9: 4},
        marks={12: "drug <b>added</b>"},
        backfilled=frozenset({3, 4, 5}),
    )


def test_the_page_is_whole_and_loads_nothing(rich: Path) -> None:
    page = page_of(rich)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    links = [each for each in page.loaded if not each.startswith("data:image/png;base64,")]
    assert links
    assert {each.removeprefix("#") for each in links} <= page.names, "each link leads somewhere"
    assert not re.search(r"url\(|@import|https?://", page.text)


def test_what_others_wrote_is_escaped(rich: Path) -> None:
    page = page_of(rich)
    for words in ("drug <b>added</b>", "tiny <net>", "mCherry <2>", "B2 & C", "run <7>"):
        assert words in page.words
        assert words not in page.text


def test_the_story_is_told(rich: Path) -> None:
    words = page_of(rich).words
    for expected in (
        "acquired recorded restored skipped failed lost 60 60 60 0 0 4",
        "The recording is incomplete. Frames: 4 lost before they arrived.",
        SHA,
        "onnxruntime, fp32",
        "gain 2 counts per electron, offset 100 counts, read noise 1.5 electrons",
        "60, from 0 to 59",
        "restored, not for intensity measurement",
        "60 restored frames were examined; at 3 (5 %) a guard raised an alarm.",
        "other thing 60 3 5 % 9 2 6 6-7, 20",
        "6-7, 20 saturation 60 0 0 % 0.001 0.01 0 –",
        "2023-11-14 22:13:20 UTC 0.24 s 12 drug <b>added</b>",
        "4 9 0.18 s counted by the camera",
        "arrival until it was published, restored 5.984 5.984 6",
        "exposure 10 ms",
        "folder_watch.path in",
    ):
        assert expected in words, expected
    assert "push.grows" not in words, "of sources that were not used nothing is said"


def test_charts_have_curves_thresholds_and_events(rich: Path) -> None:
    text = page_of(rich).text
    assert text.count("<svg") == 4, "two guards, interval and latency"
    assert text.count("<title>threshold</title>") == 2
    assert text.count("<title>marked event</title>") == 4
    assert "<title>mCherry &lt;2&gt;</title>" in text


def test_the_methods_text(rich: Path) -> None:
    assert methods_text(read_story(rich)) == (
        "Frames (48 × 64 pixels, uint16, pixels of 0.1 µm) were acquired from 'micromanager: DCam "
        "& co', with 2 channels, 2 stage positions, exposure 10 ms, beginning 2023-11-14 22:13:20 "
        f"UTC. livecare {__version__} recorded all 60 raw frames, over 1.18 s; 4 more are known to "
        "have been lost before they arrived. 60 frames were restored, 3 of them after the "
        f"acquisition, with the network 'tiny <net>' (SHA-256 of the weights {SHA}) on "
        "onnxruntime in fp32, normalised in units of the noise, by a generalised Anscombe "
        "transform (GFP: gain 2 counts per electron, offset 100 counts, read noise 1.5 electrons; "
        "mCherry <2>: gain 2 counts per electron, offset 100 counts, read noise 1.5 electrons). "
        "The camera's values "
        "were estimated from the first frames. Restored frames are the estimate of a network and "
        "are not meant for intensity measurement; the raw frames are kept beside them. Guards "
        "examined 60 restored frames and raised an alarm at 3."
    )


@pytest.mark.parametrize(("said", "words"), [("5", "5 ms"), (0, ""), (-1, ""), (True, "")])
def test_an_exposure_is_told_as_streams_say_it(said: object, words: str) -> None:
    assert exposure_words(replace(info_of(), detail={"exposure_ms": said})) == words


@pytest.mark.parametrize(
    ("grows", "rate_hz", "expected"),
    [
        (
            False,
            50.0,
            (
                "Frames (48 × 64 pixels, uint16, pixels of 0.1 µm) of the recording "
                "'calcium.tif', with exposure 10 ms, were processed on 2023-11-14; when they were "
                f"acquired is not known here. livecare {__version__} recorded all 30 raw frames. "
                "30 frames were restored, none of them after the replay, with the network"
            ),
        ),
        (
            True,
            None,
            (
                "of the recording 'calcium.tif' and the recordings after it, with exposure 10 ms, "
                "an interval of 2 s, were processed on"
            ),
        ),
    ],
)
def test_a_replay_says_nothing_of_when_frames_were_acquired(
    tmp_path: Path,
    grows: bool,  # noqa: FBT001 - a row of the table
    rate_hz: float | None,
    expected: str,
) -> None:
    info = replace(info_of(), source="replay: calcium.tif", interval_s=2.0, grows=grows)
    settings = {"source": {"kind": "replay", "replay": {"path": "a", "rate_hz": rate_hz}}}
    text = methods_text(read_story(record(tmp_path / "s", info, settings=settings)))
    assert expected in text
    assert "acquired from" not in text
    assert "beginning" not in text


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"restorer": {"camera": {"gain": 2.0}}, "calibration": ""}, "were as configured."),
        ({"restorer": {"calibrations": True}, "calibration": "calibration c"}, "the calibration c"),
        ({"restorer": {"calibrations": True}, "calibration": ""}, "estimated from the first"),
        ({"restorer": {"calibrations": False}}, "were estimated from the first frames."),
        ({"restorer": {"calibrations": True}}, "if there was one, or estimated"),
        ({}, None),
    ],
)
def test_it_is_told_where_the_cameras_values_come_from(
    tmp_path: Path, settings: dict[str, Any], expected: str | None
) -> None:
    text = methods_text(read_story(record(tmp_path / "s", frames=3, settings=settings)))
    assert ("The camera's values" in text) == (expected is not None)
    assert (expected or "") in text


def test_each_model_of_a_run_is_told(tmp_path: Path) -> None:
    info = info_of()
    with Store.create(tmp_path / "s", info) as store:
        for sequence, at in zip(range(8), positions(info), strict=False):
            append(store.raw, header(sequence, at, info), pixels_of(sequence, info))
            window = {"low": 90.0 + sequence, "high": 500.0}
            changes = {"model": "other", "normalisation": "ema", "normalised_with": window}
            made = asdict(restoration(sequence, **(changes if sequence > 4 else {})))
            if sequence == 4:
                made = {"made": "by hand"}
            append(store.restored, header(sequence, at, info), pixels_of(sequence, info), made)
        store.finish(Ledger(8, 8, 8))
    page = page_of(tmp_path / "s")
    assert "4, from 0 to 3" in page.words
    assert "3, from 5 to 7" in page.words
    assert "followed the frames slowly (low 95 to 97 counts, high 500 counts)" in page.words
    assert "Of 1 restored frames it is not known what made them." in page.words
    assert "The recording has no guard values." in page.words
    assert "Complete: every one of 8 frames is recorded" in page.words


def test_a_recording_without_restored_frames(tmp_path: Path) -> None:
    page = page_of(record(tmp_path / "s", frames=5, restored=0))
    assert "No frame was restored." in page.words
    assert "none is lost, and none is restored" in page.words
    assert page.tags.count("img") == 3
    assert "no restored frame" in page.words


def test_an_empty_recording(tmp_path: Path) -> None:
    page = page_of(record(tmp_path / "s", frames=0))
    assert "No frame can be shown." in page.words
    assert "The recording has no raw frame." in page.words
    assert "Complete:" not in page.words
    assert "img" not in page.tags


def test_an_interrupted_recording(tmp_path: Path) -> None:
    store = record(tmp_path / "s", frames=9, restored=4, marks={2: "here"}, finish=False)
    lines = store / "livecare" / "raw.frames.jsonl"
    lines.write_bytes(lines.read_bytes()[:-20])  # as a killed writer leaves it
    before = {each: each.read_bytes() for each in store.rglob("*") if each.is_file()}
    written = write_page(store)
    assert written.damage == ()
    page = Page(written.path.read_text(encoding="utf-8"))
    assert "was not closed" in page.words
    assert "livecare recover s" in page.words
    assert "lost 8 8 4 4 0 0" in page.words
    assert "Complete" not in page.words
    assert {each: each.read_bytes() for each in store.rglob("*") if each.is_file()} == before


def test_damage_is_named_and_the_rest_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = record(tmp_path / "s", frames=9)
    place = next(StoreReader(store).lines("raw")).place
    shard = bytearray((store / place.shard).read_bytes())
    shard[place.offset + 7] ^= 1
    (store / place.shard).write_bytes(shard)
    lines = store / "livecare" / "restored.frames.jsonl"
    content = lines.read_bytes()
    lines.write_bytes(content.replace(b'"sequence":5', b'"sequence":6', 1))
    assert run(monkeypatch, store, "--output", tmp_path / "page.html") == 3
    words = Page((tmp_path / "page.html").read_text(encoding="utf-8")).words
    assert "raw frame 0: " in words
    assert "restored line 6: " in words
    assert "8, from 0 to 8" in words
    assert "Complete" not in words
    assert "damaged: restored line 6" in capsys.readouterr().err


def test_what_is_no_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path / "nothing") == 2
    (tmp_path / "folder").mkdir()
    assert run(monkeypatch, tmp_path / "folder") == 1, "as verify does"
    assert "not a livecare store" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
    with pytest.raises(UsageError, match="does not exist"):
        write_page(tmp_path / "nothing")
    with pytest.raises(StoreError, match="not a livecare store"):
        write_page(tmp_path / "folder")


def test_only_pages_of_livecare_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = record(tmp_path / "night.ome.zarr", frames=3)
    assert page_path(store) == tmp_path / "night.report.html"
    assert run(monkeypatch, store) == run(monkeypatch, store) == 0
    other = document("livecare evaluate x", ["another page of livecare"])
    (tmp_path / "mine.html").write_text(other, encoding="utf-8")
    with pytest.raises(StoreExistsError, match=r"mine\.html exists"):
        write_page(store, tmp_path / "mine.html")
    assert run(monkeypatch, store, "-o", tmp_path / "mine.html") == 2
    assert (tmp_path / "mine.html").read_text(encoding="utf-8") == other
    with pytest.raises(UsageError, match="cannot be written"):
        write_page(store, tmp_path / "absent" / "page.html")


def test_a_guard_of_this_version_says_what_to_do(tmp_path: Path) -> None:
    info = info_of()
    readings = {"saturated": GuardReading(0.2, 0.01), "empty": GuardReading(float("nan"), 1.0)}
    with Store.create(tmp_path / "s", info) as store:
        for sequence, at in zip(range(3), positions(info), strict=False):
            made = asdict(restoration(sequence, guards=readings))
            append(store.raw, header(sequence, at, info), pixels_of(sequence, info))
            append(store.restored, header(sequence, at, info), pixels_of(sequence, info), made)
        store.finish(Ledger(3, 3, 3))
    words = page_of(tmp_path / "s").words
    assert "saturation, 3 frames, worst at frame 0." in words
    assert "0.2 of the pixels are saturated" in words
    assert "Lower the exposure" in words
    assert "empty field" not in words, "a value that is no number is none"
