"""A browser that keeps nothing, or has no room left: the customer is one customer all the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.widget.conftest import Come, expect
from tests.web.widget.stage import Desk

FULL = """
let piece = "x".repeat(1 << 20);
while (piece.length) {
  try {
    for (let n = 0; ; n++) localStorage.setItem(`shop:${piece.length}:${n}`, piece);
  } catch {
    piece = piece.slice(piece.length / 2 + 1);
  }
}
"""
REFUSED = 'Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });'
NONE = 'Object.defineProperty(window, "localStorage", { get: () => null });'


@pytest.mark.parametrize("storage", [FULL, REFUSED, NONE], ids=["full", "refused", "none"])
def test_one_session_where_nothing_can_be_kept(come: Come, ann: Desk, storage: str) -> None:
    begun: list[str] = []

    def prepare(page: Any) -> None:
        page.add_init_script(storage)
        page.on("request", lambda request: begun.append(request.url))

    customer = come("/talk/site", prepare=prepare)
    customer.say("nothing is kept")
    customer.sees("nothing is kept")
    talk = ann.take("nothing is kept")
    customer.standing("You are talking with Ann")
    talk.say("But I hear you")
    customer.sees("But I hear you")
    customer.say("and again")
    customer.sees("and again")
    expect(customer.locator(".trouble")).to_be_hidden()
    assert talk.words() == ["nothing is kept", "and again"]
    assert len([url for url in begun if url.endswith("/session")]) == 1
    talk.do("wrap-up")
