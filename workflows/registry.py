"""Every workflow of the product."""

from workflows.housekeeping import Housekeeping


def all_workflows() -> list[type]:
    """Every workflow class, ready to be registered; a new process adds one line."""
    return [
        Housekeeping,
    ]
