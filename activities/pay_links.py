"""Where the link in an invoice's letter leads: to the provider's page, or to how the money is transferred."""

from dataclasses import dataclass
from uuid import UUID

from activities.paying import Offer, offer
from activities.payment_methods import PaymentMethods
from db import invoices
from db.engine import Database, Tx
from domain.documents import BankTransfer
from domain.receivable import Receivable


@dataclass(frozen=True, slots=True, kw_only=True)
class WayToPay:
    """What the client can do about an invoice: follow `url`, or transfer the money; neither, when nothing is to do."""

    owed: Receivable
    url: str = ""
    transfer: BankTransfer | None = None


async def way_to_pay(database: Database, methods: PaymentMethods, *, invoice_id: UUID) -> WayToPay:
    """The page where a charge is confirmed or a card is saved; for who pays by transfer, where the money goes.

    Raises:
        NotFound: there is no such invoice.
    """
    async with database.begin() as tx:
        found = await offer(tx, invoice_id=invoice_id)
        transfer = await _transfer(tx, found)
    if found.confirm_url:
        return WayToPay(owed=found.owed, url=found.confirm_url)
    if found.under_way or not found.owed.open:
        return WayToPay(owed=found.owed)
    if transfer is not None:
        return WayToPay(owed=found.owed, transfer=transfer)
    return WayToPay(owed=found.owed, url=await methods.open_page(found.owed.organization_id))


async def _transfer(tx: Tx, found: Offer) -> BankTransfer | None:
    """The bank details that were printed on the invoice, for who pays by transfer."""
    if not found.by_transfer:
        return None
    invoice = await invoices.get(tx, invoice_id=found.owed.invoice_id)
    details = invoice.seller.get("bank_details", ())
    return BankTransfer(tuple(str(line) for line in details), invoice.number or "")
