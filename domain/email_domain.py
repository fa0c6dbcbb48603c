"""Domains that an organization proves to be its own: by a record in their DNS, or by a letter to their postmaster."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.errors import Invalid

Proof = Literal["dns", "mail"]
Mailbox = Literal["admin", "postmaster", "hostmaster"]
RECORD_NAME = "backoffice-verification"
MAIL_LASTS = timedelta(hours=24)
MOST_DOMAINS = 50
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")
# Where anybody can open a mailbox, a proof would be everybody's.
OPEN_TO_ALL = frozenset(
    """aol.com fastmail.com gmail.com gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.com icloud.com live.com mac.com
    mail.com mail.ru me.com msn.com outlook.com pm.me proton.me protonmail.com qq.com 163.com 126.com tutanota.com
    web.de yahoo.co.uk yahoo.com yandex.com yandex.ru zoho.com""".split()  # noqa: SIM905 — thirty names read better as words of a text
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailDomain:
    """A domain an organization names; `record` is what its DNS must say; proven once `proven_at` is set."""

    id: UUID
    organization_id: UUID
    name: str
    record: str
    created_at: datetime
    mail_sent_to: str = ""
    mail_expires_at: datetime | None = None
    proven_at: datetime | None = None
    proven_by: Proof | None = None

    @property
    def text(self) -> str:
        """The whole TXT record that proves it."""
        return f"{RECORD_NAME}={self.record}"

    def proven_among(self, records: tuple[str, ...]) -> bool:
        """Whether one of the domain's TXT records is ours."""
        return any(record.strip().strip('"') == self.text for record in records)


def domain_spelled(text: str) -> str:
    """The domain in lower case, in the ASCII form that DNS knows.

    Raises:
        Invalid: it cannot be a domain, or it is one where anybody can have an address.
    """
    given = text.strip().lower().removeprefix("@").rstrip(".")
    try:
        name = given.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if len(name) > 253 or not _DOMAIN.fullmatch(name):
        raise Invalid(f"name: '{text[:64]}' is not a domain, such as example.com")
    if name in OPEN_TO_ALL:
        raise Invalid(f"name: anybody can have an address at {name}, so nobody can prove it to be theirs")
    return name


def domain_of(email: str) -> str:
    """The part of an address behind the last @, in lower case."""
    return email.rpartition("@")[2].lower()
