"""Where frames are kept: a recording that is a valid OME-Zarr at every instant."""
