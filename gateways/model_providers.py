"""Asks a provider of models whether it accepts a key, and takes nothing else from it.

What is read is cheap and changes nothing. Redirects are not followed: the key would go along. In staging and
production only public addresses are asked, and the very one that was checked (`gateways/outward.py`).
"""

import asyncio
import json
from functools import cached_property
from http import HTTPStatus
from typing import Any, cast

import httpx

from domain.model_provider import ModelProvider
from domain.provider_credential import Finding
from gateways.errors import Refused, Unavailable
from gateways.outward import Outward, anywhere

_LONGEST_SECONDS = 10.0
_LARGEST_ANSWER = 2 * 1024 * 1024
_LARGEST_FAULT = 16 * 1024
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "Backoffice readiness check",
}
# How providers say in an answer 400 that the key is the fault: Google's and xAI's way.
_KEY_FAULTS = (b"api_key_invalid", b"api key not valid", b"incorrect api key", b"invalid api key")
_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class ModelProviders:
    """Asks, one request for each look; `strict` outside development. It keeps no cookies and no connections."""

    def __init__(self, *, strict: bool, longest_seconds: float = _LONGEST_SECONDS) -> None:
        self._strict = strict
        self._longest_seconds = longest_seconds

    @cached_property
    def _transport(self) -> httpx.AsyncBaseTransport:
        """The way out, opened when it is needed first: reading the certificates takes a while."""
        return Outward() if self._strict else anywhere()

    async def close(self) -> None:
        """Closes what is open."""
        await self._transport.aclose()

    async def look(self, provider: ModelProvider, *, base_url: str, secret: str) -> Finding:
        """What the provider makes of the key; never raises for what the other side does."""
        try:
            url = httpx.URL(f"{base_url}/{provider.look}")
        except httpx.InvalidURL:
            return Finding("unreachable", "The base URL is no address that can be asked; correct it")
        try:
            async with asyncio.timeout(self._longest_seconds):
                return await self._asked(url, provider.headers_for(secret))
        except (TimeoutError, httpx.TimeoutException):
            late = f"{url.host} did not answer within {self._longest_seconds:g} seconds"
            return Finding("unreachable", late)
        except httpx.HTTPError as error:
            return Finding("unreachable", f"{url.host} cannot be reached ({type(error).__name__})")
        except (Refused, Unavailable) as fault:
            return Finding("unreachable", fault.detail)

    async def _asked(self, url: httpx.URL, headers: dict[str, str]) -> Finding:
        """What one request shows."""
        whole = self._longest_seconds
        # A name, a connection and its encryption have to end by themselves before the whole is cut off: httpcore closes
        # the socket of a handshake that fails, not of one that is cancelled.
        seconds = {"connect": whole / 3, "read": whole, "write": whole, "pool": whole}
        request = httpx.Request("GET", url, headers=_HEADERS | headers, extensions={"timeout": seconds})
        answer = await self._transport.handle_async_request(request)
        try:
            return await _judged(url, answer)
        finally:
            await answer.aclose()


async def _judged(url: httpx.URL, answer: httpx.Response) -> Finding:
    """What an answer says of the key."""
    status = answer.status_code
    if status == HTTPStatus.OK:
        return _list_found(url, await _limited(answer, _LARGEST_ANSWER))
    if status in _REFUSED or (status == HTTPStatus.BAD_REQUEST and await _blames_the_key(answer)):
        return Finding("refused", f"{url.host} does not accept the key (it answers {status})")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Finding("limited", f"{url.host} takes no more requests with this key at the moment (429)")
    if status == HTTPStatus.PAYMENT_REQUIRED:
        return Finding("limited", f"{url.host} says that the account behind this key has no credit (402)")
    return Finding("unreachable", _otherwise(url, status))


def _otherwise(url: httpx.URL, status: int) -> str:
    """What an answer means that says nothing of the key."""
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return (
            f"{url.host} leads elsewhere ({status}), where the key is not sent; enter the address it leads to"
        )
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return f"{url.host} has nothing at {url.path[:120]} ({status}); check the base URL"
    return f"{url.host} answers {status}; try again later"


def _list_found(url: httpx.URL, body: bytes | None) -> Finding:
    """Whether the answer is what a provider tells to a key that it accepts."""
    if body is None:
        return Finding(
            "unreachable", f"{url.host} answers with more than any list of models; check the base URL"
        )
    told = _json(body)
    if told is None:
        return Finding("unreachable", f"{url.host} answers something else than JSON; check the base URL")
    models = _models_in(told)
    return Finding("ready", f"lists {models} model{'' if models == 1 else 's'}" if models else "")


def _json(body: bytes) -> dict[str, Any] | list[Any] | None:
    """The object or list that a body is, else None."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any] | list[Any]", told) if isinstance(told, (dict, list)) else None


def _models_in(told: dict[str, Any] | list[Any]) -> int:
    """How many models an answer names, as far as it is a list."""
    if isinstance(told, list):
        return len(told)
    listed = told.get("data", told.get("models"))
    return len(cast("list[Any]", listed)) if isinstance(listed, list) else 0


async def _blames_the_key(answer: httpx.Response) -> bool:
    """Whether an answer 400 says that the key is the fault."""
    body = await _limited(answer, _LARGEST_FAULT)
    return body is not None and any(fault in body.lower() for fault in _KEY_FAULTS)


async def _limited(answer: httpx.Response, most: int) -> bytes | None:
    """The body as it was sent, or None when it is longer than that."""
    found = bytearray()
    async for chunk in answer.aiter_raw():
        found += chunk
        if len(found) > most:
            return None
    return bytes(found)
