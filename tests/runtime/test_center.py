"""The center: settings become channels, policies and rings, or one error with every complaint in it."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from channels.adapter import Adapter, Config
from channels.errors import ConfigError, NotFound
from channels.manifest import Manifest, Sends
from channels.plugins import Plugins
from tests.docs.project import ROOT
from tests.runtime.fake_channel import FakeChannel
from ucs.core.policy import Policy
from ucs.core.routing import Ring
from ucs.runtime.center.center import Center, Document, build
from ucs.runtime.center.installation import own_secret


class KeyConfig(Config):
    key: SecretStr
    colour: str = "red"


class Mail(Adapter[KeyConfig]):
    """A kind of channel with a weight of its own, a deadline, and a secret."""

    manifest = Manifest("mail", "Mail", Sends(), kind="mail", answers_within=timedelta(seconds=2))


class Odd(FakeChannel):
    manifest = Manifest("odd", "Odd", Sends(), kind="smoke signals")


class Quiet(FakeChannel):
    """Its configuration leaves it nothing but sending."""

    manifest = Manifest("quiet", "Quiet", Sends())

    @property
    def powers(self) -> frozenset[str]:
        return super().powers & {"send"}


PLUGINS = Plugins({"fake": FakeChannel, "mail": Mail, "odd": Odd, "quiet": Quiet})


def documents(**changes: dict[str, Any]) -> list[Document]:
    """A good center; `changes` replaces or adds documents by `kind_id` (None: without it)."""
    bodies: dict[str, Any] = {
        "tenant_acme": {},
        "queue_support": {"rings": [{"after": "0s", "level": 5}, {"after": "1m", "level": 1}], "max_wait": "5m"},
        "queue_sales": {"name": "Sales", "hours": {"timezone": "Europe/Berlin", "week": ["mon-fri 09:00-18:00"]}},
        "agent_ann": {"name": "Ann", "skills": {"support": 5}},
        "agent_bob": {},
        "channel_chat": {"adapter": "fake", "queue": "support"},
        "channel_post": {"adapter": "mail", "queue": "sales", "config": {"key": "env:POST_KEY"}, "welcome_text": "Hi"},
        **changes,
    }
    kinds = ((kind, id, body) for key, body in bodies.items() for kind, _, id in [key.rpartition("_")])
    return [Document(kind, "acme", id, body) for kind, id, body in kinds if body is not None]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POST_KEY", "top secret")


def complaints(*found: Document) -> list[str]:
    with pytest.raises(ConfigError) as error:
        build(found, PLUGINS)
    return sorted(str(complaint) for complaint in error.value.complaints)


def test_what_a_good_center_has() -> None:
    center = build(documents(), PLUGINS)
    chat, post = center.channel("chat"), center.channel("post")
    assert (chat.policy.weight, post.policy.weight) == (10, 5)  # by the kind of platform
    assert (chat.answers_within, post.answers_within) == (4.5, pytest.approx(1.8))
    assert (chat.secrets, post.secrets) == ((), ("top secret",))
    assert {"send", "fetch"} <= chat.powers
    quiet = build(documents(channel_quiet={"adapter": "quiet", "queue": "support"}), PLUGINS).channel("quiet")
    assert quiet.powers == {"send"}
    assert chat.policy.names == {"ann": "Ann", "bob": "bob"}
    support, sales = chat.policy.queues["support"], chat.policy.queues["sales"]
    assert support.rings == (Ring(timedelta(0), 5), Ring(timedelta(minutes=1), 1))
    assert (support.name, sales.name, support.max_wait) == ("support", "Sales", timedelta(minutes=5))
    assert post.policy.welcome_text == "Hi"
    assert "top secret" not in repr(center)


@pytest.mark.parametrize(
    ("adapter", "set_to", "weight"), [("fake", None, 10), ("fake", 0, 0), ("fake", 7, 7), ("odd", None, 10)]
)
def test_what_a_contact_takes_of_an_agent(adapter: str, set_to: int | None, weight: int) -> None:
    setting = {"adapter": adapter, "queue": "support", "weight": set_to}
    assert build(documents(channel_chat=setting), PLUGINS).policy("chat").weight == weight


def test_a_channel_that_is_gone_leaves_contacts_that_nobody_s_rules_apply_to() -> None:
    center = build(documents(), PLUGINS)
    assert center.policy("gone") == Policy("")
    with pytest.raises(NotFound, match="'gone'"):
        center.channel("gone")
    assert Center().media_policy("acme", "chat") is not None


def test_a_channel_s_media_policy_narrows_the_tenant_s() -> None:
    setting = {"adapter": "fake", "queue": "support", "media": {"image": 1_000}}
    center = build(documents(tenant_acme={"media": {"image": 5_000, "file": 2_000}}, channel_chat=setting), PLUGINS)
    assert center.media_policy("acme", "chat").image == 1_000
    assert center.media_policy("acme", "chat").file == 2_000
    assert center.media_policy("acme", "").image == 5_000


WRONG = {
    "an unknown key": ({"agent_ann": {"colour": "red"}}, "agent.ann.colour"),
    "an unknown kind": (
        {"drone_r2": {}},
        "one of tenant, queue, agent, channel, phrase, robot, word_list, not 'drone'",
    ),
    "an unknown adapter": ({"channel_chat": {"adapter": "pigeon", "queue": "support"}}, "one of fake, mail, odd"),
    "a queue that is not there": (
        {"channel_chat": {"adapter": "fake", "queue": "sails"}},
        "sales, support), not 'sails'",
    ),
    "an overflow that is not there": ({"queue_sales": {"overflow": "x"}}, "queue.sales.overflow"),
    "a skill that is not there": ({"agent_ann": {"skills": {"sails": 1}}}, "agent.ann.skills.sails"),
    "no tenant": ({"tenant_acme": None}, "a tenant that exists, not 'acme'"),
    "a missing secret": ({"channel_post": {"adapter": "mail", "queue": "sales"}}, "channel.post.config.key"),
    "a duration that is none": ({"queue_sales": {"offer_for": "soon"}}, "such as '30s', not 'soon'"),
    "a duration below zero": ({"queue_sales": {"rings": [{"after": "0s", "level": 0}]}}, "queue.sales.rings.0.level"),
    "a capacity below zero": ({"agent_ann": {"capacity": -1}}, "agent.ann.capacity"),
    "hours that are none": ({"queue_sales": {"hours": {"week": ["someday"]}}}, "queue.sales.hours"),
    "a pattern that RE2 does not read": (
        {"word_list_cards": {"patterns": [r"\d", "(?=x)"]}},
        "word_list.cards.patterns.1: a pattern that RE2 can read "
        "(https://github.com/google/re2/wiki/Syntax): invalid perl operator: (?= (in '(?=x)')",
    ),
    "a list for a channel that is not there": (
        {"word_list_names": {"words": ["x"], "channels": ["pigeon"]}},
        "word_list.names.channels: a channel of the tenant (chat, post), not 'pigeon'",
    ),
    "a key that is unknown": ({"queue_sales": {"nme": "Sales"}}, "queue.sales.nme: nothing: there is no such key here"),
    "a media policy that is none": ({"tenant_acme": {"media": {"image": "big"}}}, "tenant.acme.media.image"),
}


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named(changes: dict[str, Any], said: str) -> None:
    found = complaints(*documents(**changes))
    assert any(said in complaint for complaint in found), found


def test_everything_is_complained_of_at_once_and_no_secret_is_in_it() -> None:
    found = complaints(
        *documents(
            agent_ann={"colour": "red"},
            queue_sales={"overflow": "x"},
            channel_chat={"adapter": "pigeon", "queue": "sails"},
            channel_post={"adapter": "mail", "queue": "sales", "config": {"key": "top secret", "size": 1}},
        )
    )
    assert len(found) == 5
    assert "top secret" not in str(found)


def test_what_is_there_and_wrong_is_complained_of_once() -> None:
    """A slip in a tenant, a queue or a robot is no reason to say of everything below it that it names nothing."""
    slips = {"tenant_acme": {"nme": "x"}, "queue_sales": {"nme": "x"}, "robot_front": {"nme": "x"}}
    channel = {"adapter": "fake", "queue": "sales", "robot": {"robot": "front"}}
    found = complaints(*documents(**slips, channel_more=channel, agent_bob={"skills": {"sales": 1, "sails": 1}}))
    assert [each.split(": ")[1].removeprefix("acme.") for each in found] == [
        "agent.bob.skills.sails",
        "queue.sales.nme",
        "robot.front.nme",
        "robot.front.robot",
        "tenant.acme.nme",
    ]


def test_two_tenants_cannot_have_the_same_channel() -> None:
    others = [
        Document("tenant", "globex", "globex", {}),
        Document("queue", "globex", "q", {}),
        Document("channel", "globex", "chat", {"adapter": "fake", "queue": "q"}),
    ]
    assert any("a channel id that no other tenant uses" in each for each in complaints(*documents(), *others))


def test_one_tenant_s_queue_is_no_other_s() -> None:
    others = [
        Document("tenant", "globex", "globex", {}),
        Document("channel", "globex", "theirs", {"adapter": "fake", "queue": "support"}),
    ]
    assert any("(there is none), not 'support'" in each for each in complaints(*documents(), *others))


def test_channels_with_the_same_lists_share_what_is_made_of_them() -> None:
    lists = {"word_list_insults": {"words": ["fool"]}, "word_list_names": {"words": ["rival"], "channels": ["post"]}}
    center = build(documents(**lists, channel_more={"adapter": "fake", "queue": "support"}), PLUGINS)
    chat, more, post = (center.policy(channel).lexicon for channel in ("chat", "more", "post"))
    assert chat is more is not None
    assert post is not chat
    assert build(documents(), PLUGINS).policy("chat").lexicon is None


# -- the installation's own secret -----------------------------------------------------------------------------------------


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    made = own_secret(tmp_path / "data")
    assert (len(made), own_secret(tmp_path / "data")) == (32, made)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_first_start_without_room_leaves_no_half_of_one(tmp_path: Path) -> None:
    """Half of a secret would keep every start after it from starting."""
    code = f"""
import resource
from pathlib import Path
from channels.errors import ConfigError
from ucs.runtime.center.installation import own_secret
resource.setrlimit(resource.RLIMIT_FSIZE, (16, resource.RLIM_INFINITY))
try:
    own_secret(Path({str(tmp_path)!r}))
except ConfigError as error:
    print(error.complaints[0].key)
"""
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True)  # noqa: S603
    assert found.stdout == "secret\n", found.stderr
    assert list(tmp_path.iterdir()) == []
    assert len(own_secret(tmp_path)) == 32


def test_half_of_a_secret_is_complained_of(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(b"half")
    with pytest.raises(ConfigError, match="32 bytes; it has 4"):
        own_secret(tmp_path)
