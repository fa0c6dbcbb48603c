"""Events reach whoever listens: signed, again until accepted, and on demand repeated, late or in disorder."""

import asyncio
import json

import pytest
import stripe

from sandbox import deliveries
from tests.stripe_sandbox import SECRET, Sandbox, charging


def _types(deliveries: list[tuple[bytes, str]]) -> list[str]:
    return [json.loads(body)["type"] for body, _ in deliveries]


async def test_every_delivery_is_signed_over_its_raw_body(sandbox: Sandbox) -> None:
    customer = await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    ((body, signature),) = await sandbox.listener.until(1)
    event = stripe.Webhook.construct_event(body, signature, SECRET, api_key="sk_test_x")
    assert (event.type, event.data.object["id"]) == ("customer.created", customer.id)


async def test_a_delivery_that_is_not_accepted_comes_again(sandbox: Sandbox) -> None:
    sandbox.listener.statuses = [500]
    await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    first, second = await sandbox.listener.until(2)
    assert first[0] == second[0]


async def test_an_event_may_be_delivered_more_than_once(sandbox: Sandbox) -> None:
    await sandbox.do("deliveries", repeat=3)
    await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    assert len({body for body, _ in await sandbox.listener.until(3)}) == 1


async def test_events_may_come_in_disorder(sandbox: Sandbox) -> None:
    await sandbox.do("deliveries", paused=True)
    customer, method = await sandbox.saved()
    await sandbox.do("deliver", order="reversed")
    assert _types(sandbox.listener.received) == ["payment_method.attached", "customer.created"]
    assert customer != method


async def test_events_held_back_come_when_released(sandbox: Sandbox) -> None:
    await sandbox.do("deliveries", paused=True)
    await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    waiting = (await sandbox.control.get("/sandbox/control/state")).json()["deliveries_pending"]
    assert (waiting, sandbox.listener.received) == (1, [])
    await sandbox.do("deliveries", paused=False)
    await sandbox.listener.until(1)


async def test_delayed_events_are_not_due_yet(sandbox: Sandbox) -> None:
    await sandbox.do("deliveries", delay_seconds=3600)
    await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    assert (await sandbox.do("deliver"))["attempted"] == 1
    assert _types(await sandbox.listener.until(1)) == ["customer.created"]


async def test_an_old_event_can_be_delivered_again(sandbox: Sandbox) -> None:
    await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    ((first, _),) = await sandbox.listener.until(1)
    assert await sandbox.do("redeliver", event=json.loads(first)["id"]) == {"queued": 1}
    assert (await sandbox.listener.until(2))[1][0] == first


async def test_an_endpoint_hears_only_what_it_listens_to(sandbox: Sandbox) -> None:
    endpoint = await sandbox.stripe.v1.webhook_endpoints.create_async(
        {"url": f"{sandbox.url}/nowhere", "enabled_events": ["charge.succeeded"]}
    )
    assert endpoint.secret
    assert endpoint.secret.startswith("whsec_")
    await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    rows = (await sandbox.control.get("/sandbox/control/deliveries")).json()["items"]
    assert [row["endpoint"] for row in rows] == ["we_default"]


async def test_a_payment_tells_its_story_in_events(sandbox: Sandbox) -> None:
    await sandbox.stripe.v1.payment_intents.create_async({**charging(), "capture_method": "automatic"})
    events = await sandbox.stripe.v1.events.list_async({"limit": 3})
    assert [event.type for event in events.data] == [
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]


async def test_an_endpoint_can_be_moved_disabled_and_deleted(sandbox: Sandbox) -> None:
    endpoints = sandbox.stripe.v1.webhook_endpoints
    made = await endpoints.create_async({"url": f"{sandbox.url}/a", "enabled_events": ["*"]})
    moved = await endpoints.update_async(made.id, {"url": f"{sandbox.url}/b", "disabled": True})
    await endpoints.delete_async(made.id)
    assert (moved.url, moved.status) == (f"{sandbox.url}/b", "disabled")
    assert [endpoint.id for endpoint in (await endpoints.list_async()).data] == ["we_default"]


async def test_an_address_that_is_none_holds_nothing_up(sandbox: Sandbox) -> None:
    for url in ("http://[nowhere", "https://a..b:x"):
        await sandbox.stripe.v1.webhook_endpoints.create_async({"url": url, "enabled_events": ["*"]})
    await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    await sandbox.listener.until(1)
    await sandbox.stripe.v1.customers.create_async({"name": "Bob"})
    assert _types(await sandbox.listener.until(2)) == ["customer.created"] * 2


async def test_a_round_that_fails_is_not_the_last(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = asyncio.Event()

    def fail(_account: object) -> int:
        monkeypatch.undo()
        failed.set()
        raise KeyError("gone")

    monkeypatch.setattr(deliveries, "run_due_jobs", fail)
    await failed.wait()
    await sandbox.stripe.v1.customers.create_async({"name": "Alice"})
    assert len(await sandbox.listener.until(1)) == 1
