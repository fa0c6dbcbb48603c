"""Projects, their people and departments stay inside their organization, whoever asks."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from db import departments, milestones, organizations, project_members, projects, users
from db.engine import Database
from domain.department import Department
from domain.errors import NotFound
from domain.ids import new_id
from domain.milestone import Milestone
from domain.organization import personal_organization
from domain.project import Project
from tests.api.conftest import user
from tests.world import an_organization

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TABLES = ("projects", "project_members", "milestones", "departments", "account_sums")


async def a_person(database: Database, name: str, organization_id: UUID) -> UUID:
    """Somebody who belongs to the organization."""
    async with database.begin() as tx:
        person = await users.ensure(tx, user(name, "client"), password_hash=None)
        await users.insert_membership(
            tx, organization_id=organization_id, user_id=person, role="member", now=NOW
        )
    return person


async def furnished(database: Database, organization_id: UUID, person: UUID) -> UUID:
    """A project with a milestone and a person, a department, and sums; gives the project."""
    project = Project(id=new_id(), organization_id=organization_id, name="Bot", created_at=NOW)
    own = {"id": new_id(), "organization_id": organization_id, "name": "Care", "created_at": NOW}
    step = Milestone(
        **{**own, "name": "Live"},
        project_id=project.id,
        due_on=None,
        amount_nanos=None,
        place=1,
        done_at=None,
    )
    async with database.begin() as tx:
        await projects.insert_one(tx, project)
        await milestones.insert_one(tx, step)
        await departments.insert_one(tx, Department(**own))
        await project_members.put(
            tx, project_id=project.id, organization_id=organization_id, user_id=person, role="member", now=NOW
        )
        await tx.execute(
            text("insert into account_sums values (:id, 0, 0, 0, :now)"), {"id": organization_id, "now": NOW}
        )
    return project.id


async def test_a_query_without_a_filter_finds_only_the_own_rows(database: Database) -> None:
    acme, other = await an_organization(database, name="Acme"), await an_organization(database, name="Other")
    for name, organization_id in (("alice", acme), ("charlie", other)):
        await furnished(database, organization_id, await a_person(database, name, organization_id))
    async with database.client(acme) as tx:
        for table in TABLES:
            assert (await tx.execute(text(f"select count(*) from {table}"))).scalar_one() == 1, table


async def test_a_client_cannot_write_into_another_organizations_project(database: Database) -> None:
    acme, other = await an_organization(database, name="Acme"), await an_organization(database, name="Other")
    alice, charlie = await a_person(database, "alice", acme), await a_person(database, "charlie", other)
    project = await furnished(database, acme, alice)
    row = "insert into project_members values (:project, :organization, :person, 'administrator', now())"
    for organization, refusal in ((acme, ProgrammingError), (other, IntegrityError)):
        with pytest.raises(refusal):
            async with database.client(other) as tx:
                await tx.execute(
                    text(row), {"project": project, "organization": organization, "person": charlie}
                )


async def test_a_stranger_is_no_projects_member_owner_or_departments_person(database: Database) -> None:
    acme, other = await an_organization(database, name="Acme"), await an_organization(database, name="Other")
    alice, charlie = await a_person(database, "alice", acme), await a_person(database, "charlie", other)
    facts = {
        "project": await furnished(database, acme, alice),
        "acme": acme,
        "other": other,
        "charlie": charlie,
    }
    for statement in (
        "insert into project_members values (:project, :acme, :charlie, 'member', now())",
        "update projects set owner_member_id = :charlie where id = :project",
        "update memberships set department_id = (select id from departments) where organization_id = :other",
    ):
        with pytest.raises(IntegrityError, match="foreign key"):
            async with database.begin() as tx:
                await tx.execute(text(statement), {k: v for k, v in facts.items() if f":{k}" in statement})
    with pytest.raises(NotFound):
        async with database.begin() as tx:
            await project_members.put(
                tx, project_id=facts["project"], organization_id=acme, user_id=charlie, role="member", now=NOW
            )


async def test_a_client_sees_of_the_staff_only_who_leads_its_projects(database: Database) -> None:
    acme = await an_organization(database, name="Acme")
    project = await furnished(database, acme, await a_person(database, "alice", acme))
    async with database.begin() as tx:
        stella = await users.ensure(tx, user("stella", "staff"), password_hash=None)
        await users.ensure(tx, user("steve", "staff"), password_hash=None)
        await tx.execute(
            text("update projects set owner_staff_id = :s where id = :p"), {"s": stella, "p": project}
        )
    async with database.client(acme) as tx:
        names = (await tx.execute(text("select name from users order by name"))).scalars().all()
    assert names == ["Alice", "Stella"]


async def test_a_personal_organization_is_called_by_its_person_and_pays_ahead(database: Database) -> None:
    await an_organization(database)
    where = {"country": "de", "currency": "eur", "time_zone": "Europe/Berlin", "legal_entity": "main"}
    made = personal_organization(
        organization_id=new_id(), name=" ", email="erin@example.com", now=NOW, **where
    )
    async with database.begin() as tx:
        await organizations.insert_one(tx, made)
        found = await organizations.get(tx, organization_id=made.id)
    assert (found.name, found.kind, found.billing_mode, found.currency) == (
        "erin",
        "personal",
        "prepaid",
        "EUR",
    )
