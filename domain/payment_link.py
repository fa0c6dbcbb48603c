"""The link in a letter that leads its reader to the payment page: it names the invoice and cannot be guessed.

It lasts as long as the invoice is open, because provider's pages close after a day and letters are read later. It
shows no data of the client and can only be used to pay.
"""

import base64
import hashlib
import hmac
from uuid import UUID

from domain.errors import NotFound

_TAG_BYTES = 16


def payment_token(invoice_id: UUID, secret: str) -> str:
    """The unguessable name of an invoice, in URL-safe characters."""
    raw = invoice_id.bytes + _tag(invoice_id, secret)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_payment_token(token: str, secret: str) -> UUID:
    """The invoice that a token names.

    Raises:
        NotFound: it was not made with this secret.
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        invoice_id = UUID(bytes=raw[:16])
    except ValueError:
        raise NotFound("This payment link is not valid") from None
    if not hmac.compare_digest(raw[16:], _tag(invoice_id, secret)):
        raise NotFound("This payment link is not valid")
    return invoice_id


def _tag(invoice_id: UUID, secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"payment-link:" + invoice_id.bytes, hashlib.sha256)[:_TAG_BYTES]
