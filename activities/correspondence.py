"""Who writes to whom, what letters about an invoice need, and how a letter comes into the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from db import mails, organizations, payment_profiles
from db.engine import Tx
from domain.documents import BankTransfer, HowToPay, PaymentLink
from domain.letters import Correspondents, Facts, Kind
from domain.organization import Organization
from domain.payment_link import payment_token
from domain.receivable import Receivable
from gateways import letters


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

    def to(self, name: str, *, country: str = "US", time_zone: str = "UTC") -> Correspondents:
        """The house, and somebody it writes to, in our own way when neither country nor zone is known."""
        return Correspondents(
            seller=self.name,
            seller_address_lines=self.address_lines,
            support_email=self.support_email,
            client=name,
            country=country,
            time_zone=time_zone,
        )

    def to_staff(self) -> Correspondents:
        """The house, and its own people."""
        return self.to(self.name)

    def to_client(self, organization: Organization) -> Correspondents:
        """The house, and an organization's people."""
        return self.to(organization.name, country=organization.country, time_zone=organization.time_zone)


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
        who=sender.to_client(organization),
        card=profile.payment_method_label or "card",
        link=link,
        how_to_pay=BankTransfer(sender.bank_details, owed.number or "") if transfer else PaymentLink(link),
    )


async def post(
    tx: Tx,
    kind: Kind,
    facts: Facts,
    *,
    key: str,
    to: str,
    about: str = "",
    organization_id: UUID | None = None,
    attachments: Sequence[dict[str, str]] = (),
    secret: str | None = None,
    now: datetime,
) -> UUID:
    """Writes a letter and queues it, once for its key; `about` is the shown id of its subject."""
    subject, text, html = letters.write(kind, facts)
    return await mails.queue(
        tx,
        key=key,
        kind=kind,
        organization_id=organization_id,
        subject_id=about,
        recipient=to,
        subject=subject,
        text=text,
        html=html,
        attachments=attachments,
        secret=secret,
        now=now,
    )
