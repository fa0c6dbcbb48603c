"""Logs: one JSON object a line, or coloured columns on a terminal, for our code and every library's.

What is bound with `context` (request id, organization, workflow id) stands on every line written inside it,
also on lines of libraries. Lines of a workflow or an activity carry their workflow's id by themselves.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow

QUIET = (
    "httpx",
    "httpcore",
    "asyncio",
    "stripe",
    "sqlalchemy.engine",
    "sqlalchemy.pool",
    "psycopg.pool",
    "alembic",
)
TEMPORAL_EXTRAS = ("temporal_workflow", "temporal_activity")


def configure(level: str, shape: str, *, stream: TextIO | None = None) -> None:
    """Send every log line to `stream` (standard error) from `level` upwards.

    `shape` is "json", "console" or "auto": console on a terminal, JSON elsewhere.
    """
    stream = stream or sys.stderr
    console = shape == "console" or (shape == "auto" and stream.isatty())
    shared = _shared(console=console)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(shared, console=console))
    _route_libraries(handler, level.upper())


@contextmanager
def context(**facts: str | None) -> Iterator[None]:
    """Put `facts` (request_id, organization, workflow_id …) on every line inside; None is left out."""
    known = {name: value for name, value in facts.items() if value is not None}
    with structlog.contextvars.bound_contextvars(**known):
        yield


def _shared(*, console: bool) -> list[Processor]:
    stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S.%f" if console else "iso", utc=not console)
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(allow=TEMPORAL_EXTRAS),
        _name_workflow,
        stamp,
    ]


def _formatter(shared: list[Processor], *, console: bool) -> logging.Formatter:
    ending: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if console:
        # No local variables in tracebacks: they hold secrets and personal data.
        plain = structlog.dev.plain_traceback
        ending.append(
            structlog.dev.ConsoleRenderer(pad_event_to=0, pad_level=False, exception_formatter=plain)
        )
    else:
        ending += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=ending)


def _name_workflow(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace Temporal's long description of where a line was written by the workflow's id and the step."""
    described = event.pop("temporal_workflow", None)
    step = event.pop("temporal_activity", None)
    if isinstance(described, dict):
        event.setdefault("workflow_id", described.get("workflow_id"))
    if isinstance(step, dict):
        event.setdefault("workflow_id", step.get("workflow_id"))
        event.setdefault("activity", step.get("activity_type"))
    return event


def _route_libraries(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "temporalio"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
