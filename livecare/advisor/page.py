"""Knows how a prediction looks as one page: the advice, a chart, a table, pictures side by side."""

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np

from livecare import __version__
from livecare.advisor.areas import WHOLE
from livecare.advisor.estimate import AreaScores, Estimate
from livecare.advisor.predicting import Prediction, Shown
from livecare.advisor.target import Advice
from livecare.advisor.thinning import Electrons
from livecare.evaluation.picturing import View
from livecare.models.png import grey_base64
from livecare.pages.charts import Axis, Series, line_chart, span
from livecare.pages.document import document, note, section, warning
from livecare.pages.style import COLOURS, MUTED

PICTURES: Final = 4
"""Exposures that are shown: the shortest, the advised, the longest, and one in between."""
MARGIN: Final = 1.15
"""Room beside the shortest and the longest exposure of the chart."""
SMALL_PRINT: Final = (
    "Small print: 90 % interval. PSNR: relative to the range (0.1 to 99.9 %) of the whole "
    "reference. NRMSE: root mean squared error over the root mean square of the specimen's light. "
    "The truth is what the longest exposure shows of the specimen; livecare's documentation, "
    "exposure.md, says how and how well."
)
"""Stands below the numbers, which are in small print themselves."""


def render_page(prediction: Prediction, advices: Sequence[Advice]) -> str:
    """Return the page as the text of one HTML file."""
    reference = prediction.reference
    facts = (
        f"{len(reference.frames)} frames of {reference.exposure_ms:g} ms; camera: "
        f"{prediction.camera.words}; model {prediction.model}; livecare {__version__}"
    )
    said = "".join(f"<p><b>{escape(each.sentence)}.</b></p>" for each in advices)
    warned = "".join(warning(each) for each in prediction.warnings)
    tables = "".join(_table(prediction, area) for area in prediction.areas)
    quality = f"<h3>Predicted quality of restored frames</h3>{_charts(prediction)}"
    return document(
        "livecare advise",
        [
            f'<h1>How little light is enough</h1><p class="lead">{escape(facts)}</p>',
            section("advice", "Advice", said or "<p>No target was given.</p>", warned, quality),
            section("pictures", "Pictures", _pictures(prediction, advices)),
            section("numbers", "Numbers", tables, note(SMALL_PRINT)),
        ],
    )


def _charts(prediction: Prediction) -> str:
    drawn = "".join(f"<figure>{_chart(prediction, area)}</figure>" for area in prediction.areas)
    return (
        '<p class="note">Lines: predicted, with the 90 % interval; dots: measured on the shorter '
        f'exposures that were recorded; grey: raw frames.</p><div class="charts">{drawn}</div>'
    )


def _chart(prediction: Prediction, area: str) -> str:
    exposures = [row.exposure_ms for row in prediction.rows]
    scores = [row.areas[area] for row in prediction.rows]
    colour = COLOURS[0]
    lines = [
        Series("raw", MUTED, exposures, [each.raw_psnr_db for each in scores], 1.2),
        Series("low", colour, exposures, [each.psnr_db.low for each in scores], 0.8, dashed=True),
        Series("high", colour, exposures, [each.psnr_db.high for each in scores], 0.8, dashed=True),
        Series("restored", colour, exposures, [each.psnr_db.value for each in scores], 2.0),
    ]
    checked = [(row.exposure_ms, row.areas[area].psnr_db.value) for row in prediction.measured]
    if checked:
        x, y = zip(*checked, strict=True)
        lines.append(Series("measured", COLOURS[1], x, y, 0.01, dots=True))
    axis = Axis("exposure, ms", min(exposures) / MARGIN, max(exposures) * MARGIN, log=True)
    values = [value for line in lines for value in line.y]
    return line_chart(f"PSNR, {area}", axis, span("dB", values), lines)


def _pictures(prediction: Prediction, advices: Sequence[Advice]) -> str:
    reference = prediction.reference
    view = prediction.view
    figures = []
    for shown in _chosen(prediction, advices):
        psnr = _row_at(prediction, shown.exposure_ms)
        words = f"<b>{shown.exposure_ms:.3g} ms</b>, {psnr.value:.1f} dB"
        figures.append(_figure((shown.raw, shown.restored), view, words))
    words = f"<b>reference</b><br>all that {reference.exposure_ms:g} ms told, restored"
    figures.append(_figure((view.cut(reference.picture),), view, words))
    return (
        '<p class="note">One part of the field at one contrast; above raw, below restored.</p>'
        f'<div class="pictures">{"".join(figures)}</div>'
    )


def _chosen(prediction: Prediction, advices: Sequence[Advice]) -> list[Shown]:
    """Return the shortest, the advised, the longest, and those that lie evenly in between."""
    pictures = prediction.pictures
    places = {round(place) for place in np.linspace(0, len(pictures) - 1, PICTURES)}
    for advice in advices:
        if advice.exposure_ms is not None:
            nearest = [abs(np.log(each.exposure_ms / advice.exposure_ms)) for each in pictures]
            places.add(int(np.argmin(nearest)))
    return [pictures[place] for place in sorted(places)]


def _row_at(prediction: Prediction, exposure_ms: float) -> Estimate:
    rows = {row.exposure_ms: row for row in prediction.rows}
    return rows[exposure_ms].areas[WHOLE].psnr_db


def _figure(images: tuple[Electrons, ...], view: View, words: str) -> str:
    drawn = "".join(
        f'<img src="data:image/png;base64,{grey_base64(image, view.black, view.white)}" alt="">'
        for image in images
    )
    return f"<figure>{drawn}<figcaption>{words}</figcaption></figure>"


def _table(prediction: Prediction, area: str) -> str:
    heads = "".join(f"<th>{head}</th>" for head in ("ms", "PSNR, dB", "NRMSE", "SSIM", "raw, dB"))
    rows = [(row.exposure_ms, row.areas[area], "") for row in prediction.rows]
    rows += [(row.exposure_ms, row.areas[area], " measured") for row in prediction.measured]
    lines = "".join(
        f"<tr><td>{exposure:.3g}{kind}</td>{_cells(scores)}</tr>" for exposure, scores, kind in rows
    )
    return (
        f"<h3>{escape(area)}</h3><div class='scroll'><table><tr>{heads}</tr>{lines}</table></div>"
    )


def _cells(scores: AreaScores) -> str:
    texts = (
        _words(scores.psnr_db, 1),
        _words(scores.nrmse, 3),
        _words(scores.ssim, 3),
        f"{scores.raw_psnr_db:.1f}",
    )
    return "".join(f"<td>{text}</td>" for text in texts)


def _words(estimate: Estimate, digits: int) -> str:
    value, low, high = (
        f"{each:.{digits}f}" for each in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} <span class='delta'>{low} – {high}</span>"
