"""Knows how late frames of another machine are, though its clock has another zero."""

from typing import Final

DRIFT: Final = 200e-6
"""How much faster one machine's clock may run than the other's; quartz is within 100e-6."""


class Delay:
    """How much later frames come than the quickest of them did.

    Attributes
    ----------
    behind_s : float
        Of the last frame, seconds; what the quickest one took is not in it.
    """

    def __init__(self) -> None:
        self.behind_s = 0.0
        self._quickest_ns: int | None = None
        self._noted_ns = 0

    def note(self, sent_ns: int, arrived_ns: int) -> None:
        """Take note of a frame.

        Parameters
        ----------
        sent_ns, arrived_ns : int
            On the clocks of the sender and of this machine, ns.
        """
        took_ns = arrived_ns - sent_ns
        if self._quickest_ns is None:
            self._quickest_ns = took_ns
        else:
            drifted_ns = round(DRIFT * (arrived_ns - self._noted_ns))
            self._quickest_ns = min(took_ns, self._quickest_ns + drifted_ns)
        self._noted_ns = arrived_ns
        self.behind_s = (took_ns - self._quickest_ns) / 1e9
