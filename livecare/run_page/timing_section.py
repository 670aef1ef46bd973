"""The part of a page that says how fast frames came and were restored."""

from livecare.pages.document import note, section, table
from livecare.pages.style import COLOURS
from livecare.run_page.curves import TimeChart, chart_words, figure
from livecare.run_page.number_words import short
from livecare.run_page.story import Story


def timing_section(story: Story) -> str:
    """Return the section."""
    lane = story.restored
    live = len(lane.sequences) - lane.backfilled
    summaries = {words: each.summary_ms() for words, each in lane.timings.items()}
    rows = [
        (words, *(short(value) for value in summary.values() if value is not None))
        for words, summary in summaries.items()
        if summary["p50"] is not None
    ]
    said = "Of frames that were restored while they were fresh; half of them took p50 or less."
    timed = table(("milliseconds", "p50", "p99", "max"), rows) if rows else ""
    curves = [story.raw.interval_ms, lane.latency_ms]
    charts = _interval(story) + _latency(story)
    return section(
        "timing",
        "Timing",
        note(said if rows else "No frame was restored while it was fresh." if not live else ""),
        timed,
        note(chart_words(curves, story.marks)),
        f'<div class="charts">{charts}</div>' if charts else "",
    )


def _interval(story: Story) -> str:
    chart = _chart(story, "From one raw frame to the next")
    chart.add("interval", story.raw.interval_ms, 0)
    return figure(chart.draw())


def _latency(story: Story) -> str:
    chart = _chart(story, "From arrival to restored")
    chart.add("arrival until restored", story.restored.latency_ms, 0)
    chart.add("engine", story.restored.engine_ms, 1)
    return figure(
        chart.draw(), [("arrival until restored", COLOURS[0]), ("batch in the engine", COLOURS[1])]
    )


def _chart(story: Story, title: str) -> TimeChart:
    marks = [story.mark_s(mark) for mark in story.marks]
    return TimeChart(title, "milliseconds", story.raw.duration_s, marks)
