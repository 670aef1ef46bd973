"""Knows the life of a replay: recording after recording, each frame when it is due."""

from livecare.errors import SourceError, StoreDamagedError, UsageError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.images import ImageFile
from livecare.logs import logger
from livecare.sources.clock import NS_PER_S, Clock, MonotonicClock, StopSignal
from livecare.sources.image_stream import continue_stream
from livecare.sources.protocol import Arrival, NoFrame
from livecare.sources.replay.reels import Reels, describe
from livecare.sources.replay.settings import ReplaySettings
from livecare.sources.replay.timing import ReelCamera, Timing
from livecare.sources.stages import Stages


class ReplaySource:
    """A `FrameSource` of recordings in files.

    It loses no frame unless told to: whoever replays wants to see what happens to every frame.
    """

    problem = None

    def __init__(self, settings: ReplaySettings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock: Clock = clock or MonotonicClock()
        self._stop = StopSignal(self._clock)
        self._stages = Stages("replay")
        self._reels: Reels | None = None
        self._images: ImageFile | None = None
        self._camera: ReelCamera | None = None
        self._stream: StreamInfo | None = None
        self._run_id = ""
        self._start_ns = 0
        self._passed_t = 0
        self._passed = 0
        self._given = 0
        self._given_before = 0
        self._barren = 0  # recordings in a row that gave no frame
        self._lost = 0
        self._lost_before = 0
        self._ended = False
        self._told_of_no_times = False

    @property
    def lost_at_end(self) -> int:
        """Frames lost after the last that came; final once ENDED was said."""
        after = self._camera.lost_after_last if self._camera else 0
        return self._lost_before + after if self._settings.drop else 0

    @property
    def why_lost(self) -> str | None:
        """Say how many frames were lost and why; None if none was."""
        lost = self._lost + self.lost_at_end
        if not lost:
            return None
        return (
            f"the replay lost {lost} frames because they were read more slowly than they were due; "
            "lower rate_hz, raise buffer_frames, or set drop = false"
        )

    def open(self, run_id: str) -> StreamInfo:
        """Open the first recording.

        Raises
        ------
        ConfigError
            No path is given, or nothing is there.
        SourceError
            It cannot be read.
        MissingExtraError
            Its format needs a package that is not installed.
        """
        self._stages.open()
        self._run_id = run_id
        self._reels = Reels(self._settings)
        self._images = self._reels.load()
        if self._images is None:
            raise SourceError(f"replay: {self._settings.path} holds no recording")
        self._stream = self._describe(self._images)
        return self._stream

    def start(self) -> None:
        """Begin; the first frame is due now."""
        self._stages.start()
        self._start_ns = self._clock.now_ns()
        self._load_camera(self._start_ns)

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        """Wait until a frame is due and copy it.

        Raises
        ------
        SourceError
            A frame or a recording is damaged.
        """
        self._stages.check_read(pixels, self._stream)
        deadline_ns = self._clock.now_ns() + round(timeout_s * NS_PER_S)
        while not self._ended:
            now_ns = self._clock.now_ns()
            camera, images = self._playing()
            if self._stop.since_ns is not None:
                camera.stop(self._stop.since_ns)
            turn = camera.take(now_ns)
            if turn is not None:
                arrival = self._give(images, camera, turn, pixels)
                if arrival is not None:
                    return arrival
            elif camera.finished:
                change = self._go_on(camera, images)
                if change is not None:
                    return change
            elif now_ns >= deadline_ns:
                return NoFrame.WAITING
            else:
                left_s = (deadline_ns - now_ns) / NS_PER_S
                self._stop.wait(min(camera.until_next_s(now_ns), left_s))
        return NoFrame.ENDED

    def request_stop(self) -> None:
        """End; with `drop`, frames that were due by then still come."""
        self._stop.request()

    def close(self) -> None:
        """Close the recording."""
        self._stop.request()
        self._stages.close()
        if self._reels is not None:
            self._reels.close()

    def _playing(self) -> tuple[ReelCamera, ImageFile]:
        if self._camera is None or self._images is None:
            raise SourceError("replay: it does not run; call open and start first")
        return self._camera, self._images

    def _load_camera(self, start_ns: int) -> None:
        if self._images is not None:
            timing = Timing.of(self._images, self._settings.rate_hz)
            self._tell_of_no_times(timing, self._images)
            drops = self._settings.drop and timing.paced
            buffer_frames = self._settings.buffer_frames if drops else None
            frames = len(self._images.order)
            self._camera = ReelCamera(timing, frames, start_ns, buffer_frames)

    def _tell_of_no_times(self, timing: Timing, images: ImageFile) -> None:
        """Say once that frames come at no rate, unless that was asked for."""
        if timing.paced or self._settings.rate_hz is not None or self._told_of_no_times:
            return
        self._told_of_no_times = True
        logger().warning(
            "the file says no times: its frames come as fast as they are read, and latencies say "
            "little; set source.replay.rate_hz to play it at a rate",
            file=str(images.path),
        )

    def _describe(self, images: ImageFile) -> StreamInfo:
        several = self._reels is not None and self._reels.number > 1
        return describe(images, self._settings, self._run_id, several=several)

    def _give(
        self, images: ImageFile, camera: ReelCamera, turn: tuple[int, int], pixels: Pixels
    ) -> Arrival | None:
        """Copy a frame; None if the recording lacks it."""
        index, lost = turn
        at = images.order[index]
        self._lost_before += lost
        try:
            found = images.find(at.t, at.c, at.z, at.p)
        except (StoreDamagedError, UsageError) as error:
            raise SourceError(f"replay: {error}") from error
        if found is None:
            return None
        pixels[...] = found
        lost, self._lost_before = self._lost_before, 0
        self._lost += lost
        self._given += 1
        self._ended = self._given == self._settings.frames
        now_ns = self._clock.now_ns()
        due_ns = camera.due_ns(index) if camera.timing.paced else now_ns
        return Arrival(
            position=Position(self._passed_t + at.t, at.c, at.z, at.p),
            received_ns=now_ns,
            camera_index=self._passed + index,
            camera_time_ns=due_ns - self._start_ns,
            lost_before=lost,
        )

    def _go_on(self, camera: ReelCamera, images: ImageFile) -> StreamInfo | None:
        """Take up the next recording; say what that changes."""
        reels, stream = self._reels, self._stream
        following = None if self._stop.since_ns is not None or reels is None else reels.load()
        self._barren = self._barren + 1 if self._given == self._given_before else 0
        self._given_before = self._given
        if following is None or stream is None or (reels and self._barren == reels.number):
            self._ended = True
            return None
        self._passed += len(images.order)
        self._passed_t += images.shape[0]
        self._lost_before += camera.lost_after_last
        self._images = following
        self._load_camera(camera.end_ns if camera.timing.paced else self._clock.now_ns())
        changed = continue_stream(stream, following)
        if changed is stream:
            return None
        if changed is None:
            self._passed_t = 0
            changed = self._describe(following)
        self._stream = changed
        return changed
