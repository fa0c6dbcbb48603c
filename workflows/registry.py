"""Every workflow of the product."""

from workflows.billing_run import BillingRun
from workflows.collection import Collection
from workflows.data_export import DataExport
from workflows.erasure import Erasure
from workflows.housekeeping import Housekeeping
from workflows.invite import Invite
from workflows.invoice_delivery import InvoiceDelivery
from workflows.money_proofs import MoneyProofs
from workflows.organization_deletion import OrganizationDeletion
from workflows.upkeep import Upkeep


def all_workflows() -> list[type]:
    """Every workflow class, ready to be registered; a new process adds one line."""
    return [
        BillingRun,
        Collection,
        DataExport,
        Erasure,
        Housekeeping,
        Invite,
        InvoiceDelivery,
        MoneyProofs,
        OrganizationDeletion,
        Upkeep,
    ]
