"""Knows the paragraph that goes into a methods section: what was done, in words and numbers."""

from collections.abc import Mapping
from typing import Final

from livecare.frame import StreamInfo
from livecare.run_page.camera_origin import camera_origin
from livecare.run_page.number_words import between, count, day, duration, instant, short
from livecare.run_page.restored_lane import Made, Maker
from livecare.run_page.story import Story

UNITS: Final = {
    "gain": " counts per electron",
    "offset": " counts",
    "read_noise": " electrons",
    "binning": "",
    "low": " counts",
    "high": " counts",
}
"""Of the numbers that frames were normalised with."""
REPLAY: Final = "replay: "
"""How the source of frames begins that came from files."""
KINDS: Final = {
    "anscombe": "in units of the noise, by a generalised Anscombe transform",
    "fixed": "with one intensity window for all frames",
    "ema": "with an intensity window that followed the frames slowly",
    "per-frame": "with an intensity window of each frame's own",
}
"""How frames were normalised, in words."""
MOST_CHANNELS: Final = 6
"""Channels whose numbers stand in the text; the table has them all."""


def methods_text(story: Story) -> str:
    """Return the paragraph; plain text."""
    return " ".join(
        filter(None, [_acquired(story), _kept(story), _restored(story), _judged(story)])
    )


def normalised_words(story: Story, made: Made, maker: Maker, most: int | None = None) -> str:
    """Return how frames were normalised and with which numbers, by channel where there are more."""
    by_channel = [
        (story.channel_name(c), _values(ranges))
        for c, ranges in sorted(made.values.items())
        if ranges
    ]
    words = KINDS.get(maker.normalisation, maker.normalisation)
    if not by_channel:
        return words
    if len(by_channel) == 1:
        return f"{words} ({by_channel[0][1]})"
    told = "; ".join(f"{name}: {values}" for name, values in by_channel[:most])
    more = "; …" if most is not None and len(by_channel) > most else ""
    return f"{words} ({told}{more})"


def exposure_words(info: StreamInfo) -> str:
    """Return the exposure that a source said; "" where it said none."""
    return f"{info.exposure_ms:g} ms" if info.exposure_ms is not None else ""


def frame_words(info: StreamInfo) -> str:
    """Return what the frames are."""
    rows, columns = info.shape_yx
    pixel = f", pixels of {info.pixel_size_um:g} µm" if info.pixel_size_um else ""
    return f"{rows} × {columns} pixels, {info.dtype}{pixel}"


def _values(ranges: Mapping[str, tuple[float, float]]) -> str:
    told = {name: each for name, each in ranges.items() if name != "binning" or each != (1, 1)}
    return ", ".join(
        f"{name.replace('_', ' ')} {between(*each)}{UNITS.get(name, '')}"
        for name, each in told.items()
    )


def _acquired(story: Story) -> str:
    info = story.manifest.info
    more = [
        f"{len(info.channels)} channels" if len(info.channels) > 1 else "",
        f"{info.size_z} planes" if info.size_z > 1 else "",
        f"{len(info.positions)} stage positions" if len(info.positions) > 1 else "",
        f"exposure {exposure}" if (exposure := exposure_words(info)) else "",
        f"an interval of {short(interval_s)} s" if (interval_s := _interval_s(story)) else "",
    ]
    told = ", ".join(filter(None, more))
    if _is_replay(info):
        return _played(story, told)
    source = "a simulated specimen" if "simulation" in info.detail else f"'{info.source}'"
    return (
        f"Frames ({frame_words(info)}) were acquired from {source}"
        f"{', with ' + told if told else ''}, beginning {instant(story.began_wall_ns)}."
    )


def _played(story: Story, told: str) -> str:
    """Say which files frames came from; when these were acquired is nothing that a replay knows."""
    info = story.manifest.info
    others = " and the recordings after it" if info.grows else ""
    return (
        f"Frames ({frame_words(info)}) of the recording '{info.source.removeprefix(REPLAY)}'"
        f"{others}{', with ' + told if told else ''}, were processed on "
        f"{day(story.began_wall_ns)}; when they were acquired is not known here."
    )


def _is_replay(info: StreamInfo) -> bool:
    return info.source.startswith(REPLAY)


def _interval_s(story: Story) -> float | None:
    """Return the camera's interval, seconds; None where a replay had another one, as asked for."""
    replay = story.manifest.settings.get("source", {}).get("replay") or {}
    as_asked = _is_replay(story.manifest.info) and replay.get("rate_hz")
    return None if as_asked else story.manifest.info.interval_s


def _kept(story: Story) -> str:
    ledger = story.ledger
    which = f"all {count(ledger.acquired)} raw frames"
    if ledger.recorded != ledger.acquired:
        which = f"{count(ledger.recorded)} of {count(ledger.acquired)} raw frames"
    lost = ""
    if ledger.lost:
        lost = f"; {count(ledger.lost)} more are known to have been lost before they arrived"
    over = f", over {duration(story.raw.duration_s)}"
    if _is_replay(story.manifest.info):
        over = ""
    return f"livecare {story.manifest.version} recorded {which}{over}{lost}."


def _restored(story: Story) -> str:
    lane = story.restored
    if not story.ledger.restored:
        return "No frame was restored."
    live = "replay" if _is_replay(story.manifest.info) else "acquisition"
    sentences = [
        f"{count(made.frames)} frames were restored, {_some(made.backfilled)} of them after the "
        f"{live}, with the network '{maker.model}' (SHA-256 of the weights "
        f"{maker.model_sha256}) on {maker.engine} in {maker.precision}, normalised "
        f"{normalised_words(story, made, maker, MOST_CHANNELS)}."
        for maker, made in lane.makers.items()
    ]
    origin = camera_origin(story.manifest.settings)
    if origin and any(maker.normalisation == "anscombe" for maker in lane.makers):
        sentences.append(f"The camera's values were {origin}.")
    if lane.unknown:
        sentences.append(
            f"Of {count(lane.unknown)} restored frames it is not known what made them."
        )
    sentences.append(
        "Restored frames are the estimate of a network and are not meant for intensity "
        "measurement; the raw frames are kept beside them."
    )
    return " ".join(sentences)


def _judged(story: Story) -> str:
    guards = story.restored.guards
    if not guards.judged:
        return ""
    return (
        f"Guards examined {count(guards.judged)} restored frames and raised an alarm at "
        f"{_some(len(guards.alarmed))}."
    )


def _some(frames: int) -> str:
    return count(frames) if frames else "none"
