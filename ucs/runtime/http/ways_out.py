"""Each channel's and each robot's way out: its `ChannelHttp`, the same one for as long as its configuration stays the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from channels.wire import Http, Response, Stream
from ucs.runtime.center.center import Center, Channel, TenantRobot
from ucs.runtime.http.channel_http import ChannelHttp, Network

HttpFor = Callable[[Channel], Http]
TenantFiles = Callable[[str, str], Awaitable[Stream]]  # tenant, name
Give = Callable[[str, str, Response], bool]  # channel, reply token


class WaysOut:
    """Call it with a channel, or with a robot. New credentials make old access tokens worthless, so those are forgotten,
    and nothing goes on in a session that began with the old ones.
    Channels also get at their tenant's files, and at the webhooks of their own that wait."""

    def __init__(
        self,
        network: Network,
        files: TenantFiles | None = None,
        give: Give | None = None,
        strangers: Network | None = None,
    ) -> None:
        self._network = network
        self._strangers = strangers
        self._files = files
        self._give = give
        self._made: dict[str, tuple[Channel | TenantRobot, ChannelHttp]] = {}

    def __call__(self, channel: Channel | TenantRobot) -> ChannelHttp:
        name = channel.id if isinstance(channel, Channel) else f"robot:{channel.tenant}/{channel.id}"
        known = self._made.get(name)
        if known is not None and (known[0] is channel or _same(known[0], channel)):
            return known[1]
        if known is not None:
            self._forget(name)
        files = None if self._files is None else partial(self._files, channel.tenant)
        respond = None if self._give is None else partial(self._give, name)
        http = ChannelHttp(
            self._network, name, channel.secrets, files=files, respond=respond, strangers=self._strangers
        )
        self._made[name] = (channel, http)
        return http

    def match(self, center: Center) -> None:
        """What was kept for channels that are gone, or configured anew, is let go now, and not when they are used again."""
        for name, (known, _) in list(self._made.items()):
            now = center.channels.get(name)
            if isinstance(known, Channel) and (now is None or not _same(known, now)):
                self._forget(name)
                del self._made[name]

    def _forget(self, name: str) -> None:
        self._network.tokens.forget(name)
        self._network.sessions.forget(name)


def _same(one: Channel | TenantRobot, other: Channel | TenantRobot) -> bool:
    return (one.tenant, one.setting) == (other.tenant, other.setting) and set(one.secrets) == set(other.secrets)
