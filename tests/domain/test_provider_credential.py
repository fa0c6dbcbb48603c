"""Provider keys: what can be one, where it may be sent, which holds for a project, and when somebody is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import Invalid
from domain.ids import new_id
from domain.model_provider import CODES, PROVIDERS
from domain.provider_credential import (
    Finding,
    ProviderCredential,
    base_url_spelled,
    in_force,
    origin_of,
    secret_spelled,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
KEY = ProviderCredential(
    id=new_id(),
    organization_id=new_id(),
    project_id=None,
    provider="openai",
    name="Production",
    base_url="https://api.openai.com/v1",
    last_four="wxyz",
    version=1,
    rotated_at=NOW,
    created_at=NOW,
    updated_at=NOW,
)


def test_every_provider_is_known_and_says_where_it_is_or_what_to_write() -> None:
    assert tuple(PROVIDERS) == CODES
    for provider in PROVIDERS.values():
        assert bool(provider.base_url) != bool(provider.example), provider.code
        assert base_url_spelled(provider.base_url or provider.example, provider, strict=True)


def test_a_key_is_taken_without_the_blanks_around_it() -> None:
    assert secret_spelled("  sk-0123456789abc\n") == "sk-0123456789abc"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        "x" * 1001,
        "sk-with a blank-123",
        "sk-ümlaut-0123456789",
        "sk-\x07bell-0123456789",
        "a\nb" * 9,
    ],
    ids=["empty", "short", "long", "blank", "umlaut", "control", "lines"],
)
def test_what_cannot_be_a_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Invalid, match=r"^secret: ") as refused:
        secret_spelled(text)
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "http://models.example.com",
        "ftp://models.example.com",
        "https://",
        "https://user:word@models.example.com",
        "https://models.example.com/v1?key=1",
        "https://models.example.com/#top",
        "https://models.example.com:0",
        "https://models.example.com:99999",
        "https://models example.com",
        "https://[::1",
        "https://модели.example",
        "models.example.com",
        "https://models.example.com/" + "x" * 300,
    ],
)
def test_a_base_url_that_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match=r"^base_url: .*https://models\.example\.com/v1"):
        base_url_spelled(text, PROVIDERS["openai_compatible"], strict=True)


def test_an_account_with_an_address_of_its_own_must_name_it() -> None:
    with pytest.raises(Invalid, match="Azure OpenAI has another address for each account"):
        base_url_spelled(" ", PROVIDERS["azure_openai"], strict=True)
    assert base_url_spelled("", PROVIDERS["openai"], strict=True) == "https://api.openai.com/v1"


def test_only_a_machine_for_development_asks_itself_without_tls() -> None:
    host = PROVIDERS["openai_compatible"]
    assert base_url_spelled("http://localhost:11434/v1/", host, strict=False) == "http://localhost:11434/v1"
    with pytest.raises(Invalid):
        base_url_spelled("http://localhost:11434/v1", host, strict=True)
    with pytest.raises(Invalid):
        base_url_spelled("http://10.0.0.8/v1", host, strict=False)


def test_another_host_scheme_or_port_is_another_receiver_of_the_key() -> None:
    origins = {
        origin_of(f"https://{rest}")
        for rest in ("a.example/v1", "A.example/v2", "a.example:8443", "b.example")
    }
    assert len(origins) == 3
    assert origin_of("http://localhost:1") != origin_of("https://localhost:1")


def test_a_projects_own_key_goes_before_the_organizations_at_the_same_provider() -> None:
    project = new_id()
    own = replace(KEY, id=new_id(), project_id=project)
    elsewhere = replace(KEY, id=new_id(), project_id=new_id())
    other = replace(KEY, id=new_id(), provider="anthropic")
    assert in_force([KEY, own, elsewhere, other], project) == [own, other]
    assert in_force([KEY, replace(own, enabled=False), other], project) == [KEY, other]
    assert in_force([KEY, own, elsewhere, other], None) == [KEY, other]


def test_a_host_without_a_better_name_is_called_by_its_own() -> None:
    own = replace(KEY, provider="openai_compatible", base_url="https://models.example.com:8443/v1")
    assert (KEY.called, own.called) == ("OpenAI", "models.example.com")


def test_a_new_secret_is_another_version_of_which_nothing_is_known() -> None:
    ready = KEY.found(Finding("ready", "lists 2 models"), now=NOW)
    after = ready.rotated("sk-another-key-abcd", now=NOW + timedelta(days=1))
    assert (after.version, after.last_four, after.readiness, after.ready_at) == (2, "abcd", "unchecked", None)
    assert after.place != ready.place


def test_a_key_stops_working_once_however_long_nobody_could_ask() -> None:
    ready = KEY.found(Finding("ready"), now=NOW)
    away = ready.found(Finding("unreachable", "x"), now=NOW)
    refused = away.found(Finding("refused", "x"), now=NOW)
    again = refused.found(Finding("refused", "x"), now=NOW)
    assert not away.stopped_working(ready)
    assert refused.stopped_working(away)
    assert not again.stopped_working(refused)
    assert not refused.stopped_working(KEY)
