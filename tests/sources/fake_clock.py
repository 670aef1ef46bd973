"""A clock that moves only when someone waits on it or sets it."""

import threading


class FakeClock:
    def __init__(self) -> None:
        self.time_ns = 5_000_000_000
        self.waits = 0

    def now_ns(self) -> int:
        return self.time_ns

    def wait(self, stopped: threading.Event, timeout_s: float) -> None:
        self.waits += 1
        if not stopped.is_set():
            self.pass_s(timeout_s)

    def pass_s(self, seconds: float) -> None:
        self.time_ns += max(round(seconds * 1e9), 1)
