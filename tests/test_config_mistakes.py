"""Mistakes in a configuration file: all of them at once, each with its line, its key and a cure."""

from pathlib import Path

import pytest

from livecare.config import look_through, make_config, read_config
from livecare.errors import ConfigError

CURE = "; write [table], or key = value with text in quotes"


def write(folder: Path, text: str) -> Path:
    path = folder / "scope.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes_in(folder: Path, text: str) -> list[str]:
    """Return what is said of a text, without the file's name."""
    path = write(folder, text)
    config, mistakes = look_through(path)
    assert (config is None) == bool(mistakes)
    return [str(each).removeprefix(f"{path}:") for each in mistakes]


CASES = {
    "an unknown key": (
        "[restorer]\nmax_bach = 4\n",
        ["2:1: unknown key 'restorer.max_bach'; did you mean 'restorer.max_batch'?"],
    ),
    "a key of another section": (
        "[store]\nmax_batch = 4\n",
        ["2:1: unknown key 'store.max_batch'; did you mean 'restorer.max_batch'?"],
    ),
    "a key without its section": (
        '\nmodel = "default"\n',
        ["2:1: unknown key 'model'; did you mean 'restorer.model'?"],
    ),
    "a key of the chosen source, misplaced": (
        '[source]\nkind = "folder-watch"\nsettle_s = 1.0\n',
        ["3:1: unknown key 'source.settle_s'; did you mean 'source.folder-watch.settle_s'?"],
    ),
    "a misspelt key of another section": (
        "[publish]\nlatency_budget = 4\n",
        [
            "2:1: unknown key 'publish.latency_budget'; did you mean 'restorer.latency_budget_ms'?",
        ],
    ),
    "an unknown table": (
        "[restore]\nmodel = 1\n",
        ["1:1: unknown key 'restore'; did you mean 'restorer'?"],
    ),
    "a table that belongs into another": (
        "# x\n[camera]\ngain = 1\n",
        ["2:1: unknown key 'camera'; did you mean 'restorer.camera'?"],
    ),
    "a key that is like no other": (
        "[log]\nzzz = 1\n",
        ["2:1: unknown key 'log.zzz'; leave it out: [log] has level, format"],
    ),
    "a number in quotes": (
        '[restorer]\nmax_batch = "8"\n',
        ['2:1: restorer.max_batch is "8"; give a whole number, 1 or more, 256 or less'],
    ),
    "a truth value for a number": (
        "[restorer]\nmax_batch = true\n",
        ["2:1: restorer.max_batch is true; give a whole number, 1 or more, 256 or less"],
    ),
    "a number for a truth value": (
        "restorer.enabled = 1\n",
        ["1:1: restorer.enabled is 1; give true or false"],
    ),
    "a value beyond its range": (
        "[restorer]\nmax_batch = 500\nlatency_budget_ms = 0\n",
        [
            "2:1: restorer.max_batch is 500; give a whole number, 1 or more, 256 or less",
            "3:1: restorer.latency_budget_ms is 0; give a number, above 0",
        ],
    ),
    "numbers that are none": (
        "[restorer]\nlatency_budget_ms = inf\n[metrics]\nready_minutes = nan\n",
        [
            "2:1: restorer.latency_budget_ms is inf; give a number, above 0",
            "4:1: metrics.ready_minutes is nan; give a number, 0 or more",
        ],
    ),
    "numbers of a source that are none": (
        "[source.simulated]\nphotons = nan\n",
        ["2:1: source.simulated.photons is nan; give a number"],
    ),
    "none of several values": (
        '[source]\nkind = "simulatd"\n',
        [
            (
                '2:1: source.kind is "simulatd"; give "simulated", "micromanager", "mm-bridge", '
                '"ndtiff-follow", "folder-watch", "replay" or "push"; did you mean "simulated"?'
            )
        ],
    ),
    "an item of a list": (
        "[source.simulated]\nsize_yx = [\n  512,\n  51.5,\n]\n",
        ["4:3: source.simulated.size_yx[1] is 51.5; give a whole number"],
    ),
    "a list that is too short": (
        "restorer = { window = [1.0] }\n",
        ["1:14: restorer.window[1] is missing, and required in [restorer.window]; give a number"],
    ),
    "a date": (
        "[store]\npath = 2026-01-01\n",
        ["2:1: store.path is 2026-01-01, a date; put it in quotes"],
    ),
    "two things that contradict each other": (
        '[store]\noverwrite = true\non_existing = "number"\n',
        [
            (
                "1:1: store: overwrite = true and on_existing = 'number' contradict each other; "
                "leave one out"
            )
        ],
    ),
    "an endpoint that is none": (
        '[publish]\ncontrol = "ipc:///x"\n',
        [
            (
                "2:1: publish.control is \"ipc:///x\": 'ipc:///x' is no endpoint; give "
                "tcp://HOST:PORT, or * as PORT for any; tcp://127.0.0.1:PORT is for this machine "
                "alone"
            )
        ],
    ),
    "a key that is missing": (
        "[restorer.camera]\ngain = 2.0\nread_noise = 1\n",
        [
            (
                "1:1: restorer.camera.offset is missing, and required in [restorer.camera]; "
                "give a number"
            )
        ],
    ),
    "what a source refuses, one after the other": (
        '[source.simulated]\n\n"frames" = 0\nrate_hz = -1\nbuffer_frames = 0\n',
        [
            "3:1: source.simulated.frames is 0; give 1 or more",
            "4:1: source.simulated.rate_hz is -1.0; give 0 or more",
            "5:1: source.simulated.buffer_frames is 0; give 1 or more",
        ],
    ),
    "no value": (
        "[restorer]\nmodel =\n",
        [f"2:8: this is not valid TOML (invalid value){CURE}"],
    ),
    "text without quotes, and what stands after it": (
        "[restorer]\nmodel = default-fast\nmax_batch = 0\n[log]\nlevl = 1\n",
        [
            f"2:9: this is not valid TOML (invalid value){CURE}",
            "3:1: restorer.max_batch is 0; give a whole number, 1 or more, 256 or less",
            "5:1: unknown key 'log.levl'; did you mean 'log.level'?",
        ],
    ),
    "a table without its bracket, and what stands after the next": (
        "[restorer\nmodel = 3\n[log]\nlevel = 3\n",
        [
            f"1:10: this is not valid TOML (expected ']' at the end of a table declaration){CURE}",
            '4:1: log.level is 3; give "debug", "info", "warning" or "error"',
        ],
    ),
    "a list without its bracket": (
        "[restorer]\nwindow = [1.0,\n2.0\nmax_batch = 0\n",
        [
            f"2:1: this is not valid TOML (a bracket is not closed){CURE}",
            "4:1: restorer.max_batch is 0; give a whole number, 1 or more, 256 or less",
        ],
    ),
    "a text of several lines without its end": (
        '[log]\nlevel = 3\n[store]\npath = """a\nb = 1\n',
        [
            '2:1: log.level is 3; give "debug", "info", "warning" or "error"',
            f"4:1: this is not valid TOML (unterminated string){CURE}",
        ],
    ),
    "a key that is there twice": (
        "[restorer]\nmax_batch = 8\n\nmax_batch = 0\nthreads = 0\n",
        [
            "4:1: 'max_batch' is there already, in line 2; leave one of them out",
            "5:1: restorer.threads is 0; give a whole number, 1 or more",
        ],
    ),
    "a table that is there twice": (
        "[restorer]\nmax_batch = 8\n[restorer]\nthreads = 0\n",
        [
            "3:1: the table [restorer] is there already, in line 1; leave one of them out",
            "4:1: restorer.threads is 0; give a whole number, 1 or more",
        ],
    ),
    "a table that is a value already": (
        "restorer.camera = 3\n[restorer.camera]\ngain = 3\n",
        [
            "1:1: restorer.camera is 3; give a table",
            "2:1: the table [restorer.camera] is there already, in line 1; leave one of them out",
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_mistake_is_said_with_its_place_and_a_cure(case: str, tmp_path: Path) -> None:
    text, expected = CASES[case]
    assert mistakes_in(tmp_path, text) == expected


def test_all_are_said_at_once(tmp_path: Path) -> None:
    text = "".join(text for text, _ in map(CASES.get, ("a number in quotes",)))
    text += '[store]\npth = "x"\n[publish]\npreview = "tcp://0.0.0.0:5"\n'
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    first, *rest = str(caught.value).splitlines()
    assert first == f"3 mistakes in {path}:"
    assert [each.strip().removeprefix(f"{path}:").split(":")[0] for each in rest] == ["2", "4", "6"]
    assert "publish.preview" in rest[2], "this check comes after all the others"


def test_a_table_without_a_file_has_no_lines() -> None:
    with pytest.raises(
        ConfigError, match=r"^demo: unknown key 'store\.pth'; did you mean 'store\.path'\?$"
    ):
        make_config({"store": {"pth": 1}}, "demo")


def test_a_file_of_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes("[log]\n# grün, \xb5m\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.toml:2:5: this is no UTF-8 \(a byte of 0xfc\)"):
        read_config(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "notepad.toml"
    path.write_bytes("\ufeff[restorer]\r\nmax_batch = 3\r\n".encode())
    assert read_config(path).restorer.max_batch == 3
