"""Every workflow of the product."""

from workflows.collection import Collection
from workflows.housekeeping import Housekeeping
from workflows.money_proofs import MoneyProofs


def all_workflows() -> list[type]:
    """Every workflow class, ready to be registered; a new process adds one line."""
    return [
        Collection,
        Housekeeping,
        MoneyProofs,
    ]
