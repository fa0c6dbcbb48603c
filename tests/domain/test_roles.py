import pytest

from domain.errors import Invalid
from domain.roles import CLIENT_ROLES, MATRIX, grantable, permissions_of_role, permissions_of_scopes


def test_what_is_internal_is_held_by_no_client_and_no_organization_key() -> None:
    internal = {"prices:read", "prices:write", "costs:read", "outbox:read", "gifts:write", "processes:steer"}
    for role in CLIENT_ROLES:
        assert internal.isdisjoint(permissions_of_role(role))
    assert internal.isdisjoint(grantable(staff=False))


def test_roles_are_nested_from_viewer_to_owner() -> None:
    viewer, member, admin, owner = (permissions_of_role(role) for role in reversed(CLIENT_ROLES))
    assert viewer < member < admin <= owner
    assert permissions_of_role("contractor") < permissions_of_role("staff")


def test_broad_scopes_never_carry_what_needs_an_explicit_grant() -> None:
    broad = permissions_of_scopes(("workspace:write",), staff=False)
    assert permissions_of_scopes(("workspace:read",), staff=False) < broad
    assert not any(MATRIX[permission].by_key in {"explicit", "never"} for permission in broad)
    assert permissions_of_scopes(("payloads:read",), staff=False) == {"payloads:read"}


def test_a_staff_key_with_everything_still_manages_no_keys() -> None:
    everything = permissions_of_scopes(("platform:all",), staff=True)
    missing = permissions_of_role("staff") - everything
    assert missing == {
        "assignments:write",
        "console:view",
        "deletions:approve",
        "deletions:request",
        "holds:write",
        "keys:manage",
        "privacy:write",
        "sessions:own",
        "sign-on:write",
        "users:write",
    }


@pytest.mark.parametrize("scope", ["platform:all", "platform:read", "prices:read", "keys:manage", "nonsense"])
def test_an_organization_key_cannot_be_given_a_staff_scope(scope: str) -> None:
    with pytest.raises(Invalid, match="is not a scope of organization keys"):
        permissions_of_scopes((scope,), staff=False)


@pytest.mark.parametrize("scope", ["workspace:read", "keys:manage"])
def test_a_staff_key_takes_staff_scopes(scope: str) -> None:
    with pytest.raises(Invalid, match="is not a scope of staff keys"):
        permissions_of_scopes((scope,), staff=True)
