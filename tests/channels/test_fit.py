"""Fitting parts: a table of part, what the channel can carry, and what goes out; then properties over all parts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import ButtonLimit, FileLimit, MediaLink, Sends
from channels.fit import asked, fit, numbered, options_of
from channels.parts import (
    Audio,
    Button,
    Card,
    Carousel,
    Choices,
    ContactCard,
    File,
    Image,
    Location,
    MediaRef,
    Opaque,
    Part,
    Parts,
    Sticker,
    Template,
    Text,
    Video,
)

PLAIN = Sends(text=100)
PICTURES = FileLimit(size=1000, mime=("image/png", "image/jpeg"))
TITLED = replace(PICTURES, captioned=True)
ANY_FILE = FileLimit(size=5000)
BUTTONS = ButtonLimit(count=3, label=10)

LINKS = {
    "png": MediaLink("https://m.example/1", "https://m.example/1p", "cat.png", "image/png", 500),
    "heic": MediaLink("https://m.example/2", "", "cat.heic", "image/heic", 500),
    "big": MediaLink("https://m.example/3", "", "big.png", "image/png", 4000),
    "huge": MediaLink("https://m.example/4", "", "huge.png", "image/png", 9000),
    "pdf": MediaLink("https://m.example/5", "", "", "application/pdf; charset=binary", 500),
    "ogg": MediaLink("https://m.example/6", "", "note.ogg", "audio/ogg", 500, 3.0),
}
YES, NO = Button("Yes", payload="y"), Button("No")
SITE, CALL = Button("Site", url="https://s.example"), Button("Call us", phone="+41 44 000 00 00")
CARD = Card("Title", "Text", media="png", buttons=(YES, SITE))

TABLE: list[tuple[str, Part, Sends, list[Part]]] = [
    ("text", Text("Hi"), PLAIN, [Text("Hi")]),
    ("text of nothing", Text(" \n"), PLAIN, []),
    ("image", Image("png"), replace(PLAIN, image=PICTURES), [Image("png")]),
    ("caption travels", Image("png", "Cat"), replace(PLAIN, image=TITLED), [Image("png", "Cat")]),
    ("caption said after", Image("png", "Cat"), replace(PLAIN, image=PICTURES), [Image("png"), Text("Cat")]),
    (
        "caption too long",
        Image("png", "Cat " * 30),
        replace(PLAIN, image=TITLED),
        [Image("png"), Text("Cat " * 24 + "Cat"), Text("Cat Cat Cat Cat Cat")],
    ),
    ("no images", Image("png", "Cat"), PLAIN, [Text("Cat\ncat.png: https://m.example/1")]),
    (
        "wrong kind of image goes as file",
        Image("heic"),
        replace(PLAIN, image=PICTURES, file=ANY_FILE),
        [File("heic", "cat.heic")],
    ),
    (
        "too large an image goes as file",
        Image("big", "Cat"),
        replace(PLAIN, image=TITLED, file=ANY_FILE),
        [File("big", "big.png"), Text("Cat")],
    ),
    (
        "too large for all",
        Image("huge"),
        replace(PLAIN, image=TITLED, file=ANY_FILE),
        [Text("huge.png: https://m.example/4")],
    ),
    ("MIME by family", Image("heic"), replace(PLAIN, image=FileLimit(1000, ("image/*",))), [Image("heic")]),
    (
        "MIME with parameters",
        File("pdf", "a.pdf"),
        replace(PLAIN, file=FileLimit(1000, ("application/PDF",))),
        [File("pdf", "a.pdf")],
    ),
    ("file by its own name", File("pdf", "a.pdf", "Look"), PLAIN, [Text("Look\na.pdf: https://m.example/5")]),
    ("file without a name", File("pdf"), PLAIN, [Text("https://m.example/5")]),
    ("audio as file", Audio("ogg", 3.0), replace(PLAIN, file=ANY_FILE), [File("ogg", "note.ogg")]),
    ("video", Video("ogg", "Look"), replace(PLAIN, video=replace(ANY_FILE, captioned=True)), [Video("ogg", "Look")]),
    ("location", Location(47.3769, -8.5, "Office", "Street 1"), PLAIN, [Text("Office\nStreet 1\ngeo:47.3769,-8.5")]),
    ("location carried", Location(1, 2), replace(PLAIN, location=True), [Location(1, 2)]),
    (
        "contact card",
        ContactCard("Ann", ("+41",), ("a@b.example",), "Firm"),
        PLAIN,
        [Text("Ann\nFirm\n+41\na@b.example")],
    ),
    ("sticker as its picture", Sticker("s1", "smile", "png"), replace(PLAIN, image=PICTURES), [Image("png")]),
    ("sticker as text", Sticker("s1", "smile", "png"), PLAIN, [Text("smile")]),
    ("sticker without anything", Sticker("s1"), PLAIN, [Text("[sticker]")]),
    ("sticker carried", Sticker("s1"), replace(PLAIN, sticker=True), [Sticker("s1")]),
    ("template as text", Template("hello", values=("Ann",), text="Hello Ann"), PLAIN, [Text("Hello Ann")]),
    ("template without text", Template("hello", values=("Ann", "Bob")), PLAIN, [Text("Ann\nBob")]),
    ("template carried", Template("hello"), replace(PLAIN, template=True), [Template("hello")]),
    ("opaque", Opaque("poll", "A poll"), PLAIN, [Text("A poll")]),
    ("opaque without text", Opaque("poll"), PLAIN, [Text("[poll]")]),
    ("card carried", CARD, replace(PLAIN, image=PICTURES, card=BUTTONS), [CARD]),
    (
        "card as text",
        CARD,
        PLAIN,
        [Text("cat.png: https://m.example/1"), Text("Title\nText\n1. Yes\nSite: https://s.example")],
    ),
    (
        "card with its picture",
        CARD,
        replace(PLAIN, image=PICTURES),
        [Image("png"), Text("Title\nText\n1. Yes\nSite: https://s.example")],
    ),
    (
        "card whose links cannot open",
        CARD,
        replace(PLAIN, image=PICTURES, card=replace(BUTTONS, links=False)),
        [Image("png"), Text("Title\nText\n1. Yes\nSite: https://s.example")],
    ),
    (
        "carousel in two",
        Carousel((CARD,) * 3),
        replace(PLAIN, image=PICTURES, card=BUTTONS, carousel=2),
        [Carousel((CARD,) * 2), Carousel((CARD,))],
    ),
    ("carousel as cards", Carousel((CARD,) * 2), replace(PLAIN, image=PICTURES, card=BUTTONS), [CARD, CARD]),
    (
        "carousel as text counts on",
        Carousel((Card("A", buttons=(YES,)), Card("B", buttons=(NO, CALL)))),
        PLAIN,
        [Text("A\n1. Yes"), Text("B\n2. No\nCall us: +41 44 000 00 00")],
    ),
    ("choices carried", Choices("Sure?", (YES, NO)), replace(PLAIN, choices=BUTTONS), [Choices("Sure?", (YES, NO))]),
    (
        "choices as text",
        Choices("Sure?", (YES, SITE, NO)),
        PLAIN,
        [Text("Sure?\n1. Yes\nSite: https://s.example\n2. No")],
    ),
    (
        "too many choices become a list",
        Choices("Sure?", (YES,) * 4),
        replace(PLAIN, choices=BUTTONS, list_choices=replace(BUTTONS, count=9)),
        [Choices("Sure?", (YES,) * 4, "list")],
    ),
    (
        "a list becomes buttons",
        Choices("Sure?", (YES,), "list"),
        replace(PLAIN, choices=BUTTONS),
        [Choices("Sure?", (YES,), "buttons")],
    ),
    (
        "too many of anything",
        Choices("Sure?", (YES,) * 4),
        replace(PLAIN, choices=BUTTONS),
        [Text("Sure?\n1. Yes\n2. Yes\n3. Yes\n4. Yes")],
    ),
    (
        "too long a label",
        Choices("Sure?", (Button("Absolutely not"),)),
        replace(PLAIN, choices=BUTTONS),
        [Text("Sure?\n1. Absolutely not")],
    ),
    (
        "a long question stands before its choices",
        Choices("Sure? " * 20, (YES,)),
        replace(PLAIN, choices=BUTTONS),
        [Text("Sure? " * 15 + "Sure?"), Choices("Sure? Sure? Sure? Sure?", (YES,))],
    ),
    (
        "a caption that is longer than captions may be",
        Image("png", "Look at this"),
        replace(PLAIN, image=replace(TITLED, caption=11)),
        [Image("png"), Text("Look at this")],
    ),
    (
        "a card whose words would be a caption, and too long a one",
        Card("Look", "at this", "png"),
        replace(PLAIN, image=replace(TITLED, caption=11), card=BUTTONS),
        [Image("png"), Text("Look\nat this")],
    ),
    (
        "a button that would carry too much",
        Choices("Sure?", (Button("Yes", payload="ää"),)),
        replace(PLAIN, choices=replace(BUTTONS, payload=3)),
        [Text("Sure?\n1. Yes")],
    ),
    (
        "a button that carries its own label",
        Choices("Sure?", (Button("Yés"),)),
        replace(PLAIN, choices=replace(BUTTONS, payload=3)),
        [Text("Sure?\n1. Yés")],
    ),
    (
        "a button that rings, where none can",
        Choices("Sure?", (Button("Ring", phone="+41"),)),
        replace(PLAIN, choices=replace(BUTTONS, phones=False)),
        [Text("Sure?\nRing: +41")],
    ),
    ("choices without options", Choices("Sure?", ()), replace(PLAIN, choices=BUTTONS), [Text("Sure?")]),
]


@pytest.mark.parametrize(("part", "sends", "out"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_carries_what_can_be_carried(part: Part, sends: Sends, out: list[Part]) -> None:
    assert [piece for call in fit((part,), sends, LINKS) for piece in call] == out


def test_order_and_batches() -> None:
    parts = (Text("1"), Location(1, 2), Text("3"))
    assert fit(parts, replace(PLAIN, batch=2), {}) == [(Text("1"), Text("geo:1,2")), (Text("3"),)]
    assert fit((), PLAIN, {}) == []


@pytest.mark.parametrize("media", ["missing", MediaRef("k")], ids=["no link", "not fetched"])
def test_a_file_that_is_not_ready_does_not_get_here(media: str | MediaRef) -> None:
    with pytest.raises(ValueError, match="has no link"):
        fit((Image(media),), PLAIN, LINKS)


LIMITS = st.none() | st.builds(
    FileLimit,
    st.sampled_from([600, 5000]),
    st.sampled_from([(), ("image/png",)]),
    st.booleans(),
    st.sampled_from([0, 5]),
)
BUTTON_LIMITS = st.none() | st.builds(
    ButtonLimit, st.integers(1, 3), st.integers(3, 9), st.booleans(), st.booleans(), st.sampled_from([0, 3])
)
ANY_SENDS = st.builds(
    Sends,
    text=st.integers(10, 60),
    image=LIMITS,
    audio=LIMITS,
    file=LIMITS,
    card=BUTTON_LIMITS,
    carousel=st.integers(0, 2),
    choices=BUTTON_LIMITS,
    list_choices=BUTTON_LIMITS,
    location=st.booleans(),
    sticker=st.booleans(),
    template=st.booleans(),
    batch=st.integers(1, 3),
)


@given(st.lists(st.sampled_from([row[1] for row in TABLE]), max_size=5).map(tuple), ANY_SENDS)
def test_fitting_twice_changes_nothing(parts: Parts, sends: Sends) -> None:
    calls = fit(parts, sends, LINKS)
    assert fit(tuple(piece for call in calls for piece in call), sends, LINKS) == calls
    assert all(1 <= len(call) <= sends.batch for call in calls)


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("1", "Yes"),
        (" 2. ", "No"),
        ("(2)", "No"),
        ("２", "No"),
        ("2️⃣", "No"),
        ("②", "No"),
        ("٢", "No"),
        ("#1", "Yes"),
        ("1、", "Yes"),
        ("yes", "Yes"),
        ("ＮＯ", "No"),
        ("0", None),
        ("4", None),
        ("12345", None),
        ("maybe", None),
        ("", None),
        ("1 or 2", None),
        ("-1", None),
    ],
)
def test_an_answer_by_number_or_label(answer: str, label: str | None) -> None:
    options = options_of(Choices("Sure?", (YES, SITE, NO, Button("Later"))))
    picked = numbered(answer, options)
    assert (picked and picked.label) == label


def test_a_label_that_stands_twice_is_no_answer() -> None:
    assert numbered("yes", (YES, YES)) is None
    assert numbered("2", (YES, NO)) is NO


def test_numbers_of_a_carousel_are_those_written() -> None:
    assert [button.label for button in options_of(Carousel((CARD, Card("B", buttons=(NO,)))))] == ["Yes", "No"]


TO_PRESS = Sends(choices=ButtonLimit(2, 20), card=ButtonLimit(2, 20))
PLAIN = Sends()
QUESTION = Choices("Sure?", (YES, NO))
PICTURED = Card("A", media="m1", buttons=(YES,))


@pytest.mark.parametrize(
    ("parts", "sends", "labels"),
    [
        ((Text("Hi"),), PLAIN, []),
        ((QUESTION,), PLAIN, ["Yes", "No"]),
        ((QUESTION, Text("Take your time.")), PLAIN, ["Yes", "No"]),
        ((QUESTION,), TO_PRESS, []),
        ((Choices("Sure?", (YES, NO, Button("Later"))),), TO_PRESS, ["Yes", "No", "Later"]),
        ((Choices("Sure?", (Button("x" * 21),)),), TO_PRESS, ["x" * 21]),
        ((Choices("Look", (SITE,)),), PLAIN, []),
        ((Choices("Old?", (NO,)), QUESTION), PLAIN, ["Yes", "No"]),
        ((QUESTION, Card("B")), PLAIN, ["Yes", "No"]),
        ((Card("A", buttons=(YES, SITE, NO)),), PLAIN, ["Yes", "No"]),
        ((Card("A", buttons=(YES, NO)),), TO_PRESS, []),
        ((PICTURED,), TO_PRESS, ["Yes"]),
        ((PICTURED,), replace(TO_PRESS, image=FileLimit(10)), []),
        ((Carousel((CARD, Card("B", buttons=(NO,)))),), PLAIN, ["Yes", "No"]),
    ],
)
def test_what_can_be_answered_by_number(parts: Parts, sends: Sends, labels: list[str]) -> None:
    assert [button.label for button in asked(parts, sends)] == labels
