"""Whether a key is accepted: asked at a real host, once, without leading the key astray."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from domain.model_provider import PROVIDERS, ModelProvider, ProviderCode
from domain.provider_credential import Finding
from gateways.model_providers import ModelProviders
from tests.gateways.sinks import answering
from tests.model_host import ModelHost, Way, serving

KEY = "sk-accepted-0123456789"
COMPATIBLE = PROVIDERS["openai_compatible"]


@pytest.fixture
def host() -> Iterator[ModelHost]:
    with serving() as started:
        started.keys.add(KEY)
        yield started


@pytest.fixture
async def gateway() -> AsyncIterator[ModelProviders]:
    opened = ModelProviders(strict=False, longest_seconds=2)
    yield opened
    await opened.close()


async def look(
    gateway: ModelProviders, host: ModelHost, *, secret: str = KEY, provider: ModelProvider = COMPATIBLE
) -> Finding:
    return await gateway.look(provider, base_url=f"{host.url}/v1", secret=secret)


async def test_a_key_that_is_accepted_is_ready_and_another_is_refused(
    gateway: ModelProviders, host: ModelHost
) -> None:
    assert await look(gateway, host) == Finding("ready", "lists 2 models")
    refused = await look(gateway, host, secret="sk-somebody-elses-key")
    assert refused == Finding("refused", "127.0.0.1 does not accept the key (it answers 401)")


@pytest.mark.parametrize(
    ("way", "readiness", "said"),
    [
        ("limited", "limited", "no more requests"),
        ("no_credit", "limited", "no credit"),
        ("broken", "unreachable", "answers 500"),
        ("elsewhere", "unreachable", "leads elsewhere (302)"),
        ("missing", "unreachable", "has nothing at /v1/models (404)"),
        ("page", "unreachable", "something else than JSON"),
        ("packed", "unreachable", "something else than JSON"),
        ("huge", "unreachable", "more than any list"),
        ("blames", "refused", "answers 400"),
    ],
)
async def test_every_other_answer_says_what_it_means(
    gateway: ModelProviders, host: ModelHost, way: Way, readiness: str, said: str
) -> None:
    host.way = way
    finding = await look(gateway, host)
    assert finding.readiness == readiness
    assert said in finding.reason


async def test_a_redirect_is_not_followed_and_cookies_are_not_kept(
    gateway: ModelProviders, host: ModelHost
) -> None:
    host.way = "elsewhere"
    await look(gateway, host)
    await look(gateway, host)
    assert [path for path, _ in host.asked] == ["/v1/models", "/v1/models"]
    assert all("cookie" not in headers for _, headers in host.asked)


async def test_a_host_that_is_silent_is_given_up(host: ModelHost) -> None:
    host.way = "silent"
    hasty = ModelProviders(strict=False, longest_seconds=0.2)
    finding = await look(hasty, host)
    await hasty.close()
    assert finding == Finding("unreachable", "127.0.0.1 did not answer within 0.2 seconds")


async def test_a_handshake_that_stalls_is_given_up_and_its_connection_is_closed() -> None:
    ended = asyncio.Event()

    async def stall(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()
        ended.set()

    hasty = ModelProviders(strict=False, longest_seconds=1)
    async with answering(stall) as port:
        finding = await hasty.look(COMPATIBLE, base_url=f"https://127.0.0.1:{port}", secret=KEY)
        await ended.wait()
    await hasty.close()
    assert finding == Finding("unreachable", "127.0.0.1 did not answer within 1 seconds")


async def test_a_host_that_is_not_there_is_not_reached(gateway: ModelProviders) -> None:
    for base_url in ("http://127.0.0.1:9/v1", "https://nowhere.invalid", "https://x..y"):
        finding = await gateway.look(COMPATIBLE, base_url=base_url, secret=KEY)
        assert finding.readiness == "unreachable", base_url


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:10.0.0.1]"]
)
async def test_outside_development_nothing_inside_a_network_is_asked(host: ModelHost, name: str) -> None:
    strict = ModelProviders(strict=True)
    port = host.url.rpartition(":")[2]
    finding = await strict.look(COMPATIBLE, base_url=f"https://{name}:{port}/v1", secret=KEY)
    await strict.close()
    assert finding.readiness == "unreachable"
    assert "inside a private network" in finding.reason
    assert host.asked == []


@pytest.mark.parametrize(
    ("code", "path", "header", "value"),
    [
        ("openai", "/v1/models", "authorization", f"Bearer {KEY}"),
        ("anthropic", "/v1/v1/models?limit=1000", "x-api-key", KEY),
        ("google", "/v1/models?pageSize=1000", "x-goog-api-key", KEY),
        ("azure_openai", "/v1/models", "api-key", KEY),
        ("openrouter", "/v1/key", "authorization", f"Bearer {KEY}"),
        ("cohere", "/v1/v1/models?page_size=1000", "authorization", f"Bearer {KEY}"),
    ],
)
async def test_each_provider_is_asked_in_its_own_way(
    gateway: ModelProviders, host: ModelHost, code: ProviderCode, path: str, header: str, value: str
) -> None:
    assert (await look(gateway, host, provider=PROVIDERS[code])).readiness == "ready"
    asked, headers = host.asked[0]
    assert asked == path
    assert headers[header] == value
    assert (code == "anthropic") == ("anthropic-version" in headers)
