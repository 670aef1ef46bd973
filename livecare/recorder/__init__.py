"""The lossless half: source → raw ring → store, and restored ring → store.

Runs in threads of the recording process, which never imports torch, TensorRT, onnxruntime,
OpenVINO or Qt. Each module here is one of its jobs.
"""

from livecare.recorder.acquisition import Acquisition
from livecare.recorder.backfill import Backfill
from livecare.recorder.collection import Collection
from livecare.recorder.recording import Recording
from livecare.recorder.turnstile import Turnstile

__all__ = ["Acquisition", "Backfill", "Collection", "Recording", "Turnstile"]
