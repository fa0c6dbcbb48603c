"""Nothing that names a person or an organization is forgotten; who asks never decides; certificates never change."""

from typing import LiteralString

import psycopg
import pytest
from psycopg.sql import SQL
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from db.engine import Database
from db.erasing import organization, person
from tests.privacy import a_house, asked

_TABLES = """
select distinct c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and """
_NAMES_ORGANIZATION = "a.attname = 'organization_id'"
# A column called like it, or a key that leads to a person or to a membership.
_NAMES_PERSON = r"""(a.attname ~ '(^|_)(user_id|e?mail)$' or a.attname = 'recipient' or exists (
  select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and a.attnum = any (k.conkey)
     and k.confrelid in ('users'::regclass, 'memberships'::regclass)))"""


def tables(database_url: str, condition: LiteralString) -> set[str]:
    with psycopg.connect(database_url) as connection:
        return {row[0] for row in connection.execute(SQL(_TABLES) + SQL(condition))}


def test_every_table_that_names_a_person_is_erased_or_kept_for_a_reason(database_url: str) -> None:
    remedy = "say in db/erasing/person.py what becomes of it"
    assert tables(database_url, _NAMES_PERSON) - person.TABLES == set(), remedy


def test_every_table_of_an_organization_is_erased_or_kept_for_a_reason(database_url: str) -> None:
    remedy = "say in db/erasing/organization.py what becomes of it"
    assert tables(database_url, _NAMES_ORGANIZATION) - organization.TABLES == set(), remedy


def test_no_rule_is_about_a_table_that_is_gone(database_url: str) -> None:
    known = tables(database_url, "true")
    assert (person.TABLES | organization.TABLES) - known == set()


async def test_nobody_decides_about_their_own_request_whatever_the_code_says(database: Database) -> None:
    house = await a_house(database, usage=False)
    await asked(database, house, by="stella")
    decide = text("update deletions set state = 'refused', decided_by = requested_by, decided_at = now()")
    with pytest.raises(IntegrityError, match="check constraint"):
        async with database.begin() as tx:
            await tx.execute(decide)


async def test_an_organization_has_one_deletion_at_a_time(database: Database) -> None:
    house = await a_house(database, usage=False)
    await asked(database, house)
    again = text(
        """insert into deletions (id, organization_id, state, reason, requested_by, requested_at, organization_was, decides_until)
           select uuidv7(), organization_id, state, reason, requested_by, now(), 'active', now() from deletions"""
    )
    with pytest.raises(IntegrityError, match="deletions_single"):
        async with database.begin() as tx:
            await tx.execute(again)


@pytest.mark.parametrize(
    "act", ["update certificates set document = '{}'", "delete from certificates", "truncate certificates"]
)
async def test_a_certificate_cannot_be_changed(database: Database, act: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.begin() as tx:
            await tx.execute(text(act))
