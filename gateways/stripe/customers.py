"""Customers at Stripe and what they pay with."""

from gateways.stripe.account import Account
from gateways.stripe.faults import translated
from gateways.stripe.results import CardPage, SavedMethod, saved_method

_PAGE = 100


class Customers(Account):
    """Who pays, and the methods they saved."""

    async def ensure_customer(
        self, *, organization_id: str, name: str, email: str, idempotency_key: str
    ) -> str:
        """The organization's customer at Stripe, made when there is none; name and e-mail are brought up to date.

        The key protects for a day, the search from then on (Stripe indexes within a minute).
        """
        with translated():
            query = f"metadata['organization_id']:'{organization_id}'"
            found = await self._v1.customers.search_async({"query": query, "limit": 1})
            customer_id = (
                found.data[0].id if found.data else await self._new_customer(organization_id, idempotency_key)
            )
            await self._v1.customers.update_async(customer_id, {"name": name, "email": email})
        return customer_id

    async def _new_customer(self, organization_id: str, idempotency_key: str) -> str:
        """Only the organization is sent, so that a changed name between two tries is no mismatch."""
        customer = await self._v1.customers.create_async(
            {"metadata": {"organization_id": organization_id}}, {"idempotency_key": idempotency_key}
        )
        return customer.id

    async def saved_methods(self, customer: str) -> tuple[SavedMethod, ...]:
        """The customer's saved cards and bank accounts, the default first, then the newest; none of a deleted one."""
        with translated():
            owner = (await self._v1.customers.retrieve_async(customer)).to_dict()
            if owner.get("deleted"):
                return ()
            page = await self._v1.customers.payment_methods.list_async(customer, {"limit": _PAGE})
            methods = [method.to_dict() async for method in page.auto_paging_iter()]
        default = (owner.get("invoice_settings") or {}).get("default_payment_method")
        return tuple(sorted((saved_method(m, default) for m in methods), key=lambda m: not m.is_default))

    async def forget_customer(self, customer: str) -> int:
        """Afterwards the customer is deleted and no method saved there can be charged; says how many were saved.

        Charges, refunds and events stay at Stripe. What is gone already is no fault, so this may be repeated.
        """
        methods = await self.saved_methods(customer)
        with translated():
            for method in methods:
                await self._v1.payment_methods.detach_async(method.id)
            if not (await self._v1.customers.retrieve_async(customer)).to_dict().get("deleted"):
                await self._v1.customers.delete_async(customer)
        return len(methods)

    async def save_card(self, *, customer: str, payment_method: str) -> SavedMethod:
        """Save a card to the customer and make it the default; the bank may decline it here already."""
        with translated():
            method = await self._v1.payment_methods.attach_async(payment_method, {"customer": customer})
            await self._v1.customers.update_async(
                customer, {"invoice_settings": {"default_payment_method": method.id}}
            )
        return saved_method(method.to_dict(), method.id)

    async def open_card_page(
        self, *, customer: str, currency: str, success_url: str, cancel_url: str, idempotency_key: str
    ) -> CardPage:
        """Stripe's page on which the customer saves a card for later charges."""
        with translated():
            session = await self._v1.checkout.sessions.create_async(
                {
                    "mode": "setup",
                    "customer": customer,
                    "currency": currency.lower(),
                    "success_url": success_url,
                    "cancel_url": cancel_url,
                },
                {"idempotency_key": idempotency_key},
            )
        return CardPage(session_id=session.id, url=session.url or "")
