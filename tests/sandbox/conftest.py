"""A sandbox of its own for every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stripe_sandbox import Sandbox, running_sandbox


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A running sandbox with a listener."""
    async with running_sandbox(str(tmp_path / "stripe.sqlite")) as running:
        yield running
