"""The proofs at the doors: staff see what is open and ask for a round."""

from datetime import UTC, datetime, timedelta

import httpx

from db import ledger_seals, postings, proof_findings
from db.engine import Database
from domain.proof import Finding
from tests.api.conftest import NOW, World
from tests.db.test_postings import a_posting

FOUND = Finding(
    proof="wallet_equals_lots", kind="break", subject_id="org_1", organization_id=None, detail="1 is not 2"
)


async def test_staff_see_every_proof_and_what_contradicts_it(
    stella: httpx.AsyncClient, database: Database
) -> None:
    async with database.begin() as tx:
        await proof_findings.record(tx, [FOUND], now=NOW)
    shown = (await stella.get("/v1/proofs")).json()
    assert shown["open_findings"] == 1
    assert {proof["name"]: proof["open_findings"] for proof in shown["items"]}["wallet_equals_lots"] == 1
    findings = (await stella.get("/v1/proofs/findings")).json()["items"]
    assert [(each["subject_id"], each["detail"]) for each in findings] == [("org_1", "1 is not 2")]


async def test_what_is_resolved_is_listed_only_when_asked(
    stella: httpx.AsyncClient, database: Database
) -> None:
    async with database.begin() as tx:
        await proof_findings.record(tx, [FOUND], now=NOW)
        later = NOW.replace(hour=1)
        await proof_findings.resolve(tx, proof=FOUND.proof, unseen_since=later, now=later)
    assert (await stella.get("/v1/proofs/findings")).json()["items"] == []
    everything = await stella.get("/v1/proofs/findings", params={"open_only": "false"})
    assert len(everything.json()["items"]) == 1


async def test_a_round_is_asked_for_once_with_the_same_key(
    stella: httpx.AsyncClient, database: Database
) -> None:
    keyed = {"Idempotency-Key": "tonight"}
    first = await stella.post("/v1/proofs/run", json={"scope": "recent"}, headers=keyed)
    again = await stella.post("/v1/proofs/run", json={"scope": "recent"}, headers=keyed)
    assert (first.status_code, again.json()) == (202, first.json())
    async with database.begin() as tx:
        waiting = await tx.exec_driver_sql("select workflow, workflow_id from intents")
        assert [tuple(row) for row in waiting] == [("MoneyProofs", first.json()["workflow_id"])]


async def test_clients_see_no_proofs(alice: httpx.AsyncClient, world: World) -> None:
    assert (await alice.get("/v1/proofs")).status_code == 403
    assert (await alice.post("/v1/proofs/run", json={})).status_code == 403


async def test_sealed_days_are_listed_newest_first_and_in_pages(
    stella: httpx.AsyncClient, alice: httpx.AsyncClient, database: Database
) -> None:
    await postings_of_today(database)
    days = []
    for _ in range(3):
        async with database.begin() as tx:
            sealed = await ledger_seals.seal_next(tx, now=datetime.now(UTC) + timedelta(days=9))
        assert sealed is not None
        days.append(str(sealed.day))
    first = (await stella.get("/v1/ledger-seals?limit=2")).json()
    rest = (await stella.get("/v1/ledger-seals", params={"cursor": first["next_cursor"]})).json()
    assert [seal["day"] for seal in first["items"] + rest["items"]] == days[::-1]
    assert [seal["postings"] for seal in rest["items"]] == [1]
    assert rest["items"][0]["hash"] == first["items"][1]["previous_hash"]
    assert (await stella.get("/v1/ledger-seals?cursor=eA")).status_code == 422
    assert (await alice.get("/v1/ledger-seals")).status_code == 403


async def postings_of_today(database: Database) -> None:
    entry = await a_posting(database)
    async with database.begin() as tx:
        await postings.insert(tx, [entry])
