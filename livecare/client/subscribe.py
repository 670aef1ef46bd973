"""Knows how a script asks to follow a run."""

from pathlib import Path

from livecare.client.endpoints import find_endpoint
from livecare.client.subscription import Subscription, Topic
from livecare.link.curve import with_keys


def subscribe(
    endpoint: str | None = None,
    topic: Topic = "restored",
    *,
    newest: bool = True,
    timeout_s: float | None = None,
    until_end: bool = False,
    directory: str | Path | None = None,
    key: str | Path | None = None,
    server_key: str | Path | None = None,
) -> Subscription:
    """Follow the frames that a run of livecare publishes; see `Subscription`.

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
    key, server_key : str or Path or None
        Files of your own secret key and of the run's public one, for a run elsewhere that wants
        keys. Your own run on this machine needs none.

    Raises
    ------
    UsageError
        If the endpoint cannot be, or no run is found, or a file holds no key.
    """
    if endpoint is None:
        endpoint = find_endpoint(None if directory is None else Path(directory))
    endpoint = with_keys(endpoint, key, server_key)
    return Subscription(endpoint, topic, newest=newest, timeout_s=timeout_s, until_end=until_end)
