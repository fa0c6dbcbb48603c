"""The proofs of the books, one named query each; `ALL` is the list, `of_scope` what is asked how often."""

from db.proofs import invoices, month_ends, payments, receivables, records, seals, usage, wallets
from db.proofs.proof import MOST_FINDINGS, Proof, contradictions, first_entry_at
from domain.proof import Scope

ALL: tuple[Proof, ...] = (
    *wallets.PROOFS,
    *usage.PROOFS,
    *invoices.PROOFS,
    *receivables.PROOFS,
    *payments.PROOFS,
    *month_ends.PROOFS,
    *records.PROOFS,
    *seals.PROOFS,
)

__all__ = ["ALL", "MOST_FINDINGS", "Proof", "contradictions", "first_entry_at", "named", "of_scope"]


def of_scope(scope: Scope) -> tuple[Proof, ...]:
    """What is proved every few minutes ("recent"), or everything ("full")."""
    return tuple(proof for proof in ALL if scope == "full" or proof.scope == "recent")


def named(name: str) -> Proof:
    """The proof of that name.

    Raises:
        KeyError: there is none.
    """
    return {proof.name: proof for proof in ALL}[name]
