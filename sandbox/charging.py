"""What happens when an intent is confirmed: the bank says yes, no, or wants to hear from the person."""

from sandbox import cards
from sandbox.account import Account
from sandbox.banks import MESSAGES
from sandbox.charges import bank_of, keep_failed, keep_succeeded, new_charge
from sandbox.errors import Json, declined, invalid
from sandbox.instruments import is_expired
from sandbox.mandates import give_mandate
from sandbox.next_actions import authentication_action
from sandbox.payment_methods import behaviour_of, save_to_customer

_DAY_SECONDS = 86_400
DEBIT_DAYS = 4
DEBIT_DISPUTE_DAYS = 10


def charge_card(account: Account, intent: Json, method: Json, params: Json) -> Json:
    """Charge the card, or let the intent wait for its owner.

    Raises:
        StripeError: Declined (402), the failed attempt being kept.
    """
    behaviour = behaviour_of(account, method)
    if is_expired(account, method["card"]["exp_month"], method["card"]["exp_year"]):
        return refuse(account, intent, method, cards.decline_of("expired_card"))
    if behaviour.decline and behaviour.authentication == "never":
        return refuse(account, intent, method, cards.decline_of(behaviour.decline))
    off_session = bool(params.get("off_session"))
    if not _wants_the_person(account, method, behaviour, off_session=off_session):
        return settle_card(account, intent, method)
    if off_session or params.get("error_on_requires_action"):
        return refuse(account, intent, method, cards.AUTHENTICATION_REQUIRED)
    action = authentication_action(account, intent, params.get("return_url"))
    waiting = account.change(intent, status="requires_action", next_action=action)
    account.emit("payment_intent.requires_action", waiting)
    return waiting


def _wants_the_person(account: Account, method: Json, card: cards.Behaviour, *, off_session: bool) -> bool:
    if card.authentication == "unless_set_up":
        return not (off_session and account.store.hidden(method["id"]).get("set_up"))
    return card.authentication == "always" or (card.authentication == "on_session" and not off_session)


def settle_card(account: Account, intent: Json, method: Json) -> Json:
    """The bank agrees at once."""
    behaviour = behaviour_of(account, method)
    charge = keep_succeeded(
        account, new_charge(account, intent, method, "succeeded"), intent["capture_method"]
    )
    if behaviour.dispute:
        account.schedule(1, "dispute_charge", charge["id"])
    if intent["setup_future_usage"] and intent["customer"]:
        save_to_customer(account, method, intent["customer"])
        account.store.hide(method["id"], set_up=True)
    return succeed(account, intent, charge)


def succeed(account: Account, intent: Json, charge: Json) -> Json:
    """The intent is paid."""
    paid = account.change(
        intent,
        status="succeeded",
        amount_received=charge["amount"],
        latest_charge=charge["id"],
        next_action=None,
        last_payment_error=None,
    )
    account.emit("payment_intent.succeeded", paid)
    return paid


def refuse(account: Account, intent: Json, method: Json, decline: Json) -> Json:
    """Keep the failed attempt and tell the caller.

    Raises:
        StripeError: Always, the decline (402).
    """
    failed = fail(account, intent, method, decline)
    charge, summary = failed["latest_charge"], {k: v for k, v in decline.items() if k != "type"}
    raise declined(summary, charge=charge, payment_intent=failed, payment_method=method)


def fail(account: Account, intent: Json, method: Json, decline: Json, charge: Json | None = None) -> Json:
    """The attempt failed; the intent waits for another payment method."""
    charge = keep_failed(account, charge or new_charge(account, intent, method, "failed"), decline)
    error = {**decline, "type": "card_error", "charge": charge["id"], "payment_method": method}
    failed = account.change(
        intent,
        status="requires_payment_method",
        latest_charge=charge["id"],
        payment_method=None,
        next_action=None,
        last_payment_error=error,
    )
    account.emit("payment_intent.payment_failed", failed)
    return failed


def fail_authentication(account: Account, intent: Json, method: Json) -> Json:
    """The person did not prove who they are; no charge was attempted."""
    error = {**cards.AUTHENTICATION_FAILED, "type": "invalid_request_error", "payment_method": method}
    failed = account.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_payment_error=error,
    )
    account.emit("payment_intent.payment_failed", failed)
    return failed


def decline_after_authentication(account: Account, intent: Json, method: Json, reason: str) -> Json:
    """The person proved who they are, and the bank still said no."""
    return fail(account, intent, method, cards.decline_of(reason))


def debit_bank_account(account: Account, intent: Json, method: Json, params: Json) -> Json:
    """Start an ACH debit: it is on its way for days.

    Raises:
        StripeError: Not in dollars, not verified, or no mandate.
    """
    if intent["currency"] != "usd":
        raise invalid("us_bank_account debits are in usd.", param="currency")
    hidden = account.store.hidden(method["id"])
    if not hidden["verified"]:
        raise invalid("The bank account must be verified: use a SetupIntent.", code="bank_account_unverified")
    if not hidden.get("mandate"):
        give_mandate(account, method, params.get("mandate_data"))
    charge = account.put(new_charge(account, intent, method, "pending"))
    account.emit("charge.pending", charge)
    account.schedule(DEBIT_DAYS * _DAY_SECONDS, "settle_debit", charge["id"])
    processing = account.change(intent, status="processing", latest_charge=charge["id"], next_action=None)
    account.emit("payment_intent.processing", processing)
    return processing


def settle_debit(account: Account, charge_id: str) -> None:
    """A due job: the bank answers an ACH debit."""
    charge = account.require("charge", charge_id)
    bank = bank_of(account, charge)
    if not bank.settles or charge["status"] != "pending":
        return
    intent = account.require("payment_intent", charge["payment_intent"])
    method = account.require("payment_method", charge["payment_method"])
    if bank.failure:
        fail(account, intent, method, {"code": bank.failure, "message": MESSAGES[bank.failure]}, charge)
        return
    succeed(account, intent, keep_succeeded(account, charge, "automatic"))
    if bank.disputed:
        account.schedule(DEBIT_DISPUTE_DAYS * _DAY_SECONDS, "dispute_charge", charge_id)
