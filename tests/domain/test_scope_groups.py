from domain.roles import MATRIX, grantable
from domain.scope_groups import broad_choices, narrow_groups, role_groups


def test_every_scope_that_can_be_given_is_offered_once() -> None:
    for staff in (True, False):
        offered = [
            choice.scope for group in narrow_groups(grantable(staff=staff)) for choice in group.choices
        ]
        assert sorted(offered) == sorted(grantable(staff=staff))


def test_explicit_grants_and_broad_writing_are_marked_sensitive() -> None:
    choices = [choice for group in narrow_groups(grantable(staff=False)) for choice in group.choices]
    marked = {choice.scope for choice in choices if choice.sensitive}
    assert marked == {name for name in grantable(staff=False) if MATRIX[name].by_key == "explicit"}
    assert [choice.sensitive for choice in broad_choices(staff=False)] == [False, True]


def test_clients_are_told_of_everything_but_what_is_for_staff() -> None:
    told = [row.meaning for _, rows in role_groups() for row in rows]
    assert sorted(told) == sorted(grant.meaning for grant in MATRIX.values() if not grant.staff_only)
