"""The waits of deletion, erasure and archives, in days; parts of a day are for trying them out."""

from datetime import timedelta

from domain.privacy_terms import PrivacyTerms
from gateways.settings.environment import Environment


def read_privacy(source: Environment) -> PrivacyTerms:
    """Read the waits; faults are remembered in `source`."""

    def days(name: str, default: str) -> timedelta:
        return timedelta(days=float(source.decimal(name, default)))

    terms = PrivacyTerms(
        grace=days("PRIVACY_DELETION_GRACE_DAYS", "14"),
        erasure_grace=days("PRIVACY_ERASURE_GRACE_DAYS", "7"),
        remind_after=days("PRIVACY_REMIND_DAYS", "2"),
        escalate_after=days("PRIVACY_ESCALATE_DAYS", "5"),
        expire_after=days("PRIVACY_EXPIRE_DAYS", "14"),
        archives_last=days("PRIVACY_ARCHIVE_DAYS", "30"),
    )
    if not timedelta() < terms.remind_after < terms.escalate_after < terms.expire_after:
        source.fault("PRIVACY_REMIND_DAYS", "reminder, escalation and expiry have to follow each other")
    return terms
