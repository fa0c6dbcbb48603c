"""Usage over HTTP against the way LLM Gateway writes its own: a queue, rows of ten, and a batch that takes credits.

    .venv/bin/python -m benchmarks.peer_llmgateway [--records 100000] [--json FILE]

Its pattern, made anew from its published worker: ten messages are taken from a queue, each one's organization is looked
up, ten rows are inserted; beside it a batch of a hundred unprocessed rows is locked, organizations and keys are debited
one by one, and the rows are marked. In its favour the queue costs nothing here and neither loop ever pauses.
"""

import argparse
import asyncio
import json
import random
import time
from pathlib import Path
from uuid import UUID

import psycopg
import uvloop

from benchmarks import stack
from benchmarks.ingestion import SENDERS, posts, prepared, records
from benchmarks.load import drive

AT_ONCE, CREDITED_AT_ONCE, KEYS = 10, 100, 200
TABLES = """
create table peer_organization (id uuid primary key, credits numeric not null, retention text not null default 'retain');
create table peer_key (id integer primary key, used numeric not null);
create table peer_log (
  id uuid primary key default uuidv7(), created_at timestamptz not null default now(), request_id text not null,
  organization_id uuid not null references peer_organization, key_id integer not null references peer_key,
  provider text not null, model text not null, input_tokens bigint not null, output_tokens bigint not null,
  duration_ms bigint not null, finish_reason text not null, cost numeric not null, processed_at timestamptz);
create index on peer_log (organization_id, created_at);
create index on peer_log (created_at) where processed_at is null;
"""
LOOK_UP = "select id, credits, retention from peer_organization where id = %s"
INSERT = f"""
insert into peer_log (request_id, organization_id, key_id, provider, model, input_tokens, output_tokens, duration_ms,
  finish_reason, cost) values {", ".join(["(%s, %s, %s, 'openai', 'gpt-1', 1000, 200, 900, 'stop', 0.0045)"] * AT_ONCE)}
"""
UNPROCESSED = f"""
select id, organization_id, key_id, cost from peer_log where processed_at is null order by created_at
 limit {CREDITED_AT_ONCE} for update skip locked
"""
DEBIT = "update peer_organization set credits = credits - %s where id = %s"
USE = "update peer_key set used = used + %s where id = %s"
MARK = "update peer_log set processed_at = now() where id = any (%s)"
Connection = psycopg.AsyncConnection[tuple[object, ...]]


async def insert_ten(session: Connection, queue: list[tuple[str, UUID, int]]) -> None:
    """Takes ten messages off the queue and stores them."""
    messages = [queue.pop() for _ in range(AT_ONCE)]
    async with session.pipeline():
        for message in messages:
            await session.execute(LOOK_UP, (message[1],))
    await session.execute(INSERT.encode(), [fact for message in messages for fact in message])


async def credit_hundred(session: Connection) -> int:
    """Debits organizations and keys for a hundred rows; says how many there were."""
    async with session.transaction():
        rows = await (await session.execute(UNPROCESSED.encode())).fetchall()
        for place, statement in ((1, DEBIT), (2, USE)):
            for owner in sorted({str(row[place]) for row in rows}):
                cost = sum(float(str(row[3])) for row in rows if str(row[place]) == owner)
                await session.execute(statement, (cost, owner))
        await session.execute(MARK, ([row[0] for row in rows],))
    return len(rows)


async def peer(url: str, organizations: list[UUID], count: int) -> float:
    """Records a second until each is stored and debited."""
    chance = random.Random(3)
    async with (
        await psycopg.AsyncConnection.connect(url, autocommit=True) as writer,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as crediting,
    ):
        for statement in TABLES.split(";\n")[:-1]:
            await writer.execute(statement.encode())
        await writer.execute(
            "insert into peer_organization select unnest(%s::uuid[]), 1000000", (organizations,)
        )
        await writer.execute(
            f"insert into peer_key select n, 0 from generate_series(0, {KEYS - 1}) n".encode()
        )
        queue = [
            (f"r{n}", chance.choice(organizations), chance.randrange(KEYS))
            for n in range(count // AT_ONCE * AT_ONCE)
        ]
        total, credited = len(queue), 0

        async def write() -> None:
            while queue:
                await insert_ten(writer, queue)

        began = time.perf_counter()
        writing = asyncio.create_task(write())
        while credited < total:
            credited += await credit_hundred(crediting)
        await writing
        return total / (time.perf_counter() - began)


async def product(port: int, organizations: list[UUID], key: str, count: int) -> float:
    """Records a second over HTTP, a thousand a call, with every check, price, debit and posting."""
    chance = random.Random(7)
    batches = [records(organizations, str(n), 1000, chance) for n in range(count // 1000 + 10)]
    await drive(port, posts(batches[:10], key), clients=2)
    seconds, _ = await drive(port, posts(batches[10:], key), clients=SENDERS)
    return (len(batches) - 10) * 1000 / seconds


async def measure(url: str, port: int, count: int) -> dict[str, float]:
    """Both rates, a second, and what is compared with the rate to reach."""
    organizations, key = await prepared(url, 50)
    theirs = await peer(url, organizations, count // 10)
    ours = await product(port, organizations, key, count)
    return {
        "llmgateway's pattern": theirs,
        "product over HTTP": ours,
        "product / pattern (reach 40)": ours / theirs,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with stack.postgres() as url, stack.api(url) as port:
        found = uvloop.run(measure(url, port, options.records))
    for name, value in found.items():
        print(f"{name:32} {value:12,.1f}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
