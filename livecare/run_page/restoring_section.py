"""The part of a page that says what restored frames were made by."""

from livecare.pages.document import facts, note, section
from livecare.run_page.camera_origin import camera_origin
from livecare.run_page.methods import normalised_words
from livecare.run_page.number_words import count
from livecare.run_page.story import Story


def restoring_section(story: Story) -> str:
    """Return the section: an entry for each model, engine, precision and normalisation."""
    lane = story.restored
    if not story.ledger.restored:
        return section("restoring", "Restoration", note("No frame was restored."))
    entries = []
    for maker, made in sorted(lane.makers.items(), key=lambda each: each[1].first):
        camera = camera_origin(story.manifest.settings) if maker.normalisation == "anscombe" else ""
        entries.append(
            facts(
                {
                    "model": maker.model,
                    "SHA-256 of its weights": maker.model_sha256,
                    "engine": f"{maker.engine}, {maker.precision}",
                    "normalisation": normalised_words(story, made, maker),
                    "camera's values": camera,
                    "frames": f"{count(made.frames)}, from {made.first} to {made.last}",
                    "restored afterwards": count(made.backfilled),
                }
            )
        )
    unknown = f"Of {count(lane.unknown)} restored frames it is not known what made them."
    return section("restoring", "Restoration", *entries, note(unknown if lane.unknown else ""))
