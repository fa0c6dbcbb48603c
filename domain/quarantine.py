"""Usage that has no price yet: kept, counted, valued, and charged once a price covers it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineGroup:
    """Records of one organization and one model or meter that no price covered.

    `at_stake_nanos` is what they cost by the provider's list price, in US dollars; None when that is not known.
    `releasable` counts those that a price covers by now.
    """

    organization_id: UUID
    organization: str
    provider: str
    model: str
    meter: str
    records: int
    releasable: int
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    quantity_micros: int
    first_at: datetime
    last_at: datetime
    at_stake_nanos: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineTotals:
    """All that waits for a price, as its groups say it; `at_stake_nanos` as far as it is known."""

    records: int
    releasable: int
    at_stake_nanos: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What was (or would be) charged to one organization, in nanos of its currency; the cost in US dollars."""

    organization_id: UUID
    currency: str
    records: int
    amount_nanos: int
    cost_nanos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseScope:
    """Which quarantined records are meant; what is None does not limit, the empty text means records without one."""

    provider: str | None = None
    model: str | None = None
    meter: str | None = None
    organization_id: UUID | None = None


def merged(releases: list[Release]) -> tuple[Release, ...]:
    """One release for each organization, from several."""
    sums: dict[UUID, Release] = {}
    for release in releases:
        sums[release.organization_id] = _sum(sums.get(release.organization_id), release)
    return tuple(sums[key] for key in sorted(sums))


def _sum(one: Release | None, two: Release) -> Release:
    """Both together."""
    if one is None:
        return two
    return Release(
        organization_id=two.organization_id,
        currency=two.currency,
        records=one.records + two.records,
        amount_nanos=one.amount_nanos + two.amount_nanos,
        cost_nanos=one.cost_nanos + two.cost_nanos,
    )
