"""SendGrid's event webhook: only SendGrid's own words, only lately spoken, only about our letters."""

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateways.errors import Refused
from gateways.mail import parse_sendgrid_events, verify_sendgrid

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ROW = UUID("0198c0de-0000-7000-8000-000000000001")
KEY = generate_private_key(SECP256R1())
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
STAMP = str(int(NOW.timestamp()))
BODY = b'[{"event":"delivered"}]'


def signed(timestamp: str, body: bytes) -> str:
    return base64.b64encode(KEY.sign(timestamp.encode() + body, ECDSA(SHA256()))).decode()


def event(**fields: object) -> dict[str, object]:
    common = {"outbox_id": f"mail_{ROW.hex}", "timestamp": int(NOW.timestamp()), "sg_event_id": "e1"}
    return {"email": "alice@client.example", **common, **fields}


def test_sendgrids_signature_is_accepted_within_the_window() -> None:
    verify_sendgrid(PUBLIC, STAMP, signed(STAMP, BODY), BODY, NOW + timedelta(minutes=9))


def test_a_signature_that_is_replayed_later_is_stale() -> None:
    with pytest.raises(Refused) as caught:
        verify_sendgrid(PUBLIC, STAMP, signed(STAMP, BODY), BODY, NOW + timedelta(minutes=11))
    assert caught.value.code == "stale"


@pytest.mark.parametrize(
    ("key", "timestamp", "signature", "body"),
    [
        (PUBLIC, STAMP, signed(STAMP, BODY), BODY + b" "),
        (PUBLIC, str(int(STAMP) + 1), signed(STAMP, BODY), BODY),
        (PUBLIC, STAMP, "not base64", BODY),
        (PUBLIC, STAMP, "", BODY),
        (PUBLIC, "yesterday", signed("yesterday", BODY), BODY),
        ("bm90IGEga2V5", STAMP, signed(STAMP, BODY), BODY),
    ],
    ids=["another body", "another time", "no base64", "no signature", "no time", "no key"],
)
def test_anything_else_is_a_bad_signature(key: str, timestamp: str, signature: str, body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        verify_sendgrid(key, timestamp, signature, body, NOW)
    assert caught.value.code == "bad_signature"


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({"event": "processed"}, "accepted"),
        ({"event": "delivered"}, "delivered"),
        ({"event": "deferred"}, "deferred"),
        ({"event": "bounce", "type": "bounce"}, "bounced"),
        ({"event": "bounce", "type": "blocked"}, "blocked"),
        ({"event": "dropped"}, "dropped"),
        ({"event": "spamreport"}, "complained"),
    ],
)
def test_each_event_of_a_letter_is_read(told: dict[str, object], known: str) -> None:
    (found,) = parse_sendgrid_events(json.dumps([event(reason="550 unknown user", **told)]).encode())
    assert (found.outbox_id, found.event, found.at, found.event_id) == (ROW, known, NOW, "e1")
    assert found.reason == "550 unknown user"


def test_opens_and_foreign_mail_are_left_out() -> None:
    told = [event(event="open"), event(event="delivered", outbox_id="other"), {"event": "delivered"}]
    assert parse_sendgrid_events(json.dumps(told).encode()) == []


@pytest.mark.parametrize("body", [b"", b"{", b"3", b"[3]", b'[{"event":"delivered","outbox_id":7}]', b"\xff"])
def test_a_body_that_is_no_list_of_events_is_malformed(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        parse_sendgrid_events(body)
    assert caught.value.code == "malformed"
