"""One set of facts for every kind of letter."""

from dataclasses import replace
from datetime import UTC, date, datetime

from domain.documents import BankTransfer, CardOnFile, NothingToPay, PaymentLink
from domain.letters import (
    AuthenticationRequired,
    BankTransferInstructions,
    CardNeeded,
    Correspondents,
    CreditNoteIssued,
    DomainConfirmation,
    Facts,
    FinalNotice,
    Invite,
    InviteExpired,
    InviteReminder,
    InvoiceIssued,
    KeyEnds,
    Kind,
    PaymentFailed,
    PaymentReminder,
    ProviderKeyRefused,
    Receipt,
    StaffAlert,
)
from domain.money import NANOS
from tests.gateways.account_letters import account_letters
from tests.gateways.privacy_letters import privacy_letters

WHO = Correspondents(
    seller="Backoffice Example Inc.",
    seller_address_lines=("1 Example Street", "San Francisco, CA 94105"),
    support_email="billing@backoffice.example",
    client="Northwind Robotics",
    country="US",
    time_zone="America/Chicago",
    portal_url="https://app.backoffice.example/invoices/BO-000042",
)
GERMAN = replace(WHO, client="Söhne GmbH", country="DE", time_zone="Europe/Berlin", portal_url=None)
BANK = BankTransfer(("Bank: Example Bank", "Routing: 110000000", "Account: 000123456789"), "BO-000042")
CARD = CardOnFile("Visa", "4242")
DUE = date(2026, 11, 15)
AMOUNT = 1_234_560_000_000

INVOICE = InvoiceIssued(
    who=WHO,
    number="BO-000042",
    period_from=date(2026, 10, 1),
    period_until=date(2026, 11, 1),
    currency="USD",
    total_nanos=AMOUNT,
    amount_due_nanos=AMOUNT,
    due_on=DUE,
    how_to_pay=CARD,
)
PREPAID = replace(
    INVOICE,
    credits_applied_nanos=AMOUNT,
    amount_due_nanos=0,
    how_to_pay=NothingToPay("Your prepaid credits covered the whole amount."),
)
FAILED = PaymentFailed(
    who=WHO,
    number="BO-000042",
    currency="USD",
    amount_nanos=AMOUNT,
    card="Visa card ending in 0002",
    decline_code="insufficient_funds",
    update_url="https://app.backoffice.example/cards?token=a&b=c",
    next_attempt_on=date(2026, 11, 4),
)
REMINDER = PaymentReminder(
    who=GERMAN,
    number="BO-000042",
    currency="EUR",
    amount_due_nanos=AMOUNT,
    due_on=DUE,
    days_overdue=7,
    step=2,
    steps=3,
    how_to_pay=BANK,
)
INVITE = Invite(
    who=WHO,
    inviter="Alice Anderson",
    team=WHO.client,
    role="member",
    role_meaning="works with projects, usage and files",
    link="https://app.backoffice.example/invite/abc",
    expires_at=datetime(2026, 11, 9, 12, tzinfo=UTC),
)
LETTERS: dict[Kind, Facts] = {
    **account_letters(WHO),
    **privacy_letters(WHO),
    "invite": INVITE,
    "invite_reminder": InviteReminder(
        who=WHO,
        inviter="Backoffice Example Inc.",
        team=None,
        role="staff admin",
        role_meaning="runs the whole back office",
        link="https://app.backoffice.example/invite/abc",
        expires_at=datetime(2026, 11, 9, 12, tzinfo=UTC),
        has_account=True,
        last=True,
    ),
    "invite_expired": InviteExpired(
        who=GERMAN,
        email="erin@example.com",
        team=GERMAN.client,
        role="viewer",
        sent_at=datetime(2026, 11, 2, 12, tzinfo=UTC),
        expired_at=datetime(2026, 11, 9, 12, tzinfo=UTC),
        link="https://app.backoffice.example/portal/members",
    ),
    "invoice_issued": INVOICE,
    "receipt": Receipt(
        who=WHO,
        number="BO-000042",
        currency="USD",
        amount_nanos=AMOUNT,
        paid_at=datetime(2026, 11, 2, 3, 30, tzinfo=UTC),
        method="Visa card ending in 4242",
        credited_nanos=5 * NANOS,
    ),
    "payment_failed": FAILED,
    "authentication_required": AuthenticationRequired(
        who=WHO,
        number="BO-000042",
        currency="USD",
        amount_nanos=AMOUNT,
        card="Visa card ending in 3184",
        link="https://pay.stripe.example/confirm/abc",
        expires_at=datetime(2026, 11, 9, 12, tzinfo=UTC),
    ),
    "payment_reminder": REMINDER,
    "final_notice": FinalNotice(
        who=WHO,
        number="BO-000042",
        currency="USD",
        amount_due_nanos=AMOUNT,
        due_on=DUE,
        days_overdue=21,
        acts_on=date(2026, 12, 13),
        consequence="your API keys will be suspended",
        how_to_pay=PaymentLink("https://app.backoffice.example/pay/BO-000042"),
    ),
    "bank_transfer_instructions": BankTransferInstructions(
        who=GERMAN, number="BO-000042", currency="EUR", amount_due_nanos=AMOUNT, due_on=DUE, how_to_pay=BANK
    ),
    "card_needed": CardNeeded(
        who=WHO,
        number="BO-000042",
        currency="USD",
        amount_due_nanos=1_234_560_000_000,
        due_on=date(2026, 11, 15),
        link="https://backoffice.example/pay/abc",
    ),
    "credit_note_issued": CreditNoteIssued(
        who=WHO,
        number="CN-000007",
        corrected_invoice="BO-000042",
        currency="USD",
        amount_nanos=71 * NANOS,
        reason="Twelve hours of degraded service on October 3, 2026",
        effect="You had paid it already: the amount is in your credits and pays for coming usage.",
        returned_nanos=71 * NANOS,
    ),
    "domain_confirmation": DomainConfirmation(
        who=WHO,
        domain="northwind.example",
        asked_by="ada@northwind.example",
        link="https://app.backoffice.example/sign-on/domains/abc",
        expires_at=datetime(2026, 11, 3, 9, 30, tzinfo=UTC),
    ),
    "key_ends": KeyEnds(
        who=WHO,
        name="Gateway, production",
        prefix="bo_live_7Hq2Zk",
        ends_at=datetime(2026, 11, 16, tzinfo=UTC),
        days_left=14,
        last_used_at=datetime(2026, 11, 2, 9, 12, tzinfo=UTC),
        link="https://app.backoffice.example/portal/api-keys",
    ),
    "provider_key_refused": ProviderKeyRefused(
        who=WHO,
        provider="OpenAI",
        name="Production",
        last_four="7Hq2",
        project="Support bot",
        reason="api.openai.com does not accept the key (it answers 401)",
        worked_at=datetime(2026, 11, 15, 9, 12, tzinfo=UTC),
        refused_at=datetime(2026, 11, 16, 9, 12, tzinfo=UTC),
        link="https://app.backoffice.example/portal/settings/providers",
    ),
    "staff_alert": StaffAlert(
        who=replace(WHO, client="Staff", time_zone="UTC"),
        title="Wallets differ from their postings",
        detail="The proof “wallets equal their postings” failed for 1 organization.",
        raised_at=datetime(2026, 11, 2, 3, 30, tzinfo=UTC),
        link="https://app.backoffice.example/proofs",
        severity="critical",
        facts=(("Organization", "Northwind Robotics"), ("Difference", "$0.01")),
    ),
}
