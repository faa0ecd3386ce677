"""Each channel's and each robot's way out: its `ChannelHttp`, the same one for as long as its configuration stays the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from channels.wire import Http, Response, Stream
from ucs.runtime.center.center import Channel, TenantRobot
from ucs.runtime.http.channel_http import ChannelHttp, Network

HttpFor = Callable[[Channel], Http]
TenantFiles = Callable[[str, str], Awaitable[Stream]]  # tenant, name
Give = Callable[[str, str, Response], bool]  # channel, reply token


class WaysOut:
    """Call it with a channel, or with a robot. New credentials make old access tokens worthless, so those are forgotten.
    Channels also get at their tenant's files, and at the webhooks of their own that wait."""

    def __init__(self, network: Network, files: TenantFiles | None = None, give: Give | None = None) -> None:
        self._network = network
        self._files = files
        self._give = give
        self._made: dict[str, tuple[Channel | TenantRobot, ChannelHttp]] = {}

    def __call__(self, channel: Channel | TenantRobot) -> ChannelHttp:
        name = channel.id if isinstance(channel, Channel) else f"robot:{channel.tenant}/{channel.id}"
        known = self._made.get(name)
        if known is not None and (known[0] is channel or _same(known[0], channel)):
            return known[1]
        if known is not None:
            self._network.tokens.forget(name)
        files = None if self._files is None else partial(self._files, channel.tenant)
        respond = None if self._give is None else partial(self._give, name)
        http = ChannelHttp(self._network, name, channel.secrets, files=files, respond=respond)
        self._made[name] = (channel, http)
        return http


def _same(one: Channel | TenantRobot, other: Channel | TenantRobot) -> bool:
    return one.setting == other.setting and set(one.secrets) == set(other.secrets)
