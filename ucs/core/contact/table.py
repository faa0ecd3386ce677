"""Which event may happen to a contact in which state, as data; and `step`, which looks it up.

A row is an event, a column a state, a cell the function that says what becomes of the contact. An empty cell is `Refused`:
the caller is told, and nothing changes. Nothing else in the core decides what may happen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from channels.errors import Refused
from ucs.core import events as e
from ucs.core.contact.agent import (
    accepts,
    closes,
    closes_at_once,
    declines,
    ended,
    forwards,
    gives_back,
    lost,
    notes,
    offered,
    reads,
    speaks,
    takes_back,
    takes_over,
    transfers,
    wraps_up,
)
from ucs.core.contact.customer import (
    adds,
    edits,
    ends_robot,
    ends_talking,
    ends_waiting,
    leaves,
    opens,
    rates,
    reacts,
    reads_along,
    recalls,
    receives,
    renames,
    succeeds,
    talks,
    talks_again,
    tells,
)
from ucs.core.contact.draft import Draft
from ucs.core.contact.robot import fails, gives_up, says, says_bye, waits, wants_one
from ucs.core.contact.state import Contact, State
from ucs.core.contact.time import (
    given_up,
    hears_back,
    offer_ran_out,
    placed,
    queue_full,
    reported,
    robot_due,
    set_back,
    settled,
    silent,
    waited,
    wrap_up_over,
)
from ucs.core.effects import Effect
from ucs.core.policy import Policy

Handler = Callable[[Draft, Any], None]
STATES = (State.NEW, State.ROBOT, State.QUEUED, State.OFFERED, State.TALKING, State.WRAP_UP, State.CLOSED)
___: Handler | None = None

# fmt: off
ROWS: dict[type[e.Event], tuple[Handler | None, ...]] = {
    #                   NEW     ROBOT        QUEUED        OFFERED        TALKING         WRAP_UP       CLOSED
    e.CustomerSpoke:    (opens, tells,       adds,         adds,          talks,          talks_again,  succeeds),
    e.CustomerTapped:   (opens, tells,       adds,         adds,          talks,          talks_again,  succeeds),
    e.CustomerEdited:   (___,   edits,       edits,        edits,         edits,          edits,        edits),
    e.CustomerRecalled: (___,   recalls,     recalls,      recalls,       recalls,        recalls,      recalls),
    e.CustomerReacted:  (___,   reacts,      reacts,       reacts,        reacts,         reacts,       reacts),
    e.CustomerRenamed:  (___,   renames,     renames,      renames,       renames,        renames,      ___),
    e.CustomerReceived: (___,   receives,    receives,     receives,      receives,       receives,     receives),
    e.CustomerRead:     (___,   reads_along, reads_along,  reads_along,   reads_along,    reads_along,  reads_along),
    e.CustomerRated:    (___,   ___,         ___,          ___,           ___,            rates,        rates),
    e.CustomerEnded:    (___,   ends_robot,  ends_waiting, ends_waiting,  ends_talking,   ___,          ___),
    e.CustomerLeft:     (___,   leaves,      leaves,       leaves,        leaves,         leaves,       leaves),
    e.CustomerAsked:    (___,   wants_one,   ___,          ___,           ___,            ___,          ___),
    e.RobotSpoke:       (___,   says,        ___,          ___,           ___,            ___,          ___),
    e.RobotWaited:      (___,   waits,       ___,          ___,           ___,            ___,          ___),
    e.RobotHandedOver:  (___,   gives_up,    ___,          ___,           ___,            ___,          ___),
    e.RobotClosed:      (___,   says_bye,    ___,          ___,           ___,            ___,          ___),
    e.RobotFailed:      (___,   fails,       ___,          ___,           ___,            ___,          ___),
    e.AgentSpoke:       (___,   ___,         ___,          ___,           speaks,         ___,          ___),
    e.AgentNoted:       (___,   notes,       notes,        notes,         notes,          notes,        notes),
    e.AgentForwarded:   (___,   ___,         ___,          ___,           forwards,       forwards,     ___),
    e.AgentRecalled:    (___,   ___,         ___,          ___,           takes_back,     takes_back,   ___),
    e.AgentRead:        (___,   ___,         ___,          ___,           reads,          reads,        ___),
    e.Accepted:         (___,   ___,         ___,          accepts,       ___,            ___,          ___),
    e.Declined:         (___,   ___,         ___,          declines,      ___,            ___,          ___),
    e.Transferred:      (___,   ___,         ___,          ___,           transfers,      ___,          ___),
    e.TakenOver:        (___,   takes_over,  takes_over,   takes_over,    takes_over,     ___,          ___),
    e.GivenBack:        (___,   ___,         ___,          ___,           gives_back,     ___,          ___),
    e.AgentClosed:      (___,   ___,         ___,          ___,           closes,         ___,          ___),
    e.WrappedUp:        (___,   ___,         ___,          ___,           closes_at_once, wraps_up,     ___),
    e.Offered:          (___,   ___,         offered,      ___,           ___,            ___,          ___),
    e.AgentLost:        (___,   ___,         ___,          lost,          lost,           lost,         ___),
    e.Placed:           (___,   ___,         placed,       ___,           ___,            ___,          ___),
    e.QueueFull:        (___,   ___,         queue_full,   ___,           ___,            ___,          ___),
    e.DueReached:       (___,   robot_due,   waited,       offer_ran_out, silent,         wrap_up_over, ___),
    e.ClockSetBack:     (___,   set_back,    set_back,     set_back,      set_back,       set_back,     ___),
    e.StatusReported:   (___,   hears_back,  reported,     reported,      reported,       reported,     reported),
    e.GivenUp:          (___,   given_up,    given_up,     given_up,      given_up,       given_up,     given_up),
    e.MediaSettled:     (___,   settled,     settled,      settled,       settled,        settled,      settled),
    e.Ended:            (___,   ended,       ended,        ended,         ended,          ended,        ___),
}
# fmt: on

TABLE: dict[tuple[State, type[e.Event]], Handler] = {
    (state, event): handler
    for event, row in ROWS.items()
    for state, handler in zip(STATES, row, strict=True)
    if handler is not None
}


def step(contact: Contact, event: e.Event, now: datetime, policy: Policy) -> tuple[Contact, tuple[Effect, ...]]:
    """What becomes of `contact` when `event` happens to it at `now`, and what is to be done about it.

    Pure. Raises `Refused` with a sentence for the caller when it cannot happen now; the contact is then as it was."""
    handler = TABLE.get((contact.state, type(event)))
    if handler is None:
        raise Refused(f"{_words(event)} cannot happen while the contact is {contact.state.replace('_', ' ')}.")
    if type(event) is e.DueReached and (contact.due_at is None or now < contact.due_at):
        raise Refused(f"It is not time yet: contact {contact.id} is due {contact.due_at or 'at no time'}.")
    draft = Draft(contact, now, policy)
    handler(draft, event)
    return draft.finish()


def _words(event: e.Event) -> str:
    """`AgentSpoke` → "Agent spoke"."""
    name = type(event).__name__
    return name[0] + "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name[1:])
