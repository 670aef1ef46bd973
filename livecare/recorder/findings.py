"""What those who look at restored frames have found: alarms, light saved, predicted errors."""

from livecare.frame import Restoration
from livecare.link import Alarmed, PhotonFactor, SpreadMeasured
from livecare.recorder.guard_counts import GuardCounts

Found = Alarmed | PhotonFactor | SpreadMeasured
"""Reports of the restorer's onlookers."""


class Findings:
    """Keeps it; one thread notes, others look. What is kept is replaced, never changed.

    Attributes
    ----------
    guards : GuardCounts
        What the guards found in restored frames.
    alarm : Alarmed or None
        What of the live frames is not to be believed now.
    stop_wanted : str
        Why the acquisition is to end, where an alarm wants that; "" else. It stays.
    photon_factors : dict of int to float
        How many times more light raw frames would need, by channel.
    spreads : dict of int to SpreadMeasured
        What errors the model predicts, by channel.
    """

    def __init__(self) -> None:
        self.guards = GuardCounts()
        self.alarm: Alarmed | None = None
        self.stop_wanted = ""
        self.photon_factors: dict[int, float] = {}
        self.spreads: dict[int, SpreadMeasured] = {}

    def count(self, restoration: Restoration) -> None:
        """Count what the guards found in a frame that was kept."""
        self.guards.add(restoration.guards)

    def note(self, found: Found, *, live: bool) -> None:
        """Take note of a report; only an alarm of live frames can end the acquisition."""
        match found:
            case Alarmed():
                self.alarm = found if found.guards else None
                if self.alarm is not None and found.policy == "stop" and live:
                    self.stop_wanted = self.stop_wanted or found.words
            case SpreadMeasured(channel=channel):
                self.spreads = {**self.spreads, channel: found}
            case PhotonFactor(channel=channel, factor=factor):
                self.photon_factors = {**self.photon_factors, channel: factor}

    def forget_model(self) -> None:
        """Forget what was said of a model that restores no longer."""
        self.spreads, self.photon_factors = {}, {}

    def forget_alarm(self) -> None:
        """Forget the alarm of a restorer that is gone."""
        self.alarm = None
