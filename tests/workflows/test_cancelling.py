"""What a cancelled process still does is done in the name of whoever cancelled it."""

from domain.audit import Actor
from domain.ids import new_id, show
from gateways.temporal.actors import acting
from tests.invitations import Inviting, inviting_office
from tests.monthend import rows
from workflows.process import Act

__all__ = ["inviting_office"]


async def test_taking_an_invitation_back_by_its_process_is_logged_as_who_cancelled_it(
    inviting_office: Inviting,
) -> None:
    invite = await inviting_office.invite()
    handle = await inviting_office.followed(invite)
    stella = Actor(kind="staff", id=show("usr", new_id()), name="Stella")
    with acting(stella):
        await handle.execute_update("cancel", Act(reason="wrong person"))
    assert await inviting_office.ended(handle) == "revoked"
    found = await rows(
        inviting_office.database, "select actor_kind, actor_id from audit where action = 'invite.revoke'"
    )
    assert found == [{"actor_kind": "staff", "actor_id": stella.id}]
