"""Proof that something is among many, without showing the others: a hash tree as in RFC 6962.

A leaf's hash is sha256(00 ‖ leaf), a node's sha256(01 ‖ left ‖ right); n leaves are split at the largest power of
two below n. Whoever knows the root can check one leaf with about log2(n) hashes.
"""

import hashlib
from collections.abc import Sequence


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root; of no leaves the hash of nothing."""
    if not leaves:
        return hashlib.sha256().digest()
    row = [_leaf(leaf) for leaf in leaves]
    while len(row) > 1:
        row = _row_above(row)
    return row[0]


def path_of(leaves: Sequence[bytes], index: int) -> list[tuple[str, bytes]]:
    """What to join to leaf `index`, from the bottom up: on which side (`left` or `right`), and which hash."""
    row, path = [_leaf(leaf) for leaf in leaves], list[tuple[str, bytes]]()
    while len(row) > 1:
        beside = index ^ 1
        if beside < len(row):
            path.append(("left" if beside < index else "right", row[beside]))
        row, index = _row_above(row), index // 2
    return path


def root_from(leaf: bytes, path: Sequence[tuple[str, bytes]]) -> bytes:
    """The root that the leaf has with this path."""
    found = _leaf(leaf)
    for side, other in path:
        found = _node(other, found) if side == "left" else _node(found, other)
    return found


def _row_above(row: Sequence[bytes]) -> list[bytes]:
    """The row above; the last of an odd row rises as it is, which is RFC 6962's split."""
    pairs = [_node(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
    return pairs + ([row[-1]] if len(row) % 2 else [])


def _leaf(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
