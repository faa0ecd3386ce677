"""The bytes of a file of ours, for platforms that are handed them. What the links say of it is in `test_delivery_failures.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from cache.blobs import StorageTrouble
from cache.item import Item, Rendition, State
from channels.errors import Rejected, Unreachable
from channels.wire import Response, Stream
from tests.runtime.conftest import Made
from tests.runtime.world import World
from ucs.runtime.delivery.media_links import MediaLinks
from ucs.runtime.http.channel_http import ChannelHttp
from ucs.runtime.http.guard import Guard
from ucs.runtime.http.network import Network
from ucs.runtime.http.ways_out import WaysOut


async def kept(world: World, content: bytes = b"words") -> Item:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    item = world.cache.expect("acme", name="note.txt")
    return await world.keeps(await world.cache.keep(item, Stream(chunks(), "text/plain", "note.txt")))


async def read(stream: Stream) -> bytes:
    return b"".join([chunk async for chunk in stream.chunks])


def links_of(world: World) -> MediaLinks:
    return MediaLinks(world.cache, lambda token: token)


async def test_the_bytes_are_those_behind_the_link(world_of: Made) -> None:
    world = await world_of()
    item = await kept(world)
    stream = await links_of(world).open("acme", item.id)
    assert (stream.mime, stream.name, stream.size) == ("text/plain", "note.txt", 5)
    assert await read(stream) == b"words"


async def test_of_a_picture_they_are_those_that_we_drew(world_of: Made) -> None:
    world = await world_of()
    other = await kept(world, b"drawn")
    drawn = Rendition(other.sha256, 5, "image/jpeg")
    item = await world.keeps(replace(await kept(world), mime="image/png", renditions={"web": drawn}))
    stream = await links_of(world).open("acme", item.id)
    assert (stream.mime, await read(stream)) == ("image/jpeg", b"drawn")


@pytest.mark.parametrize("gone", ["never there", "of another tenant", "pending", "without its bytes"])
async def test_a_file_that_is_not_there_is_refused(world_of: Made, gone: str) -> None:
    world = await world_of()
    item = await kept(world)
    if gone == "pending":
        item = await world.keeps(world.cache.expect("acme"))
    if gone == "without its bytes":
        item = await world.keeps(replace(item, id="x" * 22, state=State.READY, sha256="0" * 64))
    with pytest.raises(Rejected):
        await links_of(world).open("other" if "tenant" in gone else "acme", "no" if gone == "never there" else item.id)


@pytest.mark.parametrize("when", ["before", "in the middle"])
async def test_a_disk_that_fails_is_no_reason_to_give_up(
    world_of: Made, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    world = await world_of()
    item = await kept(world)

    async def failing(*_about: Any) -> AsyncIterator[bytes]:
        if when == "before":
            raise StorageTrouble("The disk does not answer.")

        async def chunks() -> AsyncIterator[bytes]:
            yield b"wo"
            raise StorageTrouble("The disk does not answer.")

        return chunks()

    monkeypatch.setattr(world.cache, "read", failing)
    with pytest.raises(Unreachable, match="does not answer"):
        await read(await links_of(world).open("acme", item.id))


async def test_a_channel_reaches_its_own_tenants_files_and_its_own_webhooks(world_of: Made) -> None:
    world = await world_of()
    item = await kept(world)
    given: list[tuple[str, str]] = []

    def give(channel: str, token: str, response: Response) -> bool:
        given.append((channel, token))
        return token == "t1"

    network = Network(Guard.allowing(()))
    channel = world.center().channels["fake1"]
    http = WaysOut(network, links_of(world).open, give)(channel)
    assert await read(await http.file(item.id)) == b"words"
    assert (http.respond("t1", Response()), http.respond("t2", Response())) == (True, False)
    assert given == [("fake1", "t1"), ("fake1", "t2")]
    foreign = WaysOut(network, links_of(world).open, give)(replace(channel, tenant="other"))
    with pytest.raises(Rejected):
        await foreign.file(item.id)
    await network.close()


async def test_a_robot_has_neither() -> None:
    network = Network(Guard.allowing(()))
    http = ChannelHttp(network, "robot:acme/front")
    with pytest.raises(Rejected, match="no files here"):
        await http.file("m1")
    assert not http.respond("t1", Response())
    await network.close()
