"""Who writes to whom about an invoice, and what every such letter needs."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from db import organizations, payment_profiles
from db.engine import Tx
from domain.documents import BankTransfer, HowToPay, PaymentLink
from domain.letters import Correspondents
from domain.organization import Organization
from domain.payment_link import payment_token
from domain.receivable import Receivable


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes: the legal entity's name and address, where questions go, how to transfer, where pages are.

    `link_secret` makes the links in letters unguessable.
    """

    name: str
    address_lines: tuple[str, ...]
    support_email: str
    bank_details: tuple[str, ...]
    public_url: str
    link_secret: str


@dataclass(frozen=True, slots=True)
class Context:
    """What every letter about one invoice needs."""

    owed: Receivable
    organization: Organization
    who: Correspondents
    card: str
    link: str
    how_to_pay: HowToPay

    @property
    def number(self) -> str:
        """The invoice's number."""
        return self.owed.number or ""

    def day(self, moment: datetime) -> date:
        """The client's calendar day of a moment."""
        return moment.astimezone(ZoneInfo(self.organization.time_zone)).date()

    def due_on(self, now: datetime) -> date:
        """The day the invoice is due."""
        return self.owed.due_on or self.day(now)


async def context_of(tx: Tx, sender: Sender, owed: Receivable) -> Context:
    """Reads what letters about an invoice need."""
    organization = await organizations.get(tx, organization_id=owed.organization_id)
    profile = await payment_profiles.get(tx, organization_id=owed.organization_id)
    link = f"{sender.public_url}/pay/{payment_token(owed.invoice_id, sender.link_secret)}"
    transfer = profile.collection_method == "bank_transfer"
    return Context(
        owed=owed,
        organization=organization,
        who=Correspondents(
            seller=sender.name,
            seller_address_lines=sender.address_lines,
            support_email=sender.support_email,
            client=organization.name,
            country=organization.country,
            time_zone=organization.time_zone,
        ),
        card=profile.payment_method_label or "card",
        link=link,
        how_to_pay=BankTransfer(sender.bank_details, owed.number or "") if transfer else PaymentLink(link),
    )
