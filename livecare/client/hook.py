"""Knows how pycromanager calls a function for every image, and gives it one that cannot fail."""

import inspect
from pathlib import Path
from typing import Any, Final

from livecare.client import pycromanager_axes
from livecare.client.counts import HandsOver
from livecare.client.courier import CLOSE_S, FRAME_ERRORS, HEAD_START, Courier
from livecare.client.outlet import DEFAULT_ENDPOINT
from livecare.client.restored_frames import RestoredFrames
from livecare.errors import UsageError
from livecare.frame import Pixels
from livecare.link.curve import KeyedEndpoint, with_keys

BUDGET_S: Final = 0.2
"""How long, seconds, an image waits for its restoration unless told otherwise."""

Tagged = tuple[Pixels, dict[str, Any]]


class ImageHook(HandsOver):
    """A function for `Acquisition(image_process_fn=...)`; made by `image_hook`.

    It copies each image into a bounded queue and returns the image unchanged. A livecare that is
    slow or away costs the acquisition nothing: images that find the queue full are counted in
    `dropped`, and the acquisition goes on::

        with image_hook() as hook:
            with Acquisition(directory, name, image_process_fn=hook) as acquisition:
                acquisition.acquire(multi_d_acquisition_events(num_time_points=100))

    Attributes
    ----------
    seen : int
        Images that pycromanager handed over.
    late : int
        Images that were returned as they were, since the restoration was not there in time.
    """

    def __init__(
        self, endpoint: str, restored: str | None, budget_s: float, queue_frames: int
    ) -> None:
        if not (budget_s >= 0 and queue_frames >= 1):
            raise UsageError(
                f"budget_s={budget_s}, queue_frames={queue_frames}: the former must be 0 or more "
                "seconds, the latter 1 or more frames"
            )
        # pycromanager counts the parameters; older ones give four, and all of them two
        self.__signature__ = inspect.signature(lambda image, metadata: (image, metadata))
        self._budget_s = budget_s
        self._restored = None if restored is None else RestoredFrames(restored)
        head_start = HEAD_START if restored is None else 0.0  # nobody waits for the former
        super().__init__(Courier(endpoint, queue_frames, pycromanager_axes.describe, head_start))
        self.seen = 0
        self.late = 0

    def __call__(self, image: Pixels, metadata: dict[str, Any], *_: object) -> Tagged:
        """Hand an image over; return it as it is, or restored. Never raises, whatever it is."""
        self.seen += 1
        try:
            said = pycromanager_axes.extract(metadata)
        except FRAME_ERRORS as error:
            self._courier.note_error(error)
            return image, metadata
        number = self._courier.offer(image, said)
        if self._restored is None:
            return image, metadata
        return self._instead(image, number), metadata

    def _instead(self, image: Pixels, number: int | None) -> Pixels:
        """Return the restoration of an image, or the image if that does not come in time."""
        waiting = self._restored
        found = waiting.wait_for(number, self._budget_s) if waiting and number is not None else None
        if found is None or (found.shape, found.dtype) != (image.shape, image.dtype):
            self.late += 1
            return image
        return found.copy()

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Let the last images leave, and tell livecare that the acquisition is over."""
        super().close(timeout_s)
        if self._restored is not None:
            self._restored.close()


def image_hook(
    endpoint: str = DEFAULT_ENDPOINT,
    *,
    restored: str | None = None,
    budget_s: float = BUDGET_S,
    queue_frames: int = 64,
    key: str | Path | None = None,
    server_key: str | Path | None = None,
) -> ImageHook:
    """Make a function for pycromanager that hands every image to livecare as well.

    Parameters
    ----------
    endpoint : str
        Where livecare's source "push" listens.
    restored : str or None
        `publish.preview` of the run, to return restored images instead: the data set then holds
        what livecare made of them, or the image and one more in `late` where that is not there in
        time or is of another type. It costs the acquisition time, and wants `publish.max_hz` above
        its rate and no other sender beside it.
    budget_s : float
        Longest wait for a restored image, seconds.
    queue_frames : int
        Images that may wait here, and again in the connection; large ones fewer.
    key, server_key : str or Path or None
        Files of your own secret key and of livecare's public one, where it wants keys. Where it
        refuses them, `errors` rises and `last_error` says so.

    Returns
    -------
    ImageHook
        Usable with any number of acquisitions, one at a time. Close it after the last, or use it
        as a context manager around them.

    Raises
    ------
    UsageError
        If an endpoint or a number cannot be, or a file holds no key.
    """
    keyed = with_keys(endpoint, key, server_key)
    previews = None if restored is None else KeyedEndpoint(restored, keyed.keys)
    return ImageHook(keyed, previews, budget_s, queue_frames)
