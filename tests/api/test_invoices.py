"""Invoices at the door: the contract's shape, the document, the explanation, corrections; each client its own."""

import csv
import io
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.deliveries import Batch, DeliverySteps
from activities.documents import Printer
from db.engine import Database
from domain.ids import new_id, show
from tests.api.conftest import World
from tests.monthend import balance, close_month, hand_over, one, report, rows
from tests.world import Line, a_price

Client = httpx.AsyncClient


@pytest.fixture
async def held_back(world: World, database: Database) -> str:
    """Acme's invoice for October, not handed over: 2.50 for input, 0.25 for cached input, 4 for output, 10 % tax."""
    await a_price(database)
    async with database.begin() as tx:
        await tx.execute(
            text("insert into tax_rates values (:id, 'US', '', 'Sales tax', 100000, '2026-01-01', now())"),
            {"id": new_id()},
        )
    one_half = Line(world.acme, input_tokens=1_250_000, cached_input_tokens=250_000, output_tokens=250_000)
    other = Line(
        world.acme, id="r2", input_tokens=500_000, cached_input_tokens=250_000, output_tokens=250_000
    )
    await report(database, one_half, other)
    await close_month(database)
    return show("in", await one(database, "select id from invoices"))


@pytest.fixture
async def invoice(held_back: str, database: Database) -> str:
    """The same in Acme's hands."""
    await hand_over(database)
    return held_back


async def told_of(client: Client, invoice: str) -> list[int]:
    """What a client's ways to the invoice answer, and how many lists and logs name it."""
    paths = (f"/v1/invoices/{invoice}{path}" for path in ("", "/explain", "/payments", "/pay"))
    statuses = [(await client.get(path)).status_code for path in paths]
    paid = await client.post(f"/v1/invoices/{invoice}/pay", json={"amount": "1.00"})
    lists = [await client.get(path) for path in ("/v1/invoices", "/v1/audit", "/v1/audit/export")]
    return [*statuses, paid.status_code, *(answer.text.count(invoice) for answer in lists)]


async def test_a_client_learns_nothing_of_an_invoice_before_it_is_handed_over(
    alice: Client, staff_key: Client, held_back: str, database: Database
) -> None:
    assert await told_of(alice, held_back) == [404] * 5 + [0] * 3
    waiting = (await staff_key.get("/v1/invoices?delivered=false")).json()["items"]
    assert [(item["id"], item["delivered_at"]) for item in waiting] == [(held_back, None)]
    await hand_over(database)
    assert await told_of(alice, held_back) == [200] * 4 + [409] + [1] * 3
    assert (await staff_key.get("/v1/invoices?delivered=false")).json()["items"] == []


async def test_what_the_client_was_not_sent_is_not_charged_and_its_credit_note_waits(
    staff_key: Client, held_back: str, database: Database
) -> None:
    charged = await staff_key.post(f"/v1/invoices/{held_back}/pay", json={"amount": "7.43"})
    assert (charged.status_code, "not sent" in charged.json()["detail"]) == (409, True)
    note = (await credit(staff_key, held_back, amount="1.00")).json()["id"]
    assert await one(database, "select count(*) from intents where workflow = 'InvoiceDelivery'") == 0
    assert (await staff_key.post(f"/v1/invoices/{note}/deliveries")).status_code == 409
    await _run(database, "mail_documents", held_back)
    wanted = await rows(database, "select workflow_id from intents where workflow = 'InvoiceDelivery'")
    assert [row["workflow_id"] for row in wanted] == [f"invoice-delivery/{note}"]


async def test_an_invoice_has_the_shape_of_the_contract(alice: Client, invoice: str) -> None:
    shown = (await alice.get(f"/v1/invoices/{invoice}")).json()
    assert (shown["number"], shown["state"], shown["currency"]) == ("BO-000001", "finalized", "USD")
    assert (shown["subtotal"], shown["tax"], shown["total"]) == ("6.75", "0.68", "7.43")
    assert shown["tax_rule"] == {
        "name": "Sales tax",
        "rate": "10",
        "base": "6.75",
        "amount": "0.68",
        "exempt": False,
    }
    facts = ("description", "quantity", "unit", "unit_price", "priced_per", "amount")
    assert [tuple(line[name] for name in facts) for line in shown["lines"]] == [
        ("gpt-5 input tokens", "1250000", "tokens", "2.00", 1_000_000, "2.50"),
        ("gpt-5 cached input tokens", "500000", "tokens", "0.50", 1_000_000, "0.25"),
        ("gpt-5 output tokens", "500000", "tokens", "8.00", 1_000_000, "4.00"),
    ]


async def test_a_stranger_finds_no_such_invoice(charlie: Client, invoice: str) -> None:
    for path in ("", "/pdf", "/explain", "/explain.csv"):
        assert (await charlie.get(f"/v1/invoices/{invoice}{path}")).status_code == 404
    assert (await charlie.get("/v1/invoices")).json()["items"] == []


async def test_lists_are_filtered(staff_key: Client, world: World, invoice: str) -> None:
    found = [
        (await staff_key.get(f"/v1/invoices?{query}")).json()["items"]
        for query in (
            "period=2026-10",
            "period=2026-09",
            "number=BO-000001",
            "state=paid",
            f"organization_id={show('org', world.acme)}",
        )
    ]
    assert [len(items) for items in found] == [1, 0, 1, 0, 1]


async def test_the_document_is_served_by_its_hash(alice: Client, invoice: str, database: Database) -> None:
    assert (await alice.get(f"/v1/invoices/{invoice}/pdf")).status_code == 404
    await _run(database, "render_documents", invoice)
    answer = await alice.get(f"/v1/invoices/{invoice}/pdf")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["content-disposition"] == 'inline; filename="invoice-BO-000001.pdf"'
    again = await alice.get(f"/v1/invoices/{invoice}/pdf", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def _run(database: Database, step: str, invoice: str) -> None:
    steps = DeliverySteps(database, Printer(public_url="http://test", link_secret="secret"))
    await ActivityEnvironment().run(getattr(steps, step), Batch(document_id=invoice[3:]))


async def test_the_explanation_adds_up(alice: Client, invoice: str) -> None:
    told = (await alice.get(f"/v1/invoices/{invoice}/explain")).json()
    proof = told["proof"]
    assert proof["records_equal_lines"]
    assert proof["lines_equal_subtotal"]
    assert proof["postings_equal_amount_due"]
    assert told["lines"][0]["usage"] == {
        "records": 2,
        "input_tokens": 1_750_000,
        "cached_input_tokens": 500_000,
        "output_tokens": 500_000,
        "amount": "6.75",
    }
    assert told["lines"][0]["price_version"]["id"].startswith("price_")
    assert {posting["debit"] for posting in told["postings"]} == {"receivable:billed"}


async def test_a_lines_records_are_paged_with_their_parts(bob: Client, invoice: str) -> None:
    line = (await bob.get(f"/v1/invoices/{invoice}")).json()["lines"][0]["id"]
    first = (await bob.get(f"/v1/invoices/{invoice}/explain?line={line}&limit=1")).json()
    second = (
        await bob.get(f"/v1/invoices/{invoice}/explain?line={line}&cursor={first['next_cursor']}")
    ).json()
    parts = ("id", "amount", "input_amount", "cached_amount", "output_amount")
    assert [tuple(item[name] for name in parts) for item in first["items"] + second["items"]] == [
        ("r1", "4.125", "2.00", "0.125", "2.00"),
        ("r2", "2.625", "0.50", "0.125", "2.00"),
    ]


@pytest.mark.parametrize(("path", "accept"), [("explain", "text/csv"), ("explain.csv", "*/*")])
async def test_every_record_comes_as_csv(alice: Client, invoice: str, path: str, accept: str) -> None:
    answer = await alice.get(f"/v1/invoices/{invoice}/{path}", headers={"Accept": accept})
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["id"], row["lines"], row["amount"]) for row in found] == [
        ("r1", "1 2 3", "4.125"),
        ("r2", "1 2 3", "2.625"),
    ]


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
