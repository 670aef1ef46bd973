"""Answers of a server, spoilt in every way that comes to mind, by a seed."""

import random

KEYS = [b'"type"', b'"value"', b'"hash-code"', b'"version"', b'"api"']
WORDS = [
    *(b'"string"', b'"primitive"', b'"exception"', b'"null"', b'"none"', b'"list"', b'"object"'),
    *(b'"short-array"', b'"byte-array"', b'"double-array"', b'"unserialized-object"', b'"[B@0"'),
    *(b"null", b"true", b"-1", b"1e999", b"NaN", b"9" * 400, b'"\\ud800"', b'"@"', b"{}", b"[]"),
    *(b"[" * 100_000, b'{"type":' * 50_000, b'"type": 7', b"s : Width\\n_\\n1\\n-5"),
]


class Mutator:
    """Spoils a share of the answers; counts them."""

    def __init__(self, seed: int, share: float = 1.0) -> None:
        self._random = random.Random(seed)
        self._share = share
        self.spoilt = 0

    def __call__(self, parts: list[bytes]) -> list[bytes]:
        if self._random.random() >= self._share:
            return parts
        spoilt = list(parts)
        for _ in range(self._random.randint(1, 3)):
            spoilt = self._random.choice(self._ways)(self, spoilt)
        self.spoilt += 1
        return spoilt or [b""]

    def _some(self, parts: list[bytes]) -> int:
        """Choose a part; mostly the JSON."""
        return 0 if self._random.random() < 0.6 else self._random.randrange(len(parts))

    def _flip(self, parts: list[bytes]) -> list[bytes]:
        i = self._some(parts)
        content = bytearray(parts[i])
        for _ in range(self._random.randint(1, 4)):
            if content:
                content[self._random.randrange(len(content))] ^= 1 << self._random.randrange(8)
        return [*parts[:i], bytes(content), *parts[i + 1 :]]

    def _cut(self, parts: list[bytes]) -> list[bytes]:
        i = self._some(parts)
        end = self._random.randint(0, len(parts[i]))
        return [*parts[:i], parts[i][:end], *parts[i + 1 :]]

    def _insert(self, parts: list[bytes]) -> list[bytes]:
        i = self._some(parts)
        at = self._random.randint(0, len(parts[i]))
        added = self._random.choice([self._random.randbytes(5), *WORDS])
        return [*parts[:i], parts[i][:at] + added + parts[i][at:], *parts[i + 1 :]]

    def _reword(self, parts: list[bytes]) -> list[bytes]:
        text, key = parts[0], self._random.choice(KEYS)
        at = text.find(key)
        if at < 0:
            return parts
        end = min((text.find(mark, at) for mark in (b",", b"}") if mark in text[at:]), default=at)
        return [text[:at] + key + b": " + self._random.choice(WORDS) + text[end:], *parts[1:]]

    def _drop(self, parts: list[bytes]) -> list[bytes]:
        i = self._random.randrange(len(parts))
        return parts[:i] + parts[i + 1 :] or [b"{}"]

    def _double(self, parts: list[bytes]) -> list[bytes]:
        i = self._random.randrange(len(parts))
        return [*parts[: i + 1], *parts[i:]]

    def _shuffle(self, parts: list[bytes]) -> list[bytes]:
        return self._random.sample(parts, len(parts))

    def _replace(self, parts: list[bytes]) -> list[bytes]:
        i = self._some(parts)
        length = self._random.choice([0, 1, 4, 300])
        return [*parts[:i], self._random.randbytes(length), *parts[i + 1 :]]

    _ways = (_flip, _cut, _insert, _reword, _drop, _double, _shuffle, _replace)
