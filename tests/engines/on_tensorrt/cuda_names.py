"""The enumerations of CUDA's runtime that the fake one and its tests name."""

# ruff: noqa: N815 - the names are CUDA's

from enum import IntEnum


class CudaError(IntEnum):
    """The statuses that the fake gives, with CUDA's own numbers."""

    cudaSuccess = 0
    cudaErrorInvalidValue = 1
    cudaErrorMemoryAllocation = 2
    cudaErrorInsufficientDriver = 35
    cudaErrorNoDevice = 100
    cudaErrorInvalidResourceHandle = 400
    cudaErrorIllegalAddress = 700
    cudaErrorHostMemoryAlreadyRegistered = 712
    cudaErrorHostMemoryNotRegistered = 713
    cudaErrorLaunchFailure = 719
    cudaErrorStreamCaptureUnsupported = 900
    cudaErrorStreamCaptureInvalidated = 901


class MemcpyKind(IntEnum):
    cudaMemcpyHostToDevice = 1
    cudaMemcpyDeviceToHost = 2


class StreamCaptureMode(IntEnum):
    cudaStreamCaptureModeThreadLocal = 1
