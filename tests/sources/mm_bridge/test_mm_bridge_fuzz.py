"""Spoilt answers of the server: no crash, no hang, each one counted.

LIVECARE_BRIDGE_FUZZ=50000 runs as many; by default there are as many as take a few seconds.
"""

import json
import os
import threading
import time

import numpy as np
from bridge_mutations import Mutator
from bridge_watching import READ_S, serving

from livecare.errors import ProtocolError, SourceError, StoppedError
from livecare.frame import StreamInfo
from livecare.sources.clock import MonotonicClock, StopSignal
from livecare.sources.mm_bridge import MmBridgeSettings, MmBridgeSource
from livecare.sources.mm_bridge.client import BridgeClient
from livecare.sources.mm_bridge.faults import BridgeCounts, MalformedReplyError, RefusedCallError
from livecare.sources.mm_bridge.messages import KINDS
from livecare.sources.mm_bridge.tags import read_tags
from livecare.sources.protocol import Arrival

SPOILT = int(os.environ.get("LIVECARE_BRIDGE_FUZZ", "300"))
HASTE = 10
"""How much faster than time the source's clock runs: its pauses are no part of the test."""
LONGEST_READ_S = 20.0
CORE = {
    "command": "constructor",
    "classpath": "mmcorej.CMMCore",
    "argument-types": [],
    "argument-deserialization-types": [],
    "arguments": [],
}


class HastyClock(MonotonicClock):
    def now_ns(self) -> int:
        return HASTE * super().now_ns()

    def wait(self, stopped: threading.Event, timeout_s: float) -> None:
        super().wait(stopped, timeout_s / HASTE)


def surely_malformed(parts: list[bytes]) -> bool:
    """Judge by another reader of JSON: True where no reader could take it for an answer."""
    try:
        document = json.loads(parts[0].decode("iso-8859-1"), parse_constant=int)
    except (ValueError, RecursionError):
        return True
    return not isinstance(document, dict) or document.get("type") not in KINDS


def test_each_spoilt_answer_is_read_or_counted() -> None:
    mutator = Mutator(seed=1)
    sent: list[list[bytes]] = []

    def spoil(parts: list[bytes]) -> list[bytes]:
        sent.append(mutator(parts))
        return sent[-1]

    counts, clock = BridgeCounts(), MonotonicClock()
    malformed = refused = read = 0
    with serving(spoil, live=False) as bridge:
        client = BridgeClient(bridge.endpoint, clock, StopSignal(clock), counts)
        for i in range(SPOILT):
            command = CORE if i % 3 else {"command": "connect", "debug": False}
            try:
                client.request("anything", command, 60.0)
            except MalformedReplyError:
                malformed += 1
            except RefusedCallError:
                refused += 1
                assert not surely_malformed(sent[-1])
            else:
                read += 1
                assert not surely_malformed(sent[-1])
        client.close()
    assert (malformed + refused + read, len(sent)) == (SPOILT, SPOILT)
    assert counts.malformed == malformed > SPOILT / 10
    assert counts.silent == 0


def test_a_source_survives_a_server_that_talks_nonsense_half_of_the_time() -> None:
    mutator = Mutator(seed=2, share=0.3)
    arrivals = rounds = malformed = 0
    with serving(mutator, rate_hz=500.0) as bridge:
        while mutator.spoilt < SPOILT:
            rounds += 1
            settings = MmBridgeSettings(endpoint=bridge.endpoint, patience_s=600.0)
            source = MmBridgeSource(settings, clock=HastyClock())
            try:
                arrivals += follow(source, mutator)
            except StoppedError:
                raise
            except SourceError:
                pass  # an answer was spoilt into one that says something else
            finally:
                source.close()
                malformed += source.counts.malformed
    assert arrivals > SPOILT / 20
    assert rounds < SPOILT / 10
    assert malformed > SPOILT / 10


def follow(source: MmBridgeSource, mutator: Mutator) -> int:
    """Read until enough was spoilt or the source ends; count the frames."""
    stream, arrivals = source.open("fuzz"), 0
    source.start()
    while mutator.spoilt < SPOILT:
        began_s = time.perf_counter()
        came = source.read_into(np.empty(stream.shape_yx, stream.dtype), READ_S)
        assert time.perf_counter() - began_s < LONGEST_READ_S
        if isinstance(came, StreamInfo):
            stream = came
        elif isinstance(came, Arrival):
            arrivals += 1
        elif source.problem is not None:
            break
    return arrivals


def test_spoilt_tags_are_read_or_refused() -> None:
    dump = b"2s : Width\n_\n1\n32\n\ns : ElapsedTime-ms\n_\n1\n12.5\n\ns : Height\n_\n1\n9\n\n"
    mutator, refused = Mutator(seed=3), 0
    for _ in range(SPOILT):
        try:
            read_tags(mutator([dump])[0].decode("iso-8859-1"))
        except ProtocolError:
            refused += 1
    assert 0 < refused < SPOILT
