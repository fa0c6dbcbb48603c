"""Charges at Stripe: made once per key, looked up before they are tried again, given back."""

from datetime import datetime
from typing import Any

import stripe
from stripe.params import PaymentIntentCreateParams, PaymentIntentListParams, RefundCreateParams

from gateways.stripe.account import Account
from gateways.stripe.faults import error_body, translated
from gateways.stripe.results import ChargeResult, RefundResult, charge_result

_PAGE = 100
_FEE = "latest_charge.balance_transaction"
_KINDS = ["card", "us_bank_account"]


class Charges(Account):
    """Collecting from a saved method while its owner is away."""

    async def charge(
        self,
        *,
        customer: str,
        payment_method: str,
        amount_minor: int,
        currency: str,
        invoice_id: str,
        charge_key: str,
        description: str = "",
    ) -> ChargeResult:
        """Charge a saved method while its owner is away; a decline is a result, not an error.

        When the bank wants to hear from the owner, the result carries the page to send them to. The same key
        gives the same charge: repeating the call never charges twice.
        """
        params: PaymentIntentCreateParams = {
            "amount": amount_minor,
            "currency": currency.lower(),
            "customer": customer,
            "payment_method": payment_method,
            "allowed_payment_method_types": list(_KINDS),
            "capture_method": "automatic",  # tells the fee with the answer; asynchronous capture tells it later
            "confirm": True,
            "off_session": True,
            "metadata": {"invoice_id": invoice_id, "charge_key": charge_key},
            "expand": [_FEE],
        }
        if description:
            params["description"] = description
        with translated():
            try:
                intent = await self._v1.payment_intents.create_async(params, {"idempotency_key": charge_key})
            except stripe.CardError as error:
                intent_id = _intent_of(error)
                if intent_id is None:
                    raise
                intent = await self._v1.payment_intents.retrieve_async(intent_id, {"expand": [_FEE]})
            return await self._seen(intent)

    async def find_charge(
        self, *, charge_key: str, customer: str, since: datetime | None = None
    ) -> ChargeResult | None:
        """The charge made under a key, or None when Stripe knows none.

        Lists the customer's intents, which are complete at once; Stripe's search lags behind. `since` (a little
        before the first try) keeps the list short.
        """
        params: PaymentIntentListParams = {"customer": customer, "limit": _PAGE}
        if since is not None:
            params["created"] = {"gte": int(since.timestamp())}
        with translated():
            page = await self._v1.payment_intents.list_async(params)
            async for intent in page.auto_paging_iter():
                if (intent.to_dict().get("metadata") or {}).get("charge_key") == charge_key:
                    return await self.get_intent(intent.id)
        return None

    async def get_intent(self, intent_id: str) -> ChargeResult:
        """Where a charge stands now."""
        with translated():
            intent = await self._v1.payment_intents.retrieve_async(intent_id, {"expand": [_FEE]})
            return await self._seen(intent)

    async def _seen(self, intent: stripe.PaymentIntent) -> ChargeResult:
        """The result; a charge that was declined for want of authentication gets its page first."""
        facts = intent.to_dict()
        error = facts.get("last_payment_error") or {}
        if facts["status"] != "requires_payment_method" or error.get("code") != "authentication_required":
            return charge_result(facts)
        method = error.get("payment_method") or {}
        return charge_result(await self._offer_page(facts, method["id"]) if method else facts)

    async def _offer_page(self, facts: dict[str, Any], payment_method: str) -> dict[str, Any]:
        """Confirm once more as if the owner were there, which makes the page; the bank may still decline."""
        try:
            intent = await self._v1.payment_intents.confirm_async(
                facts["id"],
                {"payment_method": payment_method, "return_url": self._return_url, "expand": [_FEE]},
                {"idempotency_key": f"{facts['id']}:authenticate:{_charge_id(facts)}"},
            )
        except stripe.CardError:
            intent = await self._v1.payment_intents.retrieve_async(facts["id"], {"expand": [_FEE]})
        return intent.to_dict()

    async def cancel(self, intent_id: str) -> ChargeResult:
        """Give up on a charge that is not paid and not under way; refused when it is."""
        with translated():
            intent = await self._v1.payment_intents.cancel_async(intent_id, {"expand": [_FEE]})
        return charge_result(intent.to_dict())

    async def refund(
        self,
        *,
        intent_id: str,
        idempotency_key: str,
        amount_minor: int | None = None,
        reason: str | None = None,
    ) -> RefundResult:
        """Give back all of a charge, or an amount in the smallest coin; never more than is left of it."""
        params: RefundCreateParams = {"payment_intent": intent_id}
        if amount_minor is not None:
            params["amount"] = amount_minor
        if reason is not None:
            params["metadata"] = {"reason": reason}
        with translated():
            refund = await self._v1.refunds.create_async(params, {"idempotency_key": idempotency_key})
        facts = refund.to_dict()
        return RefundResult(
            id=facts["id"],
            state=facts["status"] or "pending",
            amount_minor=facts["amount"],
            currency=facts["currency"].upper(),
            charge_id=facts.get("charge"),
        )


def _charge_id(intent: dict[str, Any]) -> str:
    charge = intent.get("latest_charge")
    return charge["id"] if isinstance(charge, dict) else str(charge)


def _intent_of(error: stripe.CardError) -> str | None:
    intent = error_body(error).get("payment_intent") or {}
    return intent.get("id")
