"""What an intent waits for, and the hosted page where a person does it."""

from sandbox.account import Account
from sandbox.errors import Json

_DAYS_FOR_MICRODEPOSITS = 2
_DAY_SECONDS = 86_400


def authentication_action(account: Account, intent: Json, return_url: str | None) -> Json:
    """A redirect to the bank's page when there is a way back, else work for Stripe's browser SDK."""
    url = f"{account.base_url}/sandbox/authenticate/{intent['client_secret']}"
    account.store.hide(intent["id"], return_url=return_url)
    if return_url is None:
        return {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url},
        }
    return {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}}


def microdeposits_action(account: Account, intent: Json) -> Json:
    """Two small deposits that arrive in two days; their amounts prove whose account it is."""
    return {
        "type": "verify_with_microdeposits",
        "verify_with_microdeposits": {
            "arrival_date": account.now() + _DAYS_FOR_MICRODEPOSITS * _DAY_SECONDS,
            "hosted_verification_url": f"{account.base_url}/sandbox/microdeposits/{intent['client_secret']}",
            "microdeposit_type": "amounts",
        },
    }
