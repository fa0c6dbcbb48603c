import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from gateways import logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("info", "json", stream=stream)
    yield stream
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def test_every_line_is_an_object_with_the_bound_context(lines: io.StringIO) -> None:
    with logs.context(request_id="r1", organization="org_1", workflow_id=None):
        structlog.get_logger("api").info("taken", records=3)
    line = json.loads(lines.getvalue())
    assert line["event"] == "taken"
    assert (line["request_id"], line["organization"], line["records"]) == ("r1", "org_1", 3)
    assert "workflow_id" not in line


def test_the_lines_of_libraries_carry_the_context_too(lines: io.StringIO) -> None:
    with logs.context(request_id="r1"):
        logging.getLogger("some.library").warning("slow %s", "client")
    line = json.loads(lines.getvalue())
    assert (line["event"], line["request_id"], line["level"]) == ("slow client", "r1", "warning")


def test_a_line_of_a_workflow_names_it(lines: io.StringIO) -> None:
    extra = {"temporal_workflow": {"workflow_id": "collection/in_1", "attempt": 1}}
    logging.getLogger("temporalio.workflow").info("waits", extra=extra)
    line = json.loads(lines.getvalue())
    assert line["workflow_id"] == "collection/in_1"
    assert "temporal_workflow" not in line


def test_an_exception_is_written_without_local_variables(lines: io.StringIO) -> None:
    wanted = "-".join(("local", "value"))
    try:
        [].index(wanted[:0])
    except ValueError:
        structlog.get_logger().exception("failed")
    line = json.loads(lines.getvalue())
    assert "ValueError" in line["exception"]
    assert wanted not in lines.getvalue()


def test_lines_below_the_level_are_left_out(lines: io.StringIO) -> None:
    structlog.get_logger().debug("noise")
    logging.getLogger("httpx").info("noise")
    assert lines.getvalue() == ""
