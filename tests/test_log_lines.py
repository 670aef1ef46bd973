"""Every line says which process of which run it is of, whichever thread writes it."""

import json
import threading

import pytest

from livecare.logs import logger, name_run, set_up_logs


def test_lines_of_all_threads_say_whose_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("recorder", "info", "json")
    logger().info("before there is a run")
    name_run("20260301-091500-3fa2")
    threads = [threading.Thread(target=lambda: logger().info("at work")) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    set_up_logs("recorder", "warning", "json")  # it is set up anew while the run goes on
    logger().info("too quiet to be heard")
    logger().error("frame not restored", sequence=7)
    first, *lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (first["process"], "run_id" in first) == ("recorder", False)
    assert [line["event"] for line in lines] == ["at work"] * 3 + ["frame not restored"]
    assert {line["run_id"] for line in lines} == {"20260301-091500-3fa2"}
    assert lines[-1]["sequence"] == 7


def test_a_part_is_of_its_run(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("restorer", "info", "json", "20260301-091500-3fa2.4")
    logger().info("a line")
    line = json.loads(capsys.readouterr().err)
    assert (line["run_id"], line["part"]) == ("20260301-091500-3fa2", 4)
