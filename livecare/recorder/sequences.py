"""A set of sequence numbers that stays small over millions of frames."""


class SequenceSet:
    """Sequence numbers as one bit each: 125 kB for a million frames."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, sequence: int) -> bool:
        place, bit = divmod(sequence, 8)
        return place < len(self._bits) and bool(self._bits[place] >> bit & 1)

    def add(self, sequence: int) -> bool:
        """Add a number (0 or more); return False if it was in already."""
        if sequence in self:
            return False
        place, bit = divmod(sequence, 8)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits)))
        self._bits[place] |= 1 << bit
        self._count += 1
        return True
