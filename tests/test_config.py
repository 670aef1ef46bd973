"""The configuration: every mistake is named, with its file, key and cure."""

import json
from pathlib import Path

import pytest

from livecare.config import Config, config_schema, make_config, read_config
from livecare.errors import ConfigError

ANNOTATED = Path(__file__).parent.parent / "config" / "livecare.toml"


def test_the_annotated_example_holds_the_defaults() -> None:
    config = read_config(ANNOTATED)
    expected = Config().model_dump()
    expected["store"]["path"] = ANNOTATED.parent / Config().store.path
    assert config.model_dump() == expected


def test_every_key_of_the_schema_is_in_the_annotated_example() -> None:
    text = ANNOTATED.read_text(encoding="utf-8")
    definitions = json.loads(config_schema())["$defs"]
    keys = {key for section in definitions.values() for key in section.get("properties", {})}
    assert {key for key in keys if key not in text} == set()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"store": {"pth": "x"}}, ["unknown key 'store.pth'", "did you mean 'store.path'"]),
        ({"stroe": {}}, ["unknown key 'stroe'", "did you mean 'store'"]),
        (
            {"source": {"simulated": {"frmes": 3}}},
            ["unknown key 'source.simulated.frmes'", "did you mean 'source.simulated.frames'"],
        ),
        ({"restorer": {"threads": 0}}, ["restorer.threads is 0", "1 or more"]),
        ({"restorer": {"threads": "two"}}, ['restorer.threads is "two"', "whole number"]),
        (
            {"restorer": {"window": [300, 100]}},
            ["restorer.window is [300, 100]", "first value must be the lower"],
        ),
        ({"restorer": {"window": [0, float("inf")]}}, ["restorer.window[1] is inf", "a number"]),
        ({"restorer": {"normalisation": "zscore"}}, ["restorer.normalisation", '"anscombe"']),
        (
            {"restorer": {"camera": {"gian": 2}}},
            ["restorer.camera.gian", "did you mean 'restorer.camera.gain'"],
        ),
        ({"restorer": {"camera": {"gain": 2.0}}}, ["restorer.camera.offset", "required"]),
        (
            {"restorer": {"camera": {"gain": 0, "offset": 0, "read_noise": 0}}},
            ["restorer.camera.gain is 0", "above 0"],
        ),
        ({"source": {"simulated": {"frames": 0}}}, ["frames is 0"]),
        ({"source": {"kind": "webcam"}}, ["source.kind", "webcam", "simulated"]),
        ({"publish": {"preview": "tcp://0.0.0.0:5"}}, ["publish.preview", "only this machine"]),
        ({"publish": {"telemetry": "ipc:///x"}}, ["publish.telemetry", "tcp://127.0.0.1"]),
    ],
)
def test_a_mistake_is_named_with_file_key_and_cure(
    table: dict[str, object], words: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        make_config(table, "scope3.toml")
    message = str(caught.value)
    assert message.splitlines()[-1].strip().startswith("scope3.toml: ")
    assert [word for word in words if word not in message] == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        read_config(tmp_path / "nowhere.toml")


def test_broken_toml_is_named_with_its_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[store\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"broken\.toml:1:7: "):
        read_config(broken)


def test_a_relative_store_lies_beside_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "scope.toml"
    path.write_text('[store]\npath = "night/run.ome.zarr"\n', encoding="utf-8")
    assert read_config(path).store.path == tmp_path / "night" / "run.ome.zarr"


def test_relative_hardware_files_lie_beside_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "scope.toml"
    path.write_text(
        '[source.micromanager]\nconfig = "scope.cfg"\nadapter_path = "adapters"\n', encoding="utf-8"
    )
    settings = read_config(path).source.micromanager
    assert settings.config == str(tmp_path / "scope.cfg")
    assert settings.adapter_path == str(tmp_path / "adapters")


def test_the_schema_in_config_is_the_present_one() -> None:
    written = (ANNOTATED.parent / "livecare.schema.json").read_text(encoding="utf-8")
    assert written == config_schema()
