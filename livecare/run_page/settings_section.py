"""The part of a page that says with which settings a run was made, and what its source said."""

from collections.abc import Mapping
from typing import Any, Final

from livecare.pages.document import facts, folded, note, section
from livecare.run_page.methods import exposure_words, frame_words
from livecare.run_page.number_words import duration, instant, short
from livecare.run_page.story import Story

LONG: Final = 300
"""Longer values are cut, characters; the recording has them all."""


def settings_section(story: Story) -> str:
    """Return the section."""
    info = story.manifest.info
    known = {
        "run": info.run_id,
        "recording": story.path.name,
        "source": info.source,
        "frames": frame_words(info),
        "channels": ", ".join(info.channels),
        "planes": f"{info.size_z}" if info.size_z > 1 else "",
        "plane distance": f"{short(info.z_step_um)} µm" if info.z_step_um else "",
        "stage positions": ", ".join(info.positions) if len(info.positions) > 1 else "",
        "interval": f"{short(info.interval_s)} s" if info.interval_s else "",
        "exposure": exposure_words(info),
        "first frame": instant(story.began_wall_ns),
        "duration": duration(story.raw.duration_s),
        "recorded by": f"livecare {story.manifest.version}",
    }
    detail = flat(info.detail)
    settings = flat(_used(story.manifest.settings))
    return section(
        "settings",
        "Settings",
        facts({name: words[:LONG] for name, words in known.items()}),
        folded("what the source said", facts(detail)) if detail else "",
        folded("all settings of the run", facts(settings))
        if settings
        else note("The recording does not have the run's settings."),
    )


def flat(nested: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Return nested keys with dots, and values as text; those that are not set are left out."""
    found: dict[str, str] = {}
    for key, value in nested.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            found |= flat(value, f"{name}.")
        elif value is not None:
            text = str(value)
            found[name] = text if len(text) <= LONG else f"{text[:LONG]} …"
    return found


def _used(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the settings of sources that were not used."""
    source = settings.get("source")
    if not isinstance(source, Mapping) or not isinstance(source.get("kind"), str):
        return dict(settings)
    kind = source["kind"]
    used = {key: source[key] for key in ("kind", kind.replace("-", "_")) if key in source}
    return {**settings, "source": used}
