"""What `livecare demo` refuses."""

import pytest
from typer.testing import CliRunner

from livecare.cli.main import app
from livecare.errors import EXIT_USAGE, UsageError


@pytest.mark.parametrize("given", [["--photons", "3"], ["--seed", "7"], ["--seed", "0"]])
def test_what_is_said_of_a_specimen_is_refused_without_one(given: list[str]) -> None:
    demo = ["demo", "--headless", "--source", "micromanager", *given]
    refused = CliRunner().invoke(app, demo).exception
    assert isinstance(refused, UsageError)
    assert refused.exit_code == EXIT_USAGE
    assert given[0] in str(refused)
