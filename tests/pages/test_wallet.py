"""The wallet: gifts and purchases ask first, happen once, and stand on the statement."""

from playwright.async_api import Page, expect

from domain.ids import show
from tests.pages.conftest import Console, Seen
from tests.pages.month import Month


def wallet_of(console: Console) -> str:
    return f"/console/organizations/{show('org', console.world.borealis)}/wallet"


async def fill_gift(tab: Page, amount: str) -> None:
    form = tab.locator("form.act", has=tab.get_by_role("button", name="Give credits"))
    await form.get_by_label("Amount in USD").fill(amount)
    await form.get_by_label("Reason").fill("Welcome credits")
    await form.get_by_role("button", name="Give credits").click()


async def test_a_gift_asks_with_its_amount_and_stands_on_the_statement(tab: Page, console: Console) -> None:
    await tab.goto(wallet_of(console))
    await fill_gift(tab, "25.00")
    await expect(tab.get_by_role("dialog")).to_contain_text("Give 25.00 USD to Borealis Health?")
    await tab.get_by_role("dialog").get_by_role("button", name="Give credits").click()
    await expect(tab.get_by_text("25.00 given.")).to_be_visible()
    await expect(tab.locator("#rows")).to_contain_text("gift")


async def test_a_gift_that_is_not_confirmed_is_not_given(tab: Page, console: Console) -> None:
    await tab.goto(wallet_of(console))
    await fill_gift(tab, "7777.00")
    await tab.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await tab.goto(wallet_of(console))
    await expect(tab.get_by_text("7,777.00")).to_have_count(0)


async def test_a_form_sent_twice_gives_once(tab: Page, console: Console) -> None:
    await tab.goto(wallet_of(console))
    form = tab.locator("form[action$='/gifts']")
    fields = {name: await form.locator(f"[name={name}]").input_value() for name in ("csrf_token", "once")}
    given: dict[str, str | float | bool] = {**fields, "amount": "3.21", "reason": "once"}
    for _ in range(2):
        answer = await tab.context.request.post(f"{wallet_of(console)}/gifts", form=given)
        assert answer.ok
    await tab.goto(wallet_of(console))
    await expect(tab.get_by_role("region", name="Credit lots").get_by_text("once")).to_have_count(1)


async def test_an_impossible_amount_is_refused_beside_the_form(tab: Page, console: Console) -> None:
    await tab.goto(wallet_of(console))
    await fill_gift(tab, "a lot")
    await tab.get_by_role("dialog").get_by_role("button", name="Give credits").click()
    await expect(tab.get_by_role("alert")).to_contain_text("'a lot' is not an amount")


async def test_a_purchase_is_recorded(tab: Page, console: Console) -> None:
    await tab.goto(wallet_of(console))
    form = tab.locator("form.act", has=tab.get_by_role("button", name="Record the purchase"))
    await form.get_by_label("Amount in USD").fill("500")
    await form.get_by_label("Reference").fill("Wire 1")
    await form.get_by_role("button", name="Record the purchase").click()
    await tab.get_by_role("dialog").get_by_role("button", name="Record the purchase").click()
    await expect(tab.get_by_text("500.00 of purchased credits recorded.")).to_be_visible()


async def test_the_wallet_of_a_prepaying_client(tab: Page, month: Month, seen: Seen) -> None:
    await seen(tab, f"/console/organizations/{show('org', month.ember)}/wallet", name="wallet")
    await expect(tab.get_by_role("link", name="Statement as CSV")).to_be_visible()
