"""Record and restore what a pycromanager acquisition takes, while it takes it.

Start livecare with the source "push" first:

    [source]
    kind = "push"

then run this in the environment that has pycromanager, with Micro-Manager running (or after
`start_headless`):

    python pycromanager_hook.py DATA_FOLDER
"""

import sys

from pycromanager import Acquisition, multi_d_acquisition_events

from livecare.client import image_hook


def acquire(folder: str, endpoint: str = "tcp://127.0.0.1:5764") -> None:
    """Take 2 channels × 5 planes × 20 time points; pycromanager's data set is what it always is."""
    events = multi_d_acquisition_events(
        num_time_points=20,
        channel_group="Channel",
        channels=["DAPI", "FITC"],
        z_start=0,
        z_end=4,
        z_step=1,
    )
    with (
        image_hook(endpoint) as hook,
        Acquisition(folder, "cells", image_process_fn=hook, show_display=False) as acquisition,
    ):
        acquisition.acquire(events)
    print(f"{hook.sent} images of {hook.seen} went to livecare, {hook.dropped} found it busy")
    if hook.errors:
        print(f"{hook.errors} could not be sent: {hook.last_error}")


if __name__ == "__main__":
    acquire(sys.argv[1])
