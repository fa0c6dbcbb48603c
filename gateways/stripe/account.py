"""The Stripe account that calls go to."""

import stripe


class Account:
    """The SDK's client, and where a person comes back to from the bank's page."""

    def __init__(self, client: stripe.StripeClient, http: stripe.HTTPXClient, return_url: str) -> None:
        self._v1 = client.v1
        self._http = http
        self._return_url = return_url
