"""Tokens that do not hold, and addresses that are never asked."""

import asyncio
import base64
import hmac
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from gateways import outward
from gateways.errors import Refused
from gateways.oidc import Oidc
from gateways.oidc.addresses import checked_address
from gateways.oidc.tokens import claims_of, token_checked
from gateways.outward import Outward, is_public
from tests.gateways.sinks import answering

NOW = 1_790_000_000
KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
PUBLISHED: dict[str, Any] = {"keys": [*KeySet([KEY]).as_dict(private=False)["keys"], {"kty": "unknown"}]}
CLAIMS = {
    "iss": "https://login.example",
    "aud": "us",
    "sub": "s-1",
    "nonce": "n",
    "iat": NOW - 5,
    "exp": NOW + 300,
    "email": "Ada@Acme.Example",
    "email_verified": True,
}


def checked(token: str) -> dict[str, Any]:
    return token_checked(token, PUBLISHED, issuer="https://login.example", client_id="us", nonce="n", now=NOW)


def signed(**changes: object) -> str:
    return jwt.encode({"alg": "ES256", "kid": "one"}, {**CLAIMS, **changes}, KEY)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_token_of_the_provider_for_us_and_this_trip_holds() -> None:
    assert claims_of(checked(signed()), {}).email == "ada@acme.example"
    assert checked(signed(aud=["us", "them"], azp="us"))["sub"] == "s-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "them"},
        {"aud": ["us", "them"]},
        {"azp": "them"},
        {"iss": "https://login.example/"},
        {"nonce": ""},
        {"exp": NOW - 61},
        {"exp": "soon"},
        {"iat": NOW + 61},
        {"iat": NOW - 601},
        {"sub": ""},
        {"sub": 5},
        {"sub": "x" * 256},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_does_not(changes: dict[str, object]) -> None:
    with pytest.raises(Refused):
        checked(signed(**changes))


def test_a_signature_by_another_key_by_a_published_one_as_a_secret_or_by_none_does_not() -> None:
    other = jwt.encode({"alg": "RS256", "kid": "one"}, CLAIMS, RSAKey.generate_key(2048))
    head = _encoded(b'{"alg":"HS256","kid":"one"}') + "." + signed().split(".")[1]
    hashed = f"{head}.{_encoded(hmac.digest(KEY.as_pem(private=False), head.encode(), 'sha256'))}"
    nothing = signed().rpartition(".")[0] + "."
    unsigned = "eyJhbGciOiJub25lIn0." + signed().split(".")[1] + "."
    for token in (other, hashed, nothing, unsigned, "", "a.b.c"):
        with pytest.raises(Refused):
            checked(token)


def test_an_email_counts_as_verified_only_when_somebody_says_so() -> None:
    assert claims_of({**CLAIMS, "email_verified": "true"}, {}).email_verified
    assert claims_of({**CLAIMS, "email_verified": None, "xms_edov": "1"}, {}).email_verified is False
    told = {name: value for name, value in CLAIMS.items() if name != "email_verified"}
    assert claims_of({**told, "xms_edov": "1"}, {}).email_verified
    assert not claims_of(told, {}).email_verified


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:10.0.0.1",
        "2002:a00:1::",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "fec0::1",
        "168.63.129.16",
    ],
)
def test_addresses_inside_a_network_are_not_public(address: str) -> None:
    assert not is_public(address)
    assert is_public("93.184.216.34")
    assert is_public("64:ff9b::5db8:d822")


def test_only_encrypted_addresses_are_asked_outside_development() -> None:
    assert checked_address("http://localhost:8080", strict=False, what="issuer")
    assert checked_address("https://login.example/tenant", strict=True, what="issuer")
    for address in (
        "http://localhost:8080",
        "https://a:b@login.example",
        "https://",
        "https://x#y",
        "file:///etc",
    ):
        with pytest.raises(Refused):
            checked_address(address, strict=True, what="issuer")


async def test_a_name_that_leads_inside_is_refused_before_anything_is_sent() -> None:
    async with httpx.AsyncClient(transport=Outward()) as client:
        with pytest.raises(Refused, match="private network"):
            await client.get("https://localhost:1/")
    oidc = Oidc(strict=True)
    try:
        with pytest.raises(Refused, match="private network"):
            await oidc.discover("https://127.0.0.1:1")
    finally:
        await oidc.close()


@pytest.mark.parametrize(("name", "trusted"), [("login.example", True), ("other.example", False)])
async def test_the_checked_address_is_asked_and_must_still_prove_the_name(
    name: str, trusted: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served, trusting = certificate_of("login.example", tmp_path)
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    async def here(_host: str, _port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    monkeypatch.setattr(outward, "_public_addresses", here)
    async with (
        answering(answer, served) as port,
        httpx.AsyncClient(transport=Outward(verify=trusting)) as client,
    ):
        if trusted:
            assert (await client.get(f"https://{name}:{port}/x")).json() == {}
            assert f"Host: {name}:{port}".encode().lower() in asked[0].lower()
        else:
            with pytest.raises(httpx.ConnectError, match="certificate"):
                await client.get(f"https://{name}:{port}/x")


def certificate_of(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server that can prove a name, and a client that believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    now = datetime.now(UTC)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    pem = folder / "server.pem"
    shape = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = made.sign(key, SHA256()).public_bytes(Encoding.PEM)
    pem.write_bytes(key.private_bytes(*shape) + public)
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(pem)
    return served, ssl.create_default_context(cadata=public.decode())
