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
    }
)


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562 §5.7): sorted by creation to the millisecond, 74 bits of chance."""
    milliseconds = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | chance
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    return UUID(int=value)


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
