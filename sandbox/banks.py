"""Stripe's published US bank accounts for ACH debits, by number and by name, and how each behaves."""

from dataclasses import dataclass

ROUTING_NUMBER = "110000000"
BANK_NAME = "STRIPE TEST BANK"


@dataclass(frozen=True)
class TestBankAccount:
    """One of the published account numbers.

    Attributes:
        number: The account number; all live at the test bank.
        alias: The `pm_usBankAccount_…` name of an account that is verified already.
        failure: The failure code a debit comes back with, or None when it settles.
        disputed: Whether the settled debit is disputed by the account's holder.
        settles: Whether the debit ever leaves `processing`.
        verifiable: Whether the micro-deposits arrive.
    """

    number: str
    alias: str
    failure: str | None = None
    disputed: bool = False
    settles: bool = True
    verifiable: bool = True


ACCOUNTS = (
    TestBankAccount("000123456789", "pm_usBankAccount_success"),
    TestBankAccount("000111111113", "pm_usBankAccount_accountClosed", failure="account_closed"),
    TestBankAccount("000111111116", "pm_usBankAccount_noAccount", failure="no_account"),
    TestBankAccount("000222222227", "pm_usBankAccount_insufficientFunds", failure="insufficient_funds"),
    TestBankAccount("000333333335", "pm_usBankAccount_debitNotAuthorized", failure="debit_not_authorized"),
    TestBankAccount("000555555559", "pm_usBankAccount_dispute", disputed=True),
    TestBankAccount("000000000009", "pm_usBankAccount_processing", settles=False),
    TestBankAccount("000666666661", "pm_usBankAccount_failMicrodeposits", verifiable=False),
)
BY_NUMBER = {account.number: account for account in ACCOUNTS}
BY_ALIAS = {account.alias: account for account in ACCOUNTS} | {"pm_usBankAccount": ACCOUNTS[0]}

MESSAGES = {
    "account_closed": "The customer's bank account has been closed.",
    "no_account": "The customer's bank account could not be located.",
    "insufficient_funds": "The customer's account has insufficient funds to cover this payment.",
    "debit_not_authorized": "The customer has notified their bank that this payment was unauthorized.",
}
