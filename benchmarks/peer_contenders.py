"""Who is compared by `peers.py`, and with what network each restores."""

from dataclasses import dataclass
from typing import Final

from reference_network import NAME


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who restores.

    Attributes
    ----------
    name : str
        In the table.
    script : str
        Its side, a file beside this one; "" for an engine of livecare.
    environment : str
        What it needs, a key of `REQUIREMENTS`; "" for livecare's own.
    way : tuple of str
        Arguments of its side.
    model : str
        What it restores with.
    remark : str
        What else a reader must know.
    """

    name: str
    script: str
    environment: str
    way: tuple[str, ...]
    model: str = NAME
    remark: str = ""


BASELINE: Final = "CSBDeep, CARE.predict"
"""Whom the others are compared with."""
REFERENCE: Final = "livecare, onnxruntime fp32"
"""Whose result the others' are compared with."""

CSBDEEP, TORCH, CAREAMICS = "peer_csbdeep.py", "peer_torch.py", "peer_careamics.py"
BILINEAR: Final = "same architecture but for bilinear enlargement"
CONTENDERS: Final = (
    Contender(BASELINE, CSBDEEP, "csbdeep", ("predict",)),
    Contender("CSBDeep, Keras predict_on_batch", CSBDEEP, "csbdeep", ("bare",)),
    Contender("CAREamics, predict", CAREAMICS, "careamics", ("predict",), remark=BILINEAR),
    Contender("CAREamics, network alone", CAREAMICS, "careamics", ("bare",), remark=BILINEAR),
    Contender("torch, eager", TORCH, "torch", ("eager",)),
    Contender("torch, channels_last", TORCH, "torch", ("channels_last",)),
    Contender("torch, compile, channels_last", TORCH, "torch", ("compile",)),
    *(
        Contender(f"livecare, {engine} {precision}", "", "", (engine, precision))
        for engine, precision in (
            ("onnxruntime", "fp32"), ("onnxruntime", "int8"),
            ("openvino", "fp32"), ("openvino", "int8"), ("openvino", "bf16"),
        )
    ),
    *(
        Contender(
            f"livecare default-fast, {engine} {precision}", "", "", (engine, precision),
            "default-fast", "another network: livecare's own",
        )
        for engine, precision in (
            ("onnxruntime", "fp32"), ("onnxruntime", "int8"),
            ("openvino", "fp32"), ("openvino", "int8"),
        )
    ),
)  # fmt: skip
