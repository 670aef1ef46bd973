"""What is read off a window while a camera of ours gives frames, compared with the recording."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer
from window_stage import Operator

from livecare.client.push import Pusher
from livecare.viewer.display.numbers import value_text
from livecare.viewer.picture.hover import Hover

TRIES = 3
"""A layout that comes late, on a busy machine, moves the picture once or twice."""


class Camera:
    """Frames that differ in every pixel, pushed while the window lives.

    `kinds` are shapes and types, one after the other: `next_kind` goes on to the next.
    """

    def __init__(self, endpoint: str, kinds: list[tuple[tuple[int, int], str]]) -> None:
        self._pusher = Pusher(endpoint=endpoint, queue_frames=10_000)  # until the run listens
        self._random = np.random.default_rng(5)
        self._kinds = list(kinds)
        self.next_kind()
        self._timer = QTimer(interval=40)
        self._timer.timeout.connect(self._send)
        self._timer.start()

    def next_kind(self) -> None:
        shape_yx, dtype = self._kinds.pop(0)
        self.sent = 0
        photons = self._random.poisson(40.0, (16, *shape_yx))
        self._frames = (100 + 2.0 * photons + self._random.uniform(0, 1, photons.shape)).astype(
            dtype
        )

    def _send(self) -> None:
        assert self._pusher.send(self._frames[self.sent % len(self._frames)])
        self.sent += 1

    def close(self) -> None:
        self._timer.stop()
        self._pusher.end()


class Readings:
    """What is read off the window, of frames as they come and of one that is held."""

    LINE = ((3, 5), (17, 36))
    REGION = (4, 6, 21, 33)

    def __init__(self, operator: Operator, folder: Path) -> None:
        self._operator, self._window = operator, operator.window
        self.hovers: list[tuple[Hover, str]] = []
        self.profiles: list[tuple[int, int, NDArray[Any], NDArray[Any]]] = []
        self._folder = folder
        folder.mkdir()

    def take(self) -> "Readings":
        window, operator = self._window, self._operator
        window.playback.go_live()
        window.picture.hovered.connect(self._note)
        if window.picture.tool != "region":
            operator.click(window.ways.tools["region"])
        operator.until(lambda: window.rows.sizes()[1] > 60, "the curves are laid out")
        assert window.picture.region is not None
        self._drag_to(*self.REGION)
        for y, x, pane in ((7, 11, 0), (30, 22, 1), (0, 0, 0), (47, 39, 1)):
            seen = len(self.hovers)
            operator.point_at(y, x, pane)
            assert window.picture.hover is not None
            assert (window.picture.hover.y, window.picture.hover.x) == (y, x)
            operator.until(lambda: len(self.hovers) >= seen + 3, "frames come under the crosshair")  # noqa: B023
        window.picture.hovered.disconnect(self._note)
        self._measure_lines()
        self._save("trace")
        return self

    def _note(self, hover: Hover | None) -> None:
        if hover is not None:
            self.hovers.append((hover, self._window.readout.text()))

    def _drag_to(self, y0: int, x0: int, y1: int, x1: int) -> None:
        """Draw the rectangle by its corners; again where the picture was moved under the hand."""
        picture, wanted = self._window.picture, (y0, x0, y1, x1)
        found = []
        while wanted not in found and len(found) < TRIES:
            at = picture.region
            assert at is not None
            self._operator.drag((at[0], at[1]), (y0, x0))
            self._operator.drag((at[2], at[3]), (y1, x1))
            found.append(picture.region)
        assert found[-1] == wanted, found

    def _measure_lines(self) -> None:
        window, operator = self._window, self._operator
        operator.click(window.ways.tools["line"])
        for number, end in enumerate(self.LINE):
            assert window.picture.line is not None
            was = window.picture.line[number]
            operator.drag((was[0] + 0.5, was[1] + 0.5), (end[0] + 0.5, end[1] + 0.5))
        assert window.picture.line == self.LINE
        operator.press(Qt.Key.Key_Comma)  # the picture is held
        operator.until(lambda: not window.view.live)
        window._show_curves()
        self._save("profile")
        [channel] = window.view.channels
        assert channel.raw is not None
        assert channel.restored is not None
        curves = window.curves.profile
        self.profiles.append(
            (
                channel.raw.header.sequence,
                channel.restored.header.sequence,
                curves.raw.getData()[1],
                curves.restored.getData()[1],
            )
        )
        operator.click(window.ways.tools["region"])
        operator.press(Qt.Key.Key_L)

    def _save(self, name: str) -> None:
        window = self._window
        before = set(self._operator.snapshots.glob(f"*-{name}.csv"))
        curves = window.curves.profile if name == "profile" else window.curves.trace
        self._operator.until(lambda: curves.save.isEnabled() and curves.save.isVisible())
        self._operator.click(curves.save)
        assert window.control.status.said.startswith("Saved: ")
        [saved] = set(self._operator.snapshots.glob(f"*-{name}.csv")) - before
        saved.rename(self._folder / f"{name}.csv")

    def check(self, raw: dict[int, NDArray[Any]], restored: dict[int, NDArray[Any]]) -> None:
        """Compare all of it with the recording, bit by bit."""
        assert len({hover.channels[0].raw_sequence for hover, _ in self.hovers}) > 5
        compared = set()
        for hover, words in self.hovers:
            [value] = hover.channels
            assert value.raw_sequence is not None
            assert value.raw == raw[value.raw_sequence][hover.y, hover.x]
            assert f"y {hover.y}, x {hover.x}" in words
            assert f"raw {value_text(value.raw)}" in words
            if value.restored is not None:
                assert value.restored_sequence is not None
                assert value.restored == restored[value.restored_sequence][hover.y, hover.x]
                assert f"restored {value_text(value.restored)}" in words
                compared.add(value.restored_sequence)
        assert len(compared) > 5
        self._check_profiles(raw, restored)
        self._check_trace(raw, restored)

    def _check_profiles(
        self, raw: dict[int, NDArray[Any]], restored: dict[int, NDArray[Any]]
    ) -> None:
        [(of_raw, of_restored, raw_drawn, restored_drawn)] = self.profiles
        rows = _table(self._folder / "profile.csv")
        ys, xs = ([int(row[name]) for row in rows] for name in ("y_px", "x_px"))
        assert ((ys[0], xs[0]), (ys[-1], xs[-1])) == self.LINE
        assert len(rows) == 32, "a pixel for each column"
        for name, frame, drawn in (
            ("raw", raw[of_raw], raw_drawn),
            ("restored", restored[of_restored], restored_drawn),
        ):
            there = frame[ys, xs]
            assert np.array_equal(drawn, there.astype(np.float64))
            assert np.array_equal(np.array([float(row[name]) for row in rows]), there)

    def _check_trace(self, raw: dict[int, NDArray[Any]], restored: dict[int, NDArray[Any]]) -> None:
        y0, x0, y1, x1 = self.REGION
        rows = _table(self._folder / "trace.csv")
        both = [row for row in rows if row["raw_mean"] and row["restored_mean"]]
        assert len(both) > 10
        for row in rows:
            for name, lane in (("raw_mean", raw), ("restored_mean", restored)):
                if row[name]:
                    there = lane[int(row["frame"])][y0:y1, x0:x1]
                    assert float(row[name]) == there.mean(dtype=np.float64)


def _table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))
