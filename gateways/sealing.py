"""Text that only this installation can read again: AES-256-GCM under a key derived from one of its secrets."""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals and opens texts; `purpose` keeps keys of one secret apart."""

    secret: str = field(repr=False)
    purpose: str

    def close(self, text: str, *, place: str) -> str:
        """The sealed text, in URL-safe characters; it opens at the same `place` only."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher().encrypt(nonce, text.encode(), place.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, place: str) -> str:
        """The text again.

        Raises:
            InvalidTag: it was changed, moved or sealed under another secret.
        """
        raw = base64.urlsafe_b64decode(sealed)
        return self._cipher().decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()

    def opened(self, sealed: str, *, place: str) -> str | None:
        """The text again, or None when it was sealed under another secret."""
        try:
            return self.open(sealed, place=place)
        except InvalidTag:
            return None

    def _cipher(self) -> AESGCM:
        return AESGCM(hmac.digest(self.secret.encode(), self.purpose.encode(), hashlib.sha256))
