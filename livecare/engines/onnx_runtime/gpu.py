"""What ONNX Runtime's two GPU providers share: the right build of it, and half precision.

ONNX Runtime runs on the CPU in silence where a provider cannot start; here that is an error.
"""

from collections.abc import Mapping
from typing import ClassVar

import onnxruntime

from livecare.engines.host_engine import HostEngine
from livecare.engines.model_network import read_network_file
from livecare.engines.onnx_runtime.session import (
    CPU,
    FAILURES,
    OrtNetwork,
    open_network,
    session_options,
)
from livecare.errors import EngineError
from livecare.models.package import Model


class OrtGpuEngine(HostEngine):
    """Runs a model on a provider that computes on a GPU."""

    failures: ClassVar[tuple[type[Exception], ...]] = FAILURES
    provider: ClassVar[str]
    """Name of the provider, as ONNX Runtime has it."""
    extra: ClassVar[str]
    """The extra of livecare, and the package, that bring it."""
    settings: ClassVar[Mapping[str, str]]
    """Options of the provider."""

    def _open(self, model: Model, threads: int) -> OrtNetwork:
        found = onnxruntime.get_available_providers()
        if self.provider not in found:
            raise EngineError(
                f"{self.name}: this ONNX Runtime has only {', '.join(found)}: run  pip uninstall "
                f"onnxruntime  and then  pip install 'livecare[{self.extra}]'"
            )
        self._prepare()
        providers = {self.provider: self.settings}
        providers.setdefault(CPU, {})  # for what the provider leaves out: shapes
        return open_network(
            self.name,
            model,
            self._source(model),
            self._options(threads),
            list(providers.items()),
        )

    def _prepare(self) -> None:
        """Make the provider's libraries ready to be found."""

    def _options(self, threads: int) -> onnxruntime.SessionOptions:
        return session_options(threads)

    def _source(self, model: Model) -> str | bytes:
        """Return the network in the engine's precision: its file, or a changed file's content."""
        if self._precision != "fp16":
            return str(model.onnx_path)
        from livecare.engines.half import to_half  # noqa: PLC0415 needs an extra

        return to_half(read_network_file(self.name, model))
