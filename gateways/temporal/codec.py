"""Encrypts what workflows remember: AES-256-GCM under a key whose id travels with each payload.

Arguments, results, memos and summaries are covered; search attributes and headers are not and hold ids only.
"""

import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec
from typing_extensions import override

ENCODING = b"binary/encrypted"
_KEY_ID = "encryption-key-id"
_NONCE_BYTES = 12


class UnreadablePayload(Exception):
    """A payload was encrypted under a key that is not configured, or was changed."""


class AesGcmCodec(PayloadCodec):
    """Encrypts under the first key, decrypts under any: put a new key first to rotate (32 bytes each)."""

    def __init__(self, *keys: bytes) -> None:
        self._keys = {key_id(key): AESGCM(key) for key in keys}
        self._newest = key_id(keys[0])

    @override
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypts every payload."""
        return [self._seal(payload) for payload in payloads]

    @override
    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypts what is encrypted and leaves the rest, so that a key can be introduced at any time.

        Raises:
            UnreadablePayload: the key is unknown or the bytes were changed.
        """
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._keys[self._newest].encrypt(nonce, payload.SerializeToString(), self._newest)
        return Payload(metadata={"encoding": ENCODING, _KEY_ID: self._newest}, data=nonce + sealed)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        name = payload.metadata.get(_KEY_ID, b"")
        if name not in self._keys:
            raise UnreadablePayload(f"No key {name.decode(errors='replace')} is configured")
        nonce, sealed = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            return Payload.FromString(self._keys[name].decrypt(nonce, sealed, name))
        except InvalidTag:
            raise UnreadablePayload("The payload was changed after it was encrypted") from None


def key_id(key: bytes) -> bytes:
    """The name of a key: says which one was used and nothing about it."""
    return hashlib.sha256(b"backoffice payload key" + key).hexdigest()[:16].encode()
