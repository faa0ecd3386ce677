"""The widget on somebody else's page: strict content policies, forbidden origins, `window.ucs`, hostile words, and what it costs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.docs.project import ROOT
from tests.docs.test_code_blocks import blocks_of
from tests.web.widget.conftest import Come, expect
from tests.web.widget.stage import PAGE, Desk, Server, Shop, until
from tests.web.widget.test_journey import PNG
from ucs.web.joined import squeezed
from ucs.web.widget_files import widget_files

KIB = 1024
WIDGET = ROOT / "ucs" / "web" / "widget"
NEVER = ("postMessage", "innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "cookie", "iframe")
HOSTILE = (
    "<img src=x onerror=pwned()>",
    "<script>pwned()</script>",
    "\"><svg onload='pwned()'>",
    "javascript:pwned()",
    "[x](javascript:pwned())",
    "https://example.com/\"onmouseover='pwned()'",
    "</p></div></section><iframe srcdoc='<script>parent.pwned()</script>'>",
    "{{constructor.constructor('pwned()')()}}",
    "\u202egnp.exe",
)


def test_on_a_strange_origin_under_a_strict_policy(come: Come, shop: Shop, ann: Desk) -> None:
    """Any breach of the policy stands in the console, and that is a failure."""
    customer = come(f"{shop.url}/site", width=1280)
    customer.open()
    customer.say("From the shop")
    customer.sees("From the shop")
    talk = ann.take("From the shop")
    talk.say("Hello shop")
    customer.sees("Hello shop")
    customer.locator("input[type=file]").set_input_files({"name": "bike.png", "mimeType": "image/png", "buffer": PNG})
    expect(customer.locator(".mine img")).to_have_js_property("naturalWidth", 2)
    assert customer.evaluate("document.cookie") == ""
    assert customer.evaluate("document.querySelectorAll('iframe').length") == 0
    customer.reload()
    customer.sees("Hello shop")
    addresses = customer.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    token = customer.evaluate("JSON.parse(localStorage['ucs:site:']).token")
    assert not [each for each in addresses if token in each]
    talk.do("wrap-up")


def test_an_origin_that_is_not_listed_gets_nothing(come: Come, shop: Shop) -> None:
    customer = come(f"{shop.elsewhere}/site")
    customer.until(lambda: "may not use" in str(customer.heard))
    assert customer.locator("ucs-widget").count() == 0
    customer.heard.clear()


def test_a_channel_that_is_not_there(come: Come, shop: Shop) -> None:
    customer = come(f"{shop.url}/nothing")
    customer.until(lambda: "There is no web chat" in str(customer.heard))
    assert customer.locator("ucs-widget").count() == 0
    customer.heard.clear()


def test_what_the_page_can_ask_of_it(come: Come, shop: Shop, ann: Desk) -> None:
    shop.early = """
      window.heard = [];
      window.ucs = window.ucs || [];
      for (const event of ["ready", "open", "close", "message", "unread"])
        ucs.push(["on", event, (what) => heard.push([event, what])]);
      ucs.push(["setLocale", "de"], ["setTheme", "dark"], ["open"]);
    """
    try:
        customer = come(f"{shop.url}/site", width=900)
        expect(customer.locator(".panel")).to_be_visible()
    finally:
        shop.early = ""
    assert customer.locator("ucs-widget").get_attribute("lang") == "de"
    assert customer.locator("ucs-widget").get_attribute("dark") == ""
    customer.evaluate("ucs.setTheme('light')")
    expect(customer.locator("ucs-widget[dark]")).to_have_count(0)
    customer.evaluate("ucs.send('Sent by the page')")
    customer.sees("Sent by the page")
    talk = ann.take("Sent by the page")
    customer.evaluate("ucs.close()")
    expect(customer.locator(".panel")).to_be_hidden()
    talk.say("While it is closed")
    expect(customer.locator(".badge")).to_have_text("1")
    customer.evaluate("ucs.toggle()")
    customer.sees("While it is closed")
    expect(customer.locator(".badge")).to_be_hidden()
    customer.evaluate("ucs.setLocale('ar')")
    expect(customer.locator("ucs-widget[dir=rtl][lang=ar]")).to_have_count(1)
    customer.sees("While it is closed")
    heard = [name for name, _ in customer.evaluate("heard")]
    assert set(heard) == {"ready", "open", "close", "message", "unread"}
    customer.evaluate("off = ucs.on('close', () => heard.push(['never', 0])); off(); ucs.close()")
    customer.evaluate("ucs.destroy()")
    assert customer.locator("ucs-widget").count() == 0
    assert "never" not in [name for name, _ in customer.evaluate("heard")]
    assert customer.evaluate("window.ucs === undefined")
    talk.do("wrap-up")


def test_what_the_page_about_embedding_shows(come: Come, shop: Shop) -> None:
    """Its one line, its style and its script, as they stand there, on a page of the shop's."""
    blocks = {block.language: block.code for block in blocks_of((ROOT / "docs" / "embed.md").read_text())}
    line = blocks["html"].replace("https://chat.example.com", shop.ucs)
    shop.early = f"""{blocks["js"]}
      document.adoptedStyleSheets.push(new CSSStyleSheet());
      document.adoptedStyleSheets[0].replaceSync({blocks["css"]!r});"""
    shop.pages["embedded"] = (
        PAGE.partition('<script src="{ucs}')[0] + line + "</head><body><main><h1>Shop</h1></main></body></html>"
    )
    try:
        customer = come(f"{shop.url}/embedded", width=900)
        expect(customer.locator("ucs-widget[lang=de] .panel")).to_be_visible()
    finally:
        shop.early = ""
    assert customer.evaluate("getComputedStyle(document.querySelector('ucs-widget')).bottom") == "80px"
    button = (
        "getComputedStyle(document.querySelector('ucs-widget').shadowRoot.querySelector('.launcher')).backgroundColor"
    )
    assert customer.evaluate(button) == "rgb(124, 58, 237)"


def test_a_greeting_comes_once_and_where_it_is_meant(come: Come, shop: Shop) -> None:
    customer = come(f"{shop.url}/greeted/asks", width=900)
    customer.locator(".greeting .words").click()
    expect(customer.locator(".intro .bubble")).to_have_text("Can we help you?")
    customer.get_by_role("button", name="Close the chat").first.click()
    customer.reload()
    customer.wait_for_timeout(1500)
    assert customer.locator(".greeting").count() == 0
    other = come(f"{shop.url}/asks", width=900)
    other.wait_for_timeout(1500)
    assert other.locator(".greeting").count() == 0


def test_what_is_new_is_counted_on_the_next_page(come: Come, shop: Shop, ann: Desk) -> None:
    customer = come(f"{shop.url}/site", width=900)
    customer.open()
    customer.say("I look around meanwhile")
    talk = ann.take("I look around meanwhile")
    customer.keyboard.press("Escape")
    expect(customer.locator(".launcher")).to_be_focused()
    customer.goto(f"{shop.url}/bare")
    talk.say("One")
    talk.say("Two")
    customer.goto(f"{shop.url}/site")
    expect(customer.locator(".badge")).to_have_text("2")
    expect(customer.locator(".launcher")).to_have_attribute("aria-label", re.compile("2"))
    talk.do("wrap-up")


def test_a_tab_with_the_button_alone_hears_of_a_chat_begun_in_another(come: Come, shop: Shop, ann: Desk) -> None:
    waiting = come(f"{shop.url}/site", width=900)
    expect(waiting.locator(".launcher")).to_be_visible()
    talking = come(f"{shop.url}/site", width=900, context=waiting.page.context)
    talking.open()
    talking.say("From the other tab")
    talk = ann.take("From the other tab")
    talk.say("Heard in both")
    talking.sees("Heard in both")
    waiting.sees("Heard in both")  # open, as on the next page that one goes to
    talk.do("wrap-up")


@pytest.mark.parametrize("way", ["customer", "agent"])
def test_hostile_words_stay_words(come: Come, ann: Desk, way: str) -> None:
    customer = come("/talk/site")
    customer.evaluate("() => { window.pwned = () => (window.was = true); }")
    start = f"Here it begins, by the {way}"
    customer.say(start)
    talk = ann.take(start)
    for words in HOSTILE:
        if way == "customer":
            customer.say(words)
            until(lambda words=words: words in talk.words())
        else:
            talk.say(words)
    if way == "agent":
        for words in HOSTILE:
            button = {"label": words, "url": "javascript:pwned()"}
            card = {"type": "card", "title": words, "text": words, "url": "javascript:pwned()", "buttons": [button]}
            talk.say(
                card,
                {"type": "contact_card", "name": words, "phones": [words]},
                {"type": "choices", "text": words, "options": [button]},
            )
            talk.say({"type": "location", "latitude": 1, "longitude": 2, "title": words, "address": words})
    else:
        for words in HOSTILE[:3]:
            name = words.replace("/", "_")
            file = {"name": name, "mimeType": "text/html", "buffer": words.encode()}
            customer.locator("input[type=file]").set_input_files(file)
            expect(customer.locator(".mine a .file")).to_have_count(HOSTILE.index(words) + 1)
    customer.sees(HOSTILE[-1]) if way == "customer" else expect(customer.locator("div.place")).to_have_count(
        len(HOSTILE)
    )
    found = """() => {
      const root = document.querySelector("ucs-widget").shadowRoot;
      const links = [...root.querySelectorAll("[href]")].map((each) => each.protocol);
      const bad = [...root.querySelectorAll("script, iframe, object, embed, svg[onload], img[onerror], [onmouseover]")].length;
      return { was: Boolean(window.was), bad, links: [...new Set(links)].sort() };
    }"""
    seen: dict[str, Any] = customer.evaluate(found)
    assert not seen["was"]
    assert seen["bad"] == 0
    assert set(seen["links"]) <= {"http:", "https:"}
    customer.reload()
    expect(customer.locator("[role=log] .bubble", has_text=start)).to_have_count(1)
    assert customer.evaluate("window.was === undefined")
    talk.do("wrap-up")


def test_hostile_settings_and_names_stay_words(come: Come, server: Server) -> None:
    """What the server tells of the channel is shown as it is, whoever has written it."""
    evil = HOSTILE[0]
    told = server.ask("GET", "/chat/asks/about")
    field = {"name": "x", "label": evil, "type": "choice", "options": [evil], "required": False}
    told |= {"name": evil, "intro": evil, "form": [field], "accent": "#12345"}

    def prepare(page: Any) -> None:
        page.route("**/chat/asks/about", lambda route: route.fulfill(json=told))
        page.add_init_script("window.pwned = () => (window.was = true)")

    customer = come("/talk/asks", prepare=prepare)
    expect(customer.locator(".who h1")).to_have_text(evil)
    expect(customer.locator(".hello")).to_have_text(evil)
    assert customer.evaluate("window.was === undefined")


# -- what it costs ---------------------------------------------------------------------------------------------------------


def test_it_is_light() -> None:
    sizes = {name: len(file.packed) for name, file in widget_files().named.items()}
    languages = {name: sizes.pop(name) for name in list(sizes) if name.startswith("locales/")}
    assert len(languages) >= 8
    assert sizes["widget.js"] <= 3 * KIB
    everything = sum(sizes.values()) + languages["locales/en.js"]
    assert everything <= 20 * KIB, f"{everything} bytes, and 20 KiB are promised"
    assert max(languages.values()) - languages["locales/en.js"] <= 300  # what another script costs more


def test_its_modules_keep_to_what_joining_needs() -> None:
    names: dict[str, str] = {}
    for path in sorted(WIDGET.glob("*.js")):
        if path.name == "widget.js":
            continue
        text = path.read_text()
        for name in re.findall(r"^(?:export )?(?:async )?(?:const|let|function|class) (\w+)", text, re.MULTILINE):
            assert name not in names, f"{name} is in {path.name} and in {names[name]}"
            names[name] = path.name
        assert "export default" not in text
        assert not re.search(r"`[^`]*\$\{[^}`]*`", text), f"{path.name}: a template within a template"
        assert not re.search(r"`[^`]*\$\{[^}`]*\b[A-Z]{2}[^`]*`", text), f"{path.name}: a constant within a template"
        assert not re.search(r"^import (?!\{ [\w, ]+ \} from \"\./[\w-]+\.js\";$)", text, re.MULTILINE), path.name
    assert not re.search(r"`|\$\{|\\", (WIDGET / "widget.css").read_text())  # it travels in a template


@pytest.mark.parametrize(
    ("script", "shorter"),
    [
        ("const a = 1; // one\nconst b = 'it // is';\n", "let a=1,b='it // is';\n"),
        ("/** Why. */\nf(`a  b`, /[ /]\\s+/u);", "f(`a  b`,/[ /]\\s+/u);\n"),
        ("return a\n  ? b : c / d / e;", "return a?b:c/d/e;\n"),
        ("x = a + +b - -c; y += 20_000 - (z++ + 1);", "x=a + +b - -c;y+=20000-(z++ + 1);\n"),
        ("const MOST = 3;\nf(MOST, a.MOST, MOST_OF);", "let $0=3;f($0,a.MOST,MOST_OF);\n"),
        (
            "const a = {\n  b: 1,\n};\nconst c = 2;\nif (c) {\n  const d = 3;\n}\n",
            "let a={b:1};let c=2;if(c){let d=3}\n",
        ),
        ("const A_B = 1;\nconst B_C = () => A_B;\nf(B_C);", "let $0=1,$1=()=>$0;f($1);\n"),
        ("/** @type {A} */ (this.one).two(x).three + (5).toFixed();", "this.one.two(x).three+(5).toFixed();\n"),
        (
            "return true || a.true || { true: false, b: false } || x_true || 'true';",
            "return!0||a.true||{true:!1,b:!1}||x_true||'true';\n",
        ),
        (
            "f(undefined, a.undefined, 'undefined const', { undefined: a.const });",
            "f(void 0,a.undefined,'undefined const',{undefined:a.const});\n",
        ),
        ('h("a", {}, x);  g(" // ", y);', 'h("a",{},x);g(" // ",y);\n'),
    ],
)
def test_squeezing_changes_nothing_that_matters(script: str, shorter: str) -> None:
    assert squeezed(script) == shorter


def test_it_touches_no_frame_and_no_message() -> None:
    """Without `postMessage` there is no origin to be wrong about; without cookies nothing to be stolen by a request."""
    for path in WIDGET.rglob("*.js"):
        text = path.read_text()
        for word in (
            "postMessage",
            '"message"',
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "cookie",
            "iframe",
        ):
            if word == '"message"':
                assert 'addEventListener("message"' not in text, path.name
            else:
                assert word not in re.sub(r"//.*|/\*.*?\*/", "", text, flags=re.DOTALL), f"{path.name}: {word}"


def test_how_it_is_served(server: Server) -> None:
    import urllib.request

    made = widget_files()
    assert {"main.js", "locales/en.js", "locales/zh-CN.js"} <= set(made.named)
    for path, kept in (
        ("/widget.js", "no-cache"),
        (f"/widget/{made.version}/main.js", "immutable"),
        ("/widget/old/main.js", "no-cache"),
    ):
        with urllib.request.urlopen(server.url + path) as answer:  # noqa: S310
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert kept in answer.headers["Cache-Control"]
            etag = answer.headers["ETag"]
        request = urllib.request.Request(server.url + path, headers={"If-None-Match": etag})  # noqa: S310
        with pytest.raises(urllib.error.HTTPError) as same:
            urllib.request.urlopen(request)  # noqa: S310
        with same.value as answer:
            assert answer.code == 304


def test_the_page_hardly_notices(come: Come, shop: Shop) -> None:
    """Script, layout and style on a processor four times slower, with the widget less those without: the best of some tries, for
    others work on this machine too."""

    def busy(address: str) -> float:
        has_it = "bare" not in address
        customer = come(address, width=1280)
        expect(customer.locator(".launcher")).to_have_count(int(has_it))
        asked: list[str] = []
        customer.page.on("requestfinished", lambda request: asked.append(request.url))
        session = customer.page.context.new_cdp_session(customer.page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        customer.reload()
        customer.until(lambda: not has_it or "/about" in str(asked))
        customer.wait_for_timeout(900)  # nothing is asked of the page meanwhile: that would be counted too
        found = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        expect(customer.locator(".launcher")).to_have_count(int(has_it))
        customer.close()
        return sum(found[name] for name in ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")) * 1000

    with_it, without = zip(*((busy(f"{shop.url}/site"), busy(f"{shop.url}/bare")) for _ in range(3)), strict=True)
    assert min(with_it) - min(without) < 50, (with_it, without)
