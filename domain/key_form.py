"""How API keys look: `bo_live_…` and `bo_test_…`, 190 bits of chance and a checksum, stored only as a keyed hash.

A publishable key says so: `bo_live_pub_…`. The checksum tells a typing mistake from a revoked key, and a leaked
key from noise, without a look-up.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from typing import Literal

from domain.principal import Environment, Unauthenticated

KeyKind = Literal["secret", "publishable"]

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET_LENGTH = 32
CHECKSUM_LENGTH = 6
_FORM = re.compile(rf"bo_(live|test)_(pub_)?[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}")


def mint(environment: Environment, chance: bytes | None = None, *, kind: KeyKind = "secret") -> str:
    """A fresh secret, or the one that 32 given bytes of chance make; it is shown once and never stored."""
    number = int.from_bytes(chance or secrets.token_bytes(32))
    mark = "pub_" if kind == "publishable" else ""
    head = f"bo_{environment}_{mark}{_base62(number, SECRET_LENGTH)}"
    return head + checksum(head)


def checksum(head: str) -> str:
    """CRC-32 of everything before it, in six characters of base 62."""
    return _base62(zlib.crc32(head.encode()), CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    """The last digits of a number in base 62."""
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def checked(secret: str) -> str:
    """The secret, if it can be one of ours.

    Raises:
        Unauthenticated: another form, or a mistake in copying.
    """
    if not _FORM.fullmatch(secret):
        raise Unauthenticated("This is not an API key; they begin with bo_live_ or bo_test_")
    if not hmac.compare_digest(checksum(secret[:-CHECKSUM_LENGTH]), secret[-CHECKSUM_LENGTH:]):
        raise Unauthenticated("The API key was not copied completely: its checksum does not match")
    return secret


def keyed_hash(secret: str, pepper: str) -> bytes:
    """What is stored: useless to a thief of the database who lacks the pepper."""
    return hmac.digest(pepper.encode(), secret.encode(), hashlib.sha256)
