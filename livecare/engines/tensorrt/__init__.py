"""TensorRT, the full one or TensorRT for RTX: one engine for both, built and cached per machine."""
