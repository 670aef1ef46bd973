"""ONNX Runtime: `session` opens networks, one module per device says where they run."""
