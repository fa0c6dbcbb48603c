"""Projects of one organization or of all, each beside its client, who leads it, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx
from db.rows import AnyRow
from domain.engagement import Engagement
from domain.errors import NotFound
from domain.project import Project, ProjectStatus

_COLUMNS = ", ".join(f"p.{field.name}" for field in fields(Project))
_LIST = f"""
select {_COLUMNS}, o.name as organization_name, o.currency, coalesce(nullif(u.name, ''), u.email, '') as owner_name,
       m.milestones, m.done, n.name as next_name, n.due_on as next_due_on,
       (select count(*) from project_members where project_id = p.id) as people
  from projects p join organizations o on o.id = p.organization_id
  left join users u on u.id = coalesce(p.owner_member_id, p.owner_staff_id)
  cross join lateral (select count(*) as milestones, count(done_at) as done from milestones where project_id = p.id) m
  left join lateral (select name, due_on from milestones where project_id = p.id and done_at is null
                      order by place, id limit 1) n on true
 where (cast(:organization_id as uuid) is null or p.organization_id = :organization_id)
   and (cast(:project_id as uuid) is null or p.id = :project_id)
   and (cast(:status as text) is null or p.status = :status)
   and (cast(:owner_id as uuid) is null or coalesce(p.owner_member_id, p.owner_staff_id) = :owner_id)
   and (cast(:member_id as uuid) is null or exists (select from project_members where project_id = p.id and user_id = :member_id))
   and (cast(:part as text) is null or lower(p.name) like :part or lower(o.name) like :part)
   and (cast(:after as uuid) is null or p.id < :after)
 order by p.id desc limit :most
"""  # noqa: S608 — the domain's field names


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which projects; `search` is a part of the project's or the client's name, `member_id` somebody in it."""

    organization_id: UUID | None = None
    project_id: UUID | None = None
    status: ProjectStatus | None = None
    owner_id: UUID | None = None
    member_id: UUID | None = None
    search: str = ""


async def list_page(tx: Tx, *, filters: Filters, after: UUID | None, limit: int) -> Sequence[Engagement]:
    """At most `limit` projects, the newest first."""
    facts = {name: getattr(filters, name) for name in Filters.__slots__ if name != "search"}
    part = filters.search.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    facts |= {"part": f"%{part}%" if part else None, "after": after, "most": limit}
    return [_engagement(row) for row in await tx.execute(text(_LIST), facts)]


async def get(tx: Tx, *, project_id: UUID) -> Engagement:
    """One project.

    Raises:
        NotFound: there is none, or the transaction may not see it.
    """
    found = await list_page(tx, filters=Filters(project_id=project_id), after=None, limit=1)
    if not found:
        raise NotFound("There is no such project")
    return found[0]


def _engagement(row: AnyRow) -> Engagement:
    """A row as the domain knows it."""
    facts = row._asdict()
    project = Project(**{field.name: facts.pop(field.name) for field in fields(Project)})
    return Engagement(project=project, **facts)
