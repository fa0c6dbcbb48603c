"""Mail through SendGrid.

SendGrid knows no idempotency: the outbox id travels as a custom argument, and the signed event webhook is the
proof of what became of a letter. The SDK blocks, so it runs in a thread, with a timeout on the socket.
"""

import asyncio
import base64
import http.client
import json
import logging
from email.utils import parseaddr
from typing import Any, Literal
from urllib.error import URLError

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from domain.ids import show
from gateways.errors import Refused, Unavailable, Unconfirmed
from gateways.mail.letter import Attachment, Delivery, Letter, checked_address, message_id

API = "https://api.sendgrid.com"
BUSY = frozenset({408, 425, 429})
MISCONFIGURED = frozenset({401, 403})
ANSWER_LOST = http.client.GATEWAY_TIMEOUT
ARGUMENT = "outbox_id"


class SendGridMailer:
    """Sends through one SendGrid account."""

    transport: Literal["sendgrid"] = "sendgrid"

    def __init__(
        self,
        api_key: str,
        sender: str,
        *,
        reply_to: str | None = None,
        host: str = API,
        timeout_seconds: int = 20,
    ) -> None:
        # The SDK's HTTP client writes bodies and the key's header to its debug log.
        logging.getLogger("python_http_client").setLevel(logging.INFO)
        self._client: Any = SendGridAPIClient(api_key, host=host).client
        self._client.timeout = timeout_seconds
        self._sender = sender
        self._reply_to = reply_to

    async def deliver(self, letter: Letter) -> Delivery:
        """Hand the letter to SendGrid.

        Raises:
            Refused: SendGrid answers 4xx to the letter.
            Unavailable: it is busy, broken or unreachable, or does not accept our key or sender.
            Unconfirmed: it has the whole letter, and its answer was lost.
        """
        body = _body(letter, self._sender, letter.reply_to or self._reply_to)
        try:
            answer = await asyncio.to_thread(self._client.mail.send.post, request_body=body)
        except HTTPError as error:
            raise _error(error) from error
        except URLError as error:
            # The client names so what failed until the last byte of the request had left.
            raise Unavailable(f"SendGrid: {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            raise Unconfirmed(f"SendGrid has not answered: {error}") from error
        named = answer.headers.get("X-Message-Id")
        return Delivery(named or message_id(letter.outbox_id, self._sender), "sendgrid")


def _body(letter: Letter, sender: str, reply_to: str | None) -> dict[str, Any]:
    name, address = parseaddr(sender)
    body: dict[str, Any] = {
        "personalizations": [
            {
                "to": [{"email": checked_address(letter.to)}],
                "custom_args": {ARGUMENT: show("mail", letter.outbox_id)},
            }
        ],
        "from": {"email": address, **({"name": name} if name else {})},
        "subject": letter.subject,
        "content": [
            {"type": "text/plain", "value": letter.text},
            {"type": "text/html", "value": letter.html},
        ],
        "headers": {
            "Message-ID": message_id(letter.outbox_id, sender),
            "Auto-Submitted": "auto-generated",
        },
        # Rewritten links would send a payment page's secret through a third party.
        "tracking_settings": {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}},
    }
    if reply_to:
        body["reply_to"] = {"email": checked_address(reply_to)}
    if letter.attachments:
        body["attachments"] = [_attachment(item) for item in letter.attachments]
    return body


def _attachment(item: Attachment) -> dict[str, str]:
    content = base64.b64encode(item.content).decode()
    return {"content": content, "type": item.media_type, "filename": item.name, "disposition": "attachment"}


def _error(error: HTTPError) -> Refused | Unavailable | Unconfirmed:
    status = error.status_code
    detail = f"SendGrid answers {status}: {_reasons(error.body)}"
    if status == ANSWER_LOST:
        return Unconfirmed(detail)
    if status >= http.client.INTERNAL_SERVER_ERROR or status in MISCONFIGURED:
        return Unavailable(detail)
    if status in BUSY:
        return Unavailable(detail, retry_after_seconds=_seconds(error.headers.get("Retry-After")))
    if status == http.client.REQUEST_ENTITY_TOO_LARGE:
        return Refused("too_large", detail)
    return Refused("bad_address" if ".to" in detail else "rejected", detail)


def _reasons(body: bytes) -> str:
    try:
        errors = json.loads(body)["errors"]
        return "; ".join(f"{item.get('field') or ''} {item['message']}".strip() for item in errors)
    except (ValueError, KeyError, TypeError, AttributeError):
        return body[:200].decode(errors="replace")


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdigit() else None
