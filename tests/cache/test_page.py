"""Documents: which pictures from elsewhere they name, how those are put in, and under which headers both leave."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cache.item import PAGE, PICTURES, Item, Rendition, State
from cache.page import LARGEST, MOST_PICTURES, remote_of, with_pictures
from cache.picture import Drawing
from cache.serve import serve
from channels.errors import NotFound

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MAIL = Item("i" * 22, "acme", NOON, NOON, State.READY, name="mail.html", mime="text/html", size=90, sha256="a" * 64)
DOT = Drawing(b"dot", "image/png", 1, 1)
ONE, TWO = "https://a.example/1.png?x=1&y=2", "https://a.example/2.png"
DOCUMENT = f'<p>Hi<img alt="A" data-remote="{ONE.replace("&", "&amp;")}"><img data-remote="{TWO}"></p>'


def test_addresses_are_found_once_each_and_not_too_many():
    assert remote_of(DOCUMENT + DOCUMENT) == [ONE, TWO]
    assert remote_of('<img data-remote="javascript:x"><img data-remote="file:///etc/passwd">') == []
    many = "".join(f'<img data-remote="https://a.example/{number}">' for number in range(500))
    assert len(remote_of(many)) == MOST_PICTURES


def test_what_was_brought_is_put_in_and_the_rest_stays_away():
    shown = with_pictures(DOCUMENT, {ONE: DOT})
    assert shown == f'<p>Hi<img alt="A" src="data:image/png;base64,ZG90"><img data-remote="{TWO}"></p>'


def test_there_is_no_room_for_everything():
    large = replace(DOT, content=bytes(LARGEST // 2))
    shown = with_pictures(DOCUMENT, {ONE: large, TWO: large})
    assert shown.count("data-remote") == shown.count("data:image/png") == 1


def test_a_document_leaves_for_a_frame_in_which_nothing_runs():
    illustrated = replace(MAIL, renditions={PICTURES: Rendition("b" * 64, 120, "text/html")})
    for rendition, sha256 in ((PAGE, "a" * 64), (PICTURES, "b" * 64)):
        served = serve(illustrated, rendition, {})
        policy = served.headers["Content-Security-Policy"]
        assert served.sha256 == sha256
        assert served.headers["Content-Type"] == "text/html; charset=utf-8"
        assert policy.startswith(
            "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:;"
        )
        assert "allow-scripts" not in policy
        assert "allow-same-origin" not in policy


@pytest.mark.parametrize("mime", ["image/png", "image/svg+xml", "application/xhtml+xml", "text/plain"])
def test_nothing_else_is_a_document(mime):
    with pytest.raises(NotFound):
        serve(replace(MAIL, mime=mime), PAGE, {})
    with pytest.raises(NotFound):
        serve(MAIL, PICTURES, {})
