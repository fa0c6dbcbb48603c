"""Invoices at the door: the contract's shape, the document, the explanation; each client its own."""

import csv
import io

import httpx
import pytest
from temporalio.testing import ActivityEnvironment

from activities.deliveries import Batch, DeliverySteps
from activities.documents import Printer
from db.engine import Database
from domain.ids import show
from tests.api.conftest import World
from tests.monthend import hand_over, one, rows

Client = httpx.AsyncClient


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
    wrong = {"reason": "down on the 12th", "amount": "1.00"}
    note = (await staff_key.post(f"/v1/invoices/{held_back}/credit-notes", json=wrong)).json()["id"]
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
