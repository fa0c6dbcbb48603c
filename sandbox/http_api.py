"""The HTTP side of the API: keys, version, form bodies in; JSON and Stripe's headers out."""

import asyncio
import base64
import contextlib
import json

from starlette.requests import Request
from starlette.responses import Response
from stripe import api_version

from sandbox.account import Account
from sandbox.calls import Answer, answer_call
from sandbox.errors import StripeError, invalid, unauthenticated
from sandbox.forms import parse_form
from sandbox.identifiers import new_id
from sandbox.store import Store

_LONGEST_SILENCE_SECONDS = 120


async def serve_api(request: Request) -> Response:
    """Answer one call under `/v1`."""
    store: Store = request.app.state.store
    account = Account(
        store,
        str(request.base_url).rstrip("/"),
        request_id=new_id("req"),
        idempotency_key=request.headers.get("idempotency-key"),
    )
    try:
        _require_key(request.headers.get("authorization", ""))
        _require_version(request.headers.get("stripe-version", api_version))
        raw = parse_form(await _parameters(request))
    except StripeError as error:
        return _respond(account, Answer(error.status, error.body()))
    answer = answer_call(account, request.method, request.url.path, raw)
    if answer.silent:
        await _stay_silent(request)
    return _respond(account, answer)


async def _parameters(request: Request) -> str:
    if request.method == "POST":
        return (await request.body()).decode()
    return request.url.query


def _require_key(header: str) -> None:
    scheme, _, value = header.partition(" ")
    key = base64.b64decode(value).decode().partition(":")[0] if scheme == "Basic" else value
    if not key:
        raise unauthenticated("You did not provide an API key. Use `Authorization: Bearer sk_test_…`.")
    if not key.startswith(("sk_test_", "rk_test_")):
        raise unauthenticated(
            f"Invalid API Key provided: {key[:8]}***. The sandbox takes test keys, sk_test_…."
        )


def _require_version(version: str) -> None:
    if version != api_version:
        raise invalid(f"This sandbox speaks API version {api_version}, not {version}.")


async def _stay_silent(request: Request) -> None:
    """Wait until the caller gives up."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LONGEST_SILENCE_SECONDS):
            while (await request.receive())["type"] != "http.disconnect":
                continue


def _respond(account: Account, answer: Answer) -> Response:
    headers = {"request-id": account.request_id or "", "stripe-version": api_version}
    if account.idempotency_key:
        headers["idempotency-key"] = account.idempotency_key
    if answer.replayed:
        headers["idempotent-replayed"] = "true"
    if answer.status == 429:
        headers["retry-after"] = "1"
    body = json.dumps(answer.body, indent=2)
    return Response(body, answer.status, headers, media_type="application/json")
