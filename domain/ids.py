"""Identifiers: UUIDv7 inside, a prefix and 32 hexadecimal digits at the doors."""

import os
import time
from typing import NewType
from uuid import UUID

from domain.errors import BadIdentifier

OrganizationId = NewType("OrganizationId", UUID)
ProjectId = NewType("ProjectId", UUID)
UserId = NewType("UserId", UUID)
KeyId = NewType("KeyId", UUID)
PriceId = NewType("PriceId", UUID)
PostingId = NewType("PostingId", UUID)
LotId = NewType("LotId", UUID)
RunId = NewType("RunId", UUID)
InvoiceId = NewType("InvoiceId", UUID)
PaymentId = NewType("PaymentId", UUID)
MailId = NewType("MailId", UUID)

PREFIXES = frozenset(
    {
        "org",
        "prj",
        "usr",
        "key",
        "price",
        "pst",
        "lot",
        "run",
        "in",
        "line",
        "pay",
        "mail",
        "evt",
        "cn",
        "inv",
        "tkt",
        "dep",
        "mst",
        "pk",
        "dom",
        "idp",
        "del",
        "prv",
        "cert",
        "hold",
        "cred",
        "int",
    }
)


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562 §5.7, §6.2 method 3): sorted by creation to a quarter of a microsecond, then 62 bits of chance."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    chance = int.from_bytes(os.urandom(8), "big") & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | chance)


def show(prefix: str, identifier: UUID) -> str:
    """The form shown at the doors, for example `org_0198c0de…`."""
    return f"{prefix}_{identifier.hex}"


def read(prefix: str, text: str) -> UUID:
    """The identifier behind its shown form.

    Raises:
        BadIdentifier: another prefix, or not 32 hexadecimal digits.
    """
    head, _, digits = text.partition("_")
    if head != prefix or len(digits) != 32:
        raise BadIdentifier(
            f"'{text[:64]}' is not an identifier of the form {prefix}_… with 32 hexadecimal digits"
        )
    try:
        return UUID(hex=digits)
    except ValueError:
        raise BadIdentifier(
            f"'{text[:64]}' has characters that are not hexadecimal after {prefix}_"
        ) from None
