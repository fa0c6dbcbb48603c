"""Mail to clients: one letter, three ways to send it, and what is told about it afterwards."""

from gateways.mail.events import MailEvent, parse_sendgrid_events, verify_sendgrid
from gateways.mail.letter import Attachment, Delivery, Letter, Mailer
from gateways.mail.outbox import OutboxMailer
from gateways.mail.sendgrid import SendGridMailer
from gateways.mail.smtp import SmtpMailer

__all__ = [
    "Attachment",
    "Delivery",
    "Letter",
    "MailEvent",
    "Mailer",
    "OutboxMailer",
    "SendGridMailer",
    "SmtpMailer",
    "open_mailer",
    "parse_sendgrid_events",
    "verify_sendgrid",
]


def open_mailer(
    *,
    sender: str,
    reply_to: str | None = None,
    sendgrid_api_key: str | None = None,
    smtp_url: str | None = None,
) -> Mailer:
    """SendGrid when there is a key, else SMTP when there is a URL, else the local outbox."""
    if sendgrid_api_key:
        return SendGridMailer(sendgrid_api_key, sender, reply_to=reply_to)
    if smtp_url:
        return SmtpMailer(smtp_url, sender, reply_to=reply_to)
    return OutboxMailer(sender)
