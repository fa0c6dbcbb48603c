"""A letter for the tests of sending."""

from uuid import UUID

from gateways.mail import Attachment, Letter

SENDER = "Backoffice <billing@backoffice.example>"
ROW = UUID("0198c0de-0000-7000-8000-000000000001")
LETTER = Letter(
    outbox_id=ROW,
    to="alice@client.example",
    subject="Invoice BO-000042 — $2.50",
    text="Dear Alice, 2,50 € ✓",
    html="<p>Dear Alice</p>",
    attachments=(Attachment("BO-000042.pdf", "application/pdf", b"%PDF-1.7"),),
)
