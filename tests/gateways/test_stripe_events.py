"""Events are believed only when a known secret signed their raw body, lately."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe import WebhookSignature

from gateways.errors import Refused
from gateways.stripe import parse_event
from tests.stripe_sandbox import SECRET, charging, running_sandbox

_NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_BODY = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "charge.refunded",
        "created": 1_795_000_000,
        "data": {
            "object": {
                "id": "ch_1",
                "object": "charge",
                "payment_intent": "pi_1",
                "customer": "cus_1",
                "metadata": {"invoice_id": "in_1"},
            }
        },
    }
)


def _signed(body: str = _BODY, secret: str = SECRET, at: datetime = _NOW) -> str:
    return WebhookSignature.generate_signature_header(body, secret, int(at.timestamp()))


def _refusal(payload: bytes, signature: str, secrets: list[str]) -> str:
    with pytest.raises(Refused) as caught:
        parse_event(payload, signature, secrets, _NOW)
    return caught.value.code


def test_a_signed_event_says_what_it_is_about() -> None:
    event = parse_event(_BODY.encode(), _signed(), [SECRET], _NOW)
    assert (event.id, event.type, event.object_kind, event.object_id) == (
        "evt_1",
        "charge.refunded",
        "charge",
        "ch_1",
    )
    assert (event.intent_id, event.charge_id, event.customer_id) == ("pi_1", "ch_1", "cus_1")
    assert event.metadata == {"invoice_id": "in_1"}


def test_a_card_that_was_detached_names_the_customer_it_was_taken_from() -> None:
    told = json.loads(_BODY) | {"type": "payment_method.detached"}
    told["data"] = {
        "object": {"id": "pm_1", "object": "payment_method", "customer": None},
        "previous_attributes": {"customer": "cus_1"},
    }
    body = json.dumps(told)
    event = parse_event(body.encode(), _signed(body), [SECRET], _NOW)
    assert (event.object_id, event.customer_id) == ("pm_1", "cus_1")


def test_any_of_several_secrets_may_have_signed() -> None:
    assert parse_event(_BODY.encode(), _signed(secret="whsec_old"), [SECRET, "whsec_old"], _NOW).id == "evt_1"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_far_from_now_is_refused(minutes: int) -> None:
    signature = _signed(at=_NOW + timedelta(minutes=minutes))
    assert _refusal(_BODY.encode(), signature, [SECRET]) == "bad_signature"


@pytest.mark.parametrize(
    "signature", ["", "t=1", "nonsense", f"t={int(_NOW.timestamp())},v1=00", "t=x,v1=00"]
)
def test_a_header_that_proves_nothing_is_refused(signature: str) -> None:
    assert _refusal(_BODY.encode(), signature, [SECRET]) == "bad_signature"


@pytest.mark.parametrize("secrets", [[], ["whsec_of_another"], [""]])
def test_an_unknown_secret_is_refused(secrets: list[str]) -> None:
    assert _refusal(_BODY.encode(), _signed(), secrets) == "bad_signature"


@given(st.integers(min_value=0, max_value=len(_BODY) - 1))
def test_a_body_changed_anywhere_is_refused(position: int) -> None:
    changed = bytearray(_BODY.encode())
    changed[position] ^= 1
    assert _refusal(bytes(changed), _signed(), [SECRET]) == "bad_signature"


@pytest.mark.parametrize("body", ["{}", "[]", "null", '{"data": 1}', "not json"])
def test_a_signed_body_that_is_no_event_is_refused(body: str) -> None:
    assert _refusal(body.encode(), _signed(body), [SECRET]) == "bad_event"


def test_a_body_that_is_no_text_is_refused() -> None:
    assert _refusal(b"\xff\xfe", _signed(), [SECRET]) == "bad_event"


async def test_what_the_sandbox_delivers_is_believed(tmp_path: Path) -> None:
    async with running_sandbox(str(tmp_path / "s.sqlite")) as sandbox:
        intent = await sandbox.stripe.v1.payment_intents.create_async(charging())
        deliveries = await sandbox.listener.until(3)
    events = [parse_event(body, signature, [SECRET], datetime.now(UTC)) for body, signature in deliveries]
    assert {event.intent_id for event in events} == {intent.id}
    assert "payment_intent.succeeded" in {event.type for event in events}
