from contextlib import closing
from pathlib import Path

import pytest
from contracts.sink import SinkContract, frame_block, noisy_frame

from livecare.errors import StoreError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.sinks import store as store_module
from livecare.sinks.chunk import Compression
from livecare.sinks.lane import Lane
from livecare.sinks.options import StoreOptions
from livecare.sinks.protocol import FrameSink
from livecare.sinks.reader import StoreReader
from livecare.sinks.store import Store


class LaneContract(SinkContract):
    """The contract on the raw lane of a store; subclasses say how the store is written."""

    compression: Compression | None = None
    direct: bool | None = None

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = tmp_path / "lane.ome.zarr"
        self.stores: dict[int, Store] = {}
        if self.direct is not None:
            monkeypatch.setattr(store_module, "supports_direct", lambda _: self.direct)

    def make(self, info: StreamInfo) -> Lane:
        options = StoreOptions(compression=self.compression, shard_frames=4)
        store = Store.create(self.path, info, options)
        self.stores[id(store.raw)] = store
        return store.raw

    def read(self, sink: FrameSink, position: Position) -> Pixels | None:
        del sink
        return StoreReader(self.path).read("raw", position)

    def sync(self, sink: FrameSink) -> None:
        self.stores[id(sink)].sync()

    def close(self, sink: FrameSink) -> None:
        self.stores[id(sink)].close()


class TestWrittenPastThePageCache(LaneContract):
    """Falls back to plain writes where the folder's file system has no direct ones."""


class TestWrittenPlainly(LaneContract):
    direct = False


class TestZstd(LaneContract):
    compression: Compression | None = "zstd"


class TestLz4(LaneContract):
    compression: Compression | None = "lz4"


def test_a_closed_lane_takes_nothing(tmp_path: Path) -> None:
    contract = SinkContract()
    with closing(Store.create(tmp_path / "a", contract.info())) as store:
        pass
    with pytest.raises(StoreError, match="frame 0: the store .* is closed"):
        store.raw.append(
            contract.header(0, Position(0)), frame_block(noisy_frame((16, 24), "uint16"))
        )
