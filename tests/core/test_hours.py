"""Opening hours: golden tables over clock changes, nights and holidays, then what must hold of all hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ucs.core.hours import ALWAYS, Hours, parse_hours

BERLIN, SHANGHAI, ST_JOHNS, HAVANA, APIA = (
    "Europe/Berlin",
    "Asia/Shanghai",
    "America/St_Johns",
    "America/Havana",
    "Pacific/Apia",
)


def moment(text: str) -> datetime:
    """`2025-03-30 01:00` is UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """At `at` (UTC) the hours are open or not; then they change at each of `changes` in turn; a trailing `never` ends it."""

    about: str
    zone: str
    week: tuple[str, ...]
    at: str
    open: bool
    changes: tuple[str, ...]
    holidays: tuple[str, ...] = ()


OFFICE = ("mon-fri 09:00-18:00",)
CASES = [
    # Plain days. 2025-06-02 is a Monday; Berlin is then at +2, Shanghai at +8 all year, St John's at -2:30.
    Case("before opening", BERLIN, OFFICE, "2025-06-02 06:59:59.999999", False, ("2025-06-02 07:00", "2025-06-02 16:00")),
    Case("at the opening", BERLIN, OFFICE, "2025-06-02 07:00", True, ("2025-06-02 16:00", "2025-06-03 07:00")),
    Case("at the closing", BERLIN, OFFICE, "2025-06-02 16:00", False, ("2025-06-03 07:00",)),
    Case("over the weekend", BERLIN, OFFICE, "2025-06-06 16:00", False, ("2025-06-09 07:00",)),
    Case("Shanghai", SHANGHAI, OFFICE, "2025-06-02 01:00", True, ("2025-06-02 10:00", "2025-06-03 01:00")),
    Case("Shanghai, its Monday is our Sunday", SHANGHAI, ("mon 06:00-07:00",), "2025-06-01 22:30", True, ("2025-06-01 23:00",)),
    Case("half an hour off", ST_JOHNS, OFFICE, "2025-06-02 11:29", False, ("2025-06-02 11:30", "2025-06-02 20:30")),
    Case("a lunch break", BERLIN, ("mon 09:00-12:00 13:00-17:00",), "2025-06-02 10:30", False,
         ("2025-06-02 11:00", "2025-06-02 15:00")),
    Case("spans in any order", BERLIN, ("mon 13:00-17:00", "mon 09:00-12:00"), "2025-06-02 06:00", False,
         ("2025-06-02 07:00", "2025-06-02 10:00", "2025-06-02 11:00")),
    Case("spans that touch are one", BERLIN, ("mon 09:00-12:00 12:00-17:00",), "2025-06-02 08:00", True, ("2025-06-02 15:00",)),
    # Nights and midnight.
    Case("until midnight", "UTC", ("mon 18:00-24:00",), "2025-06-02 23:59", True, ("2025-06-03 00:00", "2025-06-09 18:00")),
    Case("through midnight", "UTC", ("mon 18:00-24:00", "tue 00:00-02:00"), "2025-06-02 20:00", True, ("2025-06-03 02:00",)),
    Case("a night", "UTC", ("fri 22:00-06:00",), "2025-06-07 05:59", True, ("2025-06-07 06:00", "2025-06-13 22:00")),
    Case("the night of Sunday", "UTC", ("sun 22:00-06:00",), "2025-06-02 01:00", True, ("2025-06-02 06:00", "2025-06-08 22:00")),
    Case("always", "UTC", ("daily 00:00-24:00",), "2025-06-02 01:00", True, ("never",)),
    Case("always, in Berlin", BERLIN, ("daily 00:00-24:00",), "2025-03-29 01:00", True, ("never",)),
    Case("never", "UTC", (), "2025-06-02 01:00", False, ("never",)),
    Case("never, in words", "UTC", ("daily closed",), "2025-06-02 01:00", False, ("never",)),
    # Holidays.
    Case("closed", BERLIN, OFFICE, "2025-12-24 17:00", False, ("2025-12-29 08:00",),
         ("2025-12-25 closed", "2025-12-26 closed")),
    Case("shorter", BERLIN, OFFICE, "2025-12-24 08:30", True, ("2025-12-24 11:00", "2025-12-25 08:00"), ("2025-12-24 09:00-12:00",)),
    Case("open on a Sunday", BERLIN, OFFICE, "2025-12-19 17:00", False, ("2025-12-21 12:00",), ("2025-12-21 13:00-18:00",)),
    Case("the night before still ends", "UTC", ("daily 22:00-06:00",), "2025-12-25 03:00", True,
         ("2025-12-25 06:00", "2025-12-26 22:00"), ("2025-12-25 closed",)),
    Case("the only opening, years ahead", "UTC", (), "2025-06-02 01:00", False, ("2031-02-03 09:00", "2031-02-03 10:00", "never"),
         ("2031-02-03 09:00-10:00",)),
    Case("always but for one day, years ahead", "UTC", ("daily 00:00-24:00",), "2025-06-02 01:00", True,
         ("2031-02-03 00:00", "2031-02-04 00:00", "never"), ("2031-02-03 closed",)),
    Case("always but for an evening, years ahead", "UTC", ("daily 00:00-24:00",), "2025-06-02 01:00", True,
         ("2031-02-03 17:00", "2031-02-04 00:00", "never"), ("2031-02-03 00:00-17:00",)),
    Case("day and night but for one day, years ahead", "UTC", ("daily 06:00-18:00 18:00-06:00",), "2025-06-02 01:00", True,
         ("2031-02-03 06:00", "2031-02-04 06:00", "never"), ("2031-02-03 closed",)),
    Case("day and night but for two days, years ahead", "UTC", ("daily 06:00-18:00 18:00-06:00",), "2025-06-02 01:00", True,
         ("2031-02-03 06:00", "2031-02-05 06:00", "2033-02-03 06:00"),
         ("2031-02-03 closed", "2031-02-04 closed", "2033-02-03 closed")),
    Case("always, three weeks after a holiday", "UTC", ("daily 00:00-24:00",), "2025-06-22 01:00", True, ("never",),
         ("2025-06-01 closed",)),
    Case("five closed Mondays", "UTC", ("mon 09:00-10:00",), "2025-06-01 00:00", False, ("2025-07-07 09:00",),
         tuple(f"{day} closed" for day in ("2025-06-02", "2025-06-09", "2025-06-16", "2025-06-23", "2025-06-30"))),
    Case("five open Sundays", "UTC", ("mon-sat 00:00-24:00",), "2025-06-02 00:00", True, ("2025-07-13 00:00",),
         tuple(f"2025-{day} 00:00-24:00" for day in ("06-08", "06-15", "06-22", "06-29", "07-06"))),
    Case("a holiday long past", BERLIN, OFFICE, "2025-06-02 07:00", True, ("2025-06-02 16:00",), ("2015-06-02 closed",)),
    # Leap day, a Tuesday in 2028.
    Case("leap day", "UTC", OFFICE, "2028-02-28 18:00", False, ("2028-02-29 09:00", "2028-02-29 18:00", "2028-03-01 09:00")),
    Case("leap day off", "UTC", OFFICE, "2028-02-28 18:00", False, ("2028-03-01 09:00",), ("2028-02-29 closed",)),
    # Berlin, 2025-03-30 (a Sunday): at 01:00 UTC the clock jumps from 02:00 to 03:00.
    Case("spring: the same time, an hour earlier", BERLIN, ("sat,sun 09:00-10:00",), "2025-03-29 08:00", True,
         ("2025-03-29 09:00", "2025-03-30 07:00", "2025-03-30 08:00")),
    Case("spring: opening skipped", BERLIN, ("sun 02:30-05:00",), "2025-03-30 00:59", False, ("2025-03-30 01:00", "2025-03-30 03:00")),
    Case("spring: closing skipped", BERLIN, ("sat 22:00-02:30",), "2025-03-30 00:59", True, ("2025-03-30 01:00",)),
    Case("spring: all of it skipped", BERLIN, ("sun 02:15-02:45",), "2025-03-30 00:30", False, ("2025-04-06 00:15",)),
    Case("spring: skipped, and the week after next", BERLIN, ("sun 02:15-02:45",), "2025-03-23 02:00", False,
         ("2025-04-06 00:15",)),
    Case("spring: a shorter night", BERLIN, ("sat 22:00-06:00",), "2025-03-29 21:00", True, ("2025-03-30 04:00",)),
    # Berlin, 2025-10-26 (a Sunday): at 01:00 UTC the clock goes back from 03:00 to 02:00.
    Case("autumn: opening shown twice", BERLIN, ("sun 02:30-05:00",), "2025-10-26 00:29", False,
         ("2025-10-26 00:30", "2025-10-26 04:00")),
    Case("autumn: closing shown twice", BERLIN, ("sat 22:00-02:30",), "2025-10-26 00:45", True, ("2025-10-26 01:30",)),
    Case("autumn: a longer night", BERLIN, ("sat 22:00-06:00",), "2025-10-25 20:00", True, ("2025-10-26 05:00",)),
    Case("autumn: a quarter of the hour", BERLIN, ("sun 02:15-02:30",), "2025-10-26 00:00", False,
         ("2025-10-26 00:15", "2025-10-26 01:30")),
    # St John's, 2025-03-09 (a Sunday): at 05:30 UTC from 02:00 to 03:00. On 2010-11-07 from 00:01 back to 23:01 the day before.
    Case("St John's, spring", ST_JOHNS, ("sun 02:30-04:00",), "2025-03-09 05:00", False, ("2025-03-09 05:30", "2025-03-09 06:30")),
    Case("St John's, a midnight twice", ST_JOHNS, ("sun 00:00-01:00",), "2010-11-07 02:29", False,
         ("2010-11-07 02:30", "2010-11-07 04:30")),
    Case("St John's, closing before a midnight twice", ST_JOHNS, ("sat 12:00-23:30",), "2010-11-07 02:15", True,
         ("2010-11-07 03:00",)),
    # Havana, 2025-03-09: from 00:00 to 01:00, so there is no midnight.
    Case("Havana, no midnight", HAVANA, ("sun 00:00-02:00",), "2025-03-09 04:59", False, ("2025-03-09 05:00", "2025-03-09 06:00")),
    # Apia had no Friday 2011-12-30: it went from -10 to +14 at 10:00 UTC.
    Case("Apia, a date skipped", APIA, ("daily 09:00-17:00",), "2011-12-30 03:00", False, ("2011-12-30 19:00", "2011-12-31 03:00")),
    Case("Apia, only on that date", APIA, (), "2011-12-29 00:00", False, ("never",), ("2011-12-30 09:00-17:00",)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_case(case: Case) -> None:
    hours, at, is_open = parse_hours(case.zone, case.week, case.holidays), moment(case.at), case.open
    for text in case.changes:
        assert hours.is_open(at) is is_open
        change = None if text == "never" else moment(text)
        assert hours.next_change(at) == change
        assert hours.next_open(at) == (at if is_open else change)
        if change is not None:
            assert hours.is_open(change - timedelta(microseconds=1)) is is_open
            at, is_open = change, not is_open
    assert hours.is_open(at) is is_open


def test_always() -> None:
    now = moment("2025-06-02 12:00")
    assert ALWAYS.is_open(now)
    assert ALWAYS.next_open(now) == now
    assert ALWAYS.next_change(now) is None


def test_any_zone_may_ask_and_the_second_showing_is_not_the_first() -> None:
    hours = parse_hours(BERLIN, ["sun 02:30-05:00"])
    first = datetime(2025, 10, 26, 2, 15, tzinfo=ZoneInfo(BERLIN))
    assert not hours.is_open(first)
    assert hours.is_open(first.replace(fold=1))
    assert hours.next_open(first) == moment("2025-10-26 00:30")


def test_a_date_that_has_begun_stays_begun_when_the_clock_goes_back_to_the_day_before() -> None:
    hours = parse_hours(ST_JOHNS, ["sun 00:00-01:00"])
    saturday_again = moment("2010-11-07 03:00").astimezone(ZoneInfo(ST_JOHNS))
    assert saturday_again.isoformat() == "2010-11-06T23:30:00-03:30"
    assert hours.is_open(saturday_again)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"2025-06-02T12:00:00 has no time zone"):
        ALWAYS.is_open(datetime(2025, 6, 2, 12))  # noqa: DTZ001 - that is the point


DAY = (time(9), time(18))
READ = [
    (("mon-fri 09:00-18:00",), dict.fromkeys(range(5), (DAY,))),
    (("Sat-MON 09:00-18:00",), {5: (DAY,), 6: (DAY,), 0: (DAY,)}),
    (("mon,wed-thu 09:00-18:00",), {0: (DAY,), 2: (DAY,), 3: (DAY,)}),
    (("fri-fri 09:00-18:00",), {4: (DAY,)}),
    (("mon 09:00-18:00", "mon 19:00-24:00"), {0: (DAY, (time(19), time(0)))}),
    (("mon 00:00-24:00",), {0: ((time(0), time(0)),)}),
    (("mon 22:00-06:00",), {0: ((time(22), time(6)),)}),
    (("mon closed",), {0: ()}),
    (("  mon   09:00-18:00 ",), {0: (DAY,)}),
    ((), {}),
]


@pytest.mark.parametrize(("week", "meant"), READ)
def test_what_people_write(week: tuple[str, ...], meant: dict[int, tuple[tuple[time, time], ...]]) -> None:
    assert parse_hours("UTC", week) == Hours("UTC", meant)


def test_holidays_as_people_write_them() -> None:
    holidays = parse_hours("UTC", (), ["2025-12-25 closed", "2025-12-24 09:00-18:00"]).holidays
    assert holidays == {date(2025, 12, 25): (), date(2025, 12, 24): (DAY,)}


REFUSED = [
    ("Mars/Olympus", (), (), "Time zone 'Mars/Olympus' is not known"),
    ("", (), (), "Time zone '' is not known"),
    ("../etc/passwd", (), (), "Time zone '../etc/passwd' is not known"),
    ("Europe", (), (), "Time zone 'Europe' is not known"),
    ("UTC", ("",), (), "Hours '' say no time"),
    ("UTC", ("mon",), (), "Hours 'mon' say no time"),
    ("UTC", ("moon 09:00-18:00",), (), "Day 'moon' in 'moon 09:00-18:00' is not known"),
    ("UTC", ("mon- 09:00-18:00",), (), "Day '' in 'mon- 09:00-18:00' is not known"),
    ("UTC", ("mon-tue-wed 09:00-18:00",), (), "Day 'tue-wed'"),
    ("UTC", ("mon,mon 09:00-18:00",), (), "name a day twice"),
    ("UTC", ("mon 9-18",), (), "Time span '9-18' in 'mon 9-18' is none"),
    ("UTC", ("mon 9:00-18:00",), (), "Time span '9:00-18:00'"),
    ("UTC", ("mon 09:00",), (), "Time span '09:00'"),
    ("UTC", ("mon 09:00-18:60",), (), "Time span '09:00-18:60'"),
    ("UTC", ("mon 09:00-24:01",), (), "Time span '09:00-24:01'"),
    ("UTC", ("mon 24:00-06:00",), (), "Time span '24:00-06:00'"),
    ("UTC", ("mon ０9:00-18:00",), (), "Time span '０9:00-18:00'"),
    ("UTC", ("mon 09:00-09:00",), (), "Time span '09:00-09:00' in 'mon 09:00-09:00' is empty"),
    ("UTC", ("mon closed 09:00-18:00",), (), "Time span 'closed'"),
    ("UTC", ("mon 09:00-12:00 11:00-18:00",), (), "Hours of mon overlap at 11:00"),
    ("UTC", ("mon 09:00-12:00", "daily 09:00-12:00"), (), "Hours of mon overlap at 09:00"),
    ("UTC", ("mon 22:00-06:00 23:00-24:00",), (), "Hours of mon overlap at 23:00"),
    ("UTC", (), ("2025-02-29 closed",), "Date '2025-02-29' in '2025-02-29 closed' is none"),
    ("UTC", (), ("25.12.2025 closed",), "Date '25.12.2025'"),
    ("UTC", (), ("2025-W01-1 closed",), "Date '2025-W01-1'"),
    ("UTC", (), ("9999-12-31 closed",), "Date '9999-12-31'"),
    ("UTC", (), ("2025-12-25",), "Hours '2025-12-25' say no time"),
    ("UTC", (), ("2025-12-25 closed", "2025-12-25 closed"), "Holiday 2025-12-25 is given twice"),
    ("UTC", (), ("2025-12-25 09:00-12:00 11:00-12:00",), "Hours of 2025-12-25 overlap at 11:00"),
]


@pytest.mark.parametrize(("zone", "week", "holidays", "sentence"), REFUSED)
def test_what_is_wrong_is_named(zone: str, week: tuple[str, ...], holidays: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_hours(zone, week, holidays)
    assert sentence in str(refused.value)
    assert str(refused.value).endswith((".", "Berlin."))


quarters = st.integers(0, 95).map(lambda count: time(count // 4, count % 4 * 15))
span_sets = st.lists(st.tuples(quarters, quarters), max_size=3).map(tuple)
years = st.datetimes(datetime(2010, 1, 1), datetime(2012, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
hours_of_all_kinds = st.builds(
    Hours,
    st.sampled_from([BERLIN, SHANGHAI, ST_JOHNS, HAVANA, APIA, "Australia/Lord_Howe", "UTC"]),
    st.dictionaries(st.integers(0, 6), span_sets, max_size=7),
    st.dictionaries(st.dates(date(2010, 1, 1), date(2013, 1, 1)), span_sets, max_size=3),
)
near_a_change = st.sampled_from(
    [
        "2010-11-07 03:00",
        "2010-03-14 03:31",
        "2011-03-27 01:00",
        "2011-10-30 01:00",
        "2011-12-30 10:00",
        "2012-04-01 05:00",
    ]
)
moments = years | st.builds(
    lambda text, minutes: moment(text) + timedelta(minutes=minutes), near_a_change, st.integers(-1500, 1500)
)


def shown(hours: Hours, at: datetime) -> bool:
    """Whether the clock on the wall shows a time of a span: the naive reading, blind to what the clock shows twice."""
    local = at.astimezone(ZoneInfo(hours.timezone)).replace(tzinfo=None)
    for day in (local.date() - timedelta(days=1), local.date()):
        for opens, closes in hours.holidays.get(day, hours.week.get(day.weekday(), ())):
            end = day if closes > opens else day + timedelta(days=1)
            if datetime.combine(day, opens) <= local < datetime.combine(end, closes):
                return True
    return False


def shown_twice(hours: Hours, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(hours.timezone))
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


@given(hours_of_all_kinds, moments)
@settings(max_examples=400, deadline=None)
def test_the_clock_on_the_wall_decides(hours: Hours, at: datetime) -> None:
    if shown(hours, at):
        assert hours.is_open(at)
    elif not shown_twice(hours, at):
        assert not hours.is_open(at)


@given(hours_of_all_kinds, moments)
@settings(max_examples=200, deadline=None)
def test_nothing_changes_before_the_next_change(hours: Hours, at: datetime) -> None:
    is_open, change = hours.is_open(at), hours.next_change(at)
    assert change is None or (change > at and hours.is_open(change) is not is_open)
    until = min(change or at + timedelta(days=30), at + timedelta(days=30))
    step = timedelta(minutes=15)
    for count in range(1, int((until - at) / step)):
        assert hours.is_open(at + count * step) is is_open
    assert hours.next_open(at) == (at if is_open else change)
