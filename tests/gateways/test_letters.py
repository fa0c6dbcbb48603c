"""Letters: each kind says the same as text and as HTML, in the reader's own way of writing money and days."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from typing_extensions import override

from domain.documents import NothingToPay
from domain.letters import Kind
from gateways.letters import write
from gateways.letters.declines import explained
from tests.gateways.correspondence import BANK, FAILED, INVOICE, LETTERS, PREPAID, REMINDER, WHO

KINDS = sorted(LETTERS)
FOR_STAFF = {"staff_alert", "deletion_requested", "deletion_reminder", "deletion_escalated"}


class Reader(HTMLParser):
    """Collects what a reader of the HTML sees, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href" and value]

    @override
    def handle_data(self, data: str) -> None:
        self.words += data.split()


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


@pytest.mark.parametrize("kind", KINDS)
def test_text_and_html_say_the_same(kind: Kind) -> None:
    _, text, html = write(kind, LETTERS[kind])
    seen = " ".join(read(html).words)
    said = text.rsplit("-- \n", 1)[0].replace(":\n", "\n").split()
    missing = [word for word in said if word not in seen and word.rstrip(":") not in seen]
    assert not missing


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_has_a_short_subject_on_one_line_and_no_foreign_resources(kind: Kind) -> None:
    subject, _, html = write(kind, LETTERS[kind])
    assert 10 < len(subject) <= 110
    assert "\n" not in subject
    assert not {"script", "img", "link", "iframe", "object"} & read(html).tags


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_tells_whom_to_ask_and_no_zone_in_its_subject(kind: Kind) -> None:
    subject, text, _ = write(kind, LETTERS[kind])
    assert WHO.support_email in text or kind in FOR_STAFF
    assert "America/" not in subject


def test_an_invoice_says_amount_day_and_how_it_is_paid() -> None:
    subject, text, _ = write("invoice_issued", INVOICE)
    assert subject == "Invoice BO-000042 from Backoffice Example Inc.: $1,234.56 due November 15, 2026"
    assert "attached" in text
    assert "Visa card ending in 4242" in text


def test_an_invoice_settled_from_credits_asks_for_nothing() -> None:
    subject, text, _ = write("invoice_issued", PREPAID)
    assert subject.endswith("nothing to pay")
    assert "-$1,234.56" in text
    assert "due November" not in text


def test_a_bank_transfer_invoice_carries_the_details_and_the_reference() -> None:
    _, text, _ = write("invoice_issued", replace(INVOICE, how_to_pay=BANK))
    for needed in ("Routing:", "110000000", "000123456789", "Reference:"):
        assert needed in text


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("insufficient_funds", "balance or limit"),
        ("expired_card", "expired"),
        ("incorrect_cvc", "did not recognize"),
        ("stolen_card", "without giving a reason"),
        ("fraudulent", "without giving a reason"),
        (None, "without giving a reason"),
    ],
)
def test_a_failed_payment_says_why_without_accusing(code: str | None, said: str) -> None:
    _, text, html = write("payment_failed", replace(FAILED, decline_code=code))
    assert said in " ".join(text.split())
    assert FAILED.update_url in read(html).links


def test_a_failed_payment_says_when_it_is_tried_again() -> None:
    again = " ".join(write("payment_failed", FAILED)[1].split())
    never = " ".join(write("payment_failed", replace(FAILED, next_attempt_on=None))[1].split())
    assert "try the card again on November 4, 2026" in again
    assert "not try this card again" in never


def test_reminders_grow_firmer() -> None:
    first = write("payment_reminder", replace(REMINDER, step=1, days_overdue=1))
    assert "friendly reminder" in first[1]
    assert first[0].endswith("1 day overdue")
    assert "reminder 2 of 3" in write("payment_reminder", REMINDER)[1]


@pytest.mark.parametrize(
    ("days", "said"), [(-11, "due in 11 days"), (-1, "due in 1 day"), (0, "due today"), (2, "2 days overdue")]
)
def test_a_reminder_tells_how_far_the_day_is(days: int, said: str) -> None:
    subject, text, _ = write("payment_reminder", replace(REMINDER, days_overdue=days))
    assert subject.endswith(said)
    assert said in text


def test_a_german_reader_sees_german_amounts_and_the_own_zone() -> None:
    subject, text, _ = write("payment_reminder", REMINDER)
    assert "1.234,56 €" in subject
    assert "15 November 2026" in text


def test_a_moment_is_told_in_the_readers_zone() -> None:
    assert "November 1, 2026, 21:30 (America/Chicago)" in write("receipt", LETTERS["receipt"])[1]


def test_names_are_text_and_never_markup() -> None:
    hostile = replace(WHO, client='<script>alert(1)</script>{{ 7*7 }} & "Co"\r\nBcc: eve@x.example')
    subject, text, html = write("invoice_issued", replace(INVOICE, who=hostile, number="<b>1</b>\r\nX: y"))
    assert "script" not in read(html).tags
    assert "{{ 7*7 }}" in text
    assert "\n" not in subject


def test_facts_of_another_kind_are_a_mistake() -> None:
    with pytest.raises(TypeError, match="receipt is written from Receipt"):
        write("receipt", INVOICE)


def test_the_same_facts_give_the_same_letter() -> None:
    assert write("invoice_issued", INVOICE) == write("invoice_issued", INVOICE)


def test_a_reason_of_no_words_adds_no_empty_paragraph() -> None:
    html = write("invoice_issued", replace(PREPAID, how_to_pay=NothingToPay("")))[2]
    assert '14px;"></p>' not in html


def test_temporary_trouble_at_the_bank_asks_nothing_of_the_client() -> None:
    assert explained("issuer_not_available") == explained("try_again_later")
