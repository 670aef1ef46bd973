"""Knows what everything that hands frames over says of them: how many left, how many did not."""

from typing import Self

from livecare.client.courier import CLOSE_S, Courier


class HandsOver:
    """What `image_hook` and `tap_core` make has in common.

    Parameters
    ----------
    courier : Courier
        Takes the frames.
    """

    def __init__(self, courier: Courier) -> None:
        self._courier = courier

    @property
    def sent(self) -> int:
        """Frames on their way to livecare, or there."""
        return self._courier.sent

    @property
    def dropped(self) -> int:
        """Frames that livecare will not get, as it is away or has fallen behind."""
        return self._courier.dropped

    @property
    def errors(self) -> int:
        """Frames that livecare will not get, as `last_error` says; it counts them as lost."""
        return self._courier.errors

    @property
    def last_error(self) -> str:
        """Why the last of them could not be sent; empty if all could."""
        return self._courier.last_error

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Let the last frames leave, and tell livecare that the acquisition is over.

        Parameters
        ----------
        timeout_s : float
            Longest wait, seconds; what has not left by then is lost.
        """
        self._courier.close(timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
