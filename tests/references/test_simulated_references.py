"""Reference frames of the simulated source: where they lie, and what they show."""

import numpy as np
import pytest

from livecare.errors import ConfigError
from livecare.frame import Pixels, StreamInfo
from livecare.references import ReferenceStream
from livecare.simulation import SimulatedScene
from livecare.sources.protocol import Arrival, NoFrame
from livecare.sources.simulated import SimulatedSettings, SimulatedSource
from livecare.sources.simulated_reference import SimulatedReference

Read = list[tuple[Arrival, Pixels]]


def settings(frames: int | None = 25, *, size_z: int = 1, bank: int = 4) -> SimulatedSettings:
    return SimulatedSettings(
        frames=frames,
        size_yx=(64, 64),
        rate_hz=0.0,
        bank_frames=bank,
        size_z=size_z,
        hot_pixel_fraction=0.0,
        reference=SimulatedReference(every=10, light=20.0),
    )


def read(chosen: SimulatedSettings) -> tuple[StreamInfo, Read]:
    source = SimulatedSource(chosen)
    info = source.open("run")
    source.start()
    pixels = np.empty(info.shape_yx, info.dtype)
    frames: Read = []
    while isinstance(got := source.read_into(pixels, 1.0), Arrival):
        frames.append((got, pixels.copy()))
    assert got is NoFrame.ENDED
    source.close()
    assert source.lost_at_end == 0
    return info, frames


@pytest.mark.parametrize("bank", [0, 4])
def test_they_lie_behind_the_last_frame_before_them_and_show_the_same(bank: int) -> None:
    info, frames = read(settings(bank=bank))
    assert info.channels == ("channel 0", "reference")
    assert info.expected_frames == len(frames) == 27
    assert ReferenceStream.of(info) == ReferenceStream(channel=1, every=10, light=20.0)
    references = [(a.position.t, pixels) for a, pixels in frames if a.position.c == 1]
    assert [t for t, _ in references] == [9, 19]
    scene = SimulatedScene.from_settings(info.detail["simulation"])
    for t, pixels in references:
        light = (pixels.astype(np.float64) - 100) / 2.0
        expected = 20.0 * scene.expected_photons(t)
        deviations = (light - expected) / np.sqrt(expected + 1.6**2)
        assert deviations.std() == pytest.approx(1.0, abs=0.05)
        assert abs(deviations.mean()) < 0.06


def test_other_frames_are_the_same_as_without() -> None:
    plain = SimulatedSource(
        SimulatedSettings(
            frames=25, size_yx=(64, 64), rate_hz=0.0, bank_frames=4, hot_pixel_fraction=0.0
        )
    )
    info = plain.open("run")
    plain.start()
    pixels = np.empty(info.shape_yx, info.dtype)
    _, frames = read(settings())
    for arrival, with_references in frames:
        if arrival.position.c == 0:
            assert isinstance(plain.read_into(pixels, 1.0), Arrival)
            np.testing.assert_array_equal(pixels, with_references)
    plain.close()


def test_planes_have_references_of_their_own() -> None:
    _, frames = read(settings(size_z=3))
    places = [(a.position.t, a.position.z) for a, _ in frames if a.position.c == 1]
    assert places == [divmod(9, 3), divmod(19, 3)]


def test_several_channels_are_refused() -> None:
    source = SimulatedSource(
        SimulatedSettings(channels=("a", "b"), reference=SimulatedReference(), size_yx=(64, 64))
    )
    with pytest.raises(ConfigError, match="single channel"):
        source.open("run")


@pytest.mark.parametrize(
    ("values", "words"), [({"every": 0}, "every is 0"), ({"light": 0.0}, r"light is 0\.0")]
)
def test_values_out_of_range_are_refused(values: dict[str, float], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        SimulatedReference(**values)  # type: ignore[arg-type]
