"""The part of a page that says what the guards found, and shows their values over time."""

from typing import Final

from livecare.pages.document import note, section, table, warning
from livecare.pages.style import COLOURS
from livecare.run_page.curves import TimeChart, chart_words, figure
from livecare.run_page.guard_story import GuardStory
from livecare.run_page.guard_words import guard_cure, guard_sentence, guard_title, guard_unit
from livecare.run_page.number_words import count, share, short
from livecare.run_page.story import Story
from livecare.sinks.numbers import compact

HEADS: Final = (
    "guard",
    "judged",
    "alarms",
    "of judged",
    "worst",
    "threshold",
    "at frame",
    "alarms at frames",
)
"""Of the table's columns."""


def guards_section(story: Story) -> str:
    """Return the section."""
    guards = story.restored.guards
    if not guards.by_name:
        return section("guards", "Guards", note("The recording has no guard values."))
    ordered = sorted(guards.by_name, key=lambda name: not len(guards.by_name[name].alarms))
    frames = len(guards.alarmed)
    words = (
        f"{count(guards.judged)} restored frames were examined; at {count(frames)} "
        f"({share(frames, guards.judged)}) a guard raised an alarm."
    )
    alarmed = {name: each for name, each in guards.by_name.items() if len(each.alarms)}
    told = "".join(warning(_told(name, each)) for name, each in alarmed.items())
    curves = [curve for each in guards.by_name.values() for curve in each.curves.values()]
    rows = [_row(name, guards.by_name[name]) for name in ordered]
    return section(
        "guards",
        "Guards",
        note(words),
        told,
        table(HEADS, rows, words=(len(HEADS) - 1,)),
        note(
            f"An alarm is a value above its threshold (dashed). {chart_words(curves, story.marks)}"
        ),
        f'<div class="charts">{"".join(_chart(story, name) for name in ordered)}</div>',
    )


def _told(name: str, guard: GuardStory) -> str:
    """Return what a guard that raised alarms says, at its worst, and what to do."""
    if guard.worst is None:
        return ""
    title = guard_title(name)
    sentence = guard_sentence(name, guard.worst)
    at = f"{title}, {count(len(guard.alarms))} frames, worst at frame {guard.worst_sequence}"
    return " ".join(filter(None, [f"{at}.", sentence, guard_cure(name)]))


def _row(name: str, guard: GuardStory) -> tuple[str, ...]:
    worst = guard.worst
    return (
        guard_title(name),
        count(guard.judged),
        count(len(guard.alarms)),
        share(len(guard.alarms), guard.judged),
        "–" if worst is None else short(worst.value),
        "–" if worst is None else short(worst.threshold),
        str(guard.worst_sequence),
        compact(guard.alarms.there()) or "–",
    )


def _chart(story: Story, name: str) -> str:
    guard = story.restored.guards.by_name[name]
    marks = [story.mark_s(mark) for mark in story.marks]
    chart = TimeChart(guard_title(name), guard_unit(name), story.raw.duration_s, marks)
    legend = []
    for place, (channel, curve) in enumerate(sorted(guard.curves.items())):
        label = story.channel_name(channel)
        chart.add(label, curve, place)
        legend.append((label, COLOURS[place % len(COLOURS)]))
    chart.add_limit(guard.thresholds)
    return figure(chart.draw(), legend if len(legend) > 1 else ())
