"""The client of one Stripe account.

The SDK does not retry: the workflow does, after looking whether the charge exists already.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import httpx
import stripe

from gateways.stripe.charges import Charges
from gateways.stripe.customers import Customers
from gateways.stripe.events import StripeEvent, parse_event

_CONNECT_SECONDS = 5.0


class Stripe(Customers, Charges):
    """One Stripe account.

    Every method raises `Refused` for a final no and `Unavailable` when it may succeed later. An `Unavailable`
    charge may have happened: look with `find_charge` before charging again.
    """

    @classmethod
    def open(cls, *, api_key: str, api_base: str, return_url: str, timeout_seconds: float = 25.0) -> Self:
        """A client of the account.

        Args:
            api_key: Secret key.
            api_base: `https://api.stripe.com`, or a sandbox.
            return_url: Where a person comes back to from the bank's page.
            timeout_seconds: How long one call may take.
        """
        timeout = httpx.Timeout(timeout_seconds, connect=min(_CONNECT_SECONDS, timeout_seconds))
        http = stripe.HTTPXClient(timeout=timeout)
        client = stripe.StripeClient(
            api_key, http_client=http, base_addresses={"api": api_base}, max_network_retries=0
        )
        return cls(client, http, return_url)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()

    @staticmethod
    def parse_event(payload: bytes, signature: str, secrets: Sequence[str], now: datetime) -> StripeEvent:
        """See `gateways.stripe.events.parse_event`."""
        return parse_event(payload, signature, secrets, now)
