"""A passkey device in software, for what no honest browser would send: other origins, replays, copies."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT_AND_VERIFIED, _WITH_CREDENTIAL = 0x05, 0x40


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One device with one credential; `origin` is the page it believes to be on."""

    origin: str
    rp_id: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: bytes = b""
    count: int = 0

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What navigator.credentials.create would give."""
        self.handle = _bytes(options["user"]["id"])
        head = self._data(_PRESENT_AND_VERIFIED | _WITH_CREDENTIAL)
        named = len(self.credential_id).to_bytes(2, "big") + self.credential_id
        attested: dict[str, Any] = {
            "fmt": "none",
            "attStmt": {},
            "authData": head + bytes(16) + named + self._public(),
        }
        client = self._client("webauthn.create", options["challenge"])
        return self._credential({"clientDataJSON": client, "attestationObject": cbor2.dumps(attested)})

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        """What navigator.credentials.get would give."""
        self.count += 1
        data, client = self._data(_PRESENT_AND_VERIFIED), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        told = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._credential({**told, "userHandle": self.handle})

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _public(self) -> bytes:
        at = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")})

    def _credential(self, response: dict[str, bytes]) -> dict[str, Any]:
        name = _text(self.credential_id)
        told = {part: _text(raw) for part, raw in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": told}
