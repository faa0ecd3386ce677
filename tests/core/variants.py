"""The cells whose outcome hangs on more than the state: title → (contact, event, when, policy)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from channels.events import Author, ReplyToken, Status
from channels.manifest import ButtonLimit, Sends
from channels.parts import Button, Choices, Image, Text
from tests.core.standing import (
    ANSWERED,
    CLOSED,
    NEW,
    NOW,
    OFFERED,
    POLICY,
    QUEUED,
    SHUT,
    SPOKE,
    START,
    TALKING,
    TOKEN,
    WRAP_UP,
    after,
    play,
    policy,
    queue,
)
from ucs.core import events as e
from ucs.core.contact import Contact
from ucs.core.lexicon import Mark
from ucs.core.policy import Policy

Variant = tuple[Contact, e.Event, datetime, Policy]
ZERO = timedelta(0)
NEVER = Policy("sales")  # a tenant who has decided nothing
EPOCH = TALKING.epoch

OPENING: dict[str, Variant] = {
    "opens: nothing decided": (NEW, SPOKE, START, NEVER),
    "opens: by a tap": (NEW, e.CustomerTapped("yes", START), START, POLICY),
    "opens: all that can be said": (
        NEW._replace(predecessor="c0"),
        e.CustomerSpoke((Text("x"),), START, "p1", "k1", Author("u1", "Uma"), 3, TOKEN, "r1", "a1", "ann", "q1"),
        START,
        POLICY,
    ),
    "opens: with agent of last time": (NEW, replace(SPOKE, agent="ann"), START, POLICY),
    "opens: with agent of last time, who is not waited for": (
        NEW,
        replace(SPOKE, agent="ann"),
        START,
        policy(sticky_for=ZERO),
    ),
    "opens: the reply token goes with the first word only": (
        NEW,
        replace(SPOKE, reply_token=TOKEN),
        START,
        policy(queue("sales", hours=SHUT)),
    ),
    "opens: an expired reply token goes with nothing": (
        NEW,
        replace(SPOKE, reply_token=ReplyToken("old", START)),
        START,
        POLICY,
    ),
    "opens: outside hours": (NEW, SPOKE, START, policy(queue("sales", hours=SHUT))),
    "opens: outside hours, waits": (NEW, SPOKE, START, policy(queue("sales", hours=SHUT, when_closed="wait"))),
    "opens: outside hours, overflows": (NEW, SPOKE, START, policy(queue("sales", hours=SHUT, overflow="support"))),
    "opens: outside hours, and so are the queues after it": (
        NEW,
        SPOKE,
        START,
        policy(
            queue("sales", hours=SHUT, overflow="support"),
            queue("support", hours=SHUT, overflow="sales", when_closed="wait"),
        ),
    ),
}

_passed_on = play(QUEUED, (30, e.QueueFull("sales")), by=policy(queue("sales", overflow="support")))
WAITING: dict[str, Variant] = {
    "placed: in another queue": (QUEUED, e.Placed("support", 1), NOW, POLICY),
    "placed: minutes unknown": (QUEUED, e.Placed("sales", 1), NOW, POLICY),
    "placed: no text": (QUEUED, e.Placed("sales", 1), NOW, NEVER),
    "queue full: another queue": (QUEUED, e.QueueFull("support"), NOW, POLICY),
    "queue full: overflows": (QUEUED, e.QueueFull("sales"), NOW, policy(queue("sales", overflow="support"))),
    "queue full: overflow is outside hours": (
        QUEUED,
        e.QueueFull("sales"),
        NOW,
        policy(queue("sales", overflow="support"), queue("support", hours=SHUT)),
    ),
    "queue full: overflows into itself": (QUEUED, e.QueueFull("sales"), NOW, policy(queue("sales", overflow="sales"))),
    "queue full: overflow is full and overflows back": (
        _passed_on,
        e.QueueFull("support"),
        NOW,
        policy(queue("sales", overflow="support"), queue("support", overflow="sales")),
    ),
    "queue full: overflow is full and has one of its own": (
        _passed_on,
        e.QueueFull("support"),
        NOW,
        policy(queue("support", overflow="third"), queue("third", max_wait=None)),
    ),
    "set back: an hour": (QUEUED, e.ClockSetBack(3600.0), after(60 - 3600), POLICY),
    "set back: an offer": (OFFERED, e.ClockSetBack(3600.0), after(15 - 3600), POLICY),
    "set back: what the new clock has put down stays": (
        OFFERED._replace(due_at=after(45 - 3600), offered_until=after(45 - 3600), since=after(10 - 3600)),
        e.ClockSetBack(3600.0),
        after(15 - 3600),
        POLICY,
    ),
    "due: too early": (QUEUED, e.DueReached(), after(299), POLICY),
    "due: nothing is waited for": (QUEUED._replace(due_at=None), e.DueReached(), NOW, POLICY),
    "due: patience ends, stays": (QUEUED, e.DueReached(), after(300), policy(queue("sales", on_max_wait="stay"))),
    "due: patience ends, overflows": (QUEUED, e.DueReached(), after(300), policy(queue("sales", overflow="support"))),
    "due: patience ends, overflow has passed it on": (
        _passed_on,
        e.DueReached(),
        after(330),
        policy(queue("support", overflow="sales")),
    ),
}

_sticky = play(NEW, (0, replace(SPOKE, agent="ann")))
_declined = play(OFFERED, (15, e.Declined("ann", OFFERED.epoch)))
OFFERING: dict[str, Variant] = {
    "offered: on the present epoch": (QUEUED, e.Offered("ann", QUEUED.epoch), NOW, POLICY),
    "offered: on an old epoch": (QUEUED, e.Offered("ann", QUEUED.epoch - 1), NOW, POLICY),
    "offered: waits for another": (_sticky, e.Offered("bob"), after(19), POLICY),
    "offered: waits for this one": (_sticky, e.Offered("ann"), after(19), POLICY),
    "offered: has waited for another": (_sticky, e.Offered("bob"), after(20), POLICY),
    "offered: to who let it pass": (_declined, e.Offered("ann"), after(74), POLICY),
    "offered: to who let it pass long ago": (_declined, e.Offered("ann"), after(75), POLICY),
    "offered: to the next": (_declined, e.Offered("bob"), after(16), POLICY),
    "due: who let it pass is asked again": (_declined, e.DueReached(), after(75), POLICY),
    "due: the hold ends": (_sticky, e.DueReached(), after(20), POLICY),
    "due: hold, sparing and patience end at once": (
        _sticky._replace(declined=frozenset({"bob"}), spared_until=after(30)),
        e.DueReached(),
        after(300),
        policy(queue("sales", on_max_wait="stay")),
    ),
    "accepted: by another": (OFFERED, e.Accepted("bob", OFFERED.epoch), NOW, POLICY),
    "accepted: on an old epoch": (OFFERED, e.Accepted("ann", OFFERED.epoch - 1), NOW, POLICY),
    "accepted: nothing decided": (OFFERED, e.Accepted("ann", OFFERED.epoch), NOW, NEVER),
    "accepted: after waiting": (
        _declined._replace(wanted="bob", held_until=after(99), overflowed=("x",), state=OFFERED.state, agent="bob"),
        e.Accepted("bob", _declined.epoch),
        NOW,
        POLICY,
    ),
    "declined: by another": (OFFERED, e.Declined("bob", OFFERED.epoch), NOW, POLICY),
    "declined: on an old epoch": (OFFERED, e.Declined("ann", OFFERED.epoch - 1), NOW, POLICY),
    "declined: by who was waited for": (
        OFFERED._replace(wanted="ann", held_until=after(90)),
        e.Declined("ann", OFFERED.epoch),
        NOW,
        POLICY,
    ),
    "declined: while another is waited for": (
        OFFERED._replace(wanted="bob", held_until=after(90)),
        e.Declined("ann", OFFERED.epoch),
        NOW,
        POLICY,
    ),
    "declined: by the second": (
        OFFERED._replace(declined=frozenset({"bob"}), spared_until=after(61)),
        e.Declined("ann", OFFERED.epoch),
        NOW,
        POLICY,
    ),
    "declined: nobody is spared": (
        OFFERED,
        e.Declined("ann", OFFERED.epoch),
        NOW,
        policy(queue("sales", declined_for=ZERO)),
    ),
    "due: offer missed by who was waited for": (
        OFFERED._replace(wanted="ann", held_until=after(90)),
        e.DueReached(),
        after(40),
        POLICY,
    ),
    "due: offer missed, and patience ended meanwhile": (
        OFFERED._replace(patience_until=after(35)),
        e.DueReached(),
        after(40),
        POLICY,
    ),
    "due: offer missed, too early": (OFFERED, e.DueReached(), after(39), POLICY),
    "lost: offered to another": (OFFERED, e.AgentLost("bob"), NOW, POLICY),
    "lost: who was waited for": (
        OFFERED._replace(wanted="ann", held_until=after(90)),
        e.AgentLost("ann"),
        NOW,
        POLICY,
    ),
}

_heard = play(ANSWERED, (45, SPOKE))
_reminded = play(ANSWERED, (150, e.DueReached()))
_PLAIN = policy(sends=Sends())  # a platform that can show texts and nothing to press
_menu = e.AgentSpoke("ann", EPOCH, (Choices("Which?", (Button("Red", "red"), Button("Blue"))),))
_asked = play(ANSWERED, (35, _menu), by=_PLAIN)
_two = replace(SPOKE, parts=(Text("2"),))
TALK: dict[str, Variant] = {
    "spoke: with a form filled in": (ANSWERED, replace(SPOKE, fields={"order": "42"}), NOW, POLICY),
    "spoke: a second time, unanswered": (_heard, SPOKE, NOW, POLICY),
    "spoke: nobody counts the time": (TALKING._replace(due_at=None), SPOKE, NOW, policy(unanswered_for=None)),
    "spoke: somebody counts the time from now on": (TALKING._replace(due_at=None), SPOKE, NOW, POLICY),
    "spoke: after a reminder": (_reminded, SPOKE, after(160), POLICY),
    "spoke: when it is due": (ANSWERED, SPOKE, after(150), POLICY),
    "agent spoke: another": (ANSWERED, e.AgentSpoke("bob", EPOCH, ()), NOW, POLICY),
    "agent spoke: on an old epoch": (ANSWERED, e.AgentSpoke("ann", EPOCH - 1, ()), NOW, POLICY),
    "agent spoke: with token and quote": (
        ANSWERED._replace(reply_token=TOKEN),
        e.AgentSpoke("ann", EPOCH, (Text("x"),), "k9", 2),
        NOW,
        POLICY,
    ),
    "agent spoke: token expired": (
        ANSWERED._replace(reply_token=TOKEN),
        e.AgentSpoke("ann", EPOCH, (Text("x"),)),
        after(100),
        POLICY,
    ),
    "agent spoke: nobody counts the time": (
        ANSWERED,
        e.AgentSpoke("ann", EPOCH, (Text("x"),)),
        NOW,
        policy(silences=()),
    ),
    "agent spoke: a question with answers to write down": (ANSWERED, _menu, NOW, _PLAIN),
    "agent spoke: a question with answers to press": (
        ANSWERED,
        _menu,
        NOW,
        policy(sends=Sends(choices=ButtonLimit(3, 20))),
    ),
    "agent spoke: another question": (
        _asked,
        replace(_menu, parts=(Choices("And now?", (Button("Later"),)),)),
        NOW,
        _PLAIN,
    ),
    "agent spoke: other words, after a question": (_asked, e.AgentSpoke("ann", EPOCH, (Text("x"),)), NOW, _PLAIN),
    "recalled: the question": (_asked, e.AgentRecalled("ann", EPOCH, _asked.seq), NOW, _PLAIN),
    "recalled: another line than the question": (_asked, e.AgentRecalled("ann", EPOCH, 8), NOW, _PLAIN),
    "due: a reminder is no other question": (_asked, e.DueReached(), after(155), _PLAIN),
    "spoke: a number, and a question stands": (
        _asked,
        e.CustomerSpoke((Text("２."),), NOW, "p1", "k1", Author("u1", "Uma"), 3, TOKEN, "r1", "a1", "ann", "q1"),
        NOW,
        _PLAIN,
    ),
    "spoke: a label, and a question stands": (_asked, replace(SPOKE, parts=(Text("rEd "),)), NOW, _PLAIN),
    "spoke: a number that was not offered": (_asked, replace(SPOKE, parts=(Text("3"),)), NOW, _PLAIN),
    "spoke: other words, and a question stands": (_asked, SPOKE, NOW, _PLAIN),
    "spoke: a number and more": (_asked, replace(SPOKE, parts=(Text("2"), Image("m1"))), NOW, _PLAIN),
    "spoke: a number once more": (play(_asked, (40, _two), by=_PLAIN), _two, NOW, _PLAIN),
    "spoke: a number, nothing was asked": (ANSWERED, _two, NOW, _PLAIN),
    "spoke: a number, in wrap-up": (
        play(_asked, (40, e.AgentClosed("ann", EPOCH)), by=_PLAIN),
        _two,
        NOW,
        _PLAIN,
    ),
    "spoke: a number, the contact is over": (
        play(_asked, (40, e.WrappedUp("ann", EPOCH)), by=_PLAIN),
        _two,
        NOW,
        _PLAIN,
    ),
    "tapped: an older question, while another stands": (_asked, e.CustomerTapped("yes", NOW, of=4), NOW, _PLAIN),
    "noted: with the page's id": (ANSWERED, e.AgentNoted("ann", "x", "k1"), NOW, POLICY),
    "received: nothing new": (ANSWERED._replace(received=3), e.CustomerReceived(3), NOW, POLICY),
    "received: it has been read": (ANSWERED._replace(read=3), e.CustomerReceived(3), NOW, POLICY),
    "received: more than is there to see": (ANSWERED, e.CustomerReceived(99), NOW, POLICY),
    "customer read: nothing new": (ANSWERED._replace(read=3), e.CustomerRead(3), NOW, POLICY),
    "customer read: more than is there to see": (ANSWERED, e.CustomerRead(99), NOW, POLICY),
    "forwarded: to two, with one of its files": (
        ANSWERED,
        e.AgentForwarded("ann", EPOCH, 2, ("w@x.example", "l@x.example"), along=("m1",), client="k9"),
        NOW,
        POLICY,
    ),
    "forwarded: without any of its files": (
        ANSWERED,
        e.AgentForwarded("ann", EPOCH, 2, ("w@x.example",), along=()),
        NOW,
        POLICY,
    ),
    "forwarded: nobody has been answered by it": (
        _heard,
        e.AgentForwarded("ann", EPOCH, 2, ("w@x.example",)),
        NOW,
        POLICY,
    ),
    "forwarded: to nobody": (ANSWERED, e.AgentForwarded("ann", EPOCH, 2, ()), NOW, POLICY),
    "forwarded: a line that is not there yet": (
        ANSWERED,
        e.AgentForwarded("ann", EPOCH, 99, ("w@x.example",)),
        NOW,
        POLICY,
    ),
    "forwarded: by another": (ANSWERED, e.AgentForwarded("bob", EPOCH, 2, ("w@x.example",)), NOW, POLICY),
    "forwarded: on an old epoch": (ANSWERED, e.AgentForwarded("ann", EPOCH - 1, 2, ("w@x.example",)), NOW, POLICY),
    "recalled: another": (ANSWERED, e.AgentRecalled("bob", EPOCH, 8), NOW, POLICY),
    "recalled: on an old epoch": (ANSWERED, e.AgentRecalled("ann", EPOCH - 1, 8), NOW, POLICY),
    "read: nothing new": (ANSWERED._replace(seen=2), e.AgentRead("ann", EPOCH, 2), NOW, POLICY),
    "read: more than there is": (ANSWERED, e.AgentRead("ann", EPOCH, 99), NOW, POLICY),
    "read: another": (ANSWERED, e.AgentRead("bob", EPOCH, 2), NOW, POLICY),
    "transferred: to an agent, with a note": (
        ANSWERED,
        e.Transferred("ann", EPOCH, to_agent="bob", note="VIP"),
        NOW,
        POLICY,
    ),
    "transferred: to both": (ANSWERED, e.Transferred("ann", EPOCH, "support", "bob"), NOW, POLICY),
    "transferred: to nobody": (ANSWERED, e.Transferred("ann", EPOCH), NOW, POLICY),
    "transferred: to oneself": (ANSWERED, e.Transferred("ann", EPOCH, to_agent="ann"), NOW, POLICY),
    "transferred: to a queue that is not": (ANSWERED, e.Transferred("ann", EPOCH, "moon"), NOW, POLICY),
    "transferred: to a queue outside hours": (
        ANSWERED,
        e.Transferred("ann", EPOCH, "support"),
        NOW,
        policy(queue("support", hours=SHUT)),
    ),
    "transferred: to the queue it came from": (ANSWERED, e.Transferred("ann", EPOCH, "sales"), NOW, POLICY),
    "transferred: by another": (ANSWERED, e.Transferred("bob", EPOCH, "support"), NOW, POLICY),
    "transferred: on an old epoch": (ANSWERED, e.Transferred("ann", EPOCH - 1, "support"), NOW, POLICY),
    "transferred: nobody is spared": (
        ANSWERED,
        e.Transferred("ann", EPOCH, "support"),
        NOW,
        policy(queue("support", declined_for=ZERO)),
    ),
    "noted: a whisper": (ANSWERED, e.AgentNoted("eve", "Offer a refund.", to="ann"), NOW, POLICY),
    "taken over: on an old epoch": (ANSWERED, e.TakenOver("eve", EPOCH - 1), NOW, POLICY),
    "taken over: by who has it": (ANSWERED, e.TakenOver("ann", EPOCH), NOW, POLICY),
    "taken over: by who is offered it": (OFFERED, e.TakenOver("ann", OFFERED.epoch), NOW, POLICY),
    "taken over: while another is waited for": (
        QUEUED._replace(wanted="bob", held_until=after(90), declined=frozenset({"ann"}), spared_until=after(70)),
        e.TakenOver("eve", QUEUED.epoch),
        NOW,
        POLICY,
    ),
    "taken over: nothing is said": (ANSWERED, e.TakenOver("eve", EPOCH), NOW, NEVER),
    "due: the second silence closes": (_reminded, e.DueReached(), after(330), POLICY),
    "due: a silence that came late": (ANSWERED, e.DueReached(), after(4000), POLICY),
    "due: silence, and the policy has become shorter": (_reminded, e.DueReached(), after(330), policy(silences=())),
    "due: silence, too early": (ANSWERED, e.DueReached(), after(149), POLICY),
    "due: the last silence does not close": (
        ANSWERED,
        e.DueReached(),
        after(150),
        policy(silences=POLICY.silences[:1]),
    ),
    "due: unanswered": (_heard, e.DueReached(), after(645), POLICY),
    "due: unanswered, nobody is spared": (
        _heard,
        e.DueReached(),
        after(645),
        policy(queue("sales", declined_for=ZERO, max_wait=None)),
    ),
    "lost: another": (ANSWERED, e.AgentLost("bob"), NOW, POLICY),
    "lost: nothing is said": (ANSWERED, e.AgentLost("ann"), NOW, NEVER),
}

_no_wrap_up = policy(queue("sales", wrap_up_for=ZERO))
CLOSING: dict[str, Variant] = {
    "agent closed: no wrap-up, no words": (
        ANSWERED,
        e.AgentClosed("ann", EPOCH),
        NOW,
        replace(_no_wrap_up, closing_text=""),
    ),
    "agent closed: another": (ANSWERED, e.AgentClosed("bob", EPOCH), NOW, POLICY),
    "agent closed: on an old epoch": (ANSWERED, e.AgentClosed("ann", EPOCH - 1), NOW, POLICY),
    "customer ended: no wrap-up": (ANSWERED, e.CustomerEnded(), NOW, _no_wrap_up),
    "customer left: no wrap-up": (ANSWERED, e.CustomerLeft(), NOW, _no_wrap_up),
    "wrapped up: at once, with a note": (ANSWERED, e.WrappedUp("ann", EPOCH, "sold", "Nice."), NOW, POLICY),
    "wrapped up: at once, by another": (ANSWERED, e.WrappedUp("bob", EPOCH), NOW, POLICY),
    "wrapped up: at once, on an old epoch": (ANSWERED, e.WrappedUp("ann", EPOCH - 1), NOW, POLICY),
    "wrapped up: with a note": (WRAP_UP, e.WrappedUp("ann", EPOCH, "sold", "Nice."), NOW, POLICY),
    "wrapped up: by another": (WRAP_UP, e.WrappedUp("bob", EPOCH), NOW, POLICY),
    "wrapped up: on an old epoch": (WRAP_UP, e.WrappedUp("ann", EPOCH - 1), NOW, POLICY),
    "wrapped up: after the customer spoke again": (
        play(WRAP_UP, (45, SPOKE)),
        e.WrappedUp("ann", EPOCH),
        NOW,
        POLICY,
    ),
    "lost in wrap-up: another": (WRAP_UP, e.AgentLost("bob"), NOW, POLICY),
    "due: wrap-up, too early": (WRAP_UP, e.DueReached(), after(99), POLICY),
    "rated: a second time": (CLOSED._replace(score=2), e.CustomerRated(5), NOW, POLICY),
    "rated: in stars that are none": (CLOSED, e.CustomerRated(6), NOW, POLICY),
    "rated: by none": (CLOSED, e.CustomerRated(0), NOW, POLICY),
    "rated: without a word": (WRAP_UP, e.CustomerRated(1), NOW, POLICY),
    "spoke: to a closed contact, with a quote": (CLOSED, replace(SPOKE, reply_to=3), NOW, POLICY),
    "ended: without a reason": (QUEUED, e.Ended("eve"), NOW, POLICY),
    "status: failed": (ANSWERED, e.StatusReported(8, Status.FAILED, "Too long.", "131"), NOW, POLICY),
    "status: sent, and can be quoted": (
        ANSWERED,
        e.StatusReported(8, Status.SENT, platform=("p9",), quote_tokens={"p9": "q9"}),
        NOW,
        POLICY,
    ),
    "edited: and can be quoted": (ANSWERED, e.CustomerEdited(2, (Text("x"),), "q2"), NOW, POLICY),
    "media: not kept": (ANSWERED, e.MediaSettled("m1", False, "Too large."), NOW, POLICY),
    "media: all that can be said": (ANSWERED, e.MediaSettled("m1", True, "", "a.png", "image/png", 9), NOW, POLICY),
}

MARKS = (Mark("insults", "mask", 0, 0, 4, 8), Mark("rivals", "warn", 0, 0, 9, 12))
MARKED: dict[str, Variant] = {
    "spoke: with marks, opens": (NEW, replace(SPOKE, marks=MARKS), START, POLICY),
    "spoke: with marks, to an agent": (ANSWERED, replace(SPOKE, marks=MARKS), NOW, POLICY),
    "spoke: with marks, after the end": (CLOSED, replace(SPOKE, marks=MARKS), NOW, POLICY),
    "edited: with marks": (ANSWERED, e.CustomerEdited(2, (Text("You fool sir"),), marks=MARKS), NOW, POLICY),
    "agent spoke: with marks": (
        ANSWERED,
        e.AgentSpoke("ann", EPOCH, (Text("You **** sir"),), "k1", marks=MARKS),
        NOW,
        POLICY,
    ),
}

VARIANTS: dict[str, Variant] = OPENING | WAITING | OFFERING | TALK | CLOSING | MARKED
