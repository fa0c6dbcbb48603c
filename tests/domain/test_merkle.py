import hashlib

from hypothesis import given
from hypothesis import strategies as st

from domain.merkle import path_of, root_from, root_of

LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)


def split(leaves: list[bytes]) -> bytes:
    """RFC 6962's own words: split at the largest power of two below n."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    at = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + split(leaves[:at]) + split(leaves[at:])).digest()


@given(LEAVES)
def test_the_root_is_that_of_rfc_6962(leaves: list[bytes]) -> None:
    assert root_of(leaves) == split(leaves)


@given(LEAVES, st.data())
def test_every_leaf_leads_to_the_root_and_no_other_does(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = path_of(leaves, index)
    assert root_from(leaves[index], path) == root_of(leaves)
    assert root_from(hashlib.sha256(leaves[index]).digest(), path) != root_of(leaves)
    assert len(path) <= len(leaves).bit_length()


def test_nothing_has_the_hash_of_nothing() -> None:
    assert root_of([]) == hashlib.sha256(b"").digest()
