"""Mistakes in a configuration file that only a run finds out: they name the line, too."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from livecare.cli.main import app
from livecare.errors import LivecareError

LATER = {
    "an unknown model": (
        '[restorer]\nmodel = "nonsense"\n',
        ":2: restorer.model: there is no model 'nonsense'",
    ),
    "an unknown engine": (
        '[restorer]\nengine = "abacus"\n',
        ":2: restorer.engine: there is no 'abacus'",
    ),
    "a precision that it has not": (
        '[restorer]\nengine = "identity"\nprecision = "fp16"\n',
        ":3: restorer.precision: identity cannot",
    ),
    "a normalisation that the model cannot take": (
        '[restorer]\n\nnormalisation = "ema"\n',
        ":3: restorer.normalisation: ",
    ),
    "a window that nothing uses": (
        "[restorer]\nwindow = [1.0, 2.0]\n",
        ":2: restorer.window: the normalisation is 'anscombe'",
    ),
    "a scene that is too small": (
        "[source.simulated]\nframes = 4\nsize_yx = [4, 4]\n",
        ":3: source.simulated.size_yx: scene: size_yx is (4, 4)",
    ),
    "a recording that is not there": (
        '[source]\nkind = "replay"\n[source.replay]\npath = "gone.tif"\n',
        ":4: source.replay.path: path is ",
    ),
    "a replay of nothing": (
        '[source]\nkind = "replay"\n[source.replay]\nrate_hz = 20.0\n',
        ":3: source.replay: no path is given; set source.replay.path",
    ),
    "a recording that exists": (
        (
            '[store]\npath = "there.ome.zarr"\n[source.simulated]\nframes = 3\nbank_frames = 2\n'
            "size_yx = [32, 32]\n[restorer]\nenabled = false\n"
        ),
        ":2: store.path: ",
    ),
    "a folder that is none": (
        (
            '[ring]\ndirectory = "scope.toml"\n[source.simulated]\nframes = 3\nbank_frames = 2\n'
            "size_yx = [32, 32]\n[restorer]\nenabled = false\n"
        ),
        ":2: ring.directory: cannot make the rings in",
    ),
}


@pytest.mark.parametrize("case", LATER)
def test_what_only_a_run_finds_out_names_the_line_too(case: str, tmp_path: Path) -> None:
    text, words = LATER[case]
    (tmp_path / "there.ome.zarr").mkdir()
    path = tmp_path / "scope.toml"
    path.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["run", "--config", str(path)])
    assert isinstance(result.exception, LivecareError)
    assert str(result.exception).startswith(f"{path}{words}")
    assert result.exception.exit_code == (1 if "ring" in text else 2)
