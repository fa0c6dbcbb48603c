"""Mail by SendGrid, over a loopback HTTP server: what it is sent, and what its answers mean."""

import json
from collections.abc import Iterator

import pytest

from gateways.errors import Refused, Unavailable, Unconfirmed
from gateways.mail import SendGridMailer
from tests.gateways.mails import LETTER, ROW, SENDER
from tests.gateways.sinks import Answer, HttpSink


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with HttpSink() as running:
        yield running


def sendgrid(sink: HttpSink) -> SendGridMailer:
    return SendGridMailer(
        "SG.key", SENDER, host=sink.url, timeout_seconds=1, reply_to="help@backoffice.example"
    )


async def test_sendgrid_gets_the_letter_with_its_outbox_id(sink: HttpSink) -> None:
    sink.answer = Answer(202, headers={"X-Message-Id": "sg-1"})
    delivery = await sendgrid(sink).deliver(LETTER)
    (request,) = sink.requests
    body = json.loads(request.body)
    assert (delivery.message_id, request.path) == ("sg-1", "/v3/mail/send")
    assert request.headers["Authorization"] == "Bearer SG.key"
    assert body["personalizations"][0]["custom_args"] == {"outbox_id": f"mail_{ROW.hex}"}
    assert body["from"] == {"email": "billing@backoffice.example", "name": "Backoffice"}
    assert body["reply_to"] == {"email": "help@backoffice.example"}
    assert body["attachments"][0]["content"] == "JVBERi0xLjc="


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"errors": [{"message": "bad", "field": "personalizations.0.to.0.email"}]}, "bad_address"),
        (400, {"errors": [{"message": "subject is required", "field": "subject"}]}, "rejected"),
        (413, {}, "too_large"),
    ],
)
async def test_sendgrids_no_to_a_letter_is_final(
    sink: HttpSink, status: int, body: object, code: str
) -> None:
    sink.answer = Answer(status, json.dumps(body).encode())
    with pytest.raises(Refused) as caught:
        await sendgrid(sink).deliver(LETTER)
    assert caught.value.code == code


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_a_busy_broken_or_locked_sendgrid_is_tried_again(sink: HttpSink, status: int) -> None:
    sink.answer = Answer(status, headers={"Retry-After": "7"})
    with pytest.raises(Unavailable) as caught:
        await sendgrid(sink).deliver(LETTER)
    assert caught.value.retry_after_seconds == (7 if status == 429 else None)


@pytest.mark.parametrize("answer", [Answer(202, delay_seconds=1.5), Answer(504)])
async def test_a_letter_that_sendgrid_took_without_an_answer_is_unconfirmed(
    sink: HttpSink, answer: Answer
) -> None:
    sink.answer = answer
    with pytest.raises(Unconfirmed):
        await sendgrid(sink).deliver(LETTER)
    assert len(sink.requests) == 1


async def test_an_absent_sendgrid_is_tried_again() -> None:
    absent = SendGridMailer("SG.key", SENDER, host="http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        await absent.deliver(LETTER)
