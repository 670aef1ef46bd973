"""Requests to a run that can be changed: who does what, and what is offered."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from changing_run import Asked
from window_package import WINDOW_PACKAGE

from livecare.link.asking import ask
from livecare.link.control import ControlServer
from livecare.link.requests import (
    Done,
    MarkRequest,
    Offer,
    OfferRequest,
    RecordRequest,
    Refused,
    ReloadRequest,
    RelockRequest,
    SwapRequest,
)
from livecare.models.package import bundled_names
from livecare.supervisor.requests import Requests

pytestmark = pytest.mark.usefixtures("engines")
PATIENCE_S = 60.0


def test_models_that_would_be_taken(asked: Asked, tmp_path: Path) -> None:
    assert asked.changes.title("default")
    assert asked.changes.title(str(WINDOW_PACKAGE))
    assert not asked.changes.title("no-such-model")
    configured = Asked(tmp_path / "b", camera={"gain": 2.0, "offset": 1.0, "read_noise": 1.0})
    assert not configured.changes.title(str(WINDOW_PACKAGE)), "it wants a window"
    assert not Asked(tmp_path / "c", enabled=False).changes.title("default")


def test_requests_go_to_those_who_can_do_them(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "library"
    for name in ("mine", "damaged", "default"):
        shutil.copytree(WINDOW_PACKAGE, library / name)
    (library / "damaged" / "model.onnx").unlink()
    monkeypatch.setattr("livecare.models.library.library_folder", lambda: library)
    requests = Requests(
        asked.changes,
        lambda request: Done(f"record {request.on}"),
        lambda request: Done(f"mark {request.text} at {request.sequence}"),
        lambda: Done("reloaded"),
    )
    assert requests.handle(ReloadRequest()) == Done("reloaded")
    assert requests.handle(RecordRequest(on=False)) == Done("record False")
    assert requests.handle(MarkRequest("a", 3)) == Done("mark a at 3")
    assert isinstance(requests.handle(SwapRequest(engine="second")), Done)
    assert isinstance(requests.handle(RelockRequest()), Refused)
    offered = requests.handle(OfferRequest())
    assert isinstance(offered, Offer)
    assert offered.models == (*bundled_names(), "mine")
    assert offered.titles == tuple(asked.changes.title(each) for each in offered.models)
    assert "livecare default-fast" in offered.titles, "as telemetry says it"


@pytest.mark.parametrize("model", ["m" * 5000, "/" + "m" * 5000, "a\0b", "", "."])
def test_names_that_are_none_are_refused_over_the_wire(asked: Asked, model: str) -> None:
    with closing(ControlServer(asked.changes.handle)) as server:
        answer = ask(server.endpoint, SwapRequest(model), PATIENCE_S)
        assert isinstance(answer, Refused)
        assert isinstance(ask(server.endpoint, SwapRequest(engine="second"), PATIENCE_S), Done)


def test_a_pipeline_that_has_ended_meanwhile_is_no_end_of_the_others(asked: Asked) -> None:
    def gone(_: int) -> None:
        raise FileNotFoundError(2, "No such file or directory", "restorer.json")

    asked.pipeline.reacts = gone
    with closing(ControlServer(asked.changes.handle)) as server:
        answer = ask(server.endpoint, SwapRequest(engine="second"), PATIENCE_S)
        assert isinstance(answer, Refused)
        assert "restorer.json" in answer.reason
        asked.pipeline.reacts = asked.pipeline.follow
        assert isinstance(ask(server.endpoint, SwapRequest(engine="second"), PATIENCE_S), Done)
