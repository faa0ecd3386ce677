"""The contact center as it is configured now: tenants, queues, agents, channels with their adapters and policies.

Built from settings in one go; when an admin changes something a new `Center` is built and takes the old one's place, so
nobody ever sees half a change. Building collects *every* complaint before it refuses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field, replace
from typing import Any

from pydantic import SecretStr, ValidationError

from cache.policy import Policy as MediaPolicy
from channels.adapter import Adapter, Config
from channels.errors import Complaint, ConfigError, NotFound
from channels.expected import expected_of
from channels.manifest import Sends
from channels.plugins import Plugins, parse_config
from channels.robot import Robot
from channels.value import value
from ucs.core.policy import Policy, Queue, RobotRules, Silence
from ucs.core.routing import Ring
from ucs.runtime.center.lexicons import Lexicons
from ucs.runtime.center.settings import (
    KINDS,
    AgentSetting,
    ChannelSetting,
    PhraseSetting,
    QueueSetting,
    RobotRulesSetting,
    RobotSetting,
    Setting,
    TenantSetting,
    WordListSetting,
)

WEIGHTS = {"chat": 20, "message": 10, "mail": 5}  # units of an agent's capacity, by the kind of channel
Key = tuple[str, str, str]  # kind, tenant, id


@value
class Document:
    """One setting as it is stored: what kind of thing, whose, its id, and its JSON."""

    kind: str
    tenant: str
    id: str
    body: Mapping[str, Any]
    file: str = "center"
    place: str = ""

    def at(self, *keys: object) -> str:
        start = self.place or f"{self.tenant}.{self.kind}.{self.id}"
        return ".".join([start, *(str(key) for key in keys)])


@value
class Channel:
    """A channel that can be used: its adapter, made with its configuration, and the policy of its contacts."""

    id: str
    tenant: str
    setting: ChannelSetting
    adapter: Adapter[Any]
    powers: frozenset[str]
    policy: Policy
    secrets: tuple[str, ...] = field(default=(), repr=False)
    answers_within: float = 4.5  # seconds: nine tenths of the platform's deadline


@value
class TenantRobot:
    """A robot that can be asked, made with its configuration."""

    id: str
    tenant: str
    setting: RobotSetting
    robot: Robot[Any]
    secrets: tuple[str, ...] = field(default=(), repr=False)


@value
class Center:
    tenants: Mapping[str, TenantSetting] = field(default_factory=dict)
    queues: Mapping[tuple[str, str], QueueSetting] = field(default_factory=dict)
    agents: Mapping[tuple[str, str], AgentSetting] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    media: Mapping[tuple[str, str], MediaPolicy] = field(default_factory=dict)
    documents: Mapping[Key, Document] = field(default_factory=dict)
    phrases: Mapping[tuple[str, str], PhraseSetting] = field(default_factory=dict)
    robots: Mapping[tuple[str, str], TenantRobot] = field(default_factory=dict)

    def channel(self, channel: str) -> Channel:
        """Raises `NotFound`."""
        found = self.channels.get(channel)
        if found is None:
            raise NotFound(f"There is no channel {channel!r}.")
        return found

    def media_policy(self, tenant: str, channel: str) -> MediaPolicy:
        """Which files may be kept: the tenant's policy, narrowed by the channel's."""
        found = self.media.get((tenant, ""), MediaPolicy())
        narrower = self.media.get((tenant, channel)) if channel else None
        return found if narrower is None else found.narrow(narrower)

    def policy(self, channel: str) -> Policy:
        """The policy of a channel's contacts. A channel that is gone leaves contacts that nobody's rules apply to."""
        found = self.channels.get(channel)
        return Policy("") if found is None else found.policy


def build(documents: Iterable[Document], plugins: Plugins) -> Center:
    """The center that these settings describe. Raises one `ConfigError` with every complaint."""
    documents = list(documents)
    complaints: list[Complaint] = []
    parsed = {(d.kind, d.tenant, d.id): _parse(d, complaints) for d in documents}
    tenants = {
        tenant: s for (kind, tenant, _), s in parsed.items() if isinstance(s, TenantSetting) and kind == "tenant"
    }
    queues = {(tenant, id): s for (_, tenant, id), s in parsed.items() if isinstance(s, QueueSetting)}
    agents = {(tenant, id): s for (_, tenant, id), s in parsed.items() if isinstance(s, AgentSetting)}
    phrases = {(tenant, id): s for (_, tenant, id), s in parsed.items() if isinstance(s, PhraseSetting)}
    robot_settings = {(tenant, id): s for (_, tenant, id), s in parsed.items() if isinstance(s, RobotSetting)}
    lexicons = Lexicons({(tenant, id): s for (_, tenant, id), s in parsed.items() if isinstance(s, WordListSetting)})
    robots: dict[tuple[str, str], TenantRobot] = {}
    channels: dict[str, Channel] = {}
    media: dict[tuple[str, str], MediaPolicy] = {}
    for document in documents:
        setting = parsed[document.kind, document.tenant, document.id]
        complaints += _dangling(document, setting, parsed)
        if isinstance(setting, WordListSetting):
            complaints += _strange_channels(document, setting, _named(parsed, "channel", document.tenant))
        if isinstance(setting, TenantSetting | ChannelSetting) and setting.media:
            try:
                channel_id = document.id if isinstance(setting, ChannelSetting) else ""
                media[document.tenant, channel_id] = MediaPolicy.model_validate(setting.media)
            except ValidationError as error:
                complaints += _complaints(document, error, "media")
        if isinstance(setting, RobotSetting):
            robot = _robot(document, setting, plugins, complaints)
            if robot is not None:
                robots[document.tenant, document.id] = robot
        if isinstance(setting, ChannelSetting):
            if document.id in channels:
                complaints.append(Complaint(document.file, document.at(), "a channel id that no other tenant uses"))
            names = {id: each.name for (owner, id), each in robot_settings.items() if owner == document.tenant}
            complaints += _strange_robots(document, setting, _named(parsed, "robot", document.tenant))
            channel = _channel(document, setting, plugins, queues, agents, names, complaints)
            if channel is not None:
                policy = replace(channel.policy, lexicon=lexicons.of(document.tenant, document.id))
                channels[channel.id] = replace(channel, policy=policy)
    if complaints:
        raise ConfigError(complaints)
    by_key = {(d.kind, d.tenant, d.id): d for d in documents}
    return Center(tenants, queues, agents, channels, media, by_key, phrases, robots)


def _parse(document: Document, complaints: list[Complaint]) -> Setting | None:
    model = KINDS.get(document.kind)
    if model is None:
        complaints.append(Complaint(document.file, document.at(), f"one of {', '.join(KINDS)}, not {document.kind!r}"))
        return None
    try:
        return model.model_validate(dict(document.body))
    except ValidationError as error:
        complaints += _complaints(document, error, known=model.model_fields)
        return None


def _complaints(document: Document, error: ValidationError, *keys: str, known: Iterable[str] = ()) -> list[Complaint]:
    found = error.errors(include_url=False, include_input=False)
    return [
        Complaint(document.file, document.at(*keys, *problem["loc"]), expected_of(problem, known)) for problem in found
    ]


def _dangling(
    document: Document,
    setting: Setting | None,
    there: Collection[Key],
) -> list[Complaint]:
    """Names that name nothing. What is there and has faults is there: they are told once, and not by all who name it."""
    wanted: list[tuple[str, str]] = []
    if isinstance(setting, QueueSetting) and setting.overflow:
        wanted.append(("overflow", setting.overflow))
    if isinstance(setting, ChannelSetting):
        wanted.append(("queue", setting.queue))
        if setting.robot is not None and setting.robot.queue:
            wanted.append(("robot.queue", setting.robot.queue))
    if isinstance(setting, AgentSetting):
        wanted += [(f"skills.{queue}", queue) for queue in setting.skills]
    if isinstance(setting, PhraseSetting):
        wanted += [("queues", queue) for queue in setting.queues]
    known = _named(there, "queue", document.tenant)
    complaints = [
        Complaint(
            document.file,
            document.at(key),
            f"a queue of the tenant ({', '.join(known) or 'there is none'}), not {queue!r}",
        )
        for key, queue in wanted
        if queue not in known
    ]
    if ("tenant", document.tenant, document.tenant) not in there:
        complaints.append(Complaint(document.file, document.at(), f"a tenant that exists, not {document.tenant!r}"))
    return complaints


def _named(there: Collection[Key], kind: str, tenant: str) -> list[str]:
    return sorted(id for each, owner, id in there if (each, owner) == (kind, tenant))


def _strange_robots(document: Document, setting: ChannelSetting, names: Collection[str]) -> Iterable[Complaint]:
    wanted = {"robot.robot": setting.robot.robot if setting.robot is not None else "", "assist": setting.assist}
    for key, robot in wanted.items():
        if robot and robot not in names:
            expected = f"a robot of the tenant ({', '.join(names) or 'there is none'}), not {robot!r}"
            yield Complaint(document.file, document.at(key), expected)


def _strange_channels(document: Document, setting: WordListSetting, known: Collection[str]) -> Iterable[Complaint]:
    for channel in setting.channels:
        if channel not in known:
            expected = f"a channel of the tenant ({', '.join(known) or 'there is none'}), not {channel!r}"
            yield Complaint(document.file, document.at("channels"), expected)


def _channel(
    document: Document,
    setting: ChannelSetting,
    plugins: Plugins,
    queues: Mapping[tuple[str, str], QueueSetting],
    agents: Mapping[tuple[str, str], AgentSetting],
    robots: Mapping[str, str],
    complaints: list[Complaint],
) -> Channel | None:
    if setting.adapter not in plugins.adapters:
        known = ", ".join(sorted(plugins.adapters)) or "none"
        complaints.append(Complaint(document.file, document.at("adapter"), f"one of {known}, not {setting.adapter!r}"))
        return None
    try:
        adapter = plugins.adapters[setting.adapter]
        config = parse_config(adapter, setting.config, document.file, document.at("config"))
    except ConfigError as error:
        complaints += error.complaints
        return None
    weight = WEIGHTS.get(adapter.manifest.kind, 10) if setting.weight is None else setting.weight
    within = adapter.manifest.answers_within.total_seconds() * 0.9
    made = adapter(config)
    powers = made.powers
    sends = adapter.manifest.sends if "send" in powers else None
    policy = _policy(document.tenant, setting, weight, sends, queues, agents)
    policy = replace(policy, robot=rules_of(setting.robot, robots))
    return Channel(
        document.id,
        document.tenant,
        setting,
        made,
        powers,
        policy,
        tuple(_secrets_of(config)),
        within,
    )


def rules_of(setting: RobotRulesSetting | None, names: Mapping[str, str]) -> RobotRules | None:
    """A robot's rules as the core has them, with the name that customers see."""
    if setting is None:
        return None
    return RobotRules(name=names.get(setting.robot) or setting.robot, **dict(setting))


def _robot(
    document: Document, setting: RobotSetting, plugins: Plugins, complaints: list[Complaint]
) -> TenantRobot | None:
    if setting.robot not in plugins.robots:
        known = ", ".join(sorted(plugins.robots)) or "none"
        complaints.append(Complaint(document.file, document.at("robot"), f"one of {known}, not {setting.robot!r}"))
        return None
    try:
        plugin = plugins.robots[setting.robot]
        config = parse_config(plugin, setting.config, document.file, document.at("config"))
    except ConfigError as error:
        complaints += error.complaints
        return None
    return TenantRobot(document.id, document.tenant, setting, plugin(config), tuple(_secrets_of(config)))


def _secrets_of(config: Config) -> Iterable[str]:
    for secret in config.model_dump().values():
        if isinstance(secret, SecretStr) and secret.get_secret_value():
            yield secret.get_secret_value()


def _policy(
    tenant: str,
    setting: ChannelSetting,
    weight: int,
    sends: Sends | None,
    queues: Mapping[tuple[str, str], QueueSetting],
    agents: Mapping[tuple[str, str], AgentSetting],
) -> Policy:
    return Policy(
        queue=setting.queue,
        queues={id: queue_of(id, queue) for (owner, id), queue in queues.items() if owner == tenant},
        weight=weight,
        priority=setting.priority,
        welcome_text=setting.welcome_text,
        joined_text=setting.joined_text,
        lost_text=setting.lost_text,
        closing_text=setting.closing_text,
        silences=tuple(Silence(s.after, s.say, s.close) for s in sorted(setting.silences, key=lambda s: s.after)),
        unanswered_for=setting.unanswered_for,
        sticky_for=setting.sticky_for,
        sticky_within=setting.sticky_within,
        transfer_for=setting.transfer_for,
        names={id: agent.name or id for (owner, id), agent in agents.items() if owner == tenant},
        homes={id: agent.home() for (owner, id), agent in agents.items() if owner == tenant},
        sends=sends,
    )


def queue_of(id: str, setting: QueueSetting) -> Queue:
    """A queue's setting as the core has it."""
    same = setting.model_dump(exclude={"hours", "rings", "name", "wrap_up_codes"})
    rings = tuple(Ring(ring.after, ring.level) for ring in setting.rings)
    return Queue(id=id, name=setting.name or id, hours=setting.open_hours(), rings=rings, **same)
