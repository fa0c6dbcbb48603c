"""The product's own API, as the demo's client program uses it."""

from typing import Any

import httpx


class DoorClosed(Exception):
    """The API refused something the story relies on."""


class Door:
    """Calls the API with the administrator's key; a refusal ends the story with its reason."""

    def __init__(self, api_url: str, api_key: str) -> None:
        headers = {"Authorization": f"Bearer {api_key}"}
        self._client = httpx.AsyncClient(base_url=api_url, headers=headers, timeout=60)

    async def get(self, path: str, **query: str | int) -> Any:
        """The answer to a question."""
        return await self._call("GET", path, params=query)

    async def post(self, path: str, body: Any, *, key: str = "") -> Any:
        """The answer to an act; `key` makes repeating it harmless."""
        headers = {"Idempotency-Key": key} if key else {}
        return await self._call("POST", path, json=body, headers=headers)

    async def patch(self, path: str, body: Any) -> Any:
        """The answer to a setting."""
        return await self._call("PATCH", path, json=body)

    async def _call(self, method: str, path: str, **facts: Any) -> Any:
        try:
            answer = await self._client.request(method, path, **facts)
        except httpx.TransportError as error:
            raise DoorClosed(f"{method} {path} was not answered ({type(error).__name__})") from error
        if answer.is_error:
            raise DoorClosed(f"{method} {path} was answered {answer.status_code}: {answer.text[:500]}")
        return answer.json()

    async def close(self) -> None:
        """Gives the connections back."""
        await self._client.aclose()
