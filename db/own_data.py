"""What is kept about a person, for that person's own archive; never a secret or the hash of one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from db.engine import Tx

_MEMBERSHIPS = text("""
select m.organization_id, o.name as organization, m.role, d.name as department, m.created_at, m.used_at
  from memberships m join organizations o on o.id = m.organization_id
  left join departments d on d.id = m.department_id
 where m.user_id = :user_id order by m.created_at, m.organization_id""")
_PROJECTS = text("""
select p.organization_id, r.project_id, p.name as project, r.role, r.created_at
  from project_members r join projects p on p.id = r.project_id
 where r.user_id = :user_id order by r.created_at, r.project_id""")
_ASSIGNMENTS = text("""
select a.organization_id, o.name as organization, a.assigned_at
  from assignments a join organizations o on o.id = a.organization_id
 where a.user_id = :user_id order by a.assigned_at, a.organization_id""")
_DEVICES = text("""
select first_seen_at, last_seen_at from devices where user_id = :user_id order by first_seen_at""")
_PASSKEYS = text("""
select id, name, transports, backed_up, created_at, last_used_at
  from passkeys where user_id = :user_id order by created_at""")
_IDENTITIES = text("""
select i.organization_id, o.name as organization, i.issuer, i.subject, i.email, i.created_at as linked_at, i.last_used_at
  from sign_on_identities i join organizations o on o.id = i.organization_id
 where i.user_id = :user_id order by i.created_at""")
_PROTECTION = text("""
select (select password_hash is not null from users where id = :user_id) as has_password,
       (select confirmed_at from authenticators where user_id = :user_id) as second_factor_since,
       (select count(*) from recovery_codes where user_id = :user_id and used_at is null) as recovery_codes_left""")


async def list_memberships(tx: Tx, *, user_id: UUID) -> Sequence[dict[str, Any]]:
    """The organizations they belong to, with role and department."""
    return await _rows(tx, _MEMBERSHIPS, user_id)


async def list_project_roles(tx: Tx, *, user_id: UUID) -> Sequence[dict[str, Any]]:
    """The projects they have a role in."""
    return await _rows(tx, _PROJECTS, user_id)


async def list_assignments(tx: Tx, *, user_id: UUID) -> Sequence[dict[str, Any]]:
    """The organizations that a contractor works for."""
    return await _rows(tx, _ASSIGNMENTS, user_id)


async def list_devices(tx: Tx, *, user_id: UUID) -> Sequence[dict[str, Any]]:
    """When the browsers they signed in with were seen first and last; nothing else is kept of them."""
    return await _rows(tx, _DEVICES, user_id)


async def list_passkeys(tx: Tx, *, user_id: UUID) -> Sequence[dict[str, Any]]:
    """Their passkeys by name, without anything of the keys."""
    return await _rows(tx, _PASSKEYS, user_id)


async def list_identities(tx: Tx, *, user_id: UUID) -> Sequence[dict[str, Any]]:
    """Who they are at the sign-on providers of their organizations."""
    return await _rows(tx, _IDENTITIES, user_id)


async def get_protection(tx: Tx, *, user_id: UUID) -> dict[str, Any]:
    """What their account is protected by."""
    (found,) = await _rows(tx, _PROTECTION, user_id)
    return found


async def _rows(tx: Tx, query: TextClause, user_id: UUID) -> Sequence[dict[str, Any]]:
    return [dict(row._mapping) for row in await tx.execute(query, {"user_id": user_id})]
