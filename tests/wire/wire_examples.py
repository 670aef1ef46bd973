"""Messages for the tests of the wire: fixed ones, and hypothesis strategies for all valid ones."""

from typing import Any, get_args

import msgspec
from hypothesis import strategies as st

from livecare.frame import (
    PIXEL_TYPES,
    FrameHeader,
    Ledger,
    NormalisationKind,
    Position,
    Restoration,
    StreamInfo,
)
from livecare.wire import MAX_NUMBER, EndMessage, FrameMessage, Message, StartMessage, encode

INFO = StreamInfo(
    run_id="run-7",
    source="simulated",
    shape_yx=(2, 3),
    dtype="uint16",
    channels=("GFP", "µ-phase"),
    size_z=5,
    positions=("A1",),
    pixel_size_um=0.125,
    z_step_um=-0.5,
    interval_s=2.0,
    expected_frames=600,
    grows=True,
    started_wall_ns=1_700_000_000_000_000_000,
    started_monotonic_ns=123_456_789,
    detail={"exposure_ms": 10, "binning": [1, 1]},
)
HEADER = FrameHeader(
    sequence=41,
    position=Position(t=4, c=1, z=2, p=0),
    shape_yx=(2, 3),
    dtype="uint16",
    received_ns=987_654_321,
    camera_index=45,
    camera_time_ns=410_000_000,
    lost_before=3,
    loss_estimated=True,
    skipped_before=1,
    epoch=2,
)
RESTORATION = Restoration(
    engine="onnxruntime",
    precision="fp32",
    model="quick",
    model_sha256="ab" * 32,
    normalisation="fixed",
    normalised_with={"low": 100.0, "high": 400.5},
    taken_ns=1,
    engine_ns=2,
    published_ns=3,
    batch=4,
)
START = StartMessage(INFO)
RAW = FrameMessage("run-7", HEADER)
RESTORED = FrameMessage("run-7", HEADER, RESTORATION)
END = EndMessage("run-7", Ledger(acquired=600, recorded=599, restored=590, skipped=9, failed=1))
EXAMPLES: dict[str, Message] = {
    "start": START,
    "raw frame": RAW,
    "restored frame": RESTORED,
    "end": END,
}
PIXELS = bytes(range(12))
"""The pixels of `RAW` and `RESTORED`: 2 × 3 uint16."""


def as_map(message: Message) -> dict[str, Any]:
    """Give a message's map as plain dicts and lists, to be spoilt and packed again."""
    return msgspec.msgpack.decode(encode(message))


def spoilt(message: Message, path: str, value: object) -> bytes:
    """Pack a message whose field at a dotted path has another value."""
    whole = inner = as_map(message)
    *parents, field = path.split(".")
    for parent in parents:
        inner = inner[parent]
    inner[field] = value
    return msgspec.msgpack.encode(whole)


counts = st.integers(0, MAX_NUMBER)
times_ns = st.integers(-(2**63), MAX_NUMBER)
spacings = st.none() | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(max_size=20)
shapes_yx = st.tuples(st.integers(1, 6000), st.integers(1, 6000))
json_values = st.recursive(
    st.none() | st.booleans() | times_ns | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
infos = st.builds(
    StreamInfo,
    run_id=texts,
    source=texts,
    shape_yx=shapes_yx,
    dtype=st.sampled_from(PIXEL_TYPES),
    channels=st.lists(texts, min_size=1, max_size=4).map(tuple),
    size_z=st.integers(1, MAX_NUMBER),
    positions=st.lists(texts, min_size=1, max_size=4).map(tuple),
    pixel_size_um=spacings,
    z_step_um=spacings,
    interval_s=spacings,
    expected_frames=st.none() | counts,
    grows=st.booleans(),
    started_wall_ns=times_ns,
    started_monotonic_ns=times_ns,
    detail=st.dictionaries(texts, json_values, max_size=3),
)
headers = st.builds(
    FrameHeader,
    sequence=counts,
    position=st.builds(Position, counts, counts, counts, counts),
    shape_yx=shapes_yx,
    dtype=st.sampled_from(PIXEL_TYPES),
    received_ns=times_ns,
    camera_index=st.none() | times_ns,
    camera_time_ns=st.none() | times_ns,
    lost_before=counts,
    loss_estimated=st.booleans(),
    skipped_before=counts,
    epoch=counts,
)
restorations = st.builds(
    Restoration,
    engine=texts,
    precision=texts,
    model=texts,
    model_sha256=texts,
    normalisation=st.sampled_from(get_args(NormalisationKind)),
    normalised_with=st.dictionaries(texts, st.floats(allow_nan=False), max_size=3),
    taken_ns=times_ns,
    engine_ns=times_ns,
    published_ns=times_ns,
    batch=times_ns,
)
messages = st.one_of(
    st.builds(StartMessage, infos),
    st.builds(FrameMessage, texts, headers, st.none() | restorations),
    st.builds(EndMessage, texts, st.builds(Ledger, *[counts] * 6)),
)
