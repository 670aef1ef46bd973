"""A sender that goes on until it is killed: python push_endless.py ENDPOINT RUN_ID."""

import itertools
import sys

from push_bench import info, picture

from livecare.client import Pusher

if __name__ == "__main__":
    endpoint, run_id = sys.argv[1:]
    with Pusher(info(run_id), endpoint=endpoint, block=True) as pusher:
        for number in itertools.count():
            pusher.send(picture(number % 1000), camera_index=number)
