"""History that mail programs put under an answer, by program; how long folding takes; HTML."""

from __future__ import annotations

import time

import pytest

from adapters.email import html
from adapters.email.addresses import address_in, addresses_in
from adapters.email.automatic import kind_of
from adapters.email.mime import parsed
from adapters.email.quotes import folded
from adapters.email.threads import holds, mark_of, message_id, references

NEW = "Thank you, that works."
HISTORIES = {
    "gmail": "On Tue, Jan 6, 2026 at 9:00 AM Shop <help@shop.example> wrote:\n> It is ready.",
    "gmail, wrapped": "On Tue, Jan 6, 2026 at 9:00 AM The Shop of Bicycles and More\n<help@shop.example> wrote:\n\n> It is ready.",
    "gmail, German": "Am Di., 6. Jan. 2026 um 09:00 Uhr schrieb Shop <help@shop.example>:\n> Es ist fertig.",
    "gmail, French": "Le mar. 6 janv. 2026 à 09:00, Shop <help@shop.example> a écrit :\n> C'est prêt.",
    "gmail, Chinese": "Shop <help@shop.example> 于2026年1月6日周二 09:00写道：\n> 好了",
    "gmail, Chinese of Taiwan": "Shop <help@shop.example> 於 2026年1月6日 週二 上午9:00寫道：\n> 好了",
    "apple, Chinese": "> 在 2026年1月6日，09:00，Shop <help@shop.example> 写道：\n> \n> 好了",
    "163": '在 2026-01-06 09:00:00，"Shop" <help@shop.example> 写道：\n好了',
    "qq": '------------------ 原始邮件 ------------------\n发件人: "Shop"<help@shop.example>;\n发送时间: 2026年1月6日',
    "foxmail": "发件人： Shop\n发送时间： 2026-01-06 09:00\n收件人： Ann\n主题： 车\n好了",
    "outlook": "From: Shop <help@shop.example>\nSent: Tuesday, January 6, 2026 9:00 AM\nTo: Ann\nSubject: Bike\n\nIt is ready.",
    "outlook, old": "-----Original Message-----\nFrom: Shop\nIt is ready.",
    "outlook, German": "Von: Shop\nGesendet: Dienstag, 6. Januar 2026\nAn: Ann\nBetreff: Rad\n\nFertig.",
    "outlook, Taiwan": "寄件者: Shop\n寄件日期: 2026年1月6日\n收件者: Ann\n主旨: 車\n好了",
    "a line": "________________________________\nFrom: Shop",
    "only marks": "> It is ready.\n> The Shop",
}
KEPT = {
    "answers between": "On Monday Ann <a@b.example> wrote:\n> Red?\nYes.\n> Blue?\nNo.",
    "a sentence": "She wrote:\nplease call me.",
    "a list": "- one\n- two\n\n--\nAnn",
    "nothing but history": "On Monday Ann <a@b.example> wrote:\n> Red?",
    "one label": "From: where I stand it looks fine.\nBye",
}


@pytest.mark.parametrize("client", HISTORIES)
def test_history_is_folded(client: str) -> None:
    said = folded(f"{NEW}\n\n{HISTORIES[client]}")
    assert (said.new, said.history) == (NEW, HISTORIES[client])


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_in_doubt_nothing_is_folded(text: str) -> None:
    assert folded(text).new == text
    assert text == KEPT["nothing but history"] or folded(text, with_files=True).new == text


QUOTES = ("gmail", "gmail, wrapped", "gmail, German", "gmail, Chinese", "apple, Chinese", "only marks")


@pytest.mark.parametrize("client", HISTORIES)
def test_files_over_nothing_but_history_are_what_is_new(client: str) -> None:
    """Where the history is quoted, line by line. What else it might be is somebody's mail that is handed on."""
    text = HISTORIES[client]
    said = folded(f"\n\n{text}", with_files=True)
    assert (said.new, said.history.strip()) == ("", text) if client in QUOTES else (f"\n\n{text}", "")


@pytest.mark.parametrize(
    "line",
    [
        "plain words\n",
        "On Tuesday she said this:\n",
        "> quoted\n",
        "wrote:\n",
        "From: x\n",
        "- point\n",
        "_" * 60 + "x\n",
        "于" * 200 + "：\n",
    ],
    ids=["plain", "colon", "quoted", "wrote", "label", "dash", "line", "chinese"],
)
def test_folding_takes_as_much_longer_as_there_is_more(line: str) -> None:
    """Four times the lines take about four times as long; where every line looked at all others it would be sixteen."""
    few, many = (min(_seconds(line * count) for _ in range(5)) for count in (10_000, 40_000))
    assert many < 9 * few, f"{few * 1000:.1f} ms and {many * 1000:.1f} ms"


def _seconds(text: str) -> float:
    started = time.process_time()
    folded(text)
    return time.process_time() - started


def test_html_runs_and_loads_nothing() -> None:
    said = html.harmless(
        '<p onclick="x()">Hi<script>alert(1)</script><img src="https://t.example/1.gif"><img src="cid:i1">'
        '<a href="javascript:x()">go</a><iframe src="https://x.example"></iframe><svg onload=x()></svg></p>',
        {"i1": ("image/png", b"png")},
    )
    assert 'src="data:image/png;base64,cG5n"' in said
    assert not [word for word in ("onclick", "alert", 'src="http', "javascript", "iframe", "svg") if word in said]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('<img src="https://t.example/a.png?x=1&amp;y=2" alt=A>', '<img alt="A" data-remote="https://t.example/a.png?x=1&amp;y=2">'),
        ("<img src='http://t.example/a.png'>", '<img data-remote="http://t.example/a.png">'),
        ('<img src="https://t.example/&quot;onerror=x">', '<img data-remote="https://t.example/&quot;onerror=x">'),
        ('<img src="https://t.example/1.gif" width="1" height="1">', ""),
        ('<img height=0 src="https://t.example/1.gif">', ""),
        ('<img src="//t.example/1.gif"><img src="ftp://t.example/1.gif">', "<img><img>"),
        ('<img src="cid:elsewhere,https%3A%2F%2Ft.example">', "<img>"),
        ('<img src="data:image/svg+xml,x" srcset="https://t.example 2x">', "<img>"),
        (f'<img src="https://t.example/{"x" * 3000}">', "<img>"),
    ],
)  # fmt: skip
def test_of_a_picture_from_elsewhere_only_its_address_stays(written: str, kept: str) -> None:
    def words(document: str) -> list[str]:
        return sorted(document.replace(">", " > ").split())  # attributes come in any order

    assert words(html.harmless(written).partition("</style>")[2]) == words(kept)


def test_links_open_beside_the_mail() -> None:
    said = html.harmless('<a href="https://x.example" target="_top" rel="opener">x</a><base href="https://e.example">')
    assert '<a href="https://x.example" target="_blank" rel="noopener noreferrer nofollow">x</a>' in said
    assert "e.example" not in said


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<p>a<p>b<div>c</div>", "<p>a</p><p>b</p><div>c</div>"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("<table><tr><td><p>a<td>b<tr></table>c", "<table><tbody><tr><td><p>a</p></td><td>b</td></tr><tr></tr></tbody></table>c"),
        ("<b><i>a</b>b</i>", "<b><i>a</i></b>b"),
        ("<div><table><tr><td>a</div>b</table>", "<div><table><tbody><tr><td>ab</td></tr></tbody></table></div>"),
        ("<!--[if mso]><table><![endif]-->a<!DOCTYPE x><?php b ?>", "a"),
        ("<STYLE>p{}</STYLE ><o:p>a</o:p> < b", "a &lt; b"),
        ("<p title=\"it's>1\" x>a", '<p title="it\'s>1">a</p>'),
    ],
)  # fmt: skip
def test_html_is_read_in_one_way(written: str, kept: str) -> None:
    said = html.harmless(written).partition("</style>\n")[2].strip()
    assert sorted(said.replace("&gt;", ">").split()) == sorted(kept.split())


BOMBS = {
    "deep": "<div>" * 50_000,
    "open comments": "<!--" * 50_000,
    "signs": "<" * 200_000,
    "open quotes": "<a b='" * 50_000,
    "entities": "&" * 200_000,
    "closed by another": "<div></b>" * 22_000,
    "closed in quotes": '<div title="</div>">' * 10_000,
    "closed in a comment": "<div><!--</div>-->" * 11_000,
    "closed in a style": "<div><style></div></style>" * 8_000,
    "closed where it does not belong": ("<span>" * 200 + "<div>" + "</span>" * 200) * 80,
    "items that do not end one another": "<li><dd>" * 25_000,
    "open formats": "<font></x>" * 20_000,
    "formats taken up again": "<p>" + "<b>" * 200 + "<div></div>" * 15_000,
    "quotes without a value": '<div a=="></div>">' * 11_000,
    "no attribute": "<a " + "a" * 200_000,
    "no values": "<a " + "a=" * 90_000 + ">",
    "cells": "<table>" * 100 + "<tr><td>x" * 22_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_html_bombs_take_no_time(bomb: str) -> None:
    started = time.process_time()
    html.text_of(bomb)
    html.harmless(bomb)
    assert time.process_time() - started < 2.0


def test_references_keep_the_first_and_the_latest() -> None:
    ids = [f"<{number}@{'x' * 60}.example>" for number in range(100)]
    kept = references(ids, "<last@x.example>").split()
    assert (kept[0], kept[-1]) == (ids[0], "<last@x.example>")
    assert len(" ".join(kept)) < 998


@pytest.mark.parametrize("written", ["ann@例子.example", "Ann@例子.EXAMPLE", "ann@xn--fsqu00a.example"])
@pytest.mark.parametrize("reported", ["ann@例子.example", "ann@xn--fsqu00a.example"])
def test_a_bounce_is_known_however_the_host_is_spelled(written: str, reported: str) -> None:
    """A host beyond ASCII has two spellings: the customer writes one, servers the other."""
    mark = mark_of("key", written, "a secret")
    assert holds(message_id(mark, "help@shop.example"), reported, "a secret")
    assert not holds(message_id(mark, "help@shop.example"), "ben@xn--fsqu00a.example", "a secret")
    assert address_in([f"Ann <{written}>".encode()]) == ("ann@xn--fsqu00a.example", "Ann")


@pytest.mark.parametrize(
    ("written", "address", "name"),
    [
        ('"Kim <kim@bank.example>" <eve@evil.example>', "eve@evil.example", "Kim <kim@bank.example>"),
        ('"kim@bank.example" <eve@evil.example>', "eve@evil.example", "kim@bank.example"),
        ("=?utf-8?q?Kim_=3Ckim=40bank=2Eexample=3E?= <eve@evil.example>", "eve@evil.example", "Kim <kim@bank.example>"),
        ("eve@evil.example (Kim <kim@bank.example>)", "eve@evil.example", ""),
        ('(a "b <kim@bank.example>" (c)) eve@evil.example', "eve@evil.example", ""),
        (r'"Kim \"<kim@bank.example>\"" <eve@evil.example>', "eve@evil.example", 'Kim "<kim@bank.example>'),
        ('"Odd" <ann@mail.example> "more" <kim@mail.example>', "ann@mail.example", "Odd"),
        ('"Ann <ann@mail.example>', "ann@mail.example", "Ann"),
        ('"ann@mail.example"', "ann@mail.example", ""),
        ("=?utf-8?q?Ann_=3Cann=40mail=2Eexample=3E?=", "ann@mail.example", "Ann"),
    ],
)
def test_an_address_in_a_name_is_a_name(written: str, address: str, name: str) -> None:
    assert address_in([written.encode()]) == (address, name)
    assert addresses_in(written.encode())[0] == address


@pytest.mark.parametrize(
    ("subject", "sender", "kind"),
    [
        ("Out of Office", "ann@mail.example", "auto-reply"),
        ("Out of office: Re: Your bike", "ann@mail.example", "auto-reply"),
        ("Out of the office until Monday", "ann@mail.example", "auto-reply"),
        ("Out of Office AutoReply: Your bike", "ann@mail.example", "auto-reply"),
        ("Automatic reply: Your bike", "ann@mail.example", "auto-reply"),
        ("Auto-Reply", "ann@mail.example", "auto-reply"),
        ("Auto: Re: Your bike", "ann@mail.example", "auto-reply"),
        ("Automatische Antwort: Ihr Rad", "ann@mail.example", "auto-reply"),
        ("自动回复：您的自行车", "ann@mail.example", "auto-reply"),
        ("ตอบกลับอัตโนมัติ: x", "ann@mail.example", "auto-reply"),
        ("Auto: Angebot erbeten", "ann@mail.example", ""),
        ("Out of office chairs?", "ann@mail.example", ""),
        ("Automatic reply does not work", "ann@mail.example", ""),
        ("自动回复不工作", "ann@mail.example", ""),
        ("Re: Out of Office", "ann@mail.example", ""),
        ("x", "no-reply@mail.example", "no sender"),
        ("x", "noreply+42@mail.example", "no sender"),
        ("x", "bounce-17@mail.example", "no sender"),
        ("x", "juno-reply@mail.example", ""),
        ("x", "mybounces@mail.example", ""),
    ],
)
def test_what_a_human_wrote_is_not_taken_for_a_machines(subject: str, sender: str, kind: str) -> None:
    raw = f"From: {sender}\nSubject: {subject}\n\nHello\n".replace("\n", "\r\n").encode()
    assert kind_of(parsed(raw), "help@shop.example", sender) == kind


@pytest.mark.parametrize(
    ("header", "alone", "answering_us"),
    [
        ("List-Unsubscribe: <https://mail.example/u>", "list", ""),
        ("List-Unsubscribe-Post: List-Unsubscribe=One-Click", "list", ""),
        ("Feedback-ID: 1:mail.example", "list", ""),
        ("List-Id: <news.example>", "list", "list"),
        ("List-Post: <mailto:news@news.example>", "list", "list"),
        ("List-Post: NO", "list", "list"),
        ("Precedence: list", "list", "list"),
        ("Precedence: bulk", "list", "list"),
        ("X-Precedence: Junk", "list", "list"),
        ("Precedence: auto_reply", "auto-reply", "auto-reply"),
        ("Auto-Submitted: auto-generated", "auto-reply", "auto-reply"),
        ("Return-Path: <>", "no sender", "no sender"),
        ("X-UCS-Loop: help@shop.example", "loop", "loop"),
        ("X-Mailer: List-Id", "", ""),
    ],
)
def test_what_comes_from_a_list(header: str, alone: str, answering_us: str) -> None:
    """An answer to a mail of ours may have what providers add, and nothing that lists and machines write."""
    found = parsed(f"From: ann@mail.example\r\n{header}\r\n\r\nHello".encode())
    for answers_us, kind in ((False, alone), (True, answering_us)):
        assert kind_of(found, "help@shop.example", "ann@mail.example", answers_us=answers_us) == kind
