"""The facts of letters about keys at providers of models, frozen."""

from dataclasses import dataclass
from datetime import datetime

from domain.letters.correspondents import Correspondents


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderKeyRefused:
    """A key that a provider accepted until `worked_at` is refused now; `project` is empty for one of the whole organization."""

    who: Correspondents
    provider: str
    name: str
    last_four: str
    project: str
    reason: str
    worked_at: datetime
    refused_at: datetime
    link: str
