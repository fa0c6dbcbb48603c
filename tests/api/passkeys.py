"""What tests of passkeys share: a device that is added, and that signs in."""

from typing import Any

import httpx
from fastapi import FastAPI

from tests.api.conftest import browser
from tests.authenticator import Authenticator

SITE = {"origin": "http://localhost", "rp_id": "localhost"}


async def added(client: httpx.AsyncClient, name: str = "Laptop") -> tuple[Authenticator, dict[str, Any]]:
    """A device whose passkey the person has added."""
    device = Authenticator(**SITE)
    asked = (await client.post("/v1/passkeys/options", json={})).json()
    body = {"name": name, "challenge_id": asked["challenge_id"]}
    answer = await client.post(
        "/v1/passkeys", json={**body, "credential": device.create(asked["public_key"])}
    )
    assert answer.status_code == 201, answer.text
    return device, answer.json()


async def asked_at(
    client: httpx.AsyncClient, path: str = "/v1/sessions/passkey", **body: object
) -> dict[str, Any]:
    answer = await client.post(f"{path}/options", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def stranger(app: FastAPI) -> httpx.AsyncClient:
    return browser(app, Host="localhost")


async def signing_in(client: httpx.AsyncClient, device: Authenticator, **body: Any) -> httpx.Response:
    asked = await asked_at(client, **body)
    answer = {"challenge_id": asked["challenge_id"], "credential": device.sign(asked["public_key"]), **body}
    return await client.post("/v1/sessions/passkey", json=answer)
