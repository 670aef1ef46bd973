"""The part of a page that shows frames: raw above restored, at one contrast."""

from collections.abc import Sequence
from html import escape
from typing import Final

from livecare.pages.document import note, section
from livecare.run_page.examples import WORST, ChannelExamples, Example
from livecare.run_page.guard_words import guard_title
from livecare.run_page.number_words import count, duration, short
from livecare.run_page.story import Story
from livecare.sinks.layout import LANES, LaneName
from livecare.sinks.ome import RESTORED_NOTE

LABELS: Final[dict[LaneName, str]] = {"raw": "raw", "restored": RESTORED_NOTE}
"""Stand over the pictures."""


def frames_section(story: Story, channels: Sequence[ChannelExamples]) -> str:
    """Return the section; it says so where there is no frame to show."""
    if not channels:
        return section("frames", "Frames", note("No frame can be shown."))
    parts = [_channel(story, each) for each in channels]
    left_out = len(story.restored.samples or story.raw.samples) - len(channels)
    more = f"{left_out} more channels are not shown." if left_out > 0 else ""
    return section("frames", "Frames", *parts, note(more))


def _channel(story: Story, shown: ChannelExamples) -> str:
    several = len(story.manifest.info.channels) > 1
    title = f"<h3>{escape(story.channel_name(shown.channel))}</h3>" if several else ""
    part = "whole frames"
    if shown.whole is not None:
        part = (
            f"{shown.rows} × {shown.columns} pixels of each frame, from row {shown.row} and column "
            f"{shown.column}"
        )
    contrast = (
        f"All pictures: {part}; {short(shown.black)} counts are black, {short(shown.white)} white."
    )
    figures = "".join(_figure(story, each) for each in shown.parts)
    return f'{title}{note(contrast)}<div class="pairs">{figures}</div>{_whole(shown)}'


def _whole(shown: ChannelExamples) -> str:
    if shown.whole is None:
        return ""
    factor = shown.reduction
    words = (
        f"The {shown.whole.name} frame as a whole, each pixel the mean of {factor} × {factor}: "
        f"noise looks up to {factor} times weaker than it is."
    )
    images = "".join(f"<div>{_image(lane, shown.whole)}</div>" for lane in shown.whole.pictures)
    return f'{note(words)}<div class="pair">{images}</div>'


def _figure(story: Story, example: Example) -> str:
    images = "".join(_image(lane, example) for lane in LANES if lane in example.pictures)
    absent = [lane for lane in LANES if lane not in example.pictures]
    missing = note(f"no {' and no '.join(absent)} frame") if absent else ""
    return f"<figure>{images}{missing}{_caption(story, example)}</figure>"


def _image(lane: LaneName, example: Example) -> str:
    words = f"{example.name} frame, {lane}"
    return (
        f'<div class="tag">{escape(LABELS[lane])}</div>'
        f'<img src="data:image/png;base64,{example.pictures[lane]}" alt="{escape(words)}">'
    )


def _caption(story: Story, example: Example) -> str:
    line = example.line
    when = ""
    if line.received_ns is not None:
        when = f", {duration(story.raw.seconds(line.received_ns))}"
    places = [f"plane {line.z}"] if story.manifest.info.size_z > 1 else []
    positions = story.manifest.info.positions
    if len(positions) > 1 and line.p < len(positions):
        places.append(positions[line.p])
    guard = story.restored.guards.worst_guard if example.name == WORST else ""
    said = ", ".join(filter(None, [*places, guard and guard_title(guard)]))
    under = f"<br>{escape(said)}" if said else ""
    return (
        f"<figcaption><b>{escape(example.name)}</b> frame {count(line.sequence)}{when}{under}"
        "</figcaption>"
    )
