"""The contract of sources, with a sender that waits where the source does."""

import threading
from collections.abc import Iterator

import pytest
from contracts.source import SourceContract
from push_bench import ANY_PORT, info, picture

from livecare.client import Pusher
from livecare.sources.protocol import FrameSource
from livecare.sources.push import PushSettings, PushSource


class TestPushedByAnotherThread(SourceContract):
    @pytest.fixture(autouse=True)
    def _senders(self) -> Iterator[None]:
        self.over = threading.Event()
        self.threads: list[threading.Thread] = []
        yield
        self.over.set()
        for thread in self.threads:
            thread.join()

    def make(self, frames: int | None) -> FrameSource:
        def listening(endpoint: str) -> None:
            thread = threading.Thread(target=self.send, args=(endpoint, frames))
            self.threads.append(thread)
            thread.start()

        settings = PushSettings(endpoint=ANY_PORT, acquisitions=None if frames is None else 1)
        return PushSource(settings, on_listening=listening)

    def send(self, endpoint: str, frames: int | None) -> None:
        stream = info(expected_frames=frames)
        linger_s = 0.05 if frames is None else 20.0  # nobody reads the rest of an endless one
        with Pusher(
            stream, endpoint=endpoint, block=True, timeout_s=0.05, linger_s=linger_s
        ) as pusher:
            number = 0
            while number != frames and not self.over.is_set():
                pusher.send(picture(number), camera_index=number, camera_time_ns=number * 1000)
                number += 1
