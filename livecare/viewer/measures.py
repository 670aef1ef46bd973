"""Knows what is measured in the picture: along the line, in the region, in all of it; no Qt."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from livecare.errors import UsageError
from livecare.frame import StreamInfo
from livecare.viewer.display.histogram import Histograms, histograms
from livecare.viewer.display.judgement import History
from livecare.viewer.display.profile import Profile, profile
from livecare.viewer.display.trace import Rectangle, Trace, TracePoint, region_mean
from livecare.viewer.new_files import write_new
from livecare.viewer.seen import ChannelView, SeenFrame, View

NS_PER_S: Final = 1_000_000_000

Line = tuple[tuple[int, int], tuple[int, int]]
"""Its first and last pixel, (y, x) each, camera pixels."""


class Measures:
    """The line, the region, and what they and the whole picture give.

    Parameters
    ----------
    history : callable
        Gives a channel's kept frames, raw and restored, when a region is drawn anew.

    Attributes
    ----------
    channel : int
        The channel that is measured.
    line : Line or None
        Where the profile is taken.
    region : Rectangle or None
        Where the trace is taken, camera pixels.
    trace : Trace
        Means of the region over time.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._began_ns = 0
        self._run_id = ""
        self.channel = 0
        self.line: Line | None = None
        self.region: Rectangle | None = None
        self.trace = Trace()

    def begin(self, info: StreamInfo | None) -> None:
        """Count seconds from the beginning of a run; another run's trace is forgotten."""
        run_id = "" if info is None else info.run_id
        if run_id != self._run_id:
            self._run_id = run_id
            self._began_ns = 0 if info is None else info.started_monotonic_ns
            self.measure_region(self.region)

    def pick(self, channel: int) -> None:
        """Measure another channel."""
        if channel != self.channel:
            self.channel = channel
            self.measure_region(self.region)

    def measure_region(self, region: Rectangle | None) -> None:
        """Measure another region, in all frames that are kept and those that come."""
        self.region = region
        self.trace = Trace()
        if region is not None:
            for raw, restored in self._history(self.channel):
                self.add(each for each in (raw, restored) if each is not None)

    def add(self, frames: Iterable[SeenFrame]) -> None:
        """Add frames to the trace: those of its run and its channel."""
        if self.region is None:
            return
        for frame in frames:
            if frame.header.position.c == self.channel and frame.run_id == self._run_id:
                self._add(frame, self.region)

    def profiles(self, view: View) -> tuple[Profile | None, Profile | None]:
        """Return the values along the line, raw and restored.

        Places and distances are in camera pixels: of a reduced frame, the first row and column that
        each mean is of.
        """
        channel = self._channel(view)
        if self.line is None or channel is None:
            return None, None
        raw, restored = (self._profile(frame) for frame in (channel.raw, channel.restored))
        return raw, restored

    def histograms(self, view: View) -> Histograms | None:
        """Return how often each value occurs, raw and restored; None where there is no frame."""
        channel = self._channel(view)
        if channel is None or (channel.raw is None and channel.restored is None):
            return None
        raw, restored = (
            None if frame is None else frame.pixels for frame in (channel.raw, channel.restored)
        )
        return histograms(raw, restored)

    def save_profile(self, folder: Path, name: str, view: View) -> Path:
        """Write the values along the line as CSV. Raises UsageError naming the folder."""
        raw, restored = self.profiles(view)
        shown = raw or restored
        if shown is None:
            raise UsageError("there is no line to save: draw one first")
        rows = ["y_px,x_px,distance_px,raw,restored"]
        for at in range(len(shown.rows)):
            values = ("" if each is None else each.values[at].item() for each in (raw, restored))
            place = f"{shown.rows[at]},{shown.columns[at]},{shown.distances_px[at]:.6g}"
            rows.append(f"{place},{','.join(map(str, values))}")
        return _write(folder, name, rows)

    def save_trace(self, folder: Path, name: str) -> Path:
        """Write the means over time as CSV. Raises UsageError naming the folder."""
        if not len(self.trace):
            raise UsageError("there is no trace to save: draw a region first")
        rows = ["frame,seconds,raw_mean,restored_mean"]
        rows += [
            f"{point.sequence},{point.seconds:.6f},{_cell(point.raw)},{_cell(point.restored)}"
            for point in self.trace.points
        ]
        return _write(folder, name, rows)

    def _channel(self, view: View) -> ChannelView | None:
        return view.channels[self.channel] if self.channel < len(view.channels) else None

    def _profile(self, frame: SeenFrame | None) -> Profile | None:
        if frame is None or self.line is None:
            return None
        k = frame.reduction
        (y0, x0), (y1, x1) = self.line
        found = profile(frame.pixels, (y0 / k, x0 / k), (y1 / k, x1 / k))
        rows, columns, distances_px = found.rows * k, found.columns * k, found.distances_px * k
        return replace(found, rows=rows, columns=columns, distances_px=distances_px)

    def _add(self, frame: SeenFrame, region: Rectangle) -> None:
        k = frame.reduction
        y0, x0, y1, x1 = region
        mean = region_mean(frame.pixels, (y0 // k, x0 // k, -(-y1 // k), -(-x1 // k)))
        seconds = (frame.header.received_ns - self._began_ns) / NS_PER_S
        sequence = frame.header.sequence
        if frame.restoration is None:
            self.trace.add(TracePoint(sequence, seconds, raw=mean))
        elif frame.restored:
            self.trace.add(TracePoint(sequence, seconds, restored=mean))


def _cell(mean: float | None) -> str:
    return "" if mean is None else repr(mean)


def _write(folder: Path, name: str, rows: list[str]) -> Path:
    """Write a table, and return its file; none is ever overwritten."""
    contents = {".csv": "\n".join([*rows, ""]).encode()}
    [file] = write_new("the table", folder, name, contents)
    return file
