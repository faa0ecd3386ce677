"""Each channel's way out: its `ChannelHttp`, the same one for as long as the channel's configuration stays the same."""

from __future__ import annotations

from collections.abc import Callable

from channels.wire import Http
from ucs.runtime.center.center import Channel
from ucs.runtime.http.channel_http import ChannelHttp, Network

HttpFor = Callable[[Channel], Http]


class WaysOut:
    """Call it with a channel. New credentials make old access tokens worthless, so those are forgotten."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._made: dict[str, tuple[Channel, ChannelHttp]] = {}

    def __call__(self, channel: Channel) -> Http:
        known = self._made.get(channel.id)
        if known is not None and (known[0] is channel or _same(known[0], channel)):
            return known[1]
        if known is not None:
            self._network.tokens.forget(channel.id)
        http = ChannelHttp(self._network, channel.id, channel.secrets)
        self._made[channel.id] = (channel, http)
        return http


def _same(one: Channel, other: Channel) -> bool:
    return one.setting == other.setting and set(one.secrets) == set(other.secrets)
