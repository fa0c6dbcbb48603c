from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.api_key import issue
from domain.errors import Invalid
from domain.key_form import ALPHABET, checked, keyed_hash, mint
from domain.principal import Unauthenticated

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@given(st.binary(min_size=32, max_size=32))
def test_every_minted_key_passes_its_own_check(chance: bytes) -> None:
    secret = mint("live", chance)
    assert checked(secret) == secret
    assert mint("live", chance) == secret


@given(st.binary(min_size=32, max_size=32), st.integers(8, 45), st.sampled_from(ALPHABET))
def test_a_mistyped_character_is_told_without_a_look_up(chance: bytes, place: int, typed: str) -> None:
    secret = mint("live", chance)
    mistyped = secret[:place] + typed + secret[place + 1 :]
    if mistyped != secret:
        with pytest.raises(Unauthenticated):
            checked(mistyped)


def test_the_environment_is_part_of_what_the_checksum_covers() -> None:
    with pytest.raises(Unauthenticated):
        checked(mint("live").replace("bo_live_", "bo_test_"))


def test_the_kept_hash_depends_on_the_pepper() -> None:
    secret = mint("live")
    assert keyed_hash(secret, "one") != keyed_hash(secret, "another")


@pytest.mark.parametrize("ends", [NOW, datetime.max.replace(tzinfo=UTC)], ids=["past", "never-ending"])
def test_a_key_ends_in_a_future_that_its_successors_reach_too(ends: datetime) -> None:
    with pytest.raises(Invalid):
        issue(
            organization_id=None,
            project_id=None,
            name="x",
            environment="live",
            scopes=["platform:all"],
            created_by="x",
            now=NOW,
            expires_at=ends,
        )
