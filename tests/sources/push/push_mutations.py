"""Messages of a sender that is wrong in every way, from one seed; a few of them are right."""

import random

import msgspec
from push_bench import SIZE

Parts = list[bytes]
KINDS = ("bytes", "cut", "fields", "parts", "noise", "numbers", "whole")
ODD_VALUES: tuple[object, ...] = (
    None, True, -1, 0, 1, 2, 255, 2**31, 2**53, 2**63 - 1, 2**63, 2**64 - 1, -(2**63), 0.5,
    float("nan"), float("inf"), "", "x" * 300, "uint8", "float64", b"", b"\xff" * 9, [], [8, 12],
    [0, 0], [2**31, 2**31], {}, {"t": 3}, {"t": -1}, {"t": 2**62}, [["a"] * 9],
)  # fmt: skip


class Mutator:
    """Makes messages; the frames that are right have numbers that rise."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.sequence = 0

    def message(self) -> Parts:
        kind = self.random.choice(KINDS)
        parts: Parts = getattr(self, f"_{kind}")(self._right())
        return parts

    def _right(self) -> Parts:
        run_id = self.random.choice(("plain", "plain", "plain", "other"))
        draw = self.random.random()
        if draw < 0.05:
            stream = {"run_id": run_id, "source": "x", "shape_yx": SIZE, "dtype": "uint16"}
            grows = {"grows": self.random.random() < 0.5}
            return [_pack({"type": "start", "schema": 3, "info": stream | grows})]
        if draw < 0.08:
            return [_pack({"type": "end", "schema": 3, "run_id": run_id, "ledger": {}})]
        self.sequence += 1
        header = {
            "sequence": self.sequence,
            "position": {"t": self.sequence},
            "shape_yx": SIZE,
            "dtype": "uint16",
            "received_ns": 0,
        }
        message = {"type": "frame", "schema": 3, "run_id": run_id, "header": header}
        return [_pack(message), self.random.randbytes(SIZE[0] * SIZE[1] * 2)]

    def _bytes(self, parts: Parts) -> Parts:
        spoilt = bytearray(parts[0])
        for _ in range(self.random.randint(1, 4)):
            spoilt[self.random.randrange(len(spoilt))] = self.random.randrange(256)
        return [bytes(spoilt), *parts[1:]]

    def _cut(self, parts: Parts) -> Parts:
        which = self.random.randrange(len(parts))
        start, end = sorted(self.random.randrange(len(parts[which]) + 1) for _ in range(2))
        put_in = self.random.randbytes(self.random.choice((0, 0, 1, 20)))
        spoilt = parts[which][:start] + put_in + parts[which][end:]
        return [*parts[:which], spoilt, *parts[which + 1 :]]

    def _fields(self, parts: Parts) -> Parts:
        whole = inner = msgspec.msgpack.decode(parts[0])
        field = self.random.choice(sorted(inner))
        while isinstance(inner[field], dict) and inner[field] and self.random.random() < 0.8:
            inner = inner[field]
            field = self.random.choice(sorted(inner))
        if self.random.random() < 0.15:
            del inner[field]
        else:
            inner[field] = self.random.choice(ODD_VALUES)
        return [_pack(whole), *parts[1:]]

    def _parts(self, parts: Parts) -> Parts:
        more = [self.random.choice((b"", *parts)) for _ in range(self.random.randint(0, 6))]
        mixed = [*parts[: self.random.randint(0, len(parts))], *more]
        return mixed or [b""]

    def _noise(self, _: Parts) -> Parts:
        return [
            self.random.randbytes(self.random.randint(0, 200))
            for _ in range(self.random.randint(1, 3))
        ]

    def _numbers(self, parts: Parts) -> Parts:
        whole = msgspec.msgpack.decode(parts[0])
        header = whole.get("header") or whole.get("ledger") or whole
        for name in ("sequence", "lost_before", "skipped_before", "epoch", "acquired"):
            if self.random.random() < 0.4:
                header[name] = self.random.choice((0, 1, 5, 10**6, 10**9, 2**62, 2**63 - 1))
        if "position" in header:
            for axis in "tczp":
                if self.random.random() < 0.4:
                    header["position"][axis] = self.random.choice((0, 1, 3, 300, 10**5, 2**62))
        return [_pack(whole), *parts[1:]]

    def _whole(self, parts: Parts) -> Parts:
        return parts


def _pack(message: object) -> bytes:
    return msgspec.msgpack.encode(message)
