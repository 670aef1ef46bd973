import io

import pytest
from rich.console import Console

pytest.importorskip("torch", reason="the extra 'train' is missing")

from livecare.cli.training_progress import TrainingProgress
from livecare.training.loop import Report


@pytest.mark.parametrize("terminal", [False, True])
def test_a_person_sees_losses_and_the_time_left(*, terminal: bool) -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=160)
    with TrainingProgress(console) as progress:
        progress.say(["a scene [is] still"])
        progress.show("network", Report(1, 0.1, 0.01, 0.9, None, None))
        progress.show("network", Report(10, 1.0, 1.0, 0.5, 0.25, 0.125))
    shown = text.getvalue()
    assert "note: a scene [is] still" in shown
    assert "step 10" in shown
    assert "loss 0.5000" in shown
    assert "validation 0.2500 (best 0.1250)" in shown
    assert "0:00 left" in shown
