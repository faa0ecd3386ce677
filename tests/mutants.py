"""Hand-made mutants of the core: each breaks one promise, and a named test must notice. Run it as `python -m tests.mutants`.

Nothing in the tree is touched: each mutant lives in a copy of what the tests need. A survivor is a missing test; a mutant whose
text is not found exactly once is out of date. Both end with status 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("channels", "ucs/__init__.py", "ucs/core", "tests/__init__.py", "tests/core", "pyproject.toml")
AT_ONCE = 2

CONTACT = "tests/core/test_contact_table.py"
SEAT = "tests/core/test_seat_table.py"
JOURNAL = "tests/core/test_journal.py"
ROUTING = "tests/core/test_routing_table.py"
MARKING = "tests/core/test_marking.py"
LEXICON = "tests/core/test_lexicon.py"
FAILURES = "tests/core/test_failures.py"


class Mutant(NamedTuple):
    file: str
    old: str
    new: str
    killed_by: str


MUTANTS = (
    # One owner, and an epoch that says so.
    Mutant("contact/draft.py", "epoch=self.contact.epoch + 1", "epoch=self.contact.epoch", CONTACT),
    Mutant("contact/agent.py", "if contact.epoch != epoch:", "if contact.epoch < epoch:", CONTACT),
    Mutant("contact/agent.py", "if contact.agent != agent:", "if False:", CONTACT),
    # Numbers, and who may see what.
    Mutant("contact/customer.py", "if of > draft.contact.read:", "if of >= draft.contact.read:", CONTACT),
    Mutant("contact/customer.py", "min(event.of, draft.contact.told)\n    if of > draft", "event.of\n    if of > draft", CONTACT),
    Mutant("contact/customer.py", "min(event.of, draft.contact.told)\n    if of > max", "event.of\n    if of > max", CONTACT),
    Mutant("contact/customer.py", "max(draft.contact.received, draft.contact.read)", "draft.contact.received", CONTACT),
    Mutant("contact/customer.py", "if draft.contact.score:", "if False:", CONTACT),
    Mutant("contact/draft.py", "if shown is ALL:", "if shown is not ALL:", CONTACT),
    Mutant("contact/agent.py", '{"agent": event.agent, "until": until}, AGENTS', '{"agent": event.agent, "until": until}', CONTACT),
    Mutant("contact/draft.py", "AGENTS if was_offered else ALL", "ALL", CONTACT),
    Mutant("contact/agent.py", 'draft.close("ended")', 'draft.close(event.reason or "ended")', CONTACT),
    Mutant("contact/agent.py", "body, AGENTS)\n    draft.do(Forward", "body)\n    draft.do(Forward", CONTACT),
    Mutant("contact/agent.py", "if not 0 < event.of <= draft.contact.seq:", "if False:", CONTACT),
    Mutant("contact/draft.py", "self.do(End(", "str((", CONTACT),
    # What a word list finds.
    Mutant("contact/marking.py", "parts=covered(event.parts, marks), marks", "marks", MARKING),
    Mutant("contact/marking.py", 'if by != "customer" or not', "if by or not", MARKING),
    Mutant("contact/marking.py", "if blocked := blocks(marks):", "if blocked := []:", MARKING),
    Mutant("contact/marking.py", "if blocking := blocks(marks):", "if blocking := []:", MARKING),
    Mutant("contact/marking.py", "for event in events:", "for event in events[:1]:", MARKING),
    Mutant("lexicon.py", "or not _stands_alone(folded, *span)", "or False", LEXICON),
    Mutant("lexicon.py", "begin : begin + STRETCH + self._longest", "begin : begin + STRETCH", LEXICON),
    # The platform's permission to answer is used once, and in time.
    Mutant("contact/draft.py", "self.change(reply_token=None)", "pass", CONTACT),
    Mutant("contact/draft.py", "if token.until <= self.now:", "if token.until < self.now:", CONTACT),
    # Waiting: rank, patience, overflow.
    Mutant("contact/draft.py", "since=contact.since or self.now", "since=self.now", CONTACT),
    Mutant("contact/draft.py", "if contact.queue != rules.id or was_talking:", "if contact.queue != rules.id:", CONTACT),
    Mutant("contact/draft.py", "limited=not was_talking", "limited=True", CONTACT),
    Mutant("contact/time.py", "rules.overflow in passed:", "rules.overflow == rules.id:", CONTACT),
    Mutant("contact/time.py", "contact.patience_until <= draft.now", "contact.patience_until < draft.now", CONTACT),
    Mutant("contact/draft.py", "min(times, default=None)", "max(times, default=None)", CONTACT),
    # Offers: who let it pass is spared, and nobody else's is given away.
    Mutant("contact/agent.py", "draft.contact.declined | {draft.contact.agent}", "draft.contact.declined", CONTACT),
    Mutant("contact/agent.py", 'contact.wanted not in ("", event.agent)', "False", CONTACT),
    Mutant("contact/time.py", "draft.drop_agent(missed=True)", "draft.drop_agent()", CONTACT),
    # Talking and its silences; the end.
    Mutant("contact/customer.py", 'if contact.heard != "customer" or', "if True or", CONTACT),
    Mutant("contact/time.py", "silence=contact.silence + 1", "silence=contact.silence", CONTACT),
    Mutant("contact/time.py", "at - by >= draft.now - LATE_BY", "at >= draft.now", CONTACT),
    Mutant("contact/time.py", " and at > draft.now", "", CONTACT),
    Mutant("contact/time.py", "return max(", "return min(", CONTACT),
    Mutant("contact/customer.py", "    draft.do(Take(draft.contact.agent))\n", "", CONTACT),
    Mutant("contact/customer.py", "replace(event, reply_to=None) if event.reply_to else event", "event", CONTACT),
    Mutant("contact/draft.py", 'if by != "system":', "if True:", CONTACT),
    Mutant("contact/agent.py", "question.of == event.of", "question.of", CONTACT),
    Mutant("contact/customer.py", "event.of == question.of", "question.of", CONTACT),
    Mutant("contact/table.py", "now < contact.due_at", "now <= contact.due_at", CONTACT),
    # Taking over: the former agent gets the room back, the new one's seat has it and no more than it holds.
    Mutant("contact/agent.py", "    if had:\n        draft.drop_agent()\n", "", CONTACT),
    Mutant("contact/agent.py", "    draft.do(Give(event.agent, draft.policy.weight))\n", "", CONTACT),
    Mutant("seat.py", "if weight > seat.capacity - seat.load:", "if weight > seat.capacity:", SEAT),
    # The robot: its turn and no other, one at a time, and a human when it is time for one.
    Mutant("contact/robot.py", "(event.robot, event.epoch, event.turn):", "(event.robot, event.epoch, contact.turn):", CONTACT),
    Mutant("contact/robot.py", "contact.epoch, contact.turn) !=", "event.epoch, contact.turn) !=", CONTACT),
    Mutant("contact/robot.py", "elif not draft.contact.turn:", "else:", CONTACT),
    Mutant("contact/robot.py", "if contact.said > contact.turn:", "if False:", CONTACT),
    Mutant("contact/robot.py", "if draft.contact.said > draft.contact.turn:", "if False:", CONTACT),
    Mutant("contact/robot.py", "misunderstood >= rules.misunderstood", "misunderstood > rules.misunderstood", CONTACT),
    Mutant("contact/robot.py", "event.confidence < rules.confidence", "event.confidence <= rules.confidence", CONTACT),
    Mutant("contact/robot.py", "if failures < rules_of(draft).failures:", "if True:", CONTACT),
    Mutant("contact/robot.py", "dict(contact.slots) | (event", "{} | (event", CONTACT),
    Mutant("contact/robot.py", '"summary": contact.summary', '"summary": ""', CONTACT),
    Mutant("contact/robot.py", "event.summary or contact.summary", "event.summary", CONTACT),
    Mutant("contact/robot.py", "draft.contact.agent or draft.contact.last_agent", "draft.contact.last_agent", CONTACT),
    Mutant("contact/robot.py", "or draft.contact.last_agent if", "if", CONTACT),
    Mutant("contact/robot.py", "if event is None or event.to is To.QUEUE:", "if event is None:", CONTACT),
    Mutant("contact/robot.py", "stays = in_vain or (", "stays = (", CONTACT),
    Mutant("contact/robot.py", "and because is not Because.FAILED", "", CONTACT),
    Mutant("contact/time.py", "if event.status is Status.FAILED:", "if event.status:", CONTACT),
    Mutant("contact/robot.py", "if wish in draft.policy.queues else", "if wish else", CONTACT),
    Mutant("contact/keywords.py", "if begins and ends:", "if begins or ends:", CONTACT),
    # Seats.
    Mutant("seat.py", "if weight > seat.free:", "if weight > seat.capacity:", SEAT),
    Mutant("seat.py", "IDLE or self.lost_at is not None", "IDLE and self.lost_at is not None", SEAT),
    Mutant("seat.py", "seat.missed >= MISSED_LIMIT", "seat.missed > MISSED_LIMIT", SEAT),
    Mutant("seat.py", "lost_at=seat.lost_at or now", "lost_at=now", SEAT),
    Mutant("seat.py", "return gone, tuple(seat.carries)", "return gone, ()", SEAT),
    Mutant("seat.py", "    if contact not in seat.carries:  #", "    if False:  #", SEAT),
    # The journal, routing, failures.
    Mutant("journal.py", "contact._replace(seq=stored[0].seq - 1)", "contact", JOURNAL),
    Mutant("journal.py", 'if stored.body.get("redacted"):', "if False:", JOURNAL),
    Mutant("journal.py", "stored.by, stored.shown)", "stored.by, today.shown)", JOURNAL),
    Mutant("routing.py", "if agent not in declined:", "if agent:", ROUTING),
    Mutant("routing.py", "return before + 1", "return before", "tests/core/test_routing.py"),
    Mutant("failures.py", "Failure(Action.MARK_UNCERTAIN", "Failure(Action.RETRY", FAILURES),
)  # fmt: skip


def copy_to(folder: Path) -> None:
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)


def passes(folder: Path, *tests: str) -> bool:
    """Whether these test files pass in this copy."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    without = [
        word for plugin in ("cacheprovider", "hypothesispytest", "aiohttp", "xdist") for word in ("-p", f"no:{plugin}")
    ]
    command = [sys.executable, "-m", "pytest", "-x", "-q", *without, *tests]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0


def put(place: Path, text: str, moment: int) -> None:
    """Write a file as of this moment: a mutant of the same size and second would be taken for what it replaced."""
    place.write_text(text, encoding="utf-8")
    os.utime(place, (moment, moment))


def complaint(mutant: Mutant, folders: SimpleQueue[Path]) -> str:
    """What is wrong with a mutant; empty if a test killed it."""
    what = f"ucs/core/{mutant.file}: {mutant.old!r} → {mutant.new!r}"
    text = (ROOT / "ucs/core" / mutant.file).read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        return f"out of date, its text is there {text.count(mutant.old)} times: {what}"
    mutated = text.replace(mutant.old, mutant.new)
    compile(mutated, mutant.file, "exec")  # a mutant that is no Python would prove nothing
    folder = folders.get()
    try:
        place = folder / "ucs/core" / mutant.file
        put(place, mutated, 2 * MUTANTS.index(mutant) + 1)
        survived = passes(folder, mutant.killed_by)
        put(place, text, 2 * MUTANTS.index(mutant) + 2)
    finally:
        folders.put(folder)
    return f"survived {mutant.killed_by}: {what}" if survived else ""


def main() -> int:
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(AT_ONCE) as pool:
        folders: SimpleQueue[Path] = SimpleQueue()
        for number in range(AT_ONCE):
            copy_to(Path(temporary) / str(number))
            folders.put(Path(temporary) / str(number))
        if not passes(Path(temporary) / "0", *sorted({mutant.killed_by for mutant in MUTANTS})):
            print("The tests fail without any mutant: make them pass first.")
            return 1
        complaints = [text for text in pool.map(lambda mutant: complaint(mutant, folders), MUTANTS) if text]
    print("\n".join([*complaints, f"{len(MUTANTS) - len(complaints)} of {len(MUTANTS)} mutants killed."]))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
