"""The real Temporal server with a virtual clock for each workflow; see tests/temporal.py."""

from tests.temporal import *  # noqa: F403 — the fixtures
