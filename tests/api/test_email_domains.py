"""Domains are proven by their DNS or by a letter, to one organization only."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import dns.message
import dns.rcode
import dns.rrset
import httpx
import pytest
from fastapi import FastAPI
from typing_extensions import override

from gateways.dns import Dns
from tests.api.conftest import World, browser, signed_in
from tests.api.sign_on import proven


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """A small name server that knows these TXT records."""

    records: dict[str, str] = field(default_factory=dict)
    transport: asyncio.DatagramTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # The loop's own class implements the datagram interface without inheriting it.
        self.transport = cast("asyncio.DatagramTransport", transport)

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        asked = dns.message.from_wire(data)
        name = asked.question[0].name
        answer = dns.message.make_response(asked)
        text = self.records.get(name.to_text(omit_final_dot=True))
        if text is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", '"v=spf1 -all"', f'"{text}"'))
        assert self.transport is not None
        self.transport.sendto(answer.to_wire(), addr)


@pytest.fixture
async def names(app: FastAPI) -> AsyncIterator[NameServer]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    app.state.dns = Dns(transport.get_extra_info("sockname")[:2])
    yield server
    transport.close()


async def name_domain(client: httpx.AsyncClient, path: str, name: str) -> httpx.Response:
    return await client.post(f"{path}/domains", json={"name": name})


async def test_a_record_in_its_dns_proves_a_domain(
    alice: httpx.AsyncClient, world: World, names: NameServer
) -> None:
    named = (await name_domain(alice, world.acme_path, " Acme.Example. ")).json()
    assert named["name"] == "acme.example"
    assert named["record"].startswith("backoffice-verification=")
    check = f"/v1/domains/{named['id']}/check"
    assert (await alice.post(check)).status_code == 409
    names.records["acme.example"] = named["record"]
    found = (await alice.post(check)).json()
    assert (found["proven_by"], found["proven_at"] is None) == ("dns", False)


async def test_a_domain_belongs_to_one_organization(
    app: FastAPI, alice: httpx.AsyncClient, world: World, names: NameServer
) -> None:
    charlie = await signed_in(app, "charlie")
    await proven(app.state.database, world.acme, "acme.example")
    taken = (await name_domain(charlie, f"/v1/organizations/org_{world.other.hex}", "acme.example")).json()
    names.records["acme.example"] = taken["record"]
    answer = await charlie.post(f"/v1/domains/{taken['id']}/check")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert (await alice.post(f"/v1/domains/{taken['id']}/check")).status_code == 404


async def test_what_anybody_can_have_an_address_at_cannot_be_named(
    alice: httpx.AsyncClient, world: World
) -> None:
    for name in ("gmail.com", "localhost", "acme", "-a.example", "a b.example", "exa\x01mple.com"):
        assert (await name_domain(alice, world.acme_path, name)).status_code == 422, name
    assert (await name_domain(alice, world.acme_path, "münchen.example")).json()["name"].startswith("xn--")
    assert (await name_domain(alice, world.acme_path, "xn--mnchen-3ya.example")).status_code == 409


async def test_the_link_of_a_letter_proves_a_domain_once_and_only_when_it_is_confirmed(
    app: FastAPI, alice: httpx.AsyncClient, stella: httpx.AsyncClient, world: World
) -> None:
    named = (await name_domain(alice, world.acme_path, "acme.example")).json()
    asked = await alice.post(f"/v1/domains/{named['id']}/mail", json={"mailbox": "hostmaster"})
    assert asked.json()["mail_sent_to"] == "hostmaster@acme.example"
    letter = (await stella.get("/v1/outbox")).json()["items"][0]
    link = re.search(r"/sign-on/domains/[\w-]{40,}", letter["text"])
    assert link is not None
    reader = browser(app)
    for _ in range(2):
        assert "Confirm it only if" in (await reader.get(link[0])).text
    assert (await reader.post(link[0], headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert (await reader.post(link[0])).status_code == 200
    assert (await reader.post(link[0])).status_code == 404
    found = (await alice.get(f"{world.acme_path}/domains")).json()["items"][0]
    assert found["proven_by"] == "mail"


async def test_a_name_server_that_does_not_answer_is_said_to_be_unavailable(
    app: FastAPI, alice: httpx.AsyncClient, world: World
) -> None:
    named = (await name_domain(alice, world.acme_path, "acme.example")).json()
    app.state.dns = Dns(("127.0.0.1", 9))
    assert (await alice.post(f"/v1/domains/{named['id']}/check")).status_code == 503


async def test_a_strangers_mailbox_is_not_written_to_again_and_again(
    alice: httpx.AsyncClient, world: World
) -> None:
    named = (await alice.post(f"{world.acme_path}/domains", json={"name": "stranger.example"})).json()
    path = f"/v1/domains/{named['id']}/mail"
    told = [(await alice.post(path, json={"mailbox": "admin"})).status_code for _ in range(6)]
    assert told == [200, 200, 200, 200, 429, 429]
