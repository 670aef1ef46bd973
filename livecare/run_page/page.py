"""Knows the order in which a page tells a run's story, and what its own parts look like."""

from collections.abc import Sequence
from html import escape
from typing import Final

from livecare import __version__
from livecare.pages.document import document, note, section
from livecare.run_page.events_section import events_section
from livecare.run_page.examples import ChannelExamples
from livecare.run_page.frames_section import frames_section
from livecare.run_page.guards_section import guards_section
from livecare.run_page.methods import methods_text
from livecare.run_page.number_words import instant
from livecare.run_page.restoring_section import restoring_section
from livecare.run_page.settings_section import settings_section
from livecare.run_page.story import Story
from livecare.run_page.summary_section import summary_section
from livecare.run_page.timing_section import timing_section

LINKS: Final = (
    "summary",
    "methods",
    "frames",
    "restoring",
    "guards",
    "timing",
    "events",
    "settings",
)
"""Names of the sections in their order."""
TITLE: Final = "livecare recording: "
"""Begins the title of every such page, and of no other."""
STYLE: Final = """
.pairs{display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:18px;
margin:0 0 16px}
.pair{display:flex;flex-wrap:wrap;gap:18px;max-width:820px;margin:0 0 16px}.pair>div{flex:1 1 230px}
.pairs img,.pair img{display:block;width:100%;image-rendering:pixelated;background:#000}
.tag{font-size:12px;color:var(--soft);margin:7px 0 3px}
.scroll table{width:auto;min-width:46%}.scroll{margin:10px 0}
.good{color:var(--good);font-weight:600}
.methods{user-select:all;margin:10px 0;padding:12px 16px;border-left:4px solid var(--rule);
background:var(--paper);border-radius:4px;overflow-wrap:anywhere}
#restoring dl+dl{border-top:1px solid var(--rule);padding-top:10px;margin-top:12px}
#guards .warning{font-size:14px}
"""
"""Beyond `livecare.pages.style.STYLE`."""


def render_page(story: Story, channels: Sequence[ChannelExamples], unreadable: list[str]) -> str:
    """Return the page of a recording.

    Parameters
    ----------
    story : Story
        What the recording tells.
    channels : sequence of ChannelExamples
        Its pictures.
    unreadable : list of str
        Frames that could not be read for these.
    """
    info = story.manifest.info
    title = f"{TITLE}{story.path.name}"
    lead = (
        f"run {info.run_id} · {info.source} · {instant(story.began_wall_ns)} · recorded by "
        f"livecare {story.manifest.version} · page by livecare {__version__}"
    )
    links = "".join(f'<a href="#{name}">{name}</a>' for name in LINKS)
    return document(
        title,
        [
            f"<h1>{escape(story.path.name)}</h1>",
            f'<p class="lead">{escape(lead)}</p><nav>{links}</nav>',
            summary_section(story, unreadable),
            _methods(story),
            frames_section(story, channels),
            restoring_section(story),
            guards_section(story),
            timing_section(story),
            events_section(story),
            settings_section(story),
        ],
        STYLE,
    )


def _methods(story: Story) -> str:
    return section(
        "methods",
        "Methods",
        note("For a methods section; one click selects it. Add the microscope and the specimen."),
        f'<blockquote class="methods">{escape(methods_text(story))}</blockquote>',
    )
