"""Signatures that anybody can check: Ed25519 under a key derived from one of the installation's secrets."""

import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs texts; `purpose` keeps keys of one secret apart. The same secret always gives the same key."""

    secret: str = field(repr=False)
    purpose: str

    def sign(self, text: str) -> bytes:
        """The 64 bytes of the text's signature."""
        return self._key().sign(text.encode())

    @property
    def public_key(self) -> bytes:
        """The 32 bytes that check what was signed here."""
        return self._key().public_key().public_bytes_raw()

    def _key(self) -> Ed25519PrivateKey:
        seed = hmac.digest(self.secret.encode(), self.purpose.encode(), hashlib.sha256)
        return Ed25519PrivateKey.from_private_bytes(seed)


def is_signed(text: str, *, signature: bytes, public_key: bytes) -> bool:
    """Whether the text was signed with the key that belongs to `public_key`, and not changed since."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
