"""A tiny package for tests, whole; tests damage it."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import yaml

WEIGHTS = b"not a network, but with the right checksum"


def description() -> dict[str, Any]:
    return {
        "type": "model",
        "format_version": "0.5.4",
        "name": "tiny",
        "description": "For tests.",
        "weights": {
            "onnx": {"source": "model.onnx", "sha256": hashlib.sha256(WEIGHTS).hexdigest()}
        },
        "config": {
            "livecare": {
                "normalisation": {
                    "kind": "fixed",
                    "low_percentile": 2,
                    "high_percentile": 99.8,
                },
                "multiple_of": 8,
                "halo_px": 50,
                "provenance": {"seed": 1},
            }
        },
    }


def write_package(folder: Path, described: dict[str, Any], name: str = "bioimageio.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(WEIGHTS)
    (folder / name).write_text(yaml.safe_dump(described), encoding="utf-8")
    return folder


def zip_package(folder: Path) -> Path:
    return Path(shutil.make_archive(str(folder), "zip", folder))
