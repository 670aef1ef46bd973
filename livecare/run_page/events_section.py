"""The part of a page that says what happened: marked events, losses, camera sequences."""

from livecare.pages.document import note, section, table
from livecare.run_page.number_words import count, duration, instant
from livecare.run_page.raw_lane import Loss
from livecare.run_page.story import Story
from livecare.sinks.marks import Mark


def events_section(story: Story) -> str:
    """Return the section."""
    marks = [_mark(story, each) for each in story.marks]
    losses = [_loss(each) for each in story.raw.losses]
    restarts = ", ".join(map(str, story.raw.restarts))
    untold = story.raw.restarted - len(story.raw.restarts)
    others = f" and {count(untold)} more times" if untold else ""
    told = sum(each.frames for each in story.raw.losses)
    more = f"{count(story.raw.lost - told)} more lost frames are not listed."
    return section(
        "events",
        "Events and gaps",
        table(("when", "from the first frame", "frame", "event"), marks, words=(0, 3))
        if marks
        else note("No event was marked."),
        table(("lost", "before frame", "from the first frame", "known"), losses, words=(3,))
        if losses
        else note("No loss was noticed."),
        note(more if story.raw.lost > told else ""),
        note(f"The camera's sequence began anew at frame {restarts}{others}." if restarts else ""),
    )


def _mark(story: Story, mark: Mark) -> tuple[str, ...]:
    after = duration(story.mark_s(mark))
    return instant(mark.wall_ns), after, str(mark.sequence), mark.text


def _loss(loss: Loss) -> tuple[str, ...]:
    at = "–" if loss.at_s is None else duration(loss.at_s)
    known = "estimated from the interval" if loss.estimated else "counted by the camera"
    return count(loss.frames), str(loss.before), at, known
