"""Grades are earned: what is claimed in quality.toml is so, and whatever is taken away from an adapter costs it the grade."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.adapter import Adapter, Config
from channels.errors import ConfigError
from channels.kit.case import InboundCase, OutboundCase
from channels.kit.grades import CRITERIA, Claim, Evidence, Grade, complaints, evidence_of, graded, read_quality
from channels.kit.grades.evidence import contracts_of
from channels.kit.grades.quality import judged
from channels.manifest import Manifest, Pace
from channels.plugins import Plugins, load
from tests.docs.project import ROOT

FILE = ROOT / "quality.toml"
PLUGINS = load(ROOT / "plugins.toml")
CLAIMS = read_quality(FILE)

Taken = Callable[[Evidence], Evidence]


def test_every_grade_is_earned() -> None:
    assert list(map(str, complaints(FILE, CLAIMS, graded(PLUGINS, CLAIMS, ROOT)))) == []


def seen(name: str) -> Evidence:
    return evidence_of(PLUGINS.adapters[name], ROOT, CLAIMS[name].run)


def without_cases(drop: Callable[[Any], bool]) -> Taken:
    return lambda evidence: replace(evidence, cases=tuple(case for case in evidence.cases if not drop(case)))


def says(power: str, *kinds: str) -> Callable[[Any], bool]:
    """Cases of this power that succeed; if kinds are named, those in which one of them goes out."""

    def chosen(case: Any) -> bool:
        if not isinstance(case, OutboundCase) or case.power != power or not case.succeeds:
            return False
        return not kinds or any(part["type"] in kinds for part in case.call["parts"])

    return chosen


def brings(name: str) -> Callable[[Any], bool]:
    """Cases in which an event of this name comes in."""
    return lambda case: isinstance(case, InboundCase) and any(type(event).__name__ == name for event in case.events)


def with_manifest(**changes: Any) -> Taken:
    def taken(evidence: Evidence) -> Evidence:
        manifest = replace(evidence.adapter.manifest, **changes)
        adapter = type(evidence.adapter.__name__, (evidence.adapter,), {"manifest": manifest})
        return replace(evidence, adapter=adapter)

    return taken


def without_documentation(evidence: Evidence) -> Evidence:
    """Of one call among many."""
    text = evidence.modules["__init__.py"]
    bare = text.replace('"""https://developers.line.biz/en/reference/messaging-api/#mark-as-read"""', '"""See LINE."""')
    assert bare != text
    return replace(evidence, modules={**evidence.modules, "__init__.py": bare})


def without_refusals(evidence: Evidence) -> Evidence:
    return replace(
        evidence, tests={name: text.replace("def refusal", "def no") for name, text in evidence.tests.items()}
    )


def with_test(old: str, new: str) -> Taken:
    """With other words in the test that holds it to the contract."""

    def taken(evidence: Evidence) -> Evidence:
        name = f"test_{evidence.adapter.manifest.name}.py"
        assert old in evidence.tests[name]
        return replace(evidence, tests={**evidence.tests, name: evidence.tests[name].replace(old, new)})

    return taken


def with_run(old: str, new: str) -> Taken:
    return lambda evidence: replace(evidence, run=evidence.run.replace(old, new))


def with_page(old: str, new: str) -> Taken:
    return lambda evidence: replace(evidence, page=evidence.page.replace(old, new))


def with_reader(evidence: Evidence) -> Evidence:
    """With a reader for something that no case brings."""
    text = evidence.modules["inbound.py"]
    more = text.replace('    "follow": _joined,\n', '    "follow": _joined,\n    "elected": _joined,\n')
    assert more != text
    return replace(evidence, modules={**evidence.modules, "inbound.py": more})


def ends_in(error: str) -> Callable[[Any], bool]:
    return lambda case: isinstance(case, OutboundCase) and case.outcome.get("error", {}).get("type") == error


def tells_name(case: Any) -> bool:
    return says("profile")(case) and "name" in case.outcome["result"]


def tells_status(status: str) -> Callable[[Any], bool]:
    def chosen(case: Any) -> bool:
        return isinstance(case, InboundCase) and any(getattr(event, "status", "") == status for event in case.events)

    return chosen


def without_reply_tokens(evidence: Evidence) -> Evidence:
    modules = {name: text.replace("ReplyToken(", "Leave(") for name, text in evidence.modules.items()}
    return replace(evidence, modules=modules)


# criterion → whose evidence, and what is taken away from it. Nothing but that criterion may then be missing.
TAKEN: dict[str, tuple[str, Taken]] = {
    "kit": ("line", lambda evidence: replace(evidence, tests={})),
    "documentation": ("line", without_documentation),
    "inbound": ("line", without_cases(brings("MessageRecalled"))),
    "statuses": ("wechat", without_cases(brings("StatusReported"))),
    "media_in": ("line", without_cases(says("fetch"))),
    "media_out": ("line", without_cases(says("send", "image", "audio", "video", "file"))),
    "parts": ("line", without_cases(says("send", "carousel"))),
    "errors": ("line", without_refusals),
    "profile": ("line", without_cases(says("profile"))),
    "typing": ("line", without_cases(says("typing"))),
    "read_marks": ("line", without_cases(says("mark_read"))),
    "window": ("line", without_reply_tokens),
    "health": ("line", without_cases(says("health"))),
    "pacing": ("line", with_manifest(pace=Pace())),
    "run": ("line", lambda evidence: replace(evidence, run="async def test_nothing() -> None: ...")),
    "page": ("line", lambda evidence: replace(evidence, page="# LINE\n")),
}
ALSO = {"kit": {"errors"}, "statuses": {"inbound"}, "media_out": {"parts"}}  # what goes with it


# The same by other ways: whose evidence, what is taken away, and what is then said to be missing.
LESS: dict[str, tuple[str, str, Taken, str]] = {
    "a check is left out": ("kit", "line", with_test("    cases =", "    test_prints_nothing = None\n    cases ="), "leaves none"),
    "a check is its own": ("kit", "line", with_test("    def sign(", "    def test_can_send(self) -> None: ...\n\n    def sign("), ""),
    "some cases are not looked at": ("kit", "line", with_test("    def sign(", "    spoken = None\n\n    def sign("), ""),
    "the contract is skipped": ("kit", "line", with_test("class TestLine", "@pytest.mark.skip\nclass TestLine"), ""),
    "another adapter is held to it": ("kit", "line", with_test("adapter = Line", "adapter = Parrot"), ""),
    "the contract is only imported": ("kit", "line", with_test("(AdapterContract)", ""), ""),
    "a kind that no case brings": ("inbound", "line", with_reader, "elected"),
    "a status that no case tells": ("statuses", "wechat", without_cases(tells_status("failed")), "failed"),
    "a profile without a name": ("profile", "line", without_cases(tells_name), ""),
    "typing that asks nobody": ("typing", "line", without_cases(lambda case: says("typing")(case) and case.exchange), "asked"),
    "never too late": ("window", "line", without_cases(ends_in("WindowClosed")), "too late"),
    "a run without a file": ("run", "line", with_run('"media"', '"text"'), "a file"),
    "a run of another": ("run", "line", with_run('adapter = "line"', 'adapter = "parrot"'), "named as `run`"),
    "a page without a way there": ("page", "line", with_page("## Setting it up", "## At first"), "how it is set up"),
    "a page that promises all": ("page", "line", with_page("## What we do not support", "## More"), "what is not supported"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "held"),
    [
        ("adapter = Kiwi", {"Kiwi"}),
        ("adapter, cases = Kiwi, Path()", {"Kiwi"}),
        ("config, adapter = {}, Kiwi", {"Kiwi"}),
        ("adapter, spoken = Kiwi, None", set[str]()),
        ("adapter = make()", set[str]()),
    ],
)
def test_a_test_says_in_several_ways_what_it_holds_to_the_contract(body: str, held: set[str]) -> None:
    assert contracts_of(f"class TestKiwi(AdapterContract):\n    {body}\n") == held


def test_a_plugin_has_its_cases_and_its_test_beside_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in docs/write-a-channel.md. What it claims there is so."""
    root = ROOT / "examples" / "weibo"
    monkeypatch.syspath_prepend(root)
    plugins, claims = load(root / "plugins.toml"), read_quality(root / "quality.toml")
    found = graded(plugins, claims, root)
    assert {each.name: each.earned for each in found} == {"webchat": None, "weibo": Grade.BRONZE}
    assert list(complaints(root / "quality.toml", claims, found)) == []


@pytest.mark.parametrize("about", LESS)
def test_there_are_more_ways_to_miss_one(about: str) -> None:
    criterion, name, take, said = LESS[about]
    lesser = judged(name, CLAIMS[name], take(seen(name)))
    assert set(lesser.missing) == {criterion}
    assert said in lesser.missing[criterion]


@pytest.mark.parametrize("criterion", [criterion.name for criterion in CRITERIA])
def test_each_criterion_can_be_missed(criterion: str) -> None:
    name, take = TAKEN[criterion]
    claim = CLAIMS[name]
    assert judged(name, claim, seen(name)).earned is Grade.GOLD
    lesser = judged(name, claim, take(seen(name)))
    assert set(lesser.missing) == {criterion} | set(ALSO.get(criterion, ()))
    wanted = next(each.grade for each in CRITERIA if each.name == criterion)
    below = {Grade.BRONZE: None, Grade.SILVER: Grade.BRONZE, Grade.GOLD: Grade.SILVER}
    assert lesser.earned is below[wanted]
    assert criterion in lesser.next_missing
    assert [str(found) for found in complaints(FILE, {name: claim}, [lesser]) if criterion in str(found)]


def test_without_a_table_there_is_nothing_to_try() -> None:
    lesser = judged("line", CLAIMS["line"], with_manifest(errors={})(seen("line")))
    assert lesser.missing == {"errors": "Manifest.errors"}


class Mute(Adapter[Config]):
    """One that does nothing."""

    manifest = Manifest("mute", "Mute", sends=PLUGINS.adapters["line"].manifest.sends)


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (Claim(), "either a grade or the reason"),
        (Claim(grade=Grade.BRONZE, ungraded="It is so."), "either a grade or the reason"),
        (Claim(grade=Grade.BRONZE), "bronze is claimed; kit lacks"),
        (Claim(ungraded="Not yet.", cannot={"kit": "It is not for us."}), "nothing that a platform may lack"),
        (Claim(grade=Grade.BRONZE, cannot={"flying": "It has no wings."}), "nothing that a platform may lack"),
        (Claim(grade=Grade.BRONZE, cannot={"typing": "no"}), "a reason was expected"),
    ],
)
def test_what_is_said_wrongly_is_complained_of(claim: Claim, said: str) -> None:
    claims = {"mute": claim}
    found = graded(Plugins({"mute": Mute}), claims, ROOT)
    assert [each for each in complaints(FILE, claims, found) if said in each.expected]


def test_what_can_be_done_is_no_excuse() -> None:
    claim = CLAIMS["line"].model_copy(update={"cannot": {**CLAIMS["line"].cannot, "typing": "It cannot be seen."}})
    (found,) = complaints(FILE, {"line": claim}, [judged("line", claim, seen("line"))])
    assert (found.key, "it can" in found.expected) == ("line.cannot.typing", True)


def test_adapters_that_are_not_there_are_complained_of() -> None:
    (found,) = complaints(FILE, {"nobody": Claim(grade=Grade.GOLD)}, [])
    assert found.key == "nobody"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[line]\ngrade = 'platinum'", "line.grade"),
        ("[line]\nmark = 'gold'", "line.mark"),
        ("line", "file"),
        (None, "file"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, text: str | None, key: str) -> None:
    file = tmp_path / "quality.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_quality(file)
    assert [each.key for each in caught.value.complaints] == [key]
