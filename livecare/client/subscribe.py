"""Knows how a script asks to follow a run."""

from pathlib import Path

from livecare.client.endpoints import find_endpoint
from livecare.client.subscription import Subscription, Topic


def subscribe(
    endpoint: str | None = None,
    topic: Topic = "restored",
    *,
    newest: bool = True,
    timeout_s: float | None = None,
    until_end: bool = False,
    directory: str | Path | None = None,
) -> Subscription:
    """Follow the frames that a run of livecare publishes.

    Nothing here can hold the run up: a subscriber that is slow misses frames, and counts them.

    Parameters
    ----------
    endpoint : str or None
        `publish.preview` of the run's configuration. None finds the run that is on now; give the
        endpoint to wait for a run that starts later, or to follow one run after the other.
    topic : "restored", "raw" or "both"
        What to follow; with "both", `Subscription.pairs` brings the two together.
    newest : bool
        True hands out the newest frame at each step and passes older ones over; False hands out
        every frame that arrives, while a few wait.
    timeout_s : float or None
        Longest wait for a frame, seconds; None waits for ever.
    until_end : bool
        True ends the iteration with the run; False goes on with the next run, whose `info` differs.
    directory : str or Path or None
        `ring.directory` of the run's configuration, where that is set: the run is looked for there.
        With an endpoint there is nothing to look for.

    Returns
    -------
    Subscription
        Yields `Received` frames.

    Raises
    ------
    UsageError
        If the endpoint cannot be, or no run is found.
    TimeoutError
        By the iteration, if no frame came in time; asking again goes on.
    ProtocolError
        By the iteration, if something else than livecare, or another version, sends.

    Examples
    --------
    >>> with subscribe("tcp://127.0.0.1:5765", until_end=True) as frames:  # doctest: +SKIP
    ...     for frame in frames:
    ...         print(frame.header.sequence, frame.pixels.mean(), frame.missed)
    """
    if endpoint is None:
        endpoint = find_endpoint(None if directory is None else Path(directory))
    return Subscription(endpoint, topic, newest=newest, timeout_s=timeout_s, until_end=until_end)
