"""The sandbox refuses what Stripe refuses, and gives nothing the SDK's classes do not describe."""

from typing import Any

import httpx
import pytest
import stripe
from stripe import api_version

from sandbox.calls import ROUTES
from sandbox.params import fields_of, shape_of
from sandbox.resources import SchemaBrokenError, check_resource
from tests.stripe_sandbox import API_KEY, Sandbox


async def _post(sandbox: Sandbox, path: str, form: dict[str, str]) -> httpx.Response:
    return await sandbox.control.post(path, data=form, headers={"authorization": f"Bearer {API_KEY}"})


_AMOUNT = {"amount": "100", "currency": "usd"}
_INTENTS = "/v1/payment_intents"


@pytest.mark.parametrize(
    ("path", "form", "param", "code"),
    [
        ("/v1/customers", {"nam": "Alice"}, "nam", "parameter_unknown"),
        ("/v1/customers", {"address[town]": "Rome"}, "address[town]", "parameter_unknown"),
        (_INTENTS, {"currency": "usd"}, "amount", "parameter_missing"),
        (_INTENTS, _AMOUNT | {"amount": "ten"}, "amount", "parameter_invalid_integer"),
        (_INTENTS, _AMOUNT | {"amount": "10"}, "amount", "amount_too_small"),
        (_INTENTS, _AMOUNT | {"customer": "cus_no"}, "customer", "resource_missing"),
        (_INTENTS, _AMOUNT | {"payment_method_types[]": "card"}, "payment_method_types", "parameter_unknown"),
        (_INTENTS, _AMOUNT | {"transfer_group": "g"}, "transfer_group", "not_simulated"),
    ],
)
async def test_a_wrong_parameter_is_refused_by_name(
    sandbox: Sandbox, path: str, form: dict[str, str], param: str, code: str
) -> None:
    answer = await _post(sandbox, path, form)
    assert answer.status_code == 400
    assert (answer.json()["error"]["param"], answer.json()["error"]["code"]) == (param, code)


async def test_a_value_outside_an_enum_is_refused_although_the_sdk_leaves_it_open(sandbox: Sandbox) -> None:
    form = {"amount": "100", "currency": "usd", "capture_method": "tomorrow"}
    answer = await _post(sandbox, "/v1/payment_intents", form)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Invalid capture_method: must be one of automatic")


async def test_an_empty_text_unsets_a_field(sandbox: Sandbox) -> None:
    made = await _post(sandbox, "/v1/customers", {"name": "Alice", "metadata[a]": "1", "metadata[b]": "2"})
    form = {"name": "", "metadata[a]": ""}
    answer = await _post(sandbox, f"/v1/customers/{made.json()['id']}", form)
    assert (answer.json()["name"], answer.json()["metadata"]) == (None, {"b": "2"})


async def test_an_unknown_address_is_404_and_a_missing_object_says_which(sandbox: Sandbox) -> None:
    headers = {"authorization": f"Bearer {API_KEY}"}
    unknown = await sandbox.control.get("/v1/unicorns", headers=headers)
    missing = await sandbox.control.get("/v1/charges/ch_no", headers=headers)
    assert unknown.json()["error"]["message"].startswith("Unrecognized request URL (GET: /v1/unicorns)")
    assert (missing.status_code, missing.json()["error"]["message"]) == (404, "No such charge: 'ch_no'")


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer sk_live_real"}])
async def test_only_test_keys_are_taken(sandbox: Sandbox, header: dict[str, str]) -> None:
    assert (await sandbox.control.get("/v1/customers", headers=header)).status_code == 401


async def test_another_api_version_is_refused(sandbox: Sandbox) -> None:
    headers = {"authorization": f"Bearer {API_KEY}", "stripe-version": "2020-08-27"}
    answer = await sandbox.control.get("/v1/customers", headers=headers)
    assert api_version in answer.json()["error"]["message"]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.template}")
def test_every_route_simulates_only_parameters_the_sdk_knows(route: Any) -> None:
    assert set(route.honours.split()) <= fields_of(shape_of(route.shape)).keys()


@pytest.mark.parametrize(
    "change",
    [{"status": "dead"}, {"amount": "12"}, {"colour": "red"}, {"latest_charge": {"object": "customer"}}],
)
async def test_an_object_the_sdk_does_not_describe_never_leaves(
    sandbox: Sandbox, change: dict[str, Any]
) -> None:
    intent = await sandbox.stripe.v1.payment_intents.create_async({"amount": 100, "currency": "usd"})
    facts = intent.to_dict()
    assert check_resource(facts) == facts
    with pytest.raises(SchemaBrokenError):
        check_resource({**facts, **change})


async def test_what_the_sdk_cannot_expand_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        await sandbox.stripe.v1.payment_intents.create_async(
            {"amount": 100, "currency": "usd", "expand": ["amount"]}
        )
