"""Corrections at the door: credit notes, what of them becomes credits, voiding, and transfers of too much."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from db.engine import Database
from tests.api.conftest import World
from tests.monthend import balance, rows

Client = httpx.AsyncClient


async def credit(client: Client, invoice: str, **body: Any) -> httpx.Response:
    return await client.post(
        f"/v1/invoices/{invoice}/credit-notes", json={"reason": "down on the 12th", **body}
    )


async def test_a_credit_note_lowers_what_is_due_and_reverses_the_books(
    staff_key: Client, world: World, invoice: str, database: Database
) -> None:
    answer = await credit(staff_key, invoice, amount="3.43")
    note = answer.json()
    assert (answer.status_code, note["number"], note["subtotal"], note["tax"]) == (
        201,
        "BO-CN-000001",
        "3.12",
        "0.31",
    )
    after = (await staff_key.get(f"/v1/invoices/{invoice}")).json()
    assert (after["state"], after["amount_open"], after["credit_notes"][0]["id"]) == (
        "finalized",
        "4.00",
        note["id"],
    )
    assert await balance(database, world.acme, "receivable:billed") == 4_000_000_000
    assert await balance(database, world.acme, "tax:payable") == -370_000_000
    assert (await staff_key.get(f"/v1/invoices/{note['id']}")).json()["kind"] == "credit_note"


async def test_crediting_the_rest_of_an_unpaid_invoice_voids_it(
    staff_key: Client, world: World, invoice: str, database: Database
) -> None:
    await credit(staff_key, invoice, amount="3.43")
    await credit(staff_key, invoice)
    assert (await staff_key.get(f"/v1/invoices/{invoice}")).json()["state"] == "void"
    assert await balance(database, world.acme, "receivable:billed") == 0
    assert await balance(database, world.acme, "tax:payable") == 0
    numbers = await rows(database, "select number from invoices where kind = 'credit_note' order by 1")
    assert [row["number"] for row in numbers] == ["BO-CN-000001", "BO-CN-000002"]


async def test_a_line_is_credited_with_its_tax(staff_key: Client, invoice: str) -> None:
    line = (await staff_key.get(f"/v1/invoices/{invoice}")).json()["lines"][2]["id"]
    note = (await credit(staff_key, invoice, lines=[{"line_id": line, "amount": "1.00"}])).json()
    assert (note["subtotal"], note["tax"], note["total"]) == ("1.00", "0.10", "1.10")


@pytest.mark.parametrize("amount", ["7.44", "0", "-1", "0.001"])
async def test_no_more_than_is_open_is_credited(staff_key: Client, invoice: str, amount: str) -> None:
    assert (await credit(staff_key, invoice, amount=amount)).status_code == 422


async def pay(client: Client, invoice: str, amount: str, **body: str) -> httpx.Response:
    facts = {"received_on": "2026-11-20", "reference": "wire 7"}
    return await client.post(f"/v1/invoices/{invoice}/payments", json={"amount": amount, **facts, **body})


async def test_what_was_paid_goes_back_as_credits_under_a_credit_note(
    staff_key: Client, alice: Client, world: World, invoice: str, database: Database
) -> None:
    assert (await pay(staff_key, invoice, "7.43")).status_code == 201
    assert (await credit(staff_key, invoice)).json()["detail"].startswith("amount: nothing is open")
    note = (await credit(staff_key, invoice, amount="3.43")).json()
    assert [note[name] for name in ("total", "tax", "amount_credited", "amount_returned")] == [
        "3.43",
        "0.31",
        "0.00",
        "3.43",
    ]
    after = (await alice.get(f"/v1/invoices/{invoice}")).json()
    named = ("state", "amount_open", "amount_returned", "amount_creditable")
    assert [after[name] for name in named] == ["paid", "0.00", "3.43", "4.00"]
    lots = (await alice.get(f"{world.acme_path}/credits")).json()["items"]
    assert [(lot["kind"], lot["remaining"], lot["reason"]) for lot in lots] == [
        ("purchased", "3.43", "Credit note BO-CN-000001 for invoice BO-000001")
    ]
    assert await balance(database, world.acme, "receivable:billed") == 0
    assert await balance(database, world.acme, "wallet:purchased") == -3_430_000_000
    assert (await credit(staff_key, invoice, amount="4.01")).status_code == 422
    assert (await credit(staff_key, invoice, amount="4.00")).status_code == 201
    assert (await credit(staff_key, invoice, amount="0.01")).status_code == 409
    assert await balance(database, world.acme, "tax:payable") == 0


@pytest.mark.parametrize(
    ("gone", "most"),
    [("refunded_nanos = 5000000000", "2.43"), ("dispute_state = 'lost'", "0.00")],
    ids=["refunded in part", "lost in a dispute"],
)
async def test_what_went_back_at_the_provider_is_not_given_back_again(
    staff_key: Client, invoice: str, database: Database, gone: str, most: str
) -> None:
    await pay(staff_key, invoice, "7.43")
    async with database.begin() as tx:
        await tx.execute(text(f"update payments set {gone}"))
    refused = await credit(staff_key, invoice, amount="7.43")
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith(f"amount: only {most} USD can be credited")
    if most != "0.00":
        assert (await credit(staff_key, invoice, amount=most)).status_code == 201


async def test_a_transfer_of_too_much_becomes_credits_when_that_is_asked_for(
    staff_key: Client, world: World, invoice: str, database: Database
) -> None:
    refused = await pay(staff_key, invoice, "10.00")
    assert (refused.status_code, "credits" in refused.json()["detail"]) == (422, True)
    taken = (await pay(staff_key, invoice, "10.00", excess="credits")).json()
    assert [taken[name] for name in ("amount", "applied", "credited")] == ["10.00", "7.43", "2.57"]
    again = (await pay(staff_key, invoice, "1.00", excess="credits")).json()
    assert [again[name] for name in ("applied", "credited")] == ["0.00", "1.00"]
    assert (await pay(staff_key, invoice, "1.00")).status_code == 409
    assert await balance(database, world.acme, "wallet:purchased") == -3_570_000_000
    assert await balance(database, world.acme, "refunds") == 0
    letters = await rows(
        database, "select subject, text from mails where kind = 'receipt' order by created_at"
    )
    assert [letter["subject"] for letter in letters] == [
        "Receipt for invoice BO-000001: $10.00 paid",
        "Receipt for invoice BO-000001: $1.00 paid",
    ]
    assert "It was $2.57 more than was owed: that is in your credits now." in letters[0]["text"]


async def test_voiding_wants_the_note_delivered_and_collection_told(
    staff_key: Client, invoice: str, database: Database
) -> None:
    answer = await staff_key.post(f"/v1/invoices/{invoice}/void", json={"reason": "wrong client"})
    assert (answer.status_code, answer.json()["state"]) == (201, "void")
    wanted = await rows(database, "select workflow, kind, name from intents order by workflow")
    assert [tuple(intent.values()) for intent in wanted] == [
        ("Collection", "signal", "invoice_changed"),
        ("InvoiceDelivery", "start", ""),
    ]
    assert (await staff_key.post(f"/v1/invoices/{invoice}/void", json={"reason": "again"})).status_code == 409


async def test_clients_correct_nothing(alice: Client, invoice: str) -> None:
    assert (await credit(alice, invoice, amount="1.00")).status_code == 403
