"""What a library's failure means: memory that is used up, a GPU whose state is lost, or neither.

Libraries raise one exception for everything and say what it was in words; these words are here.
"""

from typing import Final

from livecare.errors import EngineError, EngineLostError, EngineMemoryError

MEMORY_WORDS: Final = (
    "out of memory",  # CUDA, also as ONNX Runtime and oneDNN quote it
    "outofmemory",  # TensorRT; Windows: E_OUTOFMEMORY
    "8007000e",  # the same as a number: DirectML
    "not enough memory",
    "cannot allocate memory",
    "failed to allocate",  # ONNX Runtime's arena, on a processor or a GPU; OpenVINO
    "alloc_failed",  # cuBLAS and cuDNN: CUBLAS_STATUS_ALLOC_FAILED
    "bad_alloc",  # C++ anywhere
    "bad allocation",  # C++ on Windows
)
"""What failures say, in lower case, when memory was to be had no more."""

LOST_WORDS: Final = (
    "cuda failure 700",
    "cuda failure 719",
    "illegal memory access",
    "unspecified launch failure",
    "device-side assert",
    "uncorrectable ecc error",
    "887a0005",  # DirectML: the GPU was removed or reset
    "887a0006",  # DirectML: the GPU hangs
)
"""What they say, in lower case, when the GPU answers this process nothing else any more."""

LOST_STATES: Final = frozenset(
    {
        "cudaErrorAssert",
        "cudaErrorContextIsDestroyed",
        "cudaErrorECCUncorrectable",
        "cudaErrorHardwareStackError",
        "cudaErrorIllegalAddress",
        "cudaErrorIllegalInstruction",
        "cudaErrorInvalidAddressSpace",
        "cudaErrorInvalidPc",
        "cudaErrorLaunchFailure",
        "cudaErrorLaunchTimeout",
        "cudaErrorMisalignedAddress",
        "cudaErrorUnknown",
    }
)
"""CUDA's names for the failures after which every further call of the process fails as well."""
MEMORY_STATES: Final = frozenset({"cudaErrorMemoryAllocation"})
"""CUDA's name for memory that is used up."""

MEMORY_CURE: Final = (
    "close other programs that use the memory, give smaller frames, or use another engine"
)


def engine_failure(error: BaseException | None, words: str) -> EngineError:
    """Return the error of livecare's that a library's failure is.

    Parameters
    ----------
    error : BaseException or None
        What the library raised; None where it only said something.
    words : str
        The whole message, what the library said included.

    Returns
    -------
    EngineError
        An `EngineMemoryError`, which names its cure, an `EngineLostError`, or neither.
    """
    said = words.lower()
    if isinstance(error, MemoryError) or any(each in said for each in MEMORY_WORDS):
        return EngineMemoryError(f"{words}; no memory is left: {MEMORY_CURE}")
    if any(each in said for each in LOST_WORDS):
        return EngineLostError(words)
    return EngineError(words)


def kind_of_state(name: str) -> type[EngineError]:
    """Return the error that a failure of CUDA is, by CUDA's name for it."""
    if name in MEMORY_STATES:
        return EngineMemoryError
    return EngineLostError if name in LOST_STATES else EngineError
