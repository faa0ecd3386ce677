"""Which subject is that of an answer, and to which mail of ours."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.subjects import ANSWERS, FORWARDS, answered_by_subject, bare_subject, names_by_subject

SECRET = "a-secret-for-marks-of-the-tests"
AT = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)

PREFIXED = {
    "Re: AW: 回复：Fwd: Bike": "Bike",
    "RE[2]: Bike": "Bike",
    "Re(3): Re^2: Bike": "Bike",
    "RE : Bike": "Bike",
    "re:Bike": "Bike",
    "Reading: a book": "Reading: a book",
    "Re Bike": "Re Bike",
    "答复: 转发: 车": "车",
    "ตอบกลับ: จักรยาน": "จักรยาน",
    "ОТВ: Велосипед": "Велосипед",
    "Trả lời: Xe đạp": "Xe đạp",
    "Re:": "",
    "": "",
}
ANSWERED = {  # to a mail of ours about "My bike"
    "Re: My bike": True,
    "RE: my  BIKE ": True,
    "回复：Re: My bike": True,
    "AW: SV: Re[4]: My bike": True,
    "Ｒｅ: My bike": False,  # no client writes it
    "Re: Ｍｙ bike": True,
    "My bike": False,
    "Fwd: My bike": False,
    "Re: Fwd: My bike": False,
    "VS: My bike": False,
    "Re: My bikes": False,
    "Re:": False,
}


@pytest.mark.parametrize("subject", PREFIXED)
def test_what_answers_put_in_front_is_taken_off(subject: str) -> None:
    assert bare_subject(subject) == PREFIXED[subject]


@pytest.mark.parametrize("subject", ANSWERED)
def test_an_answer_has_a_prefix_and_what_ours_was_about(subject: str) -> None:
    assert (answered_by_subject(subject, AT, SECRET) in names_by_subject("Re: My bike", AT, SECRET)) is ANSWERED[
        subject
    ]


@pytest.mark.parametrize("prefix", sorted(ANSWERS | FORWARDS))
def test_every_prefix_is_known_in_both_spellings_and_with_both_colons(prefix: str) -> None:
    for spelled in (prefix, prefix.upper(), prefix.capitalize()):
        for colon in (":", "：", " : "):
            subject = f"{spelled}{colon} My bike"
            assert bare_subject(subject) == "My bike"
            assert bool(answered_by_subject(subject, AT, SECRET)) is (prefix in ANSWERS)
    assert not ANSWERS & FORWARDS


@pytest.mark.parametrize(
    ("days", "known"), [(-15, False), (0, True), (13, True), (14, True), (28, False), (400, False)]
)
def test_it_lasts_for_a_fortnight_and_for_two_at_most(days: int, known: bool) -> None:
    answer = answered_by_subject("Re: My bike", AT + timedelta(days=days), SECRET)
    assert (answer in names_by_subject("My bike", AT, SECRET)) is known


@given(st.text(max_size=300), st.sampled_from(sorted(ANSWERS)), st.integers(0, 14 * 24))
def test_whatever_ours_was_about_is_found_again(about: str, prefix: str, hours: int) -> None:
    """And nobody else's secret makes the same name: two channels never share one."""
    names, later = names_by_subject(about, AT, SECRET), AT + timedelta(hours=hours)
    answer = f"{prefix}: {bare_subject(about)}"
    if names and bare_subject(answer) == bare_subject(about):
        assert answered_by_subject(answer, later, SECRET) in names
        assert answered_by_subject(answer, later, f"{SECRET}s") not in names


@pytest.mark.parametrize("piece", ["Re: ", "re", " ", "Re[1", "ตอบ", "：", "Re ", "a"])
def test_it_takes_no_longer_than_the_subject_is(piece: str) -> None:
    """Four times the letters take at most about four times as long."""

    def seconds(count: int) -> float:
        subject = piece * count
        started = time.process_time()
        for _ in range(50):
            answered_by_subject(subject, AT, SECRET)
        return time.process_time() - started

    few, many = (min(seconds(count) for _ in range(3)) for count in (2_000, 8_000))
    assert many < 9 * few
