"""The audit log and the proofs of the books."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from api.pages.subjects import page_of
from db import ledger_seals, proof_findings
from domain.ids import show
from domain.proof import Finding
from tests.pages.conftest import Console, Seen
from tests.pages.month import Month


async def test_the_audit_log_is_filtered_and_says_what_changed(
    tab: Page, console: Console, seen: Seen
) -> None:
    await seen(tab, "/console/audit")
    await tab.get_by_label("Act", exact=True).fill("session.start")
    await tab.get_by_label("Act", exact=True).press("Enter")
    await expect(tab.locator("#rows tbody tr").first).to_contain_text("session.start")
    await expect(tab.locator("#rows")).not_to_contain_text("organization.create")


async def test_the_chain_is_verified(tab: Page) -> None:
    await tab.goto("/console/audit")
    await tab.get_by_role("button", name="Verify the chain").click()
    await expect(tab.locator("#verified")).to_contain_text("The chain holds")


async def test_the_log_is_exported(tab: Page) -> None:
    await tab.goto("/console/audit")
    async with tab.expect_download() as download:
        await tab.get_by_role("link", name="CSV").click()
    assert (await download.value).suggested_filename == "audit.csv"


async def test_proofs_say_what_does_not_hold_and_run_now(tab: Page, console: Console, seen: Seen) -> None:
    finding = Finding(
        proof="wallets",
        kind="break",
        subject_id=show("org", console.world.acme),
        organization_id=console.world.acme,
        detail="The wallet says 25.00 USD, its postings 24.00 USD",
    )
    async with console.database.begin() as tx:
        await proof_findings.record(tx, [finding], now=datetime.now(UTC))
    await seen(tab, "/console/proofs")
    await expect(tab.locator("#rows")).to_contain_text("its postings 24.00 USD")
    await tab.get_by_role("button", name="Prove everything now").click()
    await expect(tab.get_by_text("The proofs run; this is their process.")).to_be_visible()


async def test_sealed_days_lead_to_their_entries_in_the_log(
    tab: Page, console: Console, month: Month, seen: Seen
) -> None:
    later = datetime.now(UTC) + timedelta(days=2)
    async with console.database.begin() as tx:
        sealed = await ledger_seals.seal_next(tx, now=later)
    assert sealed is not None
    await tab.goto("/console/proofs")
    await tab.get_by_role("link", name="Sealed days").click()
    await expect(tab.locator("#rows")).to_contain_text(str(sealed.postings))
    await seen(tab, name="ledger-seals")
    await tab.get_by_role("link", name=str(sealed.day)).click()
    await expect(tab.get_by_label("Act", exact=True)).to_have_value("ledger.seal")


@pytest.mark.parametrize(
    ("subject", "path"),
    [
        ("in_1", "/console/invoices/in_1"),
        ("cn_1", "/console/invoices/cn_1"),
        ("run_1", "/console/billing-runs/run_1"),
        ("billing/Asia/Tokyo", "/console/schedules"),
        ("ledger/2026-11-17", "/console/ledger-seals"),
        ("inv_1", None),
        ("", None),
    ],
)
def test_what_a_finding_is_about_has_its_page(subject: str, path: str | None) -> None:
    assert page_of(subject) == path
