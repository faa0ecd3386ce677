"""Each call to a platform has an address where it is documented: of which function one is asked, and what counts as one."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

from channels.kit.grades import evidence_of
from channels.kit.grades.calls import undocumented
from channels.plugins import load
from tests.docs.project import ROOT

PLUGINS = load(ROOT / "plugins.toml")
GRADED = [name for name in PLUGINS.adapters if name != "webchat"]
WEIBO = ROOT / "examples" / "weibo" / "ucs_weibo" / "__init__.py"

CALLS: dict[str, tuple[str, list[str]]] = {
    "a call without": (
        """
        async def send(self, http):
            await http.request("POST", self.config.url)
        """,
        ["api.py:2 (send)"],
    ),
    "in the docstring": (
        """
        async def send(self, http):
            "https://platform.example/docs#send"
            await http.request("POST", self.config.url)
        """,
        [],
    ),
    "in a comment": (
        """
        async def send(self, http):
            await http.request("POST", self.config.url)  # https://platform.example/docs#send
        """,
        [],
    ),
    "where the call goes to is no documentation": (
        """
        async def send(self, http):
            await http.request("POST", "https://api.platform.example/send")
        """,
        ["api.py:2 (send)"],
    ),
    "the module's docstring and a neighbour's say nothing of this call": (
        '''
        """https://platform.example/docs"""
        async def send(self, http):
            await http.request("POST", "/send")
        async def fetch(self, http):
            "https://platform.example/docs#fetch"
            await http.stream("GET", "/fetch")
        ''',
        ["api.py:3 (send)"],
    ),
    "two calls want two": (
        """
        async def send(self, http):
            "https://platform.example/docs#send"
            await http.request("POST", "/upload")
            await http.request("POST", "/send")
        """,
        ["api.py:2 (send, 1 for 2 calls)"],
    ),
    "the same call again does not": (
        """
        async def send(self, http):
            "https://platform.example/docs#send"
            await http.request("POST", "/send", json=1)
            await http.request("POST", "/send", json=2)
        """,
        [],
    ),
    "who passes on is not asked, who calls it is": (
        """
        class Api:
            async def post(self, path: str):
                url = self.base + path
                return await self.again("POST", url)
            async def again(self, method: str, url: str):
                return await self.http.request(method, url)
        async def send(api):
            await api.post("/send")
        async def typing(api):
            await api.post(path="/typing")  # https://platform.example/docs#typing
        """,
        ["api.py:8 (send)"],
    ),
    "an address where it is only passed on does for nobody": (
        """
        async def ask(http, method: str):
            "https://platform.example/docs#how-to-call"
            return await http.request("POST", f"{BASE}/{method}")
        async def profile(self, http):
            return (await ask(http, "getChat")).get("name")
        """,
        ["api.py:5 (profile)"],
    ),
    "words of its own make it the one that knows": (
        """
        async def preparing(api, path: str):
            "https://platform.example/docs#preparing"
            return await api.http.request("GET", f"{path}/preparing")
        async def fetch(self, api):
            return await preparing(api, "/files/1")
        """,
        [],
    ),
    "a text for something else is not what is asked": (
        """
        async def send(http, customer: str):
            body = {"to": customer}
            await http.request("POST", BASE + "/send", json=body)
        """,
        ["api.py:2 (send)"],
    ),
    "nobody here calls it, so it has to say itself": (
        """
        async def do_request(self, url: str):
            return await self.http.request("POST", url)
        """,
        ["api.py:2 (do_request)"],
    ),
    "within a lambda and a function within": (
        """
        async def post(self, path: str):
            return await self.with_token(lambda token: self.http.request("POST", self.url(path), query=token))
        async def upload(self):
            async def once(token):
                return await self.http.request("POST", "/upload")
            return await self.with_token(once)
        async def send(self):
            return await self.post("/send")
        """,
        ["api.py:4 (upload)", "api.py:8 (send)"],
    ),
    "one of two": (
        """
        async def get(self, path: str):
            return await self.http.request("GET", path)
        async def fetch(self, key):
            return await (self.get("/old") if key else self.get("/new"))  # https://platform.example/docs#new
        """,
        ["api.py:4 (fetch, 1 for 2 calls)"],
    ),
    "what only looks like one": (
        """
        async def get(self, path: str):
            return await self.http.request("GET", path)
        def told(self, answer):
            return answer.headers.get("date"), self.file.write("date")
        async def profile(self):
            return await self.get("/profile")  # https://platform.example/docs#profile
        """,
        [],
    ),
    "a method of an SDK": (
        """
        def said(sdk, part):
            "https://platform.example/docs#text"
            return sdk.send_text(part) if part.text else sdk.send_file(part)
        async def recall(self):
            await self._sdk.delete()
        """,
        ["api.py:2 (said, 1 for 2 calls)", "api.py:5 (recall)"],
    ),
    "a command over a connection": (
        """
        async def begin(self, http):
            self.connection = await http.connect(self.host, 25)  # https://platform.example/docs#greeting
        async def command(self, said: str):
            await self.connection.write(f"{said}\\r\\n".encode())
        async def end(self):
            await self.command("QUIT")
        """,
        ["api.py:6 (end)"],
    ),
    "a constant is what it is called": (
        """
        async def look(api):
            await api.request("GET", WEBHOOK)
        """,
        ["api.py:2 (look)"],
    ),
}


@pytest.mark.parametrize("about", CALLS)
def test_who_is_asked_for_an_address(about: str) -> None:
    text, wanted = CALLS[about]
    assert list(map(str, undocumented({"api.py": dedent(text)}))) == wanted


def test_a_call_is_looked_for_in_all_modules() -> None:
    modules = {
        "api.py": "async def ask(http, method: str):\n    return await http.request('POST', method)\n",
        "__init__.py": "async def typing(self, http):\n    await ask(http, 'typing')\n",
    }
    assert [found.module for found in undocumented(modules)] == ["__init__.py"]


def test_what_is_shared_may_be_called_by_another_adapter() -> None:
    passes_on = "async def get(self, path: str):\n    return await self.http.request('GET', path)\n"
    assert undocumented({"_house/api.py": passes_on}) == []
    assert [found.function for found in undocumented({"__init__.py": passes_on})] == ["get"]


def test_the_example_says_it_at_each_call() -> None:
    text = WEIBO.read_text("utf-8")
    assert undocumented({"__init__.py": text}) == []
    assert [found.function for found in undocumented({"__init__.py": text.replace("https://", "see ")})] == [
        "send",
        "fetch",
        "profile",
    ]


# The functions that call, by adapter: what is found if no address stands anywhere.
@pytest.mark.parametrize(
    ("name", "some"),
    [
        ("email", {"hand_over", "signed_in", "select", "list_around", "append", "_greet", "_issued"}),
        ("line", {"_reply", "_push", "fetch", "profile", "typing", "mark_read", "_issue", "_quota", "found_in"}),
        (
            "telegram",
            {"fetch", "profile", "typing", "recall", "poll", "said", "_file", "together", "do_request", "_set"},
        ),
        ("wechat", {"send", "_template", "upload", "_stream", "_issue", "typing", "profile", "found_in"}),
        ("wecom", {"_say", "_welcome", "claim", "end", "recall", "profile", "sync", "upload", "_issue", "_accounts"}),
    ],
)
def test_the_calls_of_our_adapters_are_found(name: str, some: set[str]) -> None:
    bare = {module: text.replace("https://", "see ") for module, text in modules_of(name).items()}
    found = {each.function for each in undocumented(bare)}
    assert some <= found
    assert not found & {"ask", "post", "get", "put", "command", "ask_before", "_request", "_say"} - some


@pytest.mark.parametrize("name", GRADED)
def test_each_call_says_where_it_is_documented(name: str) -> None:
    assert list(map(str, undocumented(modules_of(name)))) == []


@pytest.mark.parametrize("name", GRADED)
def test_what_a_fake_asks_is_not_the_adapter_calling(name: str) -> None:
    assert not [module for module in modules_of(name) if re.search(r"(^|/)fake/", module)]


def modules_of(name: str) -> dict[str, str]:
    return dict(evidence_of(PLUGINS.adapters[name], ROOT, "").modules)
