# ruff: noqa: E501  the table of mistakes is read across, one mistake a line
"""The kit finds what is wrong: every wrong adapter here is the right one with one mistake, and fails the check named with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from channels.kit import contract

pytest_plugins = ["pytester"]

HERE = Path(__file__).parent / "parrot"
SOURCE = (HERE / "__init__.py").read_text("utf-8")


@dataclass(frozen=True)
class Mistake:
    """`old` in the right adapter became `new`; `check` must fail. `test` is put into the author's test."""

    check: str
    old: str = ""
    new: str = ""
    test: str = "pass"


SEND = '        body = {"to": message.customer, "messages": spoken, "key": message.key}\n'
ASK = 'answer = await http.request("POST", f"{API}/send", headers=self._headers(), json=body)'
BODY = "        body = request.json()\n"
HELLO = "            yield CustomerJoined(id, at, customer)\n"
VERIFY = '        require_hmac(secret, request.body, request.headers.get("x-parrot-signature"), prefix="v1=")\n'
ACCOUNT = '        told = self._read(await http.request("GET", f"{API}/account", headers=self._headers()))\n'
FAILURE = '        code = str(body.get("error", answer.status))\n'

MISTAKES = {
    # manifest and configuration
    "no manifest": Mistake("test_has_a_manifest", "manifest = Manifest(", "leaflet = Manifest("),
    "loud name": Mistake("test_name_is_lower_case", 'name="parrot"', 'name="Parrot"'),
    "no title": Mistake("test_title_is_there", 'title="Parrot"', 'title=" "'),
    "no documentation": Mistake("test_documentation_is_there", 'documentation="https://parrot.example/docs"', 'documentation=""'),
    "no docstring": Mistake("test_class_says_what_it_is", '    """One account at Parrot, which does not exist."""\n', ""),
    "odd kind": Mistake("test_kind_is_known", 'title="Parrot"', 'title="Parrot", kind="bird"'),
    "nothing fits": Mistake("test_limits_make_sense", "text=20", "text=0"),
    "MIME without a slash": Mistake("test_mime_types_are_types", '"image/png", "image/jpeg"', '"png"'),
    "carousel of nothing": Mistake("test_carousel_has_a_card", "batch=2", "batch=2, carousel=3"),
    "a press without a window": Mistake("test_a_press_allows_less", "forwards=2", "forwards=2, press_window=timedelta(minutes=1)"),
    "forwards to nobody": Mistake("test_forwards_what_it_says", "forwards=2", "forwards=0"),
    "forwards without a way": Mistake("test_forwards_what_it_says", "    async def forward(", "    async def pass_on("),
    "no time to answer": Mistake("test_times_are_positive", "keeps_time=True", "keeps_time=True, answers_within=timedelta(0)"),
    "body limit of nothing": Mistake("test_body_limit_is_sane", "keeps_time=True", "keeps_time=True, body_limit=10"),
    "code without meaning": Mistake("test_errors_say_what_happens_next", '"E1": Rejected', '"E1": DeliveryError'),
    "number as code": Mistake("test_errors_say_what_happens_next", '"E1": Rejected', "1: Rejected"),
    "nobody verifies": Mistake("test_what_is_parsed_is_verified", "def verify(", "def check("),
    "verify waits": Mistake("test_power_waits_or_not", "    def verify(", "    async def verify("),
    "send does not wait": Mistake("test_power_waits_or_not", "    async def typing(", "    def typing(self, customer: str, http: Http) -> None: ...\n\n    async def type_on("),
    "power without a case": Mistake("test_power_has_a_case", "    def _headers(", "    async def recall(self, customer: str, message: str, http: Http) -> None: ...\n\n    def _headers("),
    "config takes anything": Mistake("test_config_refuses_unknown_keys", "    account: str\n", '    account: str\n    model_config = {"extra": "allow"}\n'),
    "config can change": Mistake("test_config_is_frozen", "    account: str\n", '    account: str\n    model_config = {"frozen": False}\n'),
    "bare secret": Mistake("test_secrets_are_secret", "    account: str\n", '    account: str\n    bot_token: str = ""\n'),
    "secret in repr": Mistake("test_secrets_are_not_shown", "    def _headers(", "    def __repr__(self) -> str:\n        return str(self._headers())\n\n    def _headers("),
    "secret in a complaint": Mistake("test_a_wrong_configuration_shows_no_secret", "    account: str\n", '    account: str\n    model_config = {"hide_input_in_errors": False}\n'),
    "short secret": Mistake("test_secrets_of_the_test_can_be_searched_for", test='config = {**Right.config.model_dump(), "app_secret": "abc", "access_token": "call-secret"}'),
    "building calls home": Mistake("test_building_reaches_nothing", "    def _headers(", '    def __init__(self, config: ParrotConfig) -> None:\n        import socket\n        socket.getaddrinfo("127.0.0.1", 9)\n        super().__init__(config)\n\n    def _headers('),
    # trust
    "trusts anybody": Mistake("test_refuses_a_signature_that_is", VERIFY, "        pass\n"),
    "trusts the unsigned": Mistake("test_refuses_an_unsigned_request", VERIFY, '        if "x-parrot-signature" in request.headers:\n    ' + VERIFY),
    "says no with a bool": Mistake("test_trusts_the_platform", VERIFY, VERIFY + "        return True\n"),
    "compares by itself": Mistake("test_refuses_a_signature_that_is", VERIFY, '        import hmac\n        from channels.errors import Untrusted\n        given = request.headers.get("x-parrot-signature") or ""\n        if not hmac.compare_digest("v1=" + hmac.new(secret.encode(), request.body, "sha256").hexdigest(), given):\n            raise Untrusted("No.")\n'),
    "signs half the body": Mistake("test_refuses_a_body_changed_at", "require_hmac(secret, request.body,", "require_hmac(secret, request.body[:-1] + b'}',"),
    "one secret for all": Mistake("test_refuses_what_another_channel_signed", "require_hmac(secret,", 'require_hmac("hook-secret",'),
    "reads before it verifies": Mistake("test_verifies_any_body", VERIFY, '        request.json()["events"]\n' + VERIFY),
    "tells the secret": Mistake("test_refusing_says_no_secret", VERIFY, "        from channels.errors import Untrusted\n        try:\n    " + VERIFY + "        except Untrusted as error:\n            raise Untrusted(f'{error} {secret}') from None\n"),
    "sign that signs nothing": Mistake("test_refuses_an_unsigned_request", test="def sign(self, request): return request"),
    # inbound
    "golden": Mistake("test_inbound_case", "(Text(text),)", "(Text(text.upper()),)"),
    "other answer": Mistake("test_answer_of_case", '{"ok":true}', '{"ok":false}'),
    "asks the clock": Mistake("test_same_bytes_same_events", "datetime.fromtimestamp(ms / 1000, UTC)", "datetime.now(UTC)"),
    "asks the clock, as source": Mistake("test_asks_no_clock_and_draws_no_dice", "datetime.fromtimestamp(ms / 1000, UTC)", "datetime.now(UTC)"),
    "events of its own": Mistake("test_events_are_of_the_vocabulary", HELLO, "            yield customer\n"),
    "wrong type": Mistake("test_events_survive_json", HELLO, "            yield CustomerJoined(id, at, customer, name=7)\n"),
    "empty id": Mistake("test_ids_are_there_and_differ", HELLO, '            yield CustomerJoined("", at, customer)\n'),
    "same id twice": Mistake("test_ids_are_there_and_differ", HELLO, HELLO * 2),
    "id of the moment": Mistake("test_repeated_delivery_has_the_same_ids", BODY, BODY + "        import dataclasses\n        return [dataclasses.replace(event, id=request.at.isoformat() + event.id) for item in body['events'] for event in _event(item)]\n"),
    "time of arrival": Mistake("test_repeated_delivery_has_the_same_ids", BODY, BODY + "        import dataclasses\n        return [dataclasses.replace(event, at=request.at) for item in body['events'] for event in _event(item)]\n"),
    "naive time": Mistake("test_times_are_aware_and_sane", "datetime.fromtimestamp(ms / 1000, UTC)", "datetime.fromtimestamp(ms / 1000)"),
    "seconds for milliseconds": Mistake("test_times_are_aware_and_sane", "datetime.fromtimestamp(ms / 1000, UTC)", "datetime.fromtimestamp(ms / 1000000, UTC)"),
    "nobody's event": Mistake("test_customer_is_named", HELLO, '            yield CustomerJoined(id, at, "")\n'),
    "announced and not asked for": Mistake("test_what_is_announced_is_asked_for", HELLO, "            from channels.events import Announced\n            yield Announced(id, at, hint='h')\n"),
    "message of nothing": Mistake("test_messages_say_something", "(Text(text),)", "()"),
    "file as text": Mistake("test_files_are_references", "Image(MediaRef(key, mime=\"image/png\"))", "Image(key)"),
    "unknown is lost": Mistake("test_inbound_case", "            yield Unknown(id, at, customer, kind, item)\n", "            return\n"),
    "no unknown case": Mistake("test_unknown_kinds_are_kept", test="def readable(self): return [case for case in super().readable() if case.path.stem != 'unknown']"),
    "refuses new fields": Mistake("test_new_fields_are_ignored", "    match item:\n        case {\"id\"", "    if len(item) > 5:\n        return\n    match item:\n        case {\"id\""),
    "order of keys": Mistake("test_order_of_keys_means_nothing", "    match item:\n        case {\"id\"", "    if next(iter(item)) != 'id':\n        return\n    match item:\n        case {\"id\""),
    "one bad loses all": Mistake("test_a_bad_event_does_not_lose_the_others", "        return [event for item in events", "        if not all(isinstance(item, dict) for item in events):\n            raise Malformed('no')\n        return [event for item in events"),
    "crash on a list": Mistake("test_survives_a_body_that_is", "if not isinstance(body, dict) or ", "if "),
    "recursion": Mistake("test_survives_a_body_that_is", BODY, "        import json\n        try:\n            body = json.loads(request.body)\n        except ValueError:\n            raise Malformed('no') from None\n"),
    "crash on a number": Mistake("test_survives_every_wrong_value", '"text": str(text)', '"text": text'),
    "time out of range": Mistake("test_survives_every_wrong_value", " and 0 <= ms < 4e12", ""),
    "crash on half a body": Mistake("test_survives_a_broken_body", BODY, "        import orjson\n        body = orjson.loads(request.body)\n"),
    "needs a header": Mistake("test_survives_without_headers_and_query", BODY, BODY + "        request.headers['x-parrot-signature']\n"),
    "answers nothing": Mistake("test_answers_what_it_accepts", "        return Response(200, b", "        Response(200, b"),
    "answers no": Mistake("test_answers_what_it_accepts", "Response(200,", "Response(404,"),
    "answers in HTML": Mistake("test_answers_are_harmless", '"application/json")', '"text/html")'),
    "prints": Mistake("test_says_nothing_aloud", BODY, BODY + "        print(body)\n"),
    "prints, as source": Mistake("test_prints_nothing", BODY, BODY + "        print(body)\n"),
    "logs": Mistake("test_says_nothing_aloud", BODY, BODY + "        import logging\n        logging.getLogger('x').warning('%s', body)\n"),
    "goes out while parsing": Mistake("test_same_bytes_same_events", BODY, BODY + "        import socket\n        socket.getaddrinfo('127.0.0.1', 9)\n"),
    # outbound
    "other request": Mistake("test_outbound_case", '"to": message.customer', '"To": message.customer'),
    "other receipt": Mistake("test_outbound_case", "found.get(\"ids\", ())", "found.get(\"id\", ())"),
    "cannot say a picture": Mistake("test_can_send", "            return {\"show\": message.media[media].url}\n", "            return {\"show\": message.media[media].thumbnail}\n"),
    "forgets to send": Mistake("test_can_send", SEND, SEND + "        if len(message.parts) == 1:\n            return Receipt()\n"),
    "cannot forward a picture": Mistake("test_can_forward", "[plain_text(part) for part in message.parts]", "[part.text for part in message.parts]"),
    "forwards nothing": Mistake("test_can_forward", "        said = [plain_text", "        if len(message.parts) == 1:\n            return Receipt()\n        said = [plain_text"),
    "numbers as ids": Mistake("test_receipt_names_what_was_sent", "tuple(str(item) for item in ids)", "tuple(len(item) for item in ids)"),
    "in the clear": Mistake("test_goes_out_encrypted", "https://api.parrot", "http://api.parrot"),
    "secret in the URL": Mistake("test_no_secret_in_a_url", ASK, ASK.replace('f"{API}/send"', 'f"{API}/send?token={self.config.access_token.get_secret_value()}"')),
    "id not quoted": Mistake("test_strange_addresses_lead_nowhere_else", "quote(customer, safe='')", "customer"),
    "another key each time": Mistake("test_a_repeated_call_is_the_same", '"key": message.key', '"key": f"{message.key}{message.attempt}"'),
    "no key": Mistake("test_the_key_tells_calls_apart", ', "key": message.key', ""),
    "remembers": Mistake("test_keeps_nothing", SEND, SEND + "        self.last = message.key\n"),
    "mixes": Mistake("test_two_at_once_do_not_mix", SEND, SEND + "        import asyncio\n        CALLS.append(1)\n        await asyncio.sleep(0)\n        body['n'] = len(CALLS)\n"),
    "prints what it says": Mistake("test_sends_without_a_word_aloud", SEND, SEND + "        print(body)\n"),
    # faults
    "swallows faults": Mistake("test_names_the_next_action", "        " + ASK, "        from channels.errors import Uncertain\n        try:\n            " + ASK + "\n        except (Unreachable, Uncertain):\n            return Receipt()"),
    "uncertain is unreachable": Mistake("test_names_the_next_action", "        " + ASK, "        from channels.errors import Uncertain\n        try:\n            " + ASK + "\n        except Uncertain:\n            raise Unreachable('no') from None"),
    "500 is refused": Mistake("test_names_the_next_action", "return Unreachable(", "return Rejected("),
    "429 is refused": Mistake("test_names_the_next_action", "answer.status == 429", "answer.status == 430"),
    "401 is refused": Mistake("test_names_the_next_action", "answer.status == 401", "answer.status == 402"),
    "retries by itself": Mistake("test_names_the_next_action", "        found = self._read(answer)\n", "        while answer.status == 429:\n            " + ASK + "\n        found = self._read(answer)\n"),
    "may say it twice": Mistake("test_survives_odd_answers", "resend_safe=True", "resend_safe=False"),
    "believes the answer": Mistake("test_survives_odd_answers", "found = body if isinstance(body, dict) else {}", "found = body"),
    "error is success": Mistake("test_a_refusal_is_tried_again_by_nobody", "if answer.status >= 300:\n            raise self._failure(answer, found)", "if answer.status >= 401:\n            raise self._failure(answer, found)"),
    "refusal is unreachable": Mistake("test_a_refusal_is_tried_again_by_nobody", "errors.get(code, Rejected)(", "errors.get(code, Unreachable)("),
    "code means something else": Mistake("test_code_means_what_is_declared", "errors.get(code, Rejected)(", "errors.get(code[:1], Rejected)("),
    "loses the code": Mistake("test_unknown_code_is_kept", 'refused the message.", code=code', 'refused the message."'),
    "secret in an error": Mistake("test_names_the_next_action", '"Parrot is out of order."', "f\"{self._headers()}\""),
    "nameless error": Mistake("test_names_the_next_action", '"Parrot is out of order."', '" "'),
    # health
    "never well": Mistake("test_a_well_channel_is_well", test="def outbound(self): return [case for case in super().outbound() if case.path.stem != 'well']"),
    "never unwell": Mistake("test_something_is_found", test="def outbound(self): return [case for case in super().outbound() if case.path.stem != 'unwell']"),
    "finds without a word": Mistake("test_findings_are_sentences", '"Parrot flies to nobody: open the cage."', '" "'),
    "tells the secret in a finding": Mistake("test_findings_are_sentences", '"Parrot flies to nobody: open the cage."', 'str(self._headers())'),
    "well without credentials": Mistake("test_a_dead_credential_is_known", ACCOUNT, "        try:\n    " + ACCOUNT + "        except Unauthorized:\n            return Health()\n"),
    "well without a platform": Mistake("test_a_refusal_is_not_health", ACCOUNT, "        try:\n    " + ACCOUNT + "        except Unreachable:\n            return Health()\n"),
    # source
    "another way out": Mistake("test_imports_no_other_way_out", "from typing import Any\n", "from typing import Any\nimport urllib.request\n"),
    "reaches upwards": Mistake("test_imports_no_other_way_out", "from typing import Any\n", "from typing import Any\nimport ucs\n"),
    "plays with a fake": Mistake("test_imports_no_fake", "from typing import Any\n", "from typing import Any, TYPE_CHECKING\nif TYPE_CHECKING:\n    from channels.fake import FakePlatform\n"),
    "borrows from another": Mistake("test_imports_no_other_adapter", "from typing import Any\n", "from typing import Any, TYPE_CHECKING\nif TYPE_CHECKING:\n    from adapters.line import Line\n"),
    "catches anything": Mistake("test_catches_nothing_broadly", FAILURE, "        try:\n    " + FAILURE + "        except Exception:\n            code = ''\n"),
    "waits by itself": Mistake("test_waits_for_nothing_itself", SEND, SEND + "        import asyncio\n        await asyncio.sleep(0)\n"),
    "compares with ==": Mistake("test_compares_secrets_in_constant_time", VERIFY, VERIFY + "        assert request.path == self.config.app_secret.get_secret_value() or True\n"),
}  # fmt: skip


ONLY = """
def only(check):
    return type("Only", (Right,), {name: None for name in dir(Right) if name.startswith("test_") and name != check})
"""


def test_every_check_has_a_mistake_that_it_finds(pytester: pytest.Pytester) -> None:
    lines = ["import importlib", "from tests.channels.parrot.test_parrot import TestParrot as Right", ONLY]
    for place, (name, mistake) in enumerate(MISTAKES.items()):
        assert not mistake.old or mistake.old in SOURCE, f"{name}: the right adapter has no longer {mistake.old!r}"
        compile(SOURCE.replace(mistake.old, mistake.new, 1), name, "exec")
        folder = pytester.mkdir(f"wrong_{place}")
        (folder / "__init__.py").write_text(
            SOURCE.replace(mistake.old, mistake.new, 1) + "\n\nCALLS: list[int] = []\n", "utf-8"
        )
        lines += [
            f"class Test{place}(only({mistake.check!r})):",
            f"    adapter = importlib.import_module('wrong_{place}').Parrot",
            f"    {mistake.test}",
        ]
    file = pytester.makepyfile(test_wrong="\n".join(lines))
    pytester.syspathinsert()
    wanted = [f"{file}::Test{place}::{mistake.check}" for place, mistake in enumerate(MISTAKES.values())]
    run = pytester.inline_run("-q", "-p", "no:cacheprovider", "--tb=no", "--no-summary", "-W", "ignore", *wanted)
    found = {
        report.nodeid.partition("[")[0].split("::")[1]
        for report in run.getreports("pytest_runtest_logreport")
        if report.failed
    }
    assert run.ret == pytest.ExitCode.TESTS_FAILED, run.ret  # a mistake that breaks the collection is none
    survivors = [name for place, name in enumerate(MISTAKES) if f"Test{place}" not in found]
    assert not survivors, f"no check found: {survivors}"


def test_no_check_is_without_a_mistake() -> None:
    """The few that are looser copies of others, or hold by construction, are listed; the list should not grow."""
    looser = {
        "test_can_do_something", "test_config_can_be_drawn_as_a_form", "test_config_is_ours", "test_pace_is_positive",
        "test_failures_have_a_reason", "test_inbound_case_says_what_it_is_about", "test_outbound_case_says_what_it_is_about",
        "test_trusts_a_repeated_delivery",
        "test_survives_a_server_that_hangs_up",  # Parrot speaks HTTP; see test_kit_connection.py
    }  # fmt: skip
    checks = {name for name in dir(contract.AdapterContract) if name.startswith("test_")}
    assert checks - {mistake.check for mistake in MISTAKES.values()} == looser


def test_what_verify_refuses_is_not_written_down(pytester: pytest.Pytester) -> None:
    """A header asked for in capitals, as the platform's page writes it: the case stays as its author wrote it, and the reason is said."""
    case = pytester.mkdir("cases") / "text.json"
    case.write_text('{"about": "A text.", "request": {"json": {"events": []}}}')
    pytester.makepyfile(
        test_loud="""
        from pathlib import Path

        from channels.signatures import require_hmac
        from tests.channels.parrot.test_parrot import TestParrot as Right

        class Loud(Right.adapter):
            def verify(self, request):
                require_hmac("hook-secret", request.body, request.headers.get("X-Parrot-Signature"), prefix="v1=")

        class TestLoud(Right):
            adapter, cases = Loud, Path(__file__).parent / "cases"

        del Right
        """
    )
    before = case.read_text()
    options = ("-p", "no:cacheprovider", "-W", "ignore", "-k")
    pytester.runpytest(*options, "test_inbound_case and text", "--update-cases").stdout.fnmatch_lines(
        ["*text.json was left as it is*in small letters*"]
    )
    assert case.read_text() == before
    pytester.runpytest(*options, "test_trusts_the_platform").stdout.fnmatch_lines(["*in small letters*"])


def test_a_check_that_says_nothing_of_an_adapter_is_not_there(pytester: pytest.Pytester) -> None:
    """Owl can nothing, Parrot everything: what Owl is not asked is no skip, for nothing is left out."""
    file = pytester.makepyfile(
        test_both="""
        from tests.channels.heron.test_heron import TestOwl
        from tests.channels.parrot.test_parrot import TestParrot
        """
    )
    items, _ = pytester.inline_genitems(str(file), "-p", "no:cacheprovider", "-W", "ignore")
    asked = {kind: {item.originalname for item in items if kind in item.nodeid} for kind in ("TestOwl", "TestParrot")}
    checks = {name for name in dir(contract.AdapterContract) if name.startswith("test_")}
    assert asked["TestParrot"] == checks
    assert {"test_name_is_lower_case", "test_secrets_are_secret"} <= asked["TestOwl"]
    assert not asked["TestOwl"] & {
        "test_can_send",
        "test_refuses_an_unsigned_request",
        "test_inbound_case",
        "test_power_waits_or_not",
    }
