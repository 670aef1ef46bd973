"""Graphs: one batch size's way through a network, queued with a single call."""

from collections.abc import Mapping
from contextlib import ExitStack

from livecare.engines.tensorrt.cuda import Cuda, DeviceAddress, GraphExec, Stream
from livecare.engines.tensorrt.runtime import Context, Program
from livecare.errors import EngineError
from livecare.logs import logger


class CapturedRun:
    """The kernels of one batch size on one slot's buffers, as a CUDA graph.

    Each has an execution context of its own, as NVIDIA advises: a graph keeps the addresses and
    sizes that its context had when it was captured. The copies stay outside: their addresses on
    the host change with the caller's memory, and queueing one takes microseconds.

    Parameters
    ----------
    cuda : Cuda
        Where it runs.
    program : Program
        The network.
    frames : int
        The batch size.
    addresses : mapping of str to DeviceAddress
        Where each of the program's tensors is.
    stream : Stream
        Where the network runs once, on whatever the buffers hold: before that it cannot be
        captured, since it still chooses or compiles its kernels.

    Raises
    ------
    EngineError
        If the GPU has too little memory or the network fails.
    """

    def __init__(
        self,
        cuda: Cuda,
        program: Program,
        frames: int,
        addresses: Mapping[str, DeviceAddress],
        stream: Stream,
    ) -> None:
        self._cuda = cuda
        self._stream = stream
        self._resources = ExitStack()
        self._context: Context | None = program.make_context()
        for tensor in program.tensors:
            self._context.bind(tensor, frames, addresses[tensor.name])
        self._context.enqueue(stream)
        cuda.wait_for_stream(stream)
        self._graph = self._capture(self._context)

    @property
    def captured(self) -> bool:
        """Whether it is a graph; otherwise its kernels are queued one by one, which is slower."""
        return self._graph is not None

    def enqueue(self) -> None:
        """Queue the network on the stream."""
        if self._graph is not None:
            self._cuda.launch(self._graph, self._stream)
        elif self._context is not None:
            self._context.enqueue(self._stream)

    def close(self) -> None:
        """Free the graph and the context when nothing of them runs; safe to call twice."""
        self._graph = None
        self._resources.close()
        self._context = None

    def _capture(self, context: Context) -> GraphExec | None:
        """Return the graph; None for a network that runs, but does what no graph can hold."""
        try:
            graph = self._cuda.capture(self._stream, lambda: context.enqueue(self._stream))
        except EngineError as error:
            logger().warning("the network cannot be a CUDA graph", reason=str(error))
            return None
        self._resources.callback(self._cuda.destroy_graph, graph)
        return graph
