"""What a fake WeCom knows and remembers: its tokens, its accounts with what happened there, its people and sessions, and files.

What is done with it is in `server.py` (our calls) and `calls.py` (WeCom's).
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters._tencent.fake.state import TOKEN_LIFE, Json, Known, Trouble
from channels.value import value

ASKING_LIFE = timedelta(minutes=10)  # of the token in a call
WELCOME_LIFE = timedelta(seconds=20)
WINDOW, TIMES = timedelta(hours=48), 5
RECALL_WITHIN = timedelta(minutes=2)
NOBODY, ASSISTANT, POOL, COLLEAGUE, OVER = range(5)
MOVES = {NOBODY: {1, 2, 3, 4}, ASSISTANT: {2, 3, 4}, POOL: {3, 4}, COLLEAGUE: {2, 3, 4}, OVER: set[int]()}


@dataclass(slots=True)
class Person:
    """A customer, as one account knows one. `open_until` and `left`: until when we may write, and how often still."""

    id: str
    account: str
    nickname: str = ""
    state: int = OVER
    open_until: datetime | None = None
    left: int = 0
    refuses: bool = False  # what we send is taken, and then not delivered

    @property
    def address(self) -> str:
        return f"{self.account}/{self.id}"


@value
class Sent:
    """What was taken for a customer. `by` is `service` or `welcome`; it was seen unless it `failed`, which is a `fail_type`."""

    to: str
    by: str
    id: str
    at: datetime
    message: Json
    failed: int | None = None


@dataclass(slots=True)
class Company(Known):
    """A company with its accounts. `page` is how much it tells at once, at most. What it numbers has its `life`
    in it, so that nobody takes it for what another company of ours has told, nor goes on behind the cursor of that."""

    strange = (40014, "invalid access_token")

    corpid: str = "ww0011223344556677"
    secret: str = "fake-wecom-secret-0123456789abcdef"
    token: str = "fakeWecomToken7"
    aes_key: str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"
    page: int = 1000
    life: str = field(default_factory=lambda: secrets.token_hex(4))
    told: dict[str, list[Json]] = field(default_factory=lambda: {"wkFAKE0001": [], "wkFAKE0002": []})  # by account
    people: dict[str, Person] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    at_once: int = 20 << 20  # bytes of a file that are given in one answer, at most
    failing: list[int] = field(
        default_factory=list
    )  # of what messages will fail after they were taken, the next one first
    recalled: list[str] = field(default_factory=list)
    ids: set[tuple[str, str]] = field(default_factory=set)  # of messages of ours, by account
    asking: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # token of a call → account, until
    welcomes: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # code → customer, until
    askings_without: int = 1000  # how often it may still be asked without the token of a call

    # -- tokens

    def issue(self, query: Json) -> Json:
        if query.get("corpid") != self.corpid:
            raise Trouble(40013, "invalid corpid")
        if not hmac.compare_digest(str(query.get("corpsecret", "")), self.secret):
            raise Trouble(40001, "invalid credential")
        now = self.clock()
        if self.tokens.get(self.current, now) <= now:
            self.current = f"fakeWecomAccessToken-{next(self.numbers)}"
            self.tokens[self.current] = now + TOKEN_LIFE
        return {"access_token": self.current, "expires_in": int((self.tokens[self.current] - now).total_seconds())}

    # -- people

    def person(self, account: str = "wkFAKE0001", **fields: Any) -> Person:
        id = f"wmFAKE{self.life}{next(self.numbers):06d}"
        self.people[id] = Person(id, account, **fields)
        return self.people[id]

    def whose(self, body: Json, id: object) -> Person:
        """The person of this id, at the account that a call of ours names."""
        account = body.get("open_kfid")
        if account not in self.told:
            raise Trouble(95004, "open_kfid not exist")
        person = self.people.get(id) if isinstance(id, str) else None
        if person is None or person.account != account:
            raise Trouble(40096, "invalid external userid")
        return person

    def did(self, person: Person) -> None:
        """A customer wrote, and so we may. A session that is over begins anew."""
        person.open_until, person.left = self.clock() + WINDOW, TIMES
        if person.state == OVER:
            person.state = NOBODY

    def require_open(self, person: Person) -> None:
        if person.state not in (NOBODY, ASSISTANT):
            raise Trouble(95018, "send msg session status invalid")
        if person.open_until is None or person.open_until < self.clock():
            raise Trouble(95002, "send msg out of time limit")
        if person.left <= 0:
            raise Trouble(95001, "send msg count limit")
        person.left -= 1
