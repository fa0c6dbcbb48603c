"""The answers Stripe gives when it says no, with its types, codes and sentences."""

from typing import Any

Json = dict[str, Any]

_DOCS = "https://docs.stripe.com/error-codes/"


class StripeError(Exception):
    """An answer other than 200, in the shape of Stripe's error object."""

    def __init__(self, status: int, kind: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error: Json = {
            "message": message,
            "type": kind,
            **{k: v for k, v in facts.items() if v is not None},
        }
        if code := self.error.get("code"):
            self.error["doc_url"] = _DOCS + str(code).replace("_", "-")

    def body(self) -> Json:
        """The JSON document Stripe would answer with."""
        return {"error": self.error}


def invalid(message: str, *, param: str | None = None, code: str | None = None, **facts: Any) -> StripeError:
    """A request that can never succeed as it was sent (400)."""
    return StripeError(400, "invalid_request_error", message, param=param, code=code, **facts)


def missing(kind: str, identifier: str, *, param: str, status: int = 404) -> StripeError:
    """An object that does not exist: 404 when the address names it, 400 when a parameter does."""
    text = f"No such {kind.replace('_', ' ').replace('.', ' ')}: '{identifier}'"
    return StripeError(status, "invalid_request_error", text, param=param, code="resource_missing")


def declined(decline: Json, **facts: Any) -> StripeError:
    """A card the bank said no to (402), carrying the objects the attempt left behind."""
    return StripeError(
        402, "card_error", decline["message"], **{k: v for k, v in decline.items() if k != "message"}, **facts
    )


def idempotency_mismatch(key: str) -> StripeError:
    """The same Idempotency-Key with other parameters or on another address."""
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request."
    )
    return StripeError(400, "idempotency_error", message)


def unauthenticated(message: str) -> StripeError:
    """No key, or one that is no secret test key (401)."""
    return StripeError(401, "invalid_request_error", message)
