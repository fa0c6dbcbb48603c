"""Every workflow of the product."""

from workflows.billing_run import BillingRun
from workflows.collection import Collection
from workflows.housekeeping import Housekeeping
from workflows.invoice_delivery import InvoiceDelivery
from workflows.money_proofs import MoneyProofs


def all_workflows() -> list[type]:
    """Every workflow class, ready to be registered; a new process adds one line."""
    return [
        BillingRun,
        Collection,
        Housekeeping,
        InvoiceDelivery,
        MoneyProofs,
    ]
