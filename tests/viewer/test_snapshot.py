"""What a snapshot writes: the picture, and the pixels as stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from truecolour_png import colours, decode, places

from livecare.errors import UsageError
from livecare.frame import FrameHeader, Position, Restoration, StreamInfo
from livecare.viewer.display.colours import SATURATED, Screen
from livecare.viewer.display.region import whole_frame
from livecare.viewer.display.render import colour_pixels
from livecare.viewer.display.sheet import Words
from livecare.viewer.seen import ChannelView, SeenFrame, View
from livecare.viewer.snapshot import write_snapshot
from livecare.viewer.styles import ChannelStyle, Levels

Image = NDArray[Any]


WHEN = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
SHAPE = (300, 500)
RNG = np.random.default_rng(6)
INFO = StreamInfo(
    run_id="a run",
    source="simulated",
    shape_yx=SHAPE,
    dtype="uint16",
    channels=("GFP", "mCherry"),
    pixel_size_um=0.1,
    started_wall_ns=int(WHEN.timestamp()) * 10**9,
    started_monotonic_ns=10**9,
)
MADE = Restoration(
    engine="onnxruntime",
    precision="fp32",
    model="nuclei",
    model_sha256="ab12",
    normalisation="fixed",
    normalised_with={"low": 3.0, "high": 9.0},
    taken_ns=0,
    engine_ns=0,
    published_ns=0,
    batch=1,
)
STYLE = ChannelStyle(raw=Levels(0, 4000), restored=Levels(0, 2000))


def seen(
    channel: int = 0,
    sequence: int = 1234,
    made: Restoration | None = None,
    dtype: str = "uint16",
    reduction: int = 1,
) -> SeenFrame:
    pixels = RNG.integers(0, 4000, SHAPE).astype(dtype)
    pixels.setflags(write=False)
    header = FrameHeader(
        sequence=sequence,
        position=Position(t=617, c=channel),
        shape_yx=SHAPE,
        dtype=dtype,
        received_ns=10**9 + 1_500_000_000,
        camera_index=77,
    )
    return SeenFrame("a run", header, pixels, made, reduction)


def pair(channel: int = 0) -> ChannelView:
    raw = seen(channel)
    return ChannelView(raw, seen(channel, made=MADE, dtype="float32"), raw)


def test_files_are_named_after_the_time_and_the_frame_and_folders_are_made(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "snapshots"
    paths = write_snapshot(folder, View((pair(),)), (STYLE,), INFO, when=WHEN)
    stem = "livecare-20310506-070809-frame-1234"
    names = [f"{stem}.png", f"{stem}-raw.ome.tif", f"{stem}-restored.ome.tif"]
    assert [each.name for each in paths] == names
    assert sorted(each.name for each in folder.iterdir()) == sorted(names)


def test_tiffs_hold_exactly_the_stored_pixels_of_all_channels(tmp_path: Path) -> None:
    view = View((pair(0), pair(1)))
    hidden = (STYLE, ChannelStyle(shown=False))
    _, raw, restored = write_snapshot(tmp_path, view, hidden, INFO, when=WHEN)
    for path, lane in ((raw, "raw"), (restored, "restored")):
        stored = tifffile.imread(path)
        frames = [getattr(each, lane) for each in view.channels]
        assert stored.dtype == frames[0].pixels.dtype
        assert np.array_equal(stored, [each.pixels for each in frames])


def test_tiffs_say_what_they_are(tmp_path: Path) -> None:
    _, raw, restored = write_snapshot(tmp_path, View((pair(),)), (STYLE,), INFO, when=WHEN)
    texts = {}
    for path in (raw, restored):
        with tifffile.TiffFile(path) as tiff:
            image = tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]
            resolution = tiff.pages[0].tags["XResolution"].value
        texts[path] = image["Description"]
        assert image["Pixels"]["PhysicalSizeX"] == 0.1
        assert image["Pixels"]["PhysicalSizeYUnit"] == "µm"
        assert image["Pixels"]["Channel"]["Name"] == "GFP"
        assert resolution[0] / resolution[1] == pytest.approx(1e5)
        assert "run a run" in image["Description"]
        assert "frame 1234 (t 617, z 0, position 0, camera index 77)" in image["Description"]
    assert texts[raw].startswith("raw\n")
    assert texts[restored].startswith("restored, not for intensity measurement\n")
    for fact in ("model nuclei", "sha256 ab12", "onnxruntime (fp32)", "fixed (low 3, high 9)"):
        assert fact in texts[restored]
        assert fact not in texts[raw]


def test_the_picture_shows_every_pixel_of_both_beside_each_other(tmp_path: Path) -> None:
    view = View((pair(),))
    picture = colours(decode(write_snapshot(tmp_path, view, (STYLE,), INFO, when=WHEN)[0]))
    shown = [
        colour_pixels(frame.pixels, whole_frame(SHAPE), levels, 1.0, "grey", warnings=False)
        for frame, levels in (
            (view.channels[0].raw, STYLE.raw),
            (view.channels[0].restored, STYLE.restored),
        )
    ]
    ((top, left),), ((other_top, right),) = (places(picture, each) for each in shown)
    assert top == other_top
    assert right >= left + SHAPE[1]


def test_the_scale_bar_is_as_long_as_it_says(tmp_path: Path) -> None:
    words = []
    path = write_snapshot(
        tmp_path,
        View((pair(),)),
        (STYLE,),
        INFO,
        when=WHEN,
        annotate=lambda _, lines: words.extend(lines),
    )[0]
    picture = colours(decode(path))
    assert [each.text for each in words if each.text.endswith("µm")] == ["10 µm"]
    bright = (picture[-70:] == 0xFFF2F2F2).sum(axis=1)
    assert set(bright) == {0, 100}


def test_words_are_given_to_the_one_who_draws_with_room_for_them(tmp_path: Path) -> None:
    given = []

    def annotate(screen: Screen, words: Sequence[Words]) -> None:
        given.extend(words)
        for each in words:
            box = screen[
                each.top_px : each.top_px + each.height_px,
                each.left_px : each.left_px + each.width_px,
            ]
            assert box.shape == (each.height_px, each.width_px), each
            assert np.unique(box).size == 1, each
            box[...] = SATURATED

    path = write_snapshot(tmp_path, View((pair(),)), (STYLE,), INFO, when=WHEN, annotate=annotate)[
        0
    ]
    texts = [each.text for each in given]
    assert texts[0] == "RAW"
    assert "RESTORED" in texts
    assert "restored, not for intensity measurement" in texts
    assert texts.count("2031-05-06 07:08:10.500, frame 1,234") == 2
    assert "nuclei on onnxruntime (fp32)" in texts
    assert {each.text for each in given if each.bold} == {"RAW", "RESTORED"}
    assert (colours(decode(path)) == SATURATED).any()


def test_small_frames_leave_room_for_the_words(tmp_path: Path) -> None:
    small = np.zeros((16, 24), np.uint8)
    header = FrameHeader(0, Position(0), (16, 24), "uint8", 0)
    view = View((ChannelView(SeenFrame("r", header, small)),))
    widths = []
    write_snapshot(
        tmp_path,
        view,
        (),
        None,
        when=WHEN,
        annotate=lambda _, words: widths.extend(each.width_px for each in words if each.bold),
    )
    assert min(widths) >= 400


def test_channels_that_are_shown_are_added_in_their_colours(tmp_path: Path) -> None:
    view = View((pair(0), pair(1)))
    styles = tuple(
        ChannelStyle(raw=Levels(-1, 0), restored=Levels(-1, 0), colour=each)
        for each in ("magenta", "green")
    )
    picture = colours(decode(write_snapshot(tmp_path, view, styles, INFO, when=WHEN)[0]))
    assert (picture == 0xFFFFFFFF).sum() == 2 * SHAPE[0] * SHAPE[1]
    hidden = (styles[0], ChannelStyle(shown=False))
    picture = colours(decode(write_snapshot(tmp_path, view, hidden, INFO, when=WHEN)[0]))
    assert (picture == 0xFFFF00FF).sum() == 2 * SHAPE[0] * SHAPE[1]


def test_saturated_pixels_are_marked_as_in_the_window(tmp_path: Path) -> None:
    """A camera of 11 bits is saturated at its own end; a restored value may go beyond it."""
    shown, info = pair(), replace(INFO, detail={"bit_depth": 11})
    styles = (replace(STYLE, warnings=True),)
    picture = colours(decode(write_snapshot(tmp_path, View((shown,)), styles, info, when=WHEN)[0]))
    assert (picture == SATURATED).sum() == (shown.raw.pixels >= 2047).sum() > 0


def test_a_frame_that_was_passed_on_as_raw_is_no_restored_one(tmp_path: Path) -> None:
    passed = Restoration(
        **{name: getattr(MADE, name) for name in MADE.__slots__} | {"engine": "raw"}
    )
    view = View((ChannelView(seen(), seen(made=passed)),))
    names = [each.name for each in write_snapshot(tmp_path, view, (STYLE,), INFO, when=WHEN)]
    assert not any("restored" in each for each in names)
    assert len(names) == 2


def test_frames_of_different_instants_say_which_they_are(tmp_path: Path) -> None:
    words = []
    view = View((ChannelView(seen(sequence=20), seen(sequence=17, made=MADE)),))
    write_snapshot(
        tmp_path, view, (STYLE,), INFO, when=WHEN, annotate=lambda _, lines: words.extend(lines)
    )
    ends = [each.text.split(", ")[-1] for each in words if ", frame" in each.text]
    assert ends == ["frame 20", "frame 17"]


def test_the_moment_of_a_snapshot_is_not_taken_for_that_of_a_frame(tmp_path: Path) -> None:
    words: list[Words] = []
    other = replace(INFO, run_id="another run")
    view = View((ChannelView(seen()),))
    write_snapshot(
        tmp_path, view, (STYLE,), other, when=WHEN, annotate=lambda _, lines: words.extend(lines)
    )
    assert "saved 2031-05-06 07:08:09, frame 1,234" in [each.text for each in words]


def test_reduced_pixels_have_their_own_size_and_say_so(tmp_path: Path) -> None:
    view = View((ChannelView(seen(reduction=4)),))
    _, raw = write_snapshot(tmp_path, view, (STYLE,), INFO, when=WHEN)
    with tifffile.TiffFile(raw) as tiff:
        image = tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]
    assert image["Pixels"]["PhysicalSizeX"] == pytest.approx(0.4)
    assert "mean of 4 × 4 pixels" in image["Description"]


def test_no_file_is_ever_overwritten(tmp_path: Path) -> None:
    view = View((pair(),))
    first = write_snapshot(tmp_path, view, (STYLE,), INFO, when=WHEN)
    kept = [each.read_bytes() for each in first]
    first[0].unlink()
    second = write_snapshot(tmp_path, View((pair(),)), (STYLE,), INFO, when=WHEN)
    third = write_snapshot(tmp_path, View((pair(),)), (STYLE,), INFO, when=WHEN)
    assert [each.read_bytes() for each in first[1:]] == kept[1:]
    assert second[1].name.endswith("frame-1234-2-raw.ome.tif")
    assert third[0].name.endswith("frame-1234-3.png")


def test_without_a_frame_there_is_no_snapshot(tmp_path: Path) -> None:
    for view in (View(), View((ChannelView(),))):
        with pytest.raises(UsageError, match="start the camera"):
            write_snapshot(tmp_path, view, (), INFO, when=WHEN)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("here")
    with pytest.raises(UsageError, match="taken"):
        write_snapshot(taken, View((pair(),)), (), INFO, when=WHEN)
