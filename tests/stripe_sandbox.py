"""Runs the Stripe sandbox, and someone who listens to its events, as real HTTP servers of one test."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from stripe import HTTPXClient, StripeClient
from stripe.params import PaymentIntentCreateParams

from sandbox.app import create_app
from tests.serving import listening, serving

SECRET = "whsec_of_the_test"
API_KEY = "sk_test_sandbox"


def charging(
    method: str = "pm_card_visa", amount: int = 900, customer: str | None = None
) -> PaymentIntentCreateParams:
    """The parameters of a charge while the owner of the method is away."""
    params: PaymentIntentCreateParams = {
        "amount": amount,
        "currency": "usd",
        "payment_method": method,
        "confirm": True,
        "off_session": True,
    }
    if customer:
        params["customer"] = customer
    return params


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def stripe_client(url: str) -> AsyncGenerator[StripeClient]:
    """Stripe's own SDK, talking to the sandbox."""
    http = HTTPXClient(timeout=5)
    try:
        yield StripeClient(API_KEY, http_client=http, base_addresses={"api": url}, max_network_retries=0)
    finally:
        await http.close_async()


@dataclass
class Listener:
    """Receives deliveries; answers the statuses it was given, then 200."""

    statuses: list[int] = field(default_factory=list)
    received: list[tuple[bytes, str]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: Request) -> Response:
        """Remember a delivery."""
        self.received.append((await request.body(), request.headers["stripe-signature"]))
        self.arrived.set()
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)

    async def until(self, count: int) -> list[tuple[bytes, str]]:
        """Wait until that many deliveries have come."""
        while len(self.received) < count:
            await self.arrived.wait()
            self.arrived.clear()
        return self.received


@dataclass
class Sandbox:
    """A running sandbox: Stripe's SDK, its control API, and whoever listens to its events."""

    url: str
    stripe: StripeClient
    control: httpx.AsyncClient
    listener: Listener

    async def do(self, path: str, /, **body: Any) -> dict[str, Any]:
        """One call of the control API."""
        answer = await self.control.post(f"/sandbox/control/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def saved(self, alias: str = "pm_card_visa") -> tuple[str, str]:
        """A new customer with that card saved."""
        customer = await self.stripe.v1.customers.create_async({"name": "Alice"})
        method = await self.stripe.v1.payment_methods.attach_async(alias, {"customer": customer.id})
        return customer.id, method.id


@asynccontextmanager
async def running_sandbox(data: str) -> AsyncGenerator[Sandbox]:
    """A sandbox on a data file, with a listener (behind the same port, which halves the servers to stop)."""
    listener = Listener()
    with listening() as (bound, url):
        app = create_app(data, f"{url}/hook", SECRET, url)
        app.router.routes.insert(0, Route("/hook", listener.take, methods=["POST"]))
        async with (
            serving(app, bound),
            stripe_client(url) as client,
            httpx.AsyncClient(base_url=url) as control,
        ):
            yield Sandbox(url, client, control, listener)


@asynccontextmanager
async def serving_sandbox(data: str) -> AsyncGenerator[str]:
    """The sandbox alone, telling nobody about its events; answers its address."""
    with listening() as (bound, url):
        async with serving(create_app(data, base_url=url), bound):
            yield url
