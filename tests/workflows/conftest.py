"""The real Temporal server with a virtual clock for each workflow; see tests/temporal.py."""

from tests.collecting import house  # noqa: F401 — a fixture
from tests.temporal import *  # noqa: F403 — the fixtures
