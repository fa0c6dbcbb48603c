"""Steps of collection, run twice, equal run once."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.collection import LetterOrder
from activities.paying import give_up
from activities.payments import ChargeOrder
from domain.audit import SYSTEM
from domain.errors import WrongState
from tests.collecting import House
from tests.owed import NOW, invoice

WORDS = {
    "instructions": "card_needed",
    "reminder": "payment_reminder",
    "dunning": "payment_reminder",
    "final_notice": "final_notice",
}


async def actions(house: House) -> list[str]:
    return [action for (action,) in await house.rows("select action from audit order by sequence")]


async def test_an_invoice_becomes_past_due_once(house: House) -> None:
    owed = await invoice(house.database)
    for _ in range(2):
        await house.collection.mark_past_due(owed.shown)
    assert (await house.receivable(owed)).state == "past_due"
    assert await actions(house) == ["invoice.past_due"]


@pytest.mark.parametrize("kind", WORDS)
async def test_a_letter_is_written_once_for_its_reason(house: House, kind: str) -> None:
    owed = await invoice(house.database)
    order = LetterOrder.model_validate({"invoice_id": owed.shown, "kind": kind, "number": 1, "letters": 3})
    for _ in range(2):
        await house.collection.send_letter(order)
    assert await house.letters() == [WORDS[kind]]


async def test_a_letter_about_a_failed_charge_says_when_the_card_is_asked_again(house: House) -> None:
    owed = await invoice(house.database)
    await house.save_card(owed.organization_id, "pm_card_chargeCustomerFail")
    seen = await house.charge(owed)
    again = datetime(2026, 11, 24, 9, tzinfo=UTC)
    order = LetterOrder(
        invoice_id=owed.shown, kind="payment_failed", payment_id=seen.payment_id, next_attempt_at=again
    )
    for _ in range(2):
        await house.collection.send_letter(order)
    ((text, recipient),) = await house.rows("select text, recipient from mails")
    assert recipient == "alice@example.com"
    assert "November 24, 2026" in text
    assert "https://backoffice.example/pay/" in text


async def test_no_letter_asks_for_money_that_is_not_owed_any_more(house: House) -> None:
    owed = await invoice(house.database)
    await house.change("update invoices set state = 'void' where id = :i", i=owed.invoice_id)
    await house.collection.send_letter(LetterOrder(invoice_id=owed.shown, kind="final_notice"))
    assert await house.letters() == []


async def test_the_standing_names_cards_that_were_refused_for_good(house: House) -> None:
    owed = await invoice(house.database)
    card = await house.save_card(owed.organization_id)
    await house.change_card(card, "lost_card")
    await house.charge(owed)
    standing = await house.collection.read_standing(owed.shown)
    assert (standing.refused_cards, standing.chargeable, standing.next_number) == ((card,), False, 2)
    assert standing.due_at == datetime(2026, 11, 17, tzinfo=UTC)


async def test_the_due_day_ends_in_the_clients_zone(house: House) -> None:
    owed = await invoice(house.database)
    await house.change("update organizations set time_zone = 'Asia/Tokyo'")
    standing = await house.collection.read_standing(owed.shown)
    assert standing.due_at == datetime(2026, 11, 17, tzinfo=UTC) - timedelta(hours=9)


async def test_an_invoice_given_up_is_given_up_once_and_still_takes_money(house: House) -> None:
    owed = await invoice(house.database)
    async with house.database.begin() as tx:
        after = await give_up(tx, invoice_id=owed.invoice_id, reason="insolvent", actor=SYSTEM, now=NOW)
        assert (after.state, after.takes_nanos) == ("uncollectible", after.outstanding_nanos)
        with pytest.raises(WrongState):
            await give_up(tx, invoice_id=owed.invoice_id, reason="again", actor=SYSTEM, now=NOW)
    assert await house.books(owed) == [("bad_debts", "receivable:billed", 12_000)]


async def test_an_invoice_is_not_given_up_while_its_card_is_charged(house: House) -> None:
    owed = await invoice(house.database)
    await house.save_card(owed.organization_id)
    await house.payments.begin_charge(ChargeOrder(invoice_id=owed.shown, number=1))
    async with house.database.begin() as tx:
        with pytest.raises(WrongState, match="under way"):
            await give_up(tx, invoice_id=owed.invoice_id, reason="insolvent", actor=SYSTEM, now=NOW)
