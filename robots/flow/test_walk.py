"""What the cases do not show: a whole talk with the demo's robot, what customers write, and that nothing they do ends badly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.kit import turn_of
from channels.parts import Choices, plain_text
from channels.robot import Words
from robots.flow.answers import FORMATS, matches, says
from robots.flow.faq import best
from robots.flow.memory import remembered
from robots.flow.read import read
from robots.flow.templates import filled
from robots.flow.text import plain
from robots.flow.walk import Walk, suggestions

HERE = Path(__file__).parent
SHOP = read((HERE / "test_data/shop.flow.toml").read_text("utf-8"))
HARBOUR = read((HERE.parents[1] / "ucs/demo/harbour.flow.toml").read_text("utf-8"))


class Talk:
    """A customer of Harbour Bikes, who writes one message after the other."""

    def __init__(self, **turn: Any) -> None:
        self._turn = turn
        self._memory: Any = {}
        self.words = Words()

    def write(self, said: str, payload: str = "", **turn: Any) -> str:
        why = "heard" if self._memory else "opened"
        heard = [{"text": said, "payload": payload}]
        walk = Walk(HARBOUR, turn_of({"why": why, "heard": heard, "memory": self._memory, **self._turn, **turn}))
        assert walk.on() is None
        self.words = walk.words()
        self._memory = self.words.memory
        return "\n".join(plain_text(part) for parts in self.words.say for part in parts)


def test_an_order_is_found_after_a_slip() -> None:
    talk = Talk(person={"name": "Kim"})
    assert talk.write("hi").startswith("Hello Kim, this is Harbour Bikes.")
    assert "Which number" in talk.write("where is my ordr?")
    assert "not an order number" in talk.write("seven")
    assert not talk.words.understood
    assert talk.write("hb1002") == "Order hb1002 is on its way and will be with you tomorrow.\nAnything else?"
    assert "good ride" in talk.write("no thanks, that is all")
    assert talk.words.close == "done"


def test_an_agent_is_suggested_what_answers_the_newest_words_in_their_language() -> None:
    heard = [{"text": "你好，我的刹车坏了"}, {"text": "How much is a repair?"}]
    english = suggestions(HARBOUR, turn_of({"heard": heard, "assist": True}))
    chinese = suggestions(HARBOUR, turn_of({"heard": heard[::-1], "assist": True}))
    assert plain_text(english.say[0][0]).isascii()
    assert "检查费" in plain_text(chinese.say[0][0])


def test_chinese_is_answered_in_chinese() -> None:
    talk = Talk()
    assert "港湾单车" in talk.write("你好")
    assert "周一至周六" in talk.write("请问你们周日几点开门？")
    assert talk.words.intent == "hours"
    talk.write("我要找人工客服")
    assert talk.words.hand_over is not None


def test_a_person_is_fetched_from_anywhere_and_knows_what_was_said() -> None:
    talk = Talk()
    for said in ("hi", "where is my order", "HB1001"):
        talk.write(said)
    assert "in the workshop" not in talk.write("I'd rather talk to a human")
    assert talk.words.hand_over is not None
    assert talk.words.hand_over.slots == {"order": "HB1001", "status": "in the workshop"}
    assert talk.words.hand_over.summary == "Said last: I'd rather talk to a human"


def test_who_comes_when_the_shop_is_shut_is_told() -> None:
    assert "Nobody is in the shop" in Talk(open=False).write("a person please")


def test_who_asks_at_once_is_answered_at_once() -> None:
    talk = Talk()
    assert "Harbour Street 7" in talk.write("Hello, where is your shop?")


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("when do you open", "hours"), ("are you open on sundays", "hours"), ("opening huors", ""), ("几点开门", "hours"),
        ("what's your adress", "address"), ("店在哪里", "address"), ("how much does a repair cost", "repair"),
        ("修车多少钱", "repair"), ("can i return it", ""), ("怎么退货呀", "return"), ("the", ""), ("do you sell cars", ""),
        ("今天天气怎么样", ""), ("", ""), ("?!", ""),
    ],
)  # fmt: skip
def test_questions_find_their_answer_or_none(said: str, intent: str) -> None:
    match = best(said, HARBOUR.faq["shop"])
    assert (match.question.intent if match and match.likeness >= 75 else "") == intent, match


@pytest.mark.parametrize(
    ("said", "words", "holds"),
    [
        ("I want a HUMAN!", "human", True), ("superhuman", "human", False), ("我要转人工", "人工", True),
        ("not  a\nperson?", "a person", True), ("", "human", False), ("ｈｕｍａｎ", "human", True),
    ],
)  # fmt: skip
def test_words_are_heard_as_words(said: str, words: str, holds: bool) -> None:
    assert says(said, words) is holds


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("number", ["1", "-2.5", "3,5"], ["", "x", "1 2", "1\n"]),
        ("email", ["a@b.example", "a.b+c@d.e.example"], ["a@b", "a b@c.d", "@c.d"]),
        ("phone", ["+41 44 000 00 00", "044/000-00.00"], ["12", "call me"]),
        ("date", ["2026-02-28"], ["2026-13-01", "1.2.2026"]),
    ],
)
def test_formats(form: str, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not matches(FORMATS[form], text)] == []
    assert [text for text in bad if matches(FORMATS[form], text)] == []


def test_there_is_a_summary_for_whoever_calls_a_person() -> None:
    lines = [
        'start = "name"',
        'summary = "{who} said: {said}"',
        "[node.name]",
        'ask = "Who?"',
        'into = "who"',
        'next = "name"',
    ]
    memory: Any = {}
    for said, summary in (("Hello", "said: Hello"), ("Kim", "Kim said: Kim")):
        why = "heard" if memory else "opened"
        walk = Walk(read("\n".join(lines)), turn_of({"why": why, "heard": [{"text": said}], "memory": memory}))
        walk.on()
        memory = walk.words().memory
        assert walk.words().summary == summary


PRESSED = {"text": "A repair", "payload": "topic/1"}


@pytest.mark.parametrize(
    ("heard", "comes"),
    [
        ([{"text": "1"}, {"text": "no, a human"}], True),
        ([{"text": "I want a human"}, {"text": "it is about my delivery"}], True),
        ([PRESSED, {"text": "a human, please"}], True),
        ([{"text": "人工"}, PRESSED], True),
        ([{"text": "my delivery. Or rather a human"}], True),
        ([{"text": "x " * 300}, {"text": "human?"}, {"text": "2"}], True),
        ([{"text": f"{'blah ' * 200} human"}], True),
        ([{"text": "hello"}, {"text": "1"}], False),
        ([PRESSED, {"text": "superhuman"}], False),
    ],
)
def test_a_wish_for_a_person_is_heard_in_whichever_message_it_stands(heard: list[Any], comes: bool) -> None:
    walk = Walk(SHOP, turn_of({"heard": heard, "memory": {"node": "topic"}}))
    walk.on()
    assert (walk.words().hand_over is not None) is comes


@pytest.mark.parametrize(
    ("said", "goes"),
    [("A missing person", "topic"), ("something lost", "topic"), ("a person", ""), ("a person. 1", "")],
)
def test_the_name_of_a_choice_is_no_wish(said: str, goes: str) -> None:
    """A choice that has the word in it is meant; the word for itself is not."""
    lines = [
        'start = "topic"', "[[anywhere]]", 'words = ["person"]', 'next = "people"', "[node.topic]", 'ask = "What?"',
        'choices = [{ label = "A missing person" }, { label = "Other", words = ["something lost", "lost person"] }]',
        'next = "topic"', 'otherwise = "people"', "[node.people]", 'hand_over = "wants a person"',
    ]  # fmt: skip
    walk = Walk(read("\n".join(lines)), turn_of({"heard": [{"text": said}], "memory": {"node": "topic"}}))
    walk.on()
    assert (walk.words().memory or {})["node"] == goes


def test_another_word_from_anywhere_does_not_take_a_choice_away() -> None:
    walk = Walk(HARBOUR, turn_of({"heard": [{"text": "bye"}, {"text": "", "payload": "menu/0"}], "memory": {}}))
    assert walk.on() is None
    assert not walk.words().close


def test_a_pattern_that_takes_for_ever_matches_nothing() -> None:
    assert not matches(r"((a|a)+)+b", "a" * 200)


def test_blanks_are_filled_literally_and_once() -> None:
    values = {"said": "{name} {0.__class__} %s", "name": "Kim", "none": ""}
    assert (
        filled("<{said}> {name} {unknown}! {none}, {0} {{name}}", values) == "<{name} {0.__class__} %s> Kim!, {0} {Kim}"
    )


def test_what_is_remembered_is_bounded() -> None:
    walk = Walk(SHOP, turn_of({"heard": [{"text": "a" * 5000 + "@b.example"}], "memory": {"node": "mail"}}))
    walk.on()
    for value in (walk.words().memory or {})["variables"].values():
        assert len(value) <= 200


SAID = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "1",
            "2",
            "3",
            "HB1002",
            "HB1001",
            "HB9",
            "human",
            "bye",
            "订单",
            "人工",
            "no",
            "yes",
            "open?",
            "4711",
            "a@b.c",
        ]
    ),
)
PAYLOADS = st.sampled_from(["", "", "", "menu/0", "menu/2", "topic/0", "more/1", "menu/99", "menu/x", "/", "gone/0"])
TURNS = st.lists(
    st.fixed_dictionaries(
        {
            "why": st.sampled_from(["heard", "heard", "heard", "opened", "returned", "nobody_came"]),
            "heard": st.lists(st.fixed_dictionaries({"text": SAID, "payload": PAYLOADS}), max_size=3),
            "open": st.booleans(),
        }
    ),
    max_size=6,
)
ANSWERS = st.tuples(
    st.sampled_from([None, 200, 204, 404, 500]),
    st.sampled_from(
        [
            None,
            {},
            {"order": {"state": "sent", "lines": [{"price": 1}]}},
            {"order": {"state": True, "lines": [{"price": 9e9}]}},
        ]
    ),
)


@settings(max_examples=150, deadline=None)
@given(turns=TURNS, answer=ANSWERS, harbour=st.booleans())
def test_whatever_is_said_the_flow_goes_on(turns: list[Any], answer: tuple[int | None, Any], harbour: bool) -> None:
    """It waits at a question, hands over or closes; a turn is a function of what came in; what it remembers it can read."""
    flow = HARBOUR if harbour else SHOP
    memory: Any = {}
    for given_turn in turns:
        turn = turn_of({**given_turn, "memory": memory})
        first, second = (_walked(Walk(flow, turn), answer) for _ in range(2))
        assert first == second
        kept = remembered(first.memory or {})
        assert kept.model_dump() == first.memory
        ends = [kept.node in flow.nodes, first.hand_over is not None, bool(first.close)]
        assert ends.count(True) == 1
        assert not first.say or kept.node == "" or isinstance(first.say[-1][0], Choices) or plain_text(first.say[-1][0])
        memory = first.memory


def _walked(walk: Walk, answer: tuple[int | None, Any]) -> Words:
    while walk.on():
        walk.answered(*answer)
    return walk.words()


def test_words_are_found_in_chinese() -> None:
    assert plain("ＡＢＣ, 你们几点开门？") == "abc 你们 几点 开门"
