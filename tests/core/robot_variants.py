"""The cells of the robot whose outcome hangs on more than the state: title → (contact, event, when, policy)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from channels.events import Status
from channels.manifest import Sends
from channels.parts import Button, Choices, Text
from channels.robot import To, Why
from tests.core.standing import (
    ANSWERED,
    NEW,
    NOW,
    POLICY,
    QUEUED,
    ROBOT,
    SHUT,
    SPOKE,
    START,
    TURN,
    after,
    play,
    policy,
    queue,
    robot,
)
from ucs.core import events as e
from ucs.core.contact import Contact
from ucs.core.lexicon import Mark
from ucs.core.policy import Policy

Variant = tuple[Contact, e.Event, datetime, Policy]
FIRST = policy(robot=robot(first=True))
CLOSED_SHOP = queue("sales", hours=SHUT)
NIGHT = policy(CLOSED_SHOP, robot=robot(first=True, outside_hours="robot"))
GATHERING = policy(robot=robot(first=True, gather_for=timedelta(seconds=2)))
BACK = policy(robot=robot(nobody_came="robot"))
EPOCH = ROBOT.epoch
_plain = e.RobotSpoke("helper", EPOCH, TURN, (Text("Which order?"),))
_more = play(ROBOT, (50, SPOKE))
_over = play(ROBOT, (45, _plain))
_undelivered = e.StatusReported(8, Status.FAILED, "Too long.", "131")
_again = replace(SPOKE, parts=(Text("Are you there?"),))


def said(text: str) -> e.CustomerSpoke:
    return replace(SPOKE, parts=(Text(text),))


_opened = play(NEW, (0, SPOKE), by=FIRST)
_gathering = play(NEW, (0, SPOKE), by=GATHERING)
BEGINNING: dict[str, Variant] = {
    "opens: with the robot": (NEW, SPOKE, START, FIRST),
    "opens: with the robot, by a tap": (NEW, e.CustomerTapped("yes", START), START, FIRST),
    "opens: with the robot, and wants a human": (NEW, said("  AGENT! "), START, FIRST),
    "opens: with the robot, at night, and wants a human": (NEW, said("人工。"), START, NIGHT),
    "opens: human first, at night, the robot": (
        NEW,
        SPOKE,
        START,
        policy(CLOSED_SHOP, robot=robot(outside_hours="robot")),
    ),
    "opens: human first, at night, the queue's rule": (NEW, SPOKE, START, policy(CLOSED_SHOP)),
    "opens: human first, at night, overflow is open": (
        NEW,
        SPOKE,
        START,
        policy(queue("sales", hours=SHUT, overflow="support"), robot=robot(outside_hours="robot")),
    ),
    "opens: with the robot, and an agent of last time": (NEW, replace(SPOKE, agent="ann"), START, FIRST),
    "opens: with the robot, words are gathered": (NEW, SPOKE, START, GATHERING),
    "gathered: a second word": (_gathering, _again, after(1), GATHERING),
    "gathered: a wish for a human": (_gathering, said("agent"), after(1), GATHERING),
    "gathered: the time is over": (play(_gathering, (1, _again), by=GATHERING), e.DueReached(), after(2), GATHERING),
    "gathered: in the middle of a talk": (_over, SPOKE, NOW, GATHERING),
}
_menu = e.RobotSpoke(
    "helper", EPOCH, TURN, (Choices("Which?", (Button("Red", "red"), Button("Human", "TRANS2AGENT"))),)
)
_SIMPLE = policy(sends=Sends())
_picking = play(ROBOT, (45, _menu), by=_SIMPLE)
SWITCHING: dict[str, Variant] = {
    "switch: by the button": (_over, e.CustomerTapped("TRANS2AGENT", NOW, "Human"), NOW, POLICY),
    "switch: by a number that stands for the button": (_picking, said("2"), NOW, _SIMPLE),
    "switch: no button for it": (
        _over,
        e.CustomerTapped("TRANS2AGENT", NOW, "Human"),
        NOW,
        policy(robot=robot(payload="")),
    ),
    "switch: by the label of a button": (_over, e.CustomerTapped("x", NOW, "Agent"), NOW, POLICY),
    "switch: by a keyword, full width": (_over, said("ＡＧＥＮＴ"), NOW, POLICY),
    "switch: a keyword among others": (_over, said("my agent is late"), NOW, POLICY),
    "switch: a keyword within": (_over, said("Let me speak to a human, please"), NOW, POLICY),
    "switch: a keyword within another word": (_over, said("speak to a humanoid"), NOW, POLICY),
    "switch: while a turn is under way": (ROBOT, said("agent"), NOW, POLICY),
    "switch: at night": (_over, said("agent"), NOW, NIGHT),
    "switch: at night, a turn is under way": (ROBOT, said("agent"), NOW, NIGHT),
    "switch: at night, nothing is said of it": (
        _over,
        said("agent"),
        NOW,
        policy(CLOSED_SHOP, robot=robot(outside_hours="robot", closed_text="")),
    ),
    "switch: at night, the queue's rule": (_over, said("agent"), NOW, policy(CLOSED_SHOP)),
    "switch: by the page's button, at night": (_over, e.CustomerAsked(), NOW, NIGHT),
    "switch: to a queue of its own, first in line": (
        _over,
        e.CustomerAsked(),
        NOW,
        policy(robot=robot(queue="support", priority=5)),
    ),
    "switch: the agent of last time": (
        play(NEW, (0, replace(SPOKE, agent="ann")), by=FIRST),
        e.CustomerAsked(),
        NOW,
        FIRST,
    ),
    "switch: with all that the robot has told": (
        play(ROBOT, (45, replace(_plain, slots={"order": "7"}, summary="A refund."))),
        e.CustomerAsked(),
        NOW,
        POLICY,
    ),
    "switch: the robot is gone from the configuration": (_over, e.CustomerAsked(), NOW, policy(robot=None)),
}
_doubtful = replace(_plain, understood=False)
_twice = _over._replace(misunderstood=2, turn=_over.seq, turn_for=Why.HEARD)
_third = replace(_doubtful, turn=_twice.turn)
_given = e.RobotHandedOver("helper", EPOCH, TURN, "Too hard.")
_back = play(ANSWERED, (60, e.GivenBack("ann", ANSWERED.epoch)))
NOT_AT_ALL = timedelta(0)
_vain = play(QUEUED, (300, e.DueReached()), by=BACK)
TURNS: dict[str, Variant] = {
    "robot spoke: on an old epoch": (ROBOT, replace(_plain, epoch=EPOCH - 1), NOW, POLICY),
    "robot spoke: on an old turn": (ROBOT, replace(_plain, turn=TURN - 1), NOW, POLICY),
    "robot spoke: nothing was asked": (_over, replace(_plain, turn=0), NOW, POLICY),
    "robot spoke: twice": (_over, _plain, NOW, POLICY),
    "robot spoke: another robot": (ROBOT, replace(_plain, robot="other"), NOW, POLICY),
    "robot spoke: not the last word": (ROBOT, replace(_plain, last=False), NOW, POLICY),
    "robot spoke: the customer has said more": (_more, _plain, NOW, POLICY),
    "robot spoke: a question with answers to write down": (ROBOT, _menu, NOW, _SIMPLE),
    "robot spoke: did not understand": (ROBOT, _doubtful, NOW, POLICY),
    "robot spoke: did not understand, too often": (_twice, _third, NOW, POLICY),
    "robot spoke: did not understand, any number is well": (
        _twice,
        _third,
        NOW,
        policy(robot=robot(misunderstood=None)),
    ),
    "robot spoke: understood at last": (_twice, replace(_third, understood=True), NOW, POLICY),
    "robot spoke: not sure": (ROBOT, replace(_plain, confidence=0.39), NOW, POLICY),
    "robot spoke: sure enough": (ROBOT, replace(_plain, confidence=0.4), NOW, POLICY),
    "robot spoke: not sure, at night": (ROBOT, replace(_plain, confidence=0.1), NOW, NIGHT),
    "robot spoke: with a summary": (ROBOT, replace(_plain, summary="A refund."), NOW, POLICY),
    "robot spoke: a summary stays until the next": (
        play(ROBOT, (45, replace(_plain, summary="A refund.")), (50, SPOKE)),
        e.RobotWaited("helper", EPOCH, TURN + 2),
        NOW,
        POLICY,
    ),
    "robot spoke: a slot is forgotten": (
        ROBOT._replace(slots=(("order", "7"), ("size", "L"))),
        replace(_plain, slots={"order": "", "colour": "red"}),
        NOW,
        POLICY,
    ),
    "robot waited: the customer has said more": (_more, e.RobotWaited("helper", EPOCH, TURN), NOW, POLICY),
    "robot handed over: to whom the policy says": (ROBOT, _given, NOW, POLICY),
    "robot handed over: to a queue and an agent that are not": (
        ROBOT,
        replace(_given, queue="moon", to_agent="zed"),
        NOW,
        POLICY,
    ),
    "robot handed over: to the agent of last time": (
        play(NEW, (0, replace(SPOKE, agent="ann")), by=policy(sticky_for=NOT_AT_ALL, robot=robot(first=True))),
        replace(_given, epoch=1, turn=4, to=To.LAST),
        NOW,
        FIRST,
    ),
    "robot handed over: to the agent of just now": (
        play(_back, (70, SPOKE)),
        replace(_given, epoch=_back.epoch, turn=_back.turn, to=To.LAST),
        after(71),
        POLICY,
    ),
    "robot handed over: to the agent of last time, and there is none": (
        ROBOT._replace(agent=""),
        replace(_given, to=To.LAST),
        NOW,
        POLICY,
    ),
    "robot handed over: to the agent of last time, who is no more": (
        ROBOT._replace(agent="zed"),
        replace(_given, queue="support", to=To.LAST),
        NOW,
        POLICY,
    ),
    "robot handed over: to a colleague of an agent": (
        ROBOT,
        replace(_given, to_agent="bob", to=To.QUEUE),
        NOW,
        policy(homes={"bob": "support"}),
    ),
    "robot handed over: to a colleague of nobody": (ROBOT, replace(_given, to_agent="zed", to=To.QUEUE), NOW, POLICY),
    "robot handed over: with what is known already": (
        ROBOT._replace(slots=(("order", "7"), ("size", "L")), summary="A refund."),
        replace(_given, slots={"size": ""}),
        NOW,
        POLICY,
    ),
    "robot handed over: the customer has said more": (_more, _given, NOW, POLICY),
    "robot handed over: at night": (ROBOT, _given, NOW, NIGHT),
    "robot handed over: at night, the queue's rule": (ROBOT, _given, NOW, policy(CLOSED_SHOP)),
    "robot handed over: on an old turn": (ROBOT, replace(_given, turn=3), NOW, POLICY),
    "robot closed: the customer has said more": (_more, e.RobotClosed("helper", EPOCH, TURN, "done"), NOW, POLICY),
    "robot closed: on an old epoch": (ROBOT, e.RobotClosed("helper", 1, TURN, "done"), NOW, POLICY),
    "robot failed: and is tried again": (
        ROBOT,
        e.RobotFailed("helper", EPOCH, TURN, "Unreachable", "No answer."),
        NOW,
        policy(robot=robot(failures=2)),
    ),
    "robot failed: a second time": (
        ROBOT._replace(failures=1),
        e.RobotFailed("helper", EPOCH, TURN, "Unreachable", "No answer."),
        NOW,
        policy(robot=robot(failures=2)),
    ),
    "robot failed: at night": (ROBOT, e.RobotFailed("helper", EPOCH, TURN, "Malformed"), NOW, NIGHT),
    "robot failed: on an old turn": (ROBOT, e.RobotFailed("helper", EPOCH, 3, "Malformed"), NOW, POLICY),
    "robot failed: and nobody came before": (
        _vain,
        e.RobotFailed("helper", _vain.epoch, _vain.turn, "Malformed"),
        after(301),
        BACK,
    ),
    "undelivered: what was said to somebody whom the robot has": (ROBOT, _undelivered, NOW, POLICY),
    "undelivered: at night": (ROBOT, _undelivered, NOW, NIGHT),
    "undelivered: and nobody came before": (_vain, _undelivered, after(301), BACK),
    "undelivered: nobody knows": (ROBOT, e.StatusReported(8, Status.UNCERTAIN, "No answer."), NOW, POLICY),
    "nobody came: patience ends": (QUEUED, e.DueReached(), after(300), BACK),
    "nobody came: the queue is full": (QUEUED, e.QueueFull("sales"), NOW, BACK),
    "nobody came: the robot hands over again": (
        _vain,
        e.RobotHandedOver("helper", _vain.epoch, _vain.turn, "Too hard."),
        after(301),
        BACK,
    ),
    "nobody came: the customer asks again": (_vain, said("agent"), after(301), BACK),
    "nobody came: the customer says more, and the robot hands over": (
        play(_vain, (301, SPOKE), by=BACK),
        e.RobotHandedOver("helper", _vain.epoch, _vain.turn, "Too hard."),
        after(302),
        BACK,
    ),
    "given back: another": (ANSWERED, e.GivenBack("bob", ANSWERED.epoch), NOW, POLICY),
    "given back: on an old epoch": (ANSWERED, e.GivenBack("ann", ANSWERED.epoch - 1), NOW, POLICY),
    "given back: there is no robot": (ANSWERED, e.GivenBack("ann", ANSWERED.epoch), NOW, policy(robot=None)),
    "given back: with words that nobody has answered": (
        play(ANSWERED, (50, SPOKE)),
        e.GivenBack("ann", ANSWERED.epoch),
        NOW,
        POLICY,
    ),
    "robot spoke: with marks": (
        ROBOT,
        replace(_plain, parts=(Text("You **** sir"),), marks=(Mark("insults", "mask", 0, 0, 4, 8),)),
        NOW,
        POLICY,
    ),
    "due: silence after the robot": (_over, e.DueReached(), after(165), POLICY),
    "due: silence after the robot closes": (play(_over, (165, e.DueReached())), e.DueReached(), after(345), POLICY),
}

ROBOT_VARIANTS: dict[str, Variant] = BEGINNING | SWITCHING | TURNS
