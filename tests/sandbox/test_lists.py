"""Lists come in pages, newest first; search finds by metadata."""

import pytest
import stripe

from tests.stripe_sandbox import Sandbox


async def _customers(sandbox: Sandbox, count: int) -> list[str]:
    made = [await sandbox.stripe.v1.customers.create_async({"name": f"Alice {n}"}) for n in range(count)]
    return [customer.id for customer in made]


async def test_paging_walks_everything_once_newest_first(sandbox: Sandbox) -> None:
    made = await _customers(sandbox, 5)
    page = await sandbox.stripe.v1.customers.list_async({"limit": 2})
    assert page.has_more
    assert [customer.id async for customer in page.auto_paging_iter()] == made[::-1]


async def test_a_page_can_be_walked_back(sandbox: Sandbox) -> None:
    made = await _customers(sandbox, 4)
    page = await sandbox.stripe.v1.customers.list_async({"ending_before": made[0], "limit": 2})
    assert [customer.id for customer in page.data] == [made[2], made[1]]


async def test_a_list_is_filtered_by_customer_and_time(sandbox: Sandbox) -> None:
    alice, bob = await _customers(sandbox, 2)
    mine = await sandbox.stripe.v1.payment_intents.create_async(
        {"amount": 100, "currency": "usd", "customer": alice}
    )
    await sandbox.stripe.v1.payment_intents.create_async({"amount": 100, "currency": "usd", "customer": bob})
    found = await sandbox.stripe.v1.payment_intents.list_async(
        {"customer": alice, "created": {"gte": mine.created}}
    )
    none = await sandbox.stripe.v1.payment_intents.list_async({"created": {"gt": mine.created + 60}})
    assert ([intent.id for intent in found.data], none.data) == ([mine.id], [])


async def test_search_finds_by_metadata_and_amount(sandbox: Sandbox) -> None:
    create = sandbox.stripe.v1.payment_intents.create_async
    wanted = await create({"amount": 250, "currency": "usd", "metadata": {"charge_key": "charge:in_1:1"}})
    await create({"amount": 250, "currency": "usd", "metadata": {"charge_key": "charge:in_2:1"}})
    query = "metadata['charge_key']:'charge:in_1:1' AND amount>200"
    found = await sandbox.stripe.v1.payment_intents.search_async({"query": query})
    assert [intent.id for intent in found.data] == [wanted.id]


@pytest.mark.parametrize("limit", [0, 101])
async def test_a_page_has_one_to_a_hundred_entries(sandbox: Sandbox, limit: int) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await sandbox.stripe.v1.customers.list_async({"limit": limit})


async def test_a_query_that_cannot_be_read_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="unable to parse"):
        await sandbox.stripe.v1.payment_intents.search_async({"query": "drop table objects"})
