"""When a skill queue is open: spans of a week in one time zone, and the dates that differ.

A computation over values: nothing here knows what now is, waits for an opening or decides what a closed queue does with its
contacts (`policy` and the contact do). Answers are in UTC.

The rules it lives by:

1. A span belongs to the date it begins on. One that ends at or before its beginning ends on the next date, so 22:00-06:00 is
   a night and 00:00-00:00 (written 00:00-24:00) a whole day. A holiday replaces the spans that begin on its date; the night
   that began the day before still ends in the morning.
2. The clock on the wall decides. Where it jumps ahead, an opening or closing that it skips is the instant of the jump.
   Where it is set back, an opening that it shows twice is the first and a closing the second: nobody finds the door shut while
   the clock says it is open, and no hour is lost to an agent's shift.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from channels.value import value

Span: TypeAlias = tuple[time, time]
Stretch: TypeAlias = tuple[datetime, datetime]  # open from, open until, in UTC

DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)
MIDNIGHT: Final = time(0)
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ORDINARY: Final = 21  # days after which a week has shown all it does by itself, a skipped hour included

_CLOCK: Final = "([01][0-9]|2[0-3]):[0-5][0-9]"


@value
class Hours:
    """Opening hours. `week` is by weekday, Monday 0; days left out are closed. `holidays` replace the week on their dates.

    timezone    a name of the IANA database, such as Europe/Berlin
    """

    timezone: str
    week: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    holidays: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def is_open(self, at: datetime) -> bool:
        """Whether `at` lies in a span; the end of a span does not."""
        at = _utc(at)
        return any(start <= at < end for start, end in self._stretches(self._around(at)))

    def next_open(self, at: datetime) -> datetime | None:
        """The first instant from `at` on that is open: `at` itself if it is; None if there is none."""
        at = _utc(at)
        for day in chain.from_iterable(self._days_from(at)):
            starts = [max(start, at) for start, end in self._stretches([day]) if end > at]
            if starts:
                return min(starts)  # nothing that begins on a later date begins earlier
        return None

    def next_change(self, at: datetime) -> datetime | None:
        """The first instant after `at` at which open turns to closed or closed to open; None if that never happens."""
        at = _utc(at)
        if not self.is_open(at):
            return self.next_open(at)
        until = at
        for days in self._days_from(at):
            # Between runs lies nothing but the ordinary week, just seen to have no end: still open when the second date begins,
            # by a span of the first.
            until = max(until, self._instant(days[1], MIDNIGHT, last=False))
            for start, end in sorted(self._stretches(days)):
                if start > until:
                    return until
                until = max(until, end)
            if until < self._instant(days[-1], MIDNIGHT, last=False):
                return until
        return None

    def _around(self, at: datetime) -> list[date]:
        """The dates whose spans can hold `at`: its own, the one before (nights), the one after (a midnight set back)."""
        today = at.astimezone(_zone(self.timezone)).date()
        return [today - DAY, today, today + DAY]

    def _days_from(self, at: datetime) -> Iterator[list[date]]:
        """Runs of dates that can matter from `at` on: some ordinary weeks, then what lies around each later holiday."""
        first = self._around(at)[0]
        yield [first + number * DAY for number in range(ORDINARY + 1)]
        near: set[date] = set()
        for holiday in self.holidays:
            if holiday >= first:
                near.update(holiday + number * DAY for number in range(-2, ORDINARY))
        run: list[date] = []
        for day in sorted(near):
            if run and day != run[-1] + DAY:
                yield run
                run = []
            run.append(day)
        if run:
            yield run

    def _stretches(self, days: Iterable[date]) -> Iterator[Stretch]:
        for day in days:
            spans = self.holidays.get(day)
            for opens, closes in self.week.get(day.weekday(), ()) if spans is None else spans:
                start = self._instant(day, opens, last=False)
                end = self._instant(day if closes > opens else day + DAY, closes, last=True)
                if start < end:
                    yield start, end

    def _instant(self, day: date, clock: time, *, last: bool) -> datetime:
        """When the clock on the wall first reaches this time of this day, or reaches it for the last time."""
        zone = _zone(self.timezone)
        first, second = (datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))
        if second >= first:
            return second if last else first
        # The clock skips this time: `second` was taken before the jump and `first` after it. Find the jump between.
        seconds = range(int((first - second) / SECOND) + 1)
        after = first.astimezone(zone).utcoffset()
        moved = bisect_left(
            seconds, True, key=lambda count: (second + count * SECOND).astimezone(zone).utcoffset() == after
        )
        return second + moved * SECOND


ALWAYS: Final = Hours("UTC", dict.fromkeys(range(7), ((MIDNIGHT, MIDNIGHT),)))


def parse_hours(timezone: str, week: Iterable[str], holidays: Iterable[str] = ()) -> Hours:
    """Opening hours as people write them. Raises `ValueError`, a sentence with the value that is wrong.

    week        lines such as `mon-fri 09:00-12:00 13:00-24:00`, `sat,sun closed`, `daily 00:00-24:00`, `fri 22:00-06:00`
    holidays    lines such as `2025-12-25 closed`, `2025-12-24 09:00-12:00`
    """
    try:
        _zone(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"Time zone {timezone!r} is not known: expected an IANA name such as Europe/Berlin."
        ) from error
    by_day: dict[int, tuple[Span, ...]] = {}
    for line in week:
        head, spans = _parse_line(line, "mon-fri 09:00-18:00")
        for weekday in _parse_days(head, line):
            by_day[weekday] = by_day.get(weekday, ()) + spans
    for weekday, spans in by_day.items():
        _refuse_overlap(spans, DAYS[weekday])
    by_date: dict[date, tuple[Span, ...]] = {}
    for line in holidays:
        head, spans = _parse_line(line, "2025-12-25 closed")
        day = _parse_date(head, line)
        if day in by_date:
            raise ValueError(f"Holiday {head} is given twice: put all its spans in one line.")
        _refuse_overlap(spans, head)
        by_date[day] = spans
    return Hours(timezone, by_day, by_date)


def _parse_line(line: str, example: str) -> tuple[str, tuple[Span, ...]]:
    head, *words = line.split() or [""]
    if not words:
        raise ValueError(f"Hours {line!r} say no time: expected something like {example!r}.")
    if words == ["closed"]:
        return head, ()
    return head, tuple(_parse_span(word, line) for word in words)


def _parse_days(text: str, line: str) -> list[int]:
    if text.lower() == "daily":
        return list(range(7))
    weekdays: list[int] = []
    for part in text.lower().split(","):
        first, dash, last = part.partition("-")
        for name in (first, last) if dash else (first,):
            if name not in DAYS:
                raise ValueError(f"Day {name!r} in {line!r} is not known: expected one of {', '.join(DAYS)}, or daily.")
        start = DAYS.index(first)
        length = (DAYS.index(last) - start) % 7 + 1 if dash else 1
        weekdays += [(start + number) % 7 for number in range(length)]
    if len(weekdays) != len(set(weekdays)):
        raise ValueError(f"Days {text!r} in {line!r} name a day twice.")
    return weekdays


def _parse_date(text: str, line: str) -> date:
    expected = f"Date {text!r} in {line!r} is none: expected one that exists, from 1970 to 2999, such as 2025-12-25."
    if not re.fullmatch(r"(19[7-9]|2[0-9]{2})[0-9]-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(expected)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(expected) from error


def _parse_span(text: str, line: str) -> Span:
    if not re.fullmatch(rf"{_CLOCK}-({_CLOCK}|24:00)", text):
        raise ValueError(f"Time span {text!r} in {line!r} is none: expected HH:MM-HH:MM, from 00:00 to 24:00.")
    opens, closes = text.split("-")
    if opens == closes:
        raise ValueError(
            f"Time span {text!r} in {line!r} is empty: write 00:00-24:00 for a whole day, or leave it out."
        )
    return time.fromisoformat(opens), MIDNIGHT if closes == "24:00" else time.fromisoformat(closes)


def _refuse_overlap(spans: tuple[Span, ...], where: str) -> None:
    for (opens, closes), (following, _) in pairwise(sorted(spans)):
        if closes <= opens or closes > following:
            raise ValueError(f"Hours of {where} overlap at {following:%H:%M}: a span must end before the next begins.")


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"Time {at.isoformat()} has no time zone: pass an aware datetime.")
    return at.astimezone(UTC)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
