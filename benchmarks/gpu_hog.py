"""A side (`sides`) that takes a GPU's memory away, and gives it back when it ends."""

from typing import Any, Final

from cuda_driver import OUT_OF_MEMORY, Driver, DriverError
from side_protocol import serve

PIECES: Final = tuple(1 << power for power in (30, 28, 26, 24, 22))
"""Sizes that are allocated until no more of them fits, bytes."""


class Hog:
    """Holds what it took."""

    def __init__(self) -> None:
        self._driver: Driver | None = None
        self._taken: list[int] = []

    def fill(self) -> dict[str, Any]:
        """Take plain memory until none of the smallest pieces fits; tell how much that was."""
        if self._driver is None:
            self._driver = Driver()
            self._driver.use()
        size = 0
        for piece in PIECES:
            while self._takes(piece):
                size += piece
        return {"taken_gb": size / 1e9, "free_mb": self._driver.free_bytes() / 1e6}

    def free(self) -> dict[str, Any]:
        """Give all back."""
        while self._taken and self._driver:
            self._driver.release(self._taken.pop())
        return {}

    def _takes(self, piece: int) -> bool:
        assert self._driver is not None
        try:
            self._taken.append(self._driver.allocate(piece))
        except DriverError as error:
            if error.code != OUT_OF_MEMORY:
                raise
            return False
        return True


if __name__ == "__main__":
    here = Hog()
    serve({"fill": here.fill, "free": here.free})
