"""One model in the report: what its package says about its making, and its loss curve."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from livecare.evaluation.report.drawing import loss_chart
from livecare.evaluation.results import ModelCard

LONG: Final = 400
"""Provenance longer than so many characters is cut; the package has it all."""


def render_model(card: ModelCard) -> str:
    """Return a model's part of the report."""
    facts = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in card.facts.items()
    )
    made = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in _flat(card.provenance)
    )
    losses = f'<div class="charts"><figure>{loss_chart(card.losses)}</figure></div>'
    return (
        f"<h3>{escape(card.name)}</h3><p>{escape(card.description)}</p>"
        f'<dl>{facts}<dt>sha256</dt><dd class="hash">{escape(card.sha256)}</dd></dl>'
        f"{losses if card.losses else '<p class=note>The package holds no loss curve.</p>'}"
        f"<details><summary>provenance, as the package says</summary><dl>{made}</dl></details>"
    )


def _flat(provenance: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Return nested keys with dots, and values as text."""
    found = []
    for key, value in provenance.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            found += _flat(value, f"{name}.")
        else:
            text = str(value)
            found.append((name, text if len(text) <= LONG else f"{text[:LONG]} …"))
    return found
