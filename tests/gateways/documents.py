"""Documents for the tests of what they look like."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.documents import (
    BankTransfer,
    Buyer,
    CardOnFile,
    DocumentLine,
    DocumentTax,
    InvoiceDocument,
    NothingToPay,
    Seller,
)
from domain.money import NANOS

SELLER = Seller(
    name="Backoffice Example Inc.",
    address_lines=("1 Example Street", "San Francisco, CA 94105"),
    country="US",
    tax_id="94-1234567",
    bank_details=("Bank: Example Bank", "Routing: 110000000", "Account: 000123456789"),
)
AMERICAN = Buyer(name="Northwind Inc.", address_lines=("500 Congress Ave", "Austin, TX 78701"), country="US")
GERMAN = Buyer(name="Söhne GmbH", address_lines=("Königsallee 1", "40212 Düsseldorf"), country="DE")
LINE = DocumentLine(
    description="openai / gpt-5 · input tokens",
    quantity=Decimal(2_000_000),
    unit="tokens",
    unit_price_nanos=1_250_000_000,
    priced_per=1_000_000,
    amount_nanos=2_500_000_000,
)
SMALL = InvoiceDocument(
    number="BO-000042",
    issued_on=date(2026, 11, 1),
    due_on=date(2026, 11, 15),
    period_from=date(2026, 10, 1),
    period_until=date(2026, 11, 1),
    seller=SELLER,
    buyer=AMERICAN,
    currency="USD",
    lines=(LINE,),
    subtotal_nanos=2_500_000_000,
    total_nanos=2_500_000_000,
    amount_due_nanos=2_500_000_000,
    how_to_pay=CardOnFile("Visa", "4242"),
)
LONG = replace(
    SMALL,
    buyer=GERMAN,
    currency="EUR",
    lines=(*(LINE,) * 99, replace(LINE, adjustment=True)),
    subtotal_nanos=250 * NANOS,
    discount_nanos=50 * NANOS,
    discount_label="Loyalty discount",
    taxes=(DocumentTax(name="VAT", rate=Decimal(19), base_nanos=200 * NANOS, amount_nanos=38 * NANOS),),
    total_nanos=238 * NANOS,
    amount_due_nanos=238 * NANOS,
    how_to_pay=BankTransfer(SELLER.bank_details, "BO-000042"),
)
PREPAID = replace(
    SMALL,
    credits_applied_nanos=2_500_000_000,
    amount_due_nanos=0,
    how_to_pay=NothingToPay("Your prepaid credits covered the whole amount."),
)
CREDIT_NOTE = replace(
    SMALL,
    kind="credit_note",
    number="CN-000007",
    corrected_invoice="BO-000042",
    reason="Degraded service.",
    amount_due_nanos=0,
    how_to_pay=NothingToPay("Refunded."),
    returned_nanos=SMALL.total_nanos,
)
