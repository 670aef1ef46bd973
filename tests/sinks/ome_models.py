"""What the models of OME-Zarr that others wrote say of a store's metadata."""

from pathlib import Path

import ome_zarr_models
import yaozarrs
import zarr
from ome_zarr_models.v05.bioformats2raw import BioFormats2Raw
from ome_zarr_models.v05.image import Image

from livecare.frame import StreamInfo
from livecare.sinks.layout import image_names


def check_metadata(path: Path, info: StreamInfo) -> None:
    group = zarr.open_group(path, mode="r")
    BioFormats2Raw.from_zarr(group)
    yaozarrs.validate_zarr_store(str(path))
    for name in image_names(info):
        assert isinstance(ome_zarr_models.open_ome_zarr(group[name]), Image)
        yaozarrs.validate_zarr_store(str(path / name))
