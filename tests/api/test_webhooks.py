"""The doors of the inbox and the outbox."""

import base64
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI
from sqlalchemy import text
from stripe import WebhookSignature

from api.app import create_app
from db import mails
from db.engine import Database
from domain.ids import show
from gateways.settings import Settings
from tests.api.conftest import World, browser, signed_in
from tests.owed import invoice

SECRET = "whsec_of_the_test"
KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()


@pytest.fixture
async def app(database: Database) -> AsyncIterator[FastAPI]:
    environ = {
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
        "STRIPE_API_BASE": "http://127.0.0.1:9",
        "STRIPE_WEBHOOK_SECRETS": SECRET,
        "SENDGRID_WEBHOOK_PUBLIC_KEY": PUBLIC,
    }
    app = create_app(Settings.read(environ), database=database)
    async with app.router.lifespan_context(app):
        yield app


def stripe_event(event_id: str = "evt_1", kind: str = "customer.created") -> bytes:
    about: dict[str, object] = {"id": "cus_1", "object": "customer", "metadata": {}}
    return json.dumps(
        {"id": event_id, "type": kind, "created": int(time.time()), "data": {"object": about}}
    ).encode()


async def told_by_stripe(app: FastAPI, body: bytes, *, secret: str = SECRET) -> httpx.Response:
    signature = WebhookSignature.generate_signature_header(body.decode(), secret)
    return await browser(app).post(
        "/v1/webhooks/stripe", content=body, headers={"Stripe-Signature": signature}
    )


async def queued(database: Database) -> str:
    now = datetime.now(UTC)
    async with database.begin() as tx:
        facts = {
            "kind": "invoice",
            "subject_id": "in_1",
            "text": "Hello",
            "html": "<p>Hello</p><script>alert(1)</script>",
        }
        mail_id = await mails.queue(
            tx, key="k", organization_id=None, recipient="alice@example.com", subject="Hi", now=now, **facts
        )
    return show("mail", mail_id)


async def test_a_signed_event_is_stored_once_and_handled(app: FastAPI, database: Database) -> None:
    body = stripe_event()
    answers = [(await told_by_stripe(app, body)).json() for _ in range(2)]
    assert answers == [{"stored": 1, "repeated": 0}, {"stored": 0, "repeated": 1}]
    await app.state.collecting.inbox.close()
    async with database.begin() as tx:
        assert (await tx.execute(text("select state from webhooks"))).scalars().all() == ["ignored"]


async def test_an_event_with_a_wrong_signature_is_refused_and_not_stored(
    app: FastAPI, database: Database
) -> None:
    answer = await told_by_stripe(app, stripe_event(), secret="whsec_of_somebody_else")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature")
    assert (await browser(app).post("/v1/webhooks/stripe", content=b"{}")).status_code == 400
    async with database.begin() as tx:
        assert (await tx.execute(text("select count(*) from webhooks"))).scalar_one() == 0


async def test_sendgrid_tells_that_a_mail_bounced(app: FastAPI, database: Database, world: World) -> None:
    mail_id = await queued(database)
    event = {
        "sg_event_id": "1",
        "event": "bounce",
        "timestamp": int(time.time()),
        "outbox_id": mail_id,
        "reason": "full",
    }
    body, stamp = json.dumps([event]).encode(), str(int(time.time()))
    signature = base64.b64encode(KEY.sign(stamp.encode() + body, ec.ECDSA(SHA256()))).decode()
    names = ("X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp")
    headers = dict(zip(names, (signature, stamp), strict=True))
    assert (
        await browser(app).post("/v1/webhooks/sendgrid", content=body, headers=headers)
    ).status_code == 200
    assert (
        await browser(app).post("/v1/webhooks/sendgrid", content=body + b" ", headers=headers)
    ).status_code == 400
    await app.state.collecting.inbox.close()
    mail = (await (await signed_in(app, "stella")).get(f"/v1/outbox/{mail_id}")).json()
    assert (mail["state"], mail["last_error"]) == ("bounced", "bounced: full")


async def test_staff_see_events_and_replay_them(app: FastAPI, world: World) -> None:
    await told_by_stripe(app, stripe_event())
    await app.state.collecting.inbox.close()
    stella = await signed_in(app, "stella")
    (event,) = (await stella.get("/v1/webhooks", params={"state": "ignored"})).json()["items"]
    assert (event["kind"], event["object_id"]) == ("customer.created", "cus_1")
    assert "customer" in (await stella.get(f"/v1/webhooks/{event['id']}")).json()["body"]
    answer = await stella.post(f"/v1/webhooks/{event['id']}/replay")
    assert (answer.status_code, answer.json()["attempts"]) == (202, 0)
    await app.state.collecting.inbox.close()
    assert (await stella.get(f"/v1/webhooks/{event['id']}")).json()["state"] == "ignored"


async def test_parked_events_are_replayed_together(app: FastAPI, database: Database, world: World) -> None:
    for number in range(3):
        await told_by_stripe(app, stripe_event(f"evt_{number}"))
    await app.state.collecting.inbox.close()
    async with database.begin() as tx:
        await tx.execute(text("update webhooks set state = 'parked'"))
    stella = await signed_in(app, "stella")
    assert (await stella.post("/v1/webhooks/replay", json={"limit": 2})).json() == {"replayed": 2}


async def test_staff_see_the_outbox_as_the_contract_says(
    app: FastAPI, database: Database, world: World
) -> None:
    mail_id = await queued(database)
    stella = await signed_in(app, "stella")
    (mail,) = (await stella.get("/v1/outbox", params={"search": "ALICE"})).json()["items"]
    assert {"to", "subject", "text", "html", "attachments", "state", "created_at"} <= mail.keys()
    assert (mail["id"], mail["to"], mail["state"]) == (mail_id, "alice@example.com", "queued")
    assert (await stella.get("/v1/outbox", params={"state": "sent"})).json()["items"] == []


async def test_an_attachment_is_shown_with_its_size_and_address(
    app: FastAPI, database: Database, world: World
) -> None:
    owed = await invoice(database, organization_id=world.acme)
    mail_id = await queued(database)
    async with database.begin() as tx:
        attached = json.dumps([{"invoice_id": owed.shown, "name": "invoice.pdf"}])
        await tx.execute(text("update mails set attachments = cast(:a as jsonb)"), {"a": attached})
        rendered = "insert into invoice_documents values (:i, :o, sha256('a'), 1, '%PDF', now())"
        await tx.execute(text(rendered), {"i": owed.invoice_id, "o": owed.organization_id})
    mail = (await (await signed_in(app, "stella")).get(f"/v1/outbox/{mail_id}")).json()
    address = f"/v1/invoices/{owed.shown}/pdf"
    assert mail["attachments"] == [
        {"name": "invoice.pdf", "invoice_id": owed.shown, "bytes": 4, "url": address}
    ]


async def test_a_mails_html_is_shown_where_nothing_in_it_can_run(
    app: FastAPI, database: Database, world: World
) -> None:
    mail_id = await queued(database)
    answer = await (await signed_in(app, "stella")).get(f"/v1/outbox/{mail_id}/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy.split("; ")
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_mail_is_sent_again_once_it_has_left(app: FastAPI, database: Database, world: World) -> None:
    mail_id = await queued(database)
    stella = await signed_in(app, "stella")
    assert (await stella.post(f"/v1/outbox/{mail_id}/resend")).status_code == 409
    async with database.begin() as tx:
        await tx.execute(text("update mails set state = 'unconfirmed'"))
    answer = await stella.post(f"/v1/outbox/{mail_id}/resend")
    assert (answer.status_code, answer.json()["state"], answer.json()["id"] != mail_id) == (
        201,
        "queued",
        True,
    )


@pytest.mark.parametrize("path", ["/v1/outbox", "/v1/webhooks"])
async def test_clients_see_neither_outbox_nor_inbox(app: FastAPI, world: World, path: str) -> None:
    assert (await (await signed_in(app, "alice")).get(path)).status_code == 403
