"""Names that would do something where they are shown: no sender may give them, and ours do not."""

from typing import Any

import pytest
from push_bench import Listener, Raw, info, picture

from livecare.client import Pusher
from livecare.client.hook import image_hook
from livecare.errors import ProtocolError
from livecare.shown_text import as_shown

ODD = ["GFP\x1b[2J", "a\nb", "\x00", "a\x9bb", "a\u2028b", "a\ud800b"]
FIELDS: dict[str, Any] = {
    "run_id": lambda name: name,
    "source": lambda name: name,
    "channels": lambda name: ("good", name),
    "positions": lambda name: (name,),
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_start_with_such_a_name_is_refused_and_counted(
    field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Listener(Raw) as listener:
        other = Raw(listener.endpoint, announce=False)
        other.start(**{"run_id": "other", field: FIELDS[field]("GFP\x1b[2J")})
        listener.settle(1)
        assert dict(listener.source.reasons) == {"a name with control characters": 1}
        other.end()
        listener.sender.frame(0)
        assert listener.frame()[0].position.t == 0
    said = capsys.readouterr()
    assert f"{field} has the name 'GFP\\\\x1b[2J'" in said.out + said.err
    assert "\x1b[2J" not in said.out + said.err


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", ODD)
def test_a_pusher_refuses_it_at_once(name: str, field: str) -> None:
    with pytest.raises(ProtocolError, match=f"{field} has the name .*leave them out"):
        Pusher(info(**{"run_id": "r", field: FIELDS[field](name)}), endpoint="tcp://127.0.0.1:9")


def test_a_name_may_have_every_other_character() -> None:
    for name in ("GFP@50%", "2 µM\u2009· 模型", "\u00a0", "\N{DNA DOUBLE HELIX}", ""):
        assert as_shown(name) == name
    assert [as_shown(name) for name in ODD[:3]] == ["GFP [2J", "a b", " "]


def test_what_an_instrument_calls_so_is_recorded_all_the_same() -> None:
    """A tab in the name of a channel costs no frame."""

    def take(endpoint: str) -> object:
        hook = image_hook(endpoint)
        for t, channel in ((0, "DAPI\t1"), (0, "FITC\n"), (1, "DAPI\t1")):
            axes = {"time": t, "channel": channel, "position": "left\r"}
            hook(picture(7), {"Axes": axes, "Camera": "Cam\x07"})
        hooks.append(hook)
        return hook

    hooks: list[Any] = []
    with Listener(take) as listener:
        arrivals = listener.frames(3)
        assert [(each.position.t, each.position.c) for each in arrivals] == [(0, 0), (0, 1), (1, 0)]
        assert listener.stream.channels == ("DAPI 1", "FITC ")
        assert listener.stream.positions == ("left ",)
        hooks[0].close()
        assert (hooks[0].sent, hooks[0].errors) == (3, 0), hooks[0].last_error
