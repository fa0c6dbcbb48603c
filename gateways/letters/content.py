"""A letter's content, written once and set twice: as HTML and as plain text."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale

from domain.documents import BankTransfer, CardOnFile, HowToPay, NothingToPay, PaymentLink
from domain.letters import Correspondents
from gateways import formats


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Labels and values; the values of `strong` labels stand out."""

    pairs: tuple[tuple[str, str], ...]
    strong: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """The one thing to do: words and where they lead."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Link:
    """Another way, less prominent than the button: words and where they lead."""

    text: str
    url: str


Part = Paragraph | Rows | Button | Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A whole letter; `preview` is what a mailbox shows beside the subject, `reason` why it was sent."""

    subject: str
    preview: str
    head: str
    parts: tuple[Part, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Voice:
    """Writes amounts and times as one reader reads them."""

    locale: Locale
    zone: ZoneInfo
    currency: str

    @classmethod
    def to(cls, who: Correspondents, currency: str = "") -> "Voice":
        """The voice for a reader."""
        return cls(formats.locale_for(who.country), ZoneInfo(who.time_zone), currency)

    def money(self, amount_nanos: int) -> str:
        """An amount in the letter's currency."""
        return formats.money(amount_nanos, self.currency, self.locale)

    def day(self, value: date) -> str:
        """A calendar day in words."""
        return formats.day(value, self.locale)

    def day_of(self, value: datetime) -> str:
        """The day on which a moment falls in the reader's zone."""
        return formats.day(value.astimezone(self.zone).date(), self.locale)

    def moment(self, value: datetime) -> str:
        """A moment in the reader's zone."""
        return formats.moment(value, self.zone, self.locale)


def reason_for(who: Correspondents) -> str:
    """Why a client gets letters, and where to ask."""
    return f"As a client of {who.seller}, {who.client} receives letters about its invoices. {questions(who)}"


def questions(who: Correspondents) -> str:
    """Whom to ask; every letter to a client ends with it."""
    return f"Questions? Answer this letter or write to {who.support_email}."


def counted_days(count: int) -> str:
    """A number of days: 1 day, 2 days."""
    return "1 day" if count == 1 else f"{count} days"


def to_pay(how: HowToPay) -> tuple[Part, ...]:
    """What the reader has to do so that the money arrives."""
    match how:
        case CardOnFile(brand, last4, link):
            text = f"We will charge your {brand} card ending in {last4}. There is nothing for you to do."
            return (Paragraph(text), *((Button("Pay in another way", link),) if link else ()))
        case BankTransfer(instructions, reference):
            pairs = tuple(_labelled(line) for line in instructions)
            ask = Paragraph("Please transfer the amount to this account and quote the reference:")
            return (ask, Rows((*pairs, ("Reference", reference)), strong="Reference"))
        case PaymentLink(url):
            return (Button("Pay now", url),)
        case NothingToPay(reason):
            return (Paragraph(reason),) if reason else ()


def portal(who: Correspondents, words: str) -> tuple[Part, ...]:
    """A button to the client's own page, where there is one."""
    return (Button(words, who.portal_url),) if who.portal_url else ()


def _labelled(line: str) -> tuple[str, str]:
    label, separator, value = line.partition(": ")
    return (label, value) if separator else ("", line)
