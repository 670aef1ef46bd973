"""Knows what each guard is called, what its finding means to a biologist, and what to do then."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from livecare.frame import GuardReading


@dataclass(frozen=True, slots=True)
class Guard:
    """One way in which a restored frame may not be believed.

    Attributes
    ----------
    name : str
        Key of `GUARDS` and of `Restoration.guards`.
    title : str
        For headings, in two or three words.
    unit : str
        Of value and threshold.
    seen : str
        What is seen at an alarm; `{value}` and `{threshold}` stand for the numbers.
    fine : str
        What is seen otherwise.
    cure : str
        What to do at an alarm.
    """

    name: str
    title: str
    unit: str
    seen: str
    fine: str
    cure: str

    def sentence(self, reading: GuardReading) -> str:
        """Say in plain words what a reading means."""
        words = self.seen if reading.alarm else self.fine
        return words.format(value=write(reading.value), threshold=write(reading.threshold))


def write(number: float) -> str:
    """Write a number with three digits."""
    return f"{number:.3g}"


_ALL: Final = (
    Guard(
        "noise",
        "camera's noise",
        "times",
        "The frames' noise has {value} times the expected variance, or less by that factor: the "
        "camera's gain, offset or read noise is wrong.",
        "The frames' noise is as expected.",
        "Calibrate the camera (livecare calibrate), or leave restorer.camera out to have it "
        "estimated; after a change of exposure or gain, measure anew (livecare relock).",
    ),
    Guard(
        "correlated",
        "correlated noise",
        "times",
        "Neighbouring pixels share their noise (coarse noise is {value} times as strong as fine "
        "noise): the network takes such noise for structure.",
        "The noise of each pixel is its own.",
        "Switch off binning by means, interpolation, scan averaging and compression in the "
        "camera's software, or restore with a model that was trained on such frames.",
    ),
    Guard(
        "stripes",
        "striped noise",
        "times",
        "Whole rows or columns are brighter or darker than their neighbours ({value} times the "
        "variance that noise explains): stripes in the restored frame are the camera's.",
        "Rows and columns are as even as the noise lets them be.",
        "Warm the camera up, choose another readout mode, or use a model that was trained on "
        "striped frames; do not take stripes for structure.",
    ),
    Guard(
        "kept",
        "noise kept",
        "of the noise",
        "{value} of the noise is still in the restored frame (1 is all of it): grains in it are no "
        "structure.",
        "Hardly any noise is left in the restored frame.",
        "Check the camera's values; if they are right, the model does not fit this camera: choose "
        "another one, or more light.",
    ),
    Guard(
        "removed",
        "signal removed",
        "times",
        "What was removed is {value} times as strong in coarse structure as noise would be: signal "
        "was removed all over the frame.",
        "What was removed looks like noise.",
        "Compare with the raw frame before you trust faint structure; check the camera's values; "
        "train the model on this specimen.",
    ),
    Guard(
        "erased",
        "structure erased",
        "deviations",
        "Somewhere the raw frame is brighter than the restored one by {value} standard deviations: "
        "a structure may have been erased there.",
        "Nothing that the raw frame shows clearly is missing from the restored one.",
        "Look at the raw frame at that place; do not count or measure faint objects in the "
        "restored one; use more light or another model.",
    ),
    Guard(
        "invented",
        "structure invented",
        "deviations",
        "Somewhere the restored frame is brighter than the raw one by {value} standard deviations: "
        "a structure may have been invented there.",
        "Nothing in the restored frame contradicts the raw one.",
        "Look at the raw frame at that place, or average several raw frames; do not believe what "
        "only the restored frame shows.",
    ),
    Guard(
        "checkerboard",
        "checkerboard",
        "times",
        "The restored frame has a pattern that alternates from pixel to pixel ({value} times as "
        "strong as what is next to it): the network made it.",
        "The restored frame has no checkerboard.",
        "Use another model, such as one trained as N2V2; blind-spot networks make such patterns.",
    ),
    Guard(
        "intensity",
        "mean intensity",
        "relative",
        "The restored frame's mean brightness differs from the raw frame's by {value} (1 is all of "
        "it).",
        "The mean brightness is that of the raw frame.",
        "Measure intensities in raw frames only; check the camera's offset. Where a count is a "
        "photon or more, have restored frames kept finer (store.restored_dtype = float32).",
    ),
    Guard(
        "flicker",
        "flicker",
        "relative",
        "From the last frame to this one the restored brightness changed by {value} more than the "
        "raw frames did, in places that stand still.",
        "Restored brightness changes as raw brightness does.",
        "Use the normalisation 'fixed' or 'anscombe', which are the same for all frames.",
    ),
    Guard(
        "drift",
        "brightness drift",
        "relative",
        "Since the first frames the mean brightness changed by {value} (1 is all of it): "
        "bleaching, the lamp, or something that came or went.",
        "The mean brightness is that of the first frames.",
        "Light that was enough at first may be too little now: look at the raw frames, and restore "
        "no further down than the model was trained for.",
    ),
    Guard(
        "blurred",
        "loss of detail",
        "times",
        "The restored frame has {value} times less fine detail than the first frames had: out of "
        "focus, or the model smooths.",
        "The restored frame is as detailed as the first ones.",
        "Focus; if the raw frame is in focus, there is too little light for this detail.",
    ),
    Guard(
        "unfamiliar",
        "unlike the training",
        "distances",
        "The frame is unlike what the model was trained on ({value} times the distance that the "
        "training's own frames keep).",
        "The frame is like what the model was trained on.",
        "Use a model trained on such specimens, magnification and light; until then trust raw "
        "frames only.",
    ),
    Guard(
        "mismatch",
        "other settings",
        "times",
        "Pixel size, binning or exposure is {value} times outside what the model was trained for.",
        "Pixel size, binning and exposure are those that the model was trained for.",
        "Image with the model's settings, or train a model for these.",
    ),
    Guard(
        "saturated",
        "saturation",
        "of the pixels",
        "{value} of the pixels are saturated: their brightness is unknown, raw and restored.",
        "No pixel is saturated.",
        "Lower the exposure, the light or the camera's gain.",
    ),
    Guard(
        "empty",
        "empty field",
        "of the contrast",
        "The frame shows nothing: noise explains {value} of its contrast (1 is all of it). "
        "Whatever is seen in the restored frame is next to noise.",
        "The frame shows structure.",
        "Check shutter, light and field; do not take faint patterns of an empty field for "
        "structure.",
    ),
    Guard(
        "reference",
        "error beside the reference",
        "of the contrast",
        "Compared with a frame of much light, the restored frame is off by {value} of the "
        "contrast; after the first ones {threshold} is allowed: restoration has become worse.",
        "The restored frame is off by {value} of the contrast of a frame of much light, hardly "
        "more than at first.",
        "Look at both frames; give more light, or train the model with these pairs "
        "(docs/references.md).",
    ),
    Guard(
        "reference_ssim",
        "structure beside the reference",
        "of 1",
        "Compared with a frame of much light, the restored frame's structural similarity lacks "
        "{value} to 1; after the first ones {threshold} is allowed: structure is restored worse.",
        "The restored frame's structural similarity to a frame of much light lacks {value} to 1, "
        "hardly more than at first.",
        "Look at both frames; give more light, or train the model with these pairs "
        "(docs/references.md).",
    ),
)

GUARDS: Final[Mapping[str, Guard]] = MappingProxyType({each.name: each for each in _ALL})
"""All guards by name, in the order in which they are shown."""
