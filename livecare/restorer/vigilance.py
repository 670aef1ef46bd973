"""What is done with what the guards find: said, and live frames withheld where that is wanted."""

from collections.abc import Callable, Mapping
from typing import Final

from livecare.frame import AlarmPolicy, FrameHeader, GuardReading, Pixels
from livecare.guards import GUARDS, Expectation, Guards, TrustStatistics
from livecare.link import Alarmed, GuardSpec, Report
from livecare.logs import logger
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalise import Normalisation
from livecare.models.package import Model
from livecare.references import ReferenceWatch

MOST_PLACES: Final = 256
"""Channels, planes and positions whose earlier frames guards remember, at most; of a larger scan
the oldest are forgotten: each takes some ten kilobytes."""
SMALL: Final = 1 << 20
"""Pixels of a frame below which it is small."""
ALL: Final = 2
OUT_OF: Final = (8, 4)
"""Live frames of small and of larger frames out of which two are examined: so guards, light and
predicted errors take a tenth of the engine's time (docs/trust.md). All others have the time."""
DONE: Final[dict[AlarmPolicy, str]] = {
    "warn": "",
    "raw": "raw frames are shown instead, and restored afterwards",
    "stop": "the acquisition ends, as on_alarm wants it",
}
"""What is done, for people."""

Place = tuple[int, int, int]


class Vigilance:
    """Has each restored frame examined, and says when live ones are no longer to be believed.

    Live and back-filled frames are examined apart: each in the order of the recording.

    Parameters
    ----------
    spec : GuardSpec
        What is to be done.
    model : Model
        What restores; says what frames it has learnt from.
    say : callable
        Told when frames are not to be believed, and when they are again.
    reference : tuple of (int, float) or None
        Channel and light of the reference frames, where there are any.

    Attributes
    ----------
    live : bool
        Whether the frames that come are live.
    """

    def __init__(
        self,
        spec: GuardSpec,
        model: Model,
        say: Callable[[Report], None],
        reference: tuple[int, float] | None = None,
    ) -> None:
        self._spec, self._say = spec, say
        self._references = {
            live: None if reference is None else ReferenceWatch(*reference)
            for live in (True, False)
        }
        self._expectation = Expectation(
            trust=TrustStatistics.read(model.trust, f"{model.folder}: trust"),
            pixel_size_um=spec.pixel_size_um,
            exposure_ms=spec.exposure_ms,
            binning=spec.binning,
            saturation_adu=spec.saturation_adu,
        )
        self._guards: dict[bool, dict[Place, Guards]] = {True: {}, False: {}}
        self._streaks: dict[tuple[str, int], _Streak] = {}  # by guard and channel
        self._alarming: dict[str, GuardReading] = {}  # the latest of each that was an alarm
        self._raised: tuple[str, ...] = ()
        self.live = True

    @property
    def withholds(self) -> bool:
        """Whether live restored frames are not to be shown now."""
        return self.live and self._spec.on_alarm == "raw" and bool(self._raised)

    def examine(
        self, header: FrameHeader, raw: Pixels, restored: Pixels, normalisation: Normalisation
    ) -> dict[str, GuardReading]:
        """Return what the guards find in a frame, by their names; say what has changed.

        Nothing is found in frames that are spared; they neither raise nor end an alarm.
        """
        position, references = header.position, self._references[self.live]
        if references is not None and references.is_reference(position):
            noise = normalisation.noise if isinstance(normalisation, NoiseUnits) else None
            readings = references.judge(position, raw, noise)
            if self.live:
                self._note(position.c, readings)
            return readings
        if references is not None:
            references.remember(position, restored)
        place = position.c, position.z, position.p
        guards = self._at(place, OUT_OF[raw.size >= SMALL])
        readings = guards.examine(raw, restored, normalisation)
        if self.live:
            self._note(position.c, readings)
        return readings

    def lower(self) -> None:
        """Forget what was: something else restores, or nothing live comes any more."""
        self._streaks.clear()
        self._alarming.clear()
        if self._raised:
            self._raised = ()
            self._say(Alarmed((), "", self._spec.on_alarm))

    def _at(self, place: Place, out_of: int) -> Guards:
        known = self._guards[self.live]
        if place not in known:
            if len(known) >= MOST_PLACES:
                del known[next(iter(known))]
            known[place] = Guards(self._expectation, out_of=out_of if self.live else ALL)
        return known[place]

    def _note(self, channel: int, readings: Mapping[str, GuardReading]) -> None:
        for name, reading in readings.items():
            if reading.alarm:
                self._alarming[name] = reading
            self._streaks.setdefault((name, channel), _Streak()).note(
                alarm=reading.alarm, needed=self._spec.after_frames
            )
        found = (name for (name, _), streak in self._streaks.items() if streak.raised)
        raised = tuple(dict.fromkeys(found))
        if raised == self._raised:
            return
        self._raised = raised
        words = self._words(raised)
        self._say(Alarmed(raised, words, self._spec.on_alarm))
        logger().warning("restored frames", not_believed_by=list(raised), why=words)

    def _words(self, raised: tuple[str, ...]) -> str:
        found = [
            f"{GUARDS[name].sentence(self._alarming[name])} {GUARDS[name].cure}" for name in raised
        ]
        done = DONE[self._spec.on_alarm]
        return " ".join(found + ([f"({done})"] if done and found else []))


class _Streak:
    """How often in a row a guard has said the same; it changes its mind after so many frames."""

    def __init__(self) -> None:
        self.raised = False
        self._against = 0

    def note(self, *, alarm: bool, needed: int) -> None:
        self._against = self._against + 1 if alarm != self.raised else 0
        if self._against >= needed:
            self.raised, self._against = alarm, 0
