"""The doors of paying: seen by clients, paid by clients, recorded by staff."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api.app import create_app
from db.engine import Database
from domain.ids import show
from domain.payment_link import payment_token
from gateways.settings import Settings
from tests.api.conftest import World, signed_in
from tests.owed import Owed, invoice
from tests.stripe_sandbox import SECRET, Sandbox


@pytest.fixture
async def app(database: Database, sandbox: Sandbox) -> AsyncIterator[FastAPI]:
    """The API over the sandbox."""
    environ = {
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
        "STRIPE_API_BASE": sandbox.url,
        "STRIPE_WEBHOOK_SECRETS": SECRET,
    }
    app = create_app(Settings.read(environ), database=database)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def owed(database: Database, world: World) -> Owed:
    """120 dollars that Acme owes."""
    return await invoice(database, organization_id=world.acme, now=datetime.now(UTC), due_on=date(2030, 1, 1))


async def post(client: httpx.AsyncClient, path: str, **body: str) -> httpx.Response:
    return await client.post(path, json=body)


async def card_saved(app: FastAPI, world: World) -> None:
    stella = await signed_in(app, "stella")
    answer = await post(stella, f"{world.acme_path}/payment-methods", payment_method="pm_card_visa")
    assert answer.status_code == 201, answer.text


async def intents(database: Database) -> list[tuple[str, str]]:
    async with database.begin() as tx:
        rows = await tx.execute(text("select kind, name from intents order by created_at, id"))
    return [(row.kind, row.name) for row in rows]


async def test_staff_attach_a_test_card_and_the_client_sees_it(app: FastAPI, world: World) -> None:
    await card_saved(app, world)
    answer = await (await signed_in(app, "bob")).get(f"{world.acme_path}/payment-methods")
    (card,) = answer.json()["items"]
    assert (card["label"], card["is_charged"]) == ("Visa •••• 4242", True)


async def test_the_owner_opens_stripes_page_to_save_a_card(
    app: FastAPI, world: World, sandbox: Sandbox
) -> None:
    alice = await signed_in(app, "alice")
    alice.headers["Idempotency-Key"] = "card"
    first, again = [await post(alice, f"{world.acme_path}/payment-method-setup") for _ in range(2)]
    assert (first.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert first.json()["url"].startswith(sandbox.url)
    assert first.json() == again.json()


async def test_a_member_may_not_change_the_card_and_a_stranger_does_not_find_it(
    app: FastAPI, world: World
) -> None:
    path = f"{world.acme_path}/payment-method-setup"
    assert (await post(await signed_in(app, "bob"), path)).status_code == 403
    assert (await post(await signed_in(app, "charlie"), path)).status_code == 404


async def test_the_owner_pays_now_what_they_were_shown(
    app: FastAPI, world: World, owed: Owed, database: Database
) -> None:
    await card_saved(app, world)
    alice = await signed_in(app, "alice")
    offered = (await alice.get(f"/v1/invoices/{owed.shown}/pay")).json()
    assert (offered["amount"], offered["card"]) == ("120.00", "Visa •••• 4242")
    answer = await post(alice, f"/v1/invoices/{owed.shown}/pay", amount=offered["amount"])
    assert (answer.status_code, answer.json()["workflow_id"]) == (202, owed.workflow_id)
    assert (await intents(database))[-2:] == [("start", ""), ("update", "pay_now")]


async def test_another_amount_than_owed_is_refused(app: FastAPI, world: World, owed: Owed) -> None:
    await card_saved(app, world)
    answer = await post(await signed_in(app, "alice"), f"/v1/invoices/{owed.shown}/pay", amount="100.00")
    assert (answer.status_code, answer.json()["code"], answer.json()["amount"]) == (
        409,
        "amount_changed",
        "120.00",
    )


async def test_without_a_card_there_is_nothing_to_charge(app: FastAPI, owed: Owed) -> None:
    answer = await post(await signed_in(app, "alice"), f"/v1/invoices/{owed.shown}/pay", amount="120.00")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_card")


async def test_a_card_that_its_bank_refused_for_good_is_not_asked_again(
    app: FastAPI, world: World, owed: Owed, database: Database
) -> None:
    await card_saved(app, world)
    async with database.begin() as tx:
        lost = """insert into payments (id, organization_id, invoice_id, method, state, charge_number, charge_key, amount_nanos,
                                        currency, decline_code, payment_method_id, created_at, updated_at)
                  select uuidv7(), organization_id, :i, 'card', 'failed', 1, 'charge', 1, 'USD', 'lost_card', payment_method_id,
                         now(), now() from billing_profiles where payment_method_id is not null"""
        await tx.execute(text(lost), {"i": owed.invoice_id})
    answer = await post(await signed_in(app, "alice"), f"/v1/invoices/{owed.shown}/pay", amount="120.00")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_card")


async def test_a_stranger_can_neither_see_nor_pay(app: FastAPI, owed: Owed) -> None:
    charlie = await signed_in(app, "charlie")
    for path in ("pay", "payments"):
        assert (await charlie.get(f"/v1/invoices/{owed.shown}/{path}")).status_code == 404
    assert (await post(charlie, f"/v1/invoices/{owed.shown}/pay", amount="120.00")).status_code == 404


async def test_staff_record_transfers_in_parts(app: FastAPI, owed: Owed, database: Database) -> None:
    stella = await signed_in(app, "stella")
    body = {"received_on": "2026-11-01", "reference": "BO-1"}
    for amount in ("20.00", "100.00"):
        answer = await post(stella, f"/v1/invoices/{owed.shown}/payments", amount=amount, **body)
        assert answer.status_code == 201, answer.text
    bob = await signed_in(app, "bob")
    seen = (await bob.get(f"/v1/invoices/{owed.shown}/payments")).json()["items"]
    assert [(p["method"], p["amount"], p["state"]) for p in seen] == [
        ("bank_transfer", "20.00", "succeeded"),
        ("bank_transfer", "100.00", "succeeded"),
    ]
    async with database.begin() as tx:
        assert (await tx.execute(text("select state from invoices"))).scalars().all() == ["paid"]


@pytest.mark.parametrize(
    ("amount", "day"),
    [("120.01", "2026-11-01"), ("0", "2026-11-01"), ("1.001", "2026-11-01"), ("1", "2999-01-01")],
)
async def test_an_impossible_transfer_is_refused(app: FastAPI, owed: Owed, amount: str, day: str) -> None:
    stella = await signed_in(app, "stella")
    path = f"/v1/invoices/{owed.shown}/payments"
    answer = await post(stella, path, amount=amount, received_on=day, reference="x")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_repeated_request_records_one_transfer(app: FastAPI, owed: Owed) -> None:
    stella = await signed_in(app, "stella")
    stella.headers["Idempotency-Key"] = "1"
    body = {"amount": "20.00", "received_on": "2026-11-01", "reference": "BO-1"}
    answers = [await post(stella, f"/v1/invoices/{owed.shown}/payments", **body) for _ in range(2)]
    assert answers[0].json() == answers[1].json()


async def test_only_staff_give_an_invoice_up(app: FastAPI, owed: Owed, database: Database) -> None:
    path = f"/v1/invoices/{owed.shown}/uncollectible"
    assert (await post(await signed_in(app, "alice"), path, reason="no")).status_code == 403
    answer = await post(await signed_in(app, "stella"), path, reason="insolvent")
    assert (answer.status_code, answer.json()["state"]) == (200, "uncollectible")
    assert await intents(database) == [("signal", "invoice_changed")]


async def test_the_link_in_a_letter_leads_to_stripes_page(app: FastAPI, owed: Owed, sandbox: Sandbox) -> None:
    token = payment_token(owed.invoice_id, app.state.settings.session_secret)
    anybody = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")
    answer = await anybody.get(f"/pay/{token}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(sandbox.url)
    assert (await anybody.get(f"/pay/{token[:-3]}abc")).status_code == 404
    assert "Your payment is on its way" in (await anybody.get("/pay/done")).text
    assert "Your card is saved" in (await anybody.get("/pay/saved")).text


async def test_the_link_of_who_pays_by_transfer_says_where_the_money_goes(
    app: FastAPI, world: World, owed: Owed
) -> None:
    agreed = {"collection_method": "bank_transfer"}
    stella = await signed_in(app, "stella")
    assert (await stella.patch(f"{world.acme_path}/billing-profile", json=agreed)).status_code == 200
    token = payment_token(owed.invoice_id, app.state.settings.session_secret)
    anybody = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")
    answer = await anybody.get(f"/pay/{token}")
    assert answer.status_code == 200
    for said in ("120.00", "Old Bank", "DE02", "quote the reference"):
        assert said in answer.text


async def test_the_link_says_when_nothing_is_owed(app: FastAPI, owed: Owed, database: Database) -> None:
    async with database.begin() as tx:
        await tx.execute(text("update invoices set state = 'void'"))
    token = payment_token(owed.invoice_id, app.state.settings.session_secret)
    anybody = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")
    assert "Nothing to pay" in (await anybody.get(f"/pay/{token}")).text


async def test_payments_are_listed_by_organization(app: FastAPI, owed: Owed, world: World) -> None:
    stella = await signed_in(app, "stella")
    body = {"amount": "20.00", "received_on": "2026-11-01", "reference": "BO-1"}
    made = (await post(stella, f"/v1/invoices/{owed.shown}/payments", **body)).json()
    bob, charlie = await signed_in(app, "bob"), await signed_in(app, "charlie")
    assert [p["id"] for p in (await bob.get("/v1/payments")).json()["items"]] == [made["id"]]
    assert (await charlie.get("/v1/payments")).json()["items"] == []
    assert (await charlie.get(f"/v1/payments/{made['id']}")).status_code == 404
    assert (
        await bob.get("/v1/payments", params={"organization_id": show("org", world.other)})
    ).status_code == 404


async def test_why_charges_failed_is_counted_for_each_client_apart(
    app: FastAPI, owed: Owed, database: Database
) -> None:
    async with database.begin() as tx:
        for number, code in enumerate(("expired_card", "insufficient_funds", "insufficient_funds"), start=1):
            facts = {"o": owed.organization_id, "i": owed.invoice_id, "n": number, "code": code}
            await tx.execute(_DECLINED, facts)
    seen = (await (await signed_in(app, "bob")).get("/v1/payments/failures?days=7")).json()["items"]
    named = ("decline_code", "kind", "charges", "amount", "open_invoices")
    assert [tuple(failure[name] for name in named) for failure in seen] == [
        ("insufficient_funds", "soft", 2, "240.00", 1),
        ("expired_card", "hard", 1, "120.00", 1),
    ]
    assert (await (await signed_in(app, "charlie")).get("/v1/payments/failures")).json()["items"] == []


_DECLINED = text("""
insert into payments (id, organization_id, invoice_id, method, state, charge_number, charge_key, amount_nanos, currency,
                      decline_code, created_at, updated_at)
values (uuidv7(), :o, :i, 'card', 'failed', :n, 'charge:' || :n, 120000000000, 'USD', :code, now(), now())""")
