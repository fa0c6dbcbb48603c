"""The outbox and the webhook inbox: seen, sent again, handled again."""

from datetime import UTC, datetime, timedelta

import pytest_asyncio
from playwright.async_api import Page, expect

from db import mails, webhooks
from domain.ids import show
from domain.webhook import Arrival
from tests.pages.conftest import Console, Seen

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LETTER = (
    "<html lang='en'><body><h1>Invoice BO-7</h1><p>Please pay 12.34 USD.</p>"
    "<script>parent.document.title='taken'</script><img src='https://tracker.example/x.png' alt=''></body></html>"
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mail(console: Console) -> str:
    """A mail that came back, after one that arrived."""
    async with console.database.begin() as tx:
        for number, state in ((6, "delivered"), (7, "bounced")):
            made = await mails.queue(
                tx,
                key=f"invoice:{number}",
                kind="invoice",
                organization_id=console.world.acme,
                subject_id=f"in_{number:032x}",
                recipient="billing@acme.example",
                subject=f"Invoice BO-{number} from Backoffice",
                text=f"Invoice BO-{number}\n\nPlease pay 12.34 USD.",
                html=LETTER,
                attachments=[{"invoice_id": f"in_{number:032x}", "name": f"BO-{number}.pdf"}],
                now=NOW,
            )
            await mails.mark_sent(tx, mail_id=made, transport="smtp", message_id=f"<{number}@bo>", now=NOW)
            await mails.set_state(
                tx, mail_id=made, state=state, error="550 no such mailbox" if number == 7 else ""
            )
    return show("mail", made)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def event(console: Console) -> str:
    """A parked event, after many that were handled."""
    arrivals = [arrival(number) for number in range(60)]
    async with console.database.begin() as tx:
        ids = await webhooks.store(tx, arrivals, now=NOW)
        for webhook_id in ids[:-1]:
            await webhooks.finish(tx, webhook_id=webhook_id, state="handled", now=NOW)
        await webhooks.finish(
            tx, webhook_id=ids[-1], state="parked", now=NOW, note="NotFound: There is no such payment"
        )
    return show("evt", ids[-1])


def arrival(number: int) -> Arrival:
    body = f'{{"id": "evt_{number}", "type": "charge.succeeded", "data": {{"object": {{"amount": 1234}}}}}}'
    return Arrival(
        source="stripe",
        event_id=f"evt_{number}",
        kind="charge.succeeded",
        object_id=f"ch_3Q{number:024d}",
        occurred_at=NOW + timedelta(seconds=number),
        body=body.encode(),
    )


async def test_mails_are_listed_with_what_became_of_them(tab: Page, mail: str, seen: Seen) -> None:
    await seen(tab, "/console/outbox")
    await tab.get_by_label("State").select_option("bounced")
    await expect(tab.locator("#rows tbody tr")).to_have_count(1)
    await expect(tab.locator("#rows")).to_contain_text("550 no such mailbox")


async def test_a_mail_is_shown_as_its_reader_sees_it_and_nothing_in_it_runs(
    nobody: Page, console: Console, mail: str, seen: Seen
) -> None:
    tab = await nobody.context.new_page()  # its own complaints, that a script was stopped, are what is wanted
    await nobody.context.request.post(
        "/v1/sessions", data={"email": "stella@example.com", "password": "correct horse battery staple"}
    )
    await seen(tab, f"/console/outbox/{mail}", name="mail")
    letter = tab.frame_locator("iframe")
    await expect(letter.get_by_role("heading", name="Invoice BO-7")).to_be_visible()
    assert await tab.title() == "Invoice BO-7 from Backoffice · Backoffice"


async def test_a_copy_of_a_mail_is_sent(nobody: Page, console: Console, mail: str) -> None:
    tab = await nobody.context.new_page()
    await nobody.context.request.post(
        "/v1/sessions", data={"email": "stella@example.com", "password": "correct horse battery staple"}
    )
    await tab.goto(f"/console/outbox/{mail}")
    await tab.get_by_role("button", name="Send a copy").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Send a copy").click()
    await expect(tab.get_by_text("A copy is on its way to billing@acme.example")).to_be_visible()


async def test_events_are_listed_in_pages_and_parked_ones_replayed(tab: Page, event: str, seen: Seen) -> None:
    await seen(tab, "/console/webhooks")
    await tab.get_by_role("link", name="Next page").click()
    await expect(tab.get_by_role("link", name="To the beginning")).to_be_visible()
    await tab.goto("/console/webhooks?state=parked")
    await tab.get_by_role("link", name="charge.succeeded").first.click()
    await seen(tab, name="webhook")
    await expect(tab.get_by_text('"amount": 1234')).to_be_visible()
    await tab.get_by_role("button", name="Handle it again").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Handle it again").click()
    await expect(tab.get_by_text("The event is handled again.")).to_be_visible()
