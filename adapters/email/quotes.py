"""What is new in an answer, and where the history that mail programs put under it begins. Pure.

Line by line, each rule looking at a bounded stretch: the time is linear whatever stands in the mail, and after `CANDIDATES` lines that
only looked like a mark the rest is taken as it is. When in doubt nothing is folded: answers between the quoted lines, a mail
that is nothing but history and brings nothing else, a mark that no client writes.
"""

from __future__ import annotations

import re

from channels.value import value

LOOKED_AT = 400  # characters of a line
CANDIDATES = 2000  # lines that are compared with the slow rules
WRAPPED = 3  # lines over which a client may spread its mark

# "On Tuesday Ann wrote:", as clients end it; and how the first of its lines may begin.
_WROTE = re.compile(
    r"(?:\bwrote|\bschrieb(?: .{1,100})?|\ba écrit|\bescribió|\bescreveu|\bha scritto|\bschreef(?: .{1,100})?|写道|寫道|のメール"
    r"|さんは書きました|작성|님이 작성|เขียนว่า|\bskrev(?: .{1,100})?|\bnapisał(?:\(a\))?|\bписал(?:\(а\))?)\s?[:：]\s*\Z"
)
_BEGINS = re.compile(r"\s*(?:(?:On|Am|Le|El|Em|Il|Op|På|Den|W dniu|At)\b.|在|于|於|ในวันที่)")
_MAY_BEGIN = re.compile(r".{0,120}(?:于|於|在|\d{4}[年년/.-])|[^<]{0,100}<[^<>\s]+@[^<>\s]+>")
_SEPARATOR = re.compile(
    r"\s*(?:-{2,}\s*(?:Original Message|Original Appointment|Original|Forwarded message|Forwarded by .{0,80}"
    r"|Ursprüngliche Nachricht|Message d'origine|Mensaje original|原始邮件|原始郵件|原邮件|回复的原邮件|转发的邮件|转发邮件信息"
    r"|轉寄郵件|轉寄的郵件|元のメッセージ)\s*-{2,}|_{20,})\s*\Z",
    re.IGNORECASE,
)
_SAID_FIRST = "from von de 发件人 寄件者 寄件人 差出人 보낸사람"
_SAID_NEXT = """
to cc sent date subject an gesendet betreff datum à envoyé objet 收件人 抄送 发送时间 发送日期 日期 主题
收件者 寄件日期 傳送日期 副本 主旨 宛先 送信日時 件名 받는사람 날짜 제목
"""
_FIRST_LABELS = frozenset(_SAID_FIRST.split())
_LABELS = _FIRST_LABELS | frozenset(_SAID_NEXT.split())
_ENDS = (":", "：")
_STARTS = frozenset("-_ \t")


@value
class Folded:
    """What is new, and the history under it; empty if nothing was folded."""

    new: str
    history: str = ""


def folded(text: str, *, with_files: bool = False) -> Folded:
    """The text, cut in two where its history begins. Who answers `with_files` may have written nothing above it; the files are what is
    new then, unless it is somebody else's mail that they hand on."""
    lines = text.split("\n")
    at = _first_mark(lines)
    if at is None or _answered_below(lines, at):
        at = _quoted_tail(lines)
    if at is None:
        return Folded(text)
    new = "\n".join(lines[:at]).rstrip()
    if new.strip() or (with_files and _only_quoted(lines[at:])):
        return Folded(new, "\n".join(lines[at:]))
    return Folded(text)


def _first_mark(lines: list[str]) -> int | None:
    looked = 0
    for number, line in enumerate(lines):
        last = line[-1:]
        if last in _ENDS or last in _STARTS or line[:1] in _STARTS or ":" in line[:24] or "：" in line[:12]:
            looked += 1
            if looked > CANDIDATES:
                return None
            if (at := _mark(lines, number, line)) is not None:
                return at
    return None


def _mark(lines: list[str], number: int, line: str) -> int | None:
    """Where the history begins if this line is a mark, which may be some lines further up."""
    if len(line) <= LOOKED_AT and _WROTE.search(line[-120:]):
        above = _wrapped(lines, number)
        for begins in (_BEGINS, _MAY_BEGIN):
            if (at := next((each for each in above if begins.match(lines[each][:LOOKED_AT])), None)) is not None:
                return at
    if len(line) <= LOOKED_AT and _SEPARATOR.match(line):
        return number
    if _label(line) in _FIRST_LABELS and sum(_label(each) in _LABELS for each in lines[number : number + 6]) >= 3:
        return number
    return None


def _wrapped(lines: list[str], number: int) -> list[int]:
    """The line and those right above it over which its beginning may have been spread, nearest first."""
    above = [number]
    while len(above) < WRAPPED and above[-1] > 0 and lines[above[-1] - 1].strip():
        above.append(above[-1] - 1)
    return above


def _label(line: str) -> str:
    start = line[:40].replace("：", ":")
    name, colon, _ = start.partition(":")
    return name.strip(" \t*>\u3000").replace(" ", "").lower() if colon else ""


def _answered_below(lines: list[str], at: int) -> bool:
    """Whether somebody wrote between or under the quoted lines: then the history is part of what is said."""
    quoted = False
    for line in lines[at + 1 :]:
        if line.startswith(">"):
            quoted = True
        elif quoted and line.strip():
            return True
    return False


def _only_quoted(lines: list[str]) -> bool:
    """Whether all is quoted, line by line, but for a mark above it."""
    first = next((number for number, line in enumerate(lines) if line.startswith(">")), len(lines))
    quoted = all(line.startswith(">") or not line.strip() for line in lines[first:])
    return first <= WRAPPED + 1 and first < len(lines) and quoted


def _quoted_tail(lines: list[str]) -> int | None:
    """Where the quoted lines at the very end begin, with nothing under them."""
    at = len(lines)
    found = None
    while at and (lines[at - 1].startswith(">") or not lines[at - 1].strip()):
        at -= 1
        found = at if lines[at].startswith(">") else found
    return found
