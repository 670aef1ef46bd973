"""The first part of a page: whether the recording is complete, and what became of every frame."""

from typing import Final

from livecare.frame import Ledger
from livecare.pages.document import note, section, table, warning
from livecare.run_page.number_words import count
from livecare.run_page.story import Story
from livecare.sinks.numbers import NumberSet, compact

HEADS: Final = ("acquired", "recorded", "restored", "skipped", "failed", "lost")
"""Of the ledger's columns; names of its fields."""
MEANING: Final = (
    "Acquired: frames that reached livecare. Recorded: raw frames in the recording. Restored: "
    "restored frames in it, live and afterwards. Skipped: frames that nobody restored. Failed: "
    "frames that could not be recorded or restored. Lost: frames that the camera took and that "
    "never arrived. This page reads the frames' lines and a few frames; livecare verify checks "
    "every pixel."
)
"""What they are."""
MOST_TOLD: Final = 10
"""Damages that are told one by one."""


def summary_section(story: Story, unreadable: list[str]) -> str:
    """Return the section."""
    damage = [*story.damage, *unreadable]
    told = "".join(warning(each) for each in [*_state(story), *damage[:MOST_TOLD]])
    more = len(damage) - MOST_TOLD
    complete = story.manifest.state == "complete" and story.ledger.complete
    complete = complete and story.ledger.acquired > 0  # of none there is nothing to praise
    row = [count(getattr(story.ledger, name)) for name in HEADS]
    return section(
        "summary",
        "Summary",
        f'<p class="good">{_verdict(story)}</p>' if complete and not damage else "",
        told,
        warning(f"and {more} more damages: run livecare verify") if more > 0 else "",
        table(HEADS, [row]),
        note(_holes(story)),
        note(MEANING),
    )


def _verdict(story: Story) -> str:
    ledger = story.ledger
    restored = {0: "none is restored", ledger.acquired: "all are restored"}.get(
        ledger.restored, f"{count(ledger.restored)} are restored"
    )
    return (
        f"Complete: every one of {count(ledger.acquired)} frames is recorded, none is lost, and "
        f"{restored}."
    )


def _state(story: Story) -> list[str]:
    """Return what is to be said of a recording that is not complete."""
    said = []
    state = story.manifest.state
    if state == "open":
        said.append(
            "The recording was not closed: it is still being written, or it was interrupted; then "
            f"run livecare recover {story.path.name}. The numbers are counted from its lines."
        )
    elif not story.ledger.complete:
        said.append(f"The recording is incomplete. {_missing(story.ledger)}")
    if story.raw.recovered:
        frames = count(story.raw.recovered)
        said.append(f"The lines of {frames} frames were lost; their times are not known.")
    if not len(story.raw.sequences):
        said.append("The recording has no raw frame.")
    return said


def _missing(ledger: Ledger) -> str:
    rest = ledger.recorded - ledger.restored - ledger.skipped - ledger.failed
    numbers = {
        "lost before they arrived": ledger.lost,
        "failed": ledger.failed,
        "neither restored nor skipped": rest,
    }
    told = ", ".join(f"{count(each)} {what}" for what, each in numbers.items() if each > 0)
    return f"Frames: {told}." if told else ""


def _holes(story: Story) -> str:
    end = max(story.ledger.acquired, story.raw.sequences.end, story.restored.sequences.end)
    lanes: dict[str, NumberSet] = {"raw": story.raw.sequences}
    if story.ledger.restored:
        lanes["restored"] = story.restored.sequences
    missing = {name: compact(lane.missing_below(end)) for name, lane in lanes.items()}
    told = [f"{name} frames {which}" for name, which in missing.items() if which]
    return f"Missing: {'; '.join(told)}." if told else ""
