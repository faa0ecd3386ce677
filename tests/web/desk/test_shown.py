"""Everything that a message can be is shown, whatever is in it stays words, and the page stays small however much was said."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from tests.web.desk.feed import Feed, contact
from tests.web.desk.scene import PNG, People
from tests.web.desk.test_access import STILL

EVERYTHING: list[tuple[dict[str, Any], str]] = [
    ({"type": "text", "text": "words 👍 https://a.example/x?y=1"}, "words 👍"),
    ({"type": "location", "latitude": 53.5, "longitude": 9.9, "title": "Pier 3"}, "53.50000, 9.90000"),
    ({"type": "contact_card", "name": "Ben", "phones": ["+49 40 1"], "emails": ["b@x.example"]}, "b@x.example"),
    ({"type": "sticker", "sticker": "1", "text": "waves"}, "waves"),
    ({"type": "card", "title": "Bike", "text": "Red", "buttons": [{"label": "Buy", "payload": "b"}]}, "Buy"),
    ({"type": "carousel", "cards": [{"type": "card", "title": "One"}, {"type": "card", "title": "Two"}]}, "Two"),
    ({"type": "choices", "text": "When?", "options": [{"label": "Today"}, {"label": "Never"}]}, "Never"),
    ({"type": "template", "name": "ready", "text": "It is ready"}, "Template ready"),
    ({"type": "opaque", "kind": "poll", "text": "A poll"}, "A poll"),
    ({"type": "hologram", "text": "A shape"}, "A shape"),
    ({"type": "hologram"}, "[hologram]"),
]
# https://cheatsheetseries.owasp.org/cheatsheets/XSS_Filter_Evasion_Cheat_Sheet.html, in our own words.
HOSTILE = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    "<svg/onload=window.hit=1>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    '"><b onmouseover=window.hit=1>x</b>',
    "'-window.hit=1-'",
    "javascript:window.hit=1",
    'https://a.example/"onmouseover="window.hit=1',
    "{{constructor.constructor('window.hit=1')()}}",
    "${window.hit=1}",
    "</textarea><script>window.hit=1</script>",
    "\u202egpj.exe\u2066 \u0000 \ufeff",
    "＜script＞window.hit=1＜/script＞",
    "<a href='data:text/html,<script>window.hit=1</script>'>x</a>",
]
UNSAFE = [
    "javascript:window.hit=1",
    " JaVaScRiPt:window.hit=1",
    "data:text/html,<script>window.hit=1</script>",
    "vbscript:x",
]


def test_every_part_is_shown(people: People) -> None:
    feed = Feed(people, [contact(1)])
    for part, _ in EVERYTHING:
        feed.said("c1", "customer", part)
    feed.line("c1", "tapped", "customer", payload="b", label="Pressed this")
    feed.line("c1", "tapped", "customer", payload="c", label="Picked this", typed="2 <b>")
    page = feed.open()
    page.locator("#contacts .contact").click()
    for _, shown in EVERYTHING:
        people.expect(page.locator(".bubble", has_text=shown).first).to_be_visible()
    people.expect(page.locator(".bubble", has_text="Pressed this")).to_be_visible()
    people.expect(page.locator(".bubble", has_text="Picked this")).to_contain_text("typed: 2 <b>")
    people.expect(page.locator('.bubble a[href="tel:+49401"]')).to_have_count(1)


def test_pictures_that_were_sent_together_stand_together(people: People) -> None:
    feed = Feed(people, [contact(1)])
    feed.text("c1", "customer", "before")
    for name in ("p1", "p2", "p3"):
        feed.said("c1", "customer", {"type": "image", "media": name, "caption": f"caption {name}"}, album="A/3")
    feed.said("c1", "customer", {"type": "image", "media": "p4"}, album="B")
    feed.text("c1", "customer", "after")
    feed.line("c1", "recalled", "customer", of=3)
    page = feed.open()
    page.route("**/desk/media/*", _item)
    page.route("**/media/drawn", lambda route: route.fulfill(body=PNG, content_type="image/png"))
    page.locator("#contacts .contact").click()
    album = page.locator(".album")
    people.expect(album).to_have_count(1)
    people.expect(album.locator("ol")).to_have_attribute("aria-label", "Sent together: 3")
    people.expect(album.locator(".picture img")).to_have_count(2)
    people.expect(album.locator(".gone")).to_have_count(1)
    people.expect(album).to_contain_text("caption p3")
    people.expect(page.locator(".picture img")).to_have_count(3)
    first, second = (album.locator(".said").nth(at).bounding_box() for at in (0, 1))
    assert second["x"] > first["x"] + 20, "they stand side by side"


def _item(route: Any) -> None:
    links = dict.fromkeys(("original", "web", "preview"), "/media/drawn")
    known = {
        "id": route.request.url.rsplit("/", 1)[-1].partition("?")[0],
        "state": "ready",
        "name": "a.png",
        "reason": "",
    }
    known |= {"mime": "image/png", "size": 99, "width": 2, "height": 1, "seconds": None, "until": None, "links": links}
    route.fulfill(json=known)


def test_what_became_of_a_message_is_shown_where_it_belongs(people: People) -> None:
    feed = Feed(people, [contact(1)])
    one, two = feed.text("c1", "agent:anna", "one"), feed.text("c1", "agent:anna", "two")
    three = feed.text("c1", "customer", "three, mistyped")
    four = feed.text("c1", "customer", "four")
    feed.line("c1", "status", "system", of=one, status="failed", reason="No such account", code="401")
    feed.line("c1", "status", "system", of=two, status="read")
    feed.line("c1", "status", "system", of=two, status="delivered")
    feed.line("c1", "edited", "customer", of=three, parts=[{"type": "text", "text": "three"}])
    feed.line("c1", "recalled", "customer", of=four)
    feed.line("c1", "reacted", "customer", of=two, emoji="❤️")
    feed.line("c1", "rated", "customer", score=4, comment="Quick")
    over = {
        "why": "robot",
        "reason": "Wants money",
        "summary": "A refund",
        "slots": {"order": "7 <b>"},
        "confidence": 0.5,
    }
    feed.line("c1", "handed_over", "robot:front", **over)
    feed.line("c1", "given_back", "agent:anna", summary="Only the hours")
    five = feed.text("c1", "agent:anna", "five")
    feed.said("c1", "customer", {"type": "text", "text": "six"}, fields={"order": "42 <b>"})
    feed.line("c1", "read", "customer", of=five)
    feed.lines.reverse()  # in whatever order they come
    page = feed.open()
    page.locator("#contacts .contact").click()
    failed = page.locator(".said", has_text="one").first
    people.expect(failed.locator(".failure")).to_contain_text("Not delivered: No such account (code 401)")
    people.expect(page.locator(".said", has_text="two").locator(".told")).to_contain_text("Read")
    people.expect(page.locator(".said", has_text="two").locator(".reaction")).to_have_text("❤️")
    people.expect(page.locator(".said", has_text="three").locator(".told")).to_contain_text("edited")
    people.expect(page.locator(".bubble", has_text="mistyped")).to_have_count(0)
    people.expect(page.locator(".gone")).to_contain_text("Taken back by the customer")
    people.expect(page.locator(".remark", has_text="★★★★☆")).to_contain_text("Quick")
    shown = "(it knows no further): Wants money · A refund · order: 7 <b> · 50 %"
    people.expect(page.locator(".remark", has_text="Handed over")).to_contain_text(shown)
    people.expect(page.locator(".remark", has_text="given back to the robot")).to_contain_text("Only the hours")
    people.expect(page.locator(".said", has_text="five").locator(".told")).to_contain_text("Read")
    people.expect(page.locator("section", has_text="Said in the form").last).to_contain_text("42 <b>")
    with page.expect_response("**/send-again"):
        failed.get_by_role("button", name="Send again").click()
    assert ("c1/send-again", {"epoch": 2, "of": one}) in feed.posted
    feed.line("c1", "status", "system", of=one, status="pending")
    feed.push(feed.lines[-1])
    people.expect(page.locator(".failure")).to_have_count(0)


def test_what_was_read_is_not_called_delivered(people: People) -> None:
    """Only the newest that was read says so; those above it say nothing that would sound like less."""
    feed = Feed(people, [contact(1)])
    early, late, last = (feed.text("c1", "agent:anna", words) for words in ("early", "late", "last"))
    feed.line("c1", "delivered", "customer", of=last)
    feed.line("c1", "status", "system", of=early, status="delivered")
    feed.line("c1", "read", "customer", of=late)
    page = feed.open()
    page.locator("#contacts .contact").click()
    told = [page.locator(".said", has_text=words).locator(".told") for words in ("early", "late", "last")]
    people.expect(told[1]).to_contain_text("Read")
    people.expect(told[2]).to_contain_text("Delivered")
    people.expect(told[0]).not_to_contain_text("Delivered")


def test_what_an_admin_gave_up_is_told_and_not_offered_again(people: People) -> None:
    feed = Feed(people, [contact(1)])
    one, two = feed.text("c1", "agent:anna", "one"), feed.text("c1", "agent:anna", "two")
    for of in (one, two):
        feed.line("c1", "status", "system", of=of, status="failed", reason="No such account", code="401")
    feed.line("c1", "given_up", "agent:boss", of=one, kind="send")
    feed.line("c1", "given_up", "agent:boss", of=two, kind="recall")
    page = feed.open()
    page.locator("#contacts .contact").click()
    people.expect(page.locator(".remark", has_text="boss gave up: the message is not sent again")).to_be_visible()
    people.expect(page.locator(".remark", has_text="not taken back")).to_be_visible()
    again = [page.locator(".said", has_text=text).get_by_role("button", name="Send again") for text in ("one", "two")]
    people.expect(again[1]).to_be_visible()
    people.expect(again[0]).to_have_count(0)


def test_times_that_run_backwards_are_explained(people: People) -> None:
    feed = Feed(people, [contact(1)])
    feed.text("c1", "customer", "one")
    feed.line("c1", "clock_set_back", "system", by=3600.0)
    page = feed.open(locale="zh-CN")
    page.locator("#contacts .contact").click()
    people.expect(page.locator(".remark", has_text="服务器的时钟被调回")).to_be_visible()


def test_an_offer_and_the_list_under_it_stand_apart(people: People) -> None:
    feed = Feed(people, [contact(1), {**contact(2), "state": "offered"}])
    feed.text("c1", "customer", "one")
    page = feed.open()
    page.locator(".offer").wait_for()
    page.evaluate(STILL)
    offer, heading = page.locator(".offer").bounding_box(), page.locator(".group").first.bounding_box()
    assert heading["y"] - (offer["y"] + offer["height"]) >= 10


def test_what_strangers_write_stays_words(people: People) -> None:
    nasty = " ".join(HOSTILE)[:400]
    feed = Feed(people, [contact(1, name=nasty, address=nasty), contact(2, name="x", queue=nasty, channel=nasty)])
    for text in HOSTILE:
        feed.text("c1", "customer", text)
        feed.line("c1", "note", f"agent:{text}", text=text)
        feed.line("c1", "renamed", "customer", name=nasty)
        feed.line("c1", "declined", "agent:ben", agent=text, reason=text)
        feed.line("c1", "tapped", "customer", payload=text, label=text, fields={text: text})
        feed.said(
            "c1",
            "customer",
            {"type": "image", "media": "m1", "caption": text},
            {"type": "file", "media": "m2", "name": text},
        )
        feed.said("c1", "customer", {"type": "contact_card", "name": text, "phones": [text], "emails": [text]})
        feed.said(
            "c1", "customer", {"type": "location", "latitude": text, "longitude": text, "title": text, "address": text}
        )
        card = {"type": "card", "title": text, "text": text, "url": text, "buttons": [{"label": text, "url": text}]}
        feed.said("c1", "customer", card, {"type": "carousel", "cards": [card]})
        feed.said("c1", "customer", {"type": "choices", "text": text, "options": [{"label": text, "url": text}]})
        feed.said("c1", "customer", {"type": text, "text": text}, {"type": "__proto__"}, {"type": "constructor"})
        feed.said(
            "c1", "customer", {"type": "template", "name": text}, {"type": "sticker", "sticker": text, "text": text}
        )
        feed.line("c1", "reacted", "customer", of=1, emoji=text)
        feed.line("c1", "status", "system", of=2, status="failed", reason=text, code=text)
    for url in UNSAFE:
        feed.said(
            "c2", "customer", {"type": "card", "title": "c", "url": url, "buttons": [{"label": "press", "url": url}]}
        )
    page = feed.open()
    item = {"id": "m", "state": "ready", "name": nasty, "mime": "text/html", "size": 1, "seconds": None, "width": None}
    item |= {"height": None, "reason": "", "links": {"original": "/media/none"}, "until": None}
    page.route("**/desk/media/*", lambda route: route.fulfill(json=item))
    for at in (1, 0):
        page.locator("#contacts .contact").nth(at).click()
        page.locator("[data-seq]").first.wait_for()
        page.locator(".talk .scroll").evaluate(
            "async (box) => { for (let y = 0; y < 40; y++) { box.scrollTop = y * 400; await new Promise(requestAnimationFrame); } }"
        )
        for tab in ("Notes", "Customer"):
            page.get_by_role("tab", name=tab).click()
    page.mouse.move(700, 400)
    found = page.evaluate(
        """() => ({
          hit: window.hit ?? null,
          made: [...document.querySelectorAll("script:not([src]), iframe, [onerror], [onload], [onmouseover], svg > script")].length,
          schemes: [...new Set([...document.querySelectorAll("a[href]")].map((a) => a.protocol))].sort(),
        })"""
    )
    assert (found["hit"], found["made"]) == (None, 0)
    assert set(found["schemes"]) <= {"http:", "https:", "tel:", "mailto:"}, found


EACH_FRAME = """() => {
  const box = document.querySelector(".talk .scroll");
  const middle = box.getBoundingClientRect();
  const seen = (window.seen = { most: 0, blank: 0, frames: 0 });
  requestAnimationFrame(function look() {
    seen.frames += 1;
    seen.most = Math.max(seen.most, box.querySelectorAll("[data-seq]").length);
    const at = (part) => document.elementFromPoint(middle.left + middle.width / 2, middle.top + middle.height * part);
    const met = [0.2, 0.5, 0.8].map(at);
    if (!met.some((each) => each?.closest("[data-seq]"))) seen.blank += 1;
    requestAnimationFrame(look);
  });
}"""
AT_REST = """(box) => new Promise((done) => {
  let [last, same] = [-1, 0];
  requestAnimationFrame(function look() {
    same = box.scrollTop === last ? same + 1 : 0;
    last = box.scrollTop;
    same > 9 ? done() : requestAnimationFrame(look);
  });
})"""


def busy(session: Any) -> float:
    """The seconds that the page has worked."""
    found = session.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) for each in found if each["name"] == "TaskDuration")


def test_the_page_stays_small_however_much_was_said(people: People) -> None:
    """Sixty contacts and ten thousand lines: a few hundred are in the page, all can be reached, and what is read stays put.

    The wheel is a real one, and every frame is looked at: there are lines in it, and few in the page. What a turn of it costs is
    counted in the page's own time, for others work on this machine too."""
    feed = Feed(people, [contact(number) for number in range(60)])
    for number in range(60):
        for line in range(7_000 if number == 0 else 51):
            feed.text(f"c{number}", "customer" if line % 3 else "agent:anna", f"line {line} " + "word " * (line % 40))
    page = feed.open()
    people.expect(page.locator("#contacts .contact")).to_have_count(60)
    page.locator("#contacts .contact[data-contact=c0]").click()
    box = page.locator(".talk .scroll")
    people.expect(page.locator(".bubble", has_text="line 6999")).to_be_visible()
    page.evaluate(EACH_FRAME)
    box.hover()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    spent = [busy(session)]
    for _ in range(60):
        page.mouse.wheel(0, -900)
        page.wait_for_timeout(16)
        spent.append(busy(session))
    page.wait_for_function("window.seen.frames >= 60")
    box.evaluate(AT_REST)
    seen = page.evaluate("window.seen")
    assert seen["most"] <= 230
    assert seen["blank"] == 0, f"in {seen['blank']} of {seen['frames']} frames there was nothing to read"
    assert max(after - before for before, after in pairwise(spent)) < 1, "a turn of the wheel costs a second"
    first = box.evaluate("(box) => box.querySelector('[data-seq]').dataset.seq")
    assert int(first) < 6_900  # further back than what was drawn at first
    top = box.evaluate(
        "(box) => { const one = box.querySelectorAll('[data-seq]')[60]; return [one.dataset.seq, one.getBoundingClientRect().top]; }"
    )
    feed.text("c0", "customer", "said meanwhile")
    feed.push(feed.lines[-1])
    people.expect(page.locator(".to-end")).to_contain_text("1 new below")
    after = box.evaluate("(box, seq) => box.querySelector(`[data-seq='${seq}']`).getBoundingClientRect().top", top[0])
    assert abs(after - top[1]) < 2
    page.locator(".to-end").click()
    people.expect(page.locator(".bubble", has_text="said meanwhile")).to_be_visible()
    assert page.locator("[data-seq]").count() <= 230
