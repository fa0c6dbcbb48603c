"""The proofs at the doors: staff see what is open and ask for a round."""

import httpx

from db import proof_findings
from db.engine import Database
from domain.proof import Finding
from tests.api.conftest import NOW, World

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
