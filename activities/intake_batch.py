"""The calls that share a commit as one batch: each identity sent once, and what became of each record told apart again."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain

from domain.usage_record import DUPLICATE, QUARANTINED


@dataclass(frozen=True, slots=True)
class Checked:
    """Records that passed the door, in the order they came: identity, staging line, payload lines and months.

    `payloads` holds the staging line of the request and response of those that have one, by their position.
    """

    keys: Sequence[tuple[str, str]]
    lines: Sequence[str]
    payloads: Mapping[int, str] = field(default_factory=dict[int, str])
    months: frozenset[tuple[int, int]] = frozenset()


class Batch:
    """The records of one commit, each identity once.

    Of what is kept aside, `repeats` say the same as the first of their identity and share its fate. `others` say
    something else, and only the database knows what: it holds the first, or refused it, or held a third before.
    A place counts the records of all calls.
    """

    def __init__(self, calls: Sequence[Checked]) -> None:
        self._keys = list(chain.from_iterable(checked.keys for checked in calls))
        self._lines = list(chain.from_iterable(checked.lines for checked in calls))
        self._starts = list(accumulate((len(checked.keys) for checked in calls), initial=0))
        self._texts = {
            start + position: text
            for start, checked in zip(self._starts, calls, strict=False)
            for position, text in checked.payloads.items()
        }
        self.months = frozenset(chain.from_iterable(checked.months for checked in calls))
        self.lines: Sequence[str] = self._lines
        self.payloads: Sequence[str] = list(self._texts.values())
        self.repeats: list[tuple[int, int]] = []
        self.others: list[int] = []
        self._kept: Sequence[int] = range(len(self._keys))
        if len(set(self._keys)) < len(self._keys):
            self._set_aside()

    def _set_aside(self) -> None:
        first: dict[tuple[str, str], int] = {}
        kept: list[int] = []
        for place, key in enumerate(self._keys):
            staged = first.setdefault(key, len(kept))
            if staged == len(kept):
                kept.append(place)
            elif self._lines[kept[staged]] == self._lines[place]:
                self.repeats.append((place, staged))
            else:
                self.others.append(place)
        self._kept = kept
        self.lines = [self._lines[place] for place in kept]
        self.payloads = [self._texts[place] for place in kept if place in self._texts]

    def verdicts(self, staged: Mapping[int, str]) -> Iterator[tuple[int, str]]:
        """The verdicts of what was sent, by place, and of what says the same."""
        for number, verdict in staged.items():
            yield self._kept[number], verdict
        for place, number in self.repeats:
            verdict = staged.get(number, DUPLICATE)
            yield place, DUPLICATE if verdict == QUARANTINED else verdict

    def lines_of_others(self) -> tuple[list[str], list[str]]:
        """What is asked again; payloads know only their identity, so they go along where that occurs once."""
        times = Counter(self._keys[place] for place in self.others)
        alone = [place for place in self.others if times[self._keys[place]] == 1]
        texts = [self._texts[place] for place in alone if place in self._texts]
        return [self._lines[place] for place in self.others], texts

    def origin(self, place: int) -> tuple[int, int]:
        """Which call a record came from, and its position there."""
        call = bisect_right(self._starts, place) - 1
        return call, place - self._starts[call]
