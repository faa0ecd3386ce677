"""A file's way: announced, kept or refused, read by those who may, and gone in the end."""

import asyncio
import gzip
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import ExifTags, Image

from cache import (
    ORIGINAL,
    PREVIEW,
    WEB,
    DiskBlobs,
    Item,
    MediaCache,
    MemoryCatalog,
    Policy,
    State,
    StorageFull,
    random_id,
)
from cache.blobs import Stored
from cache.item import is_id, renditions_from_json, renditions_to_json
from channels.errors import Forbidden, NotFound, NotKept, Refused, Unreachable
from channels.wire import Stream

VOICE = b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50  # one second


async def whole(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def stored(blobs: DiskBlobs, clock) -> set[str]:
    return {sha256 async for sha256 in blobs.stored(clock() + timedelta(days=10_000))}


async def kept(
    cache: MediaCache, catalog: MemoryCatalog, stream: Stream, tenant: str = "acme", **claimed: object
) -> Item:
    """As the runtime does it: announce, keep, commit."""
    item = cache.expect(tenant, **claimed)
    await catalog.save(item)
    item = await cache.keep(item, stream)
    await catalog.save(item)
    return item


async def test_announced(cache, clock, policies):
    policies["acme", "line-1"] = Policy(keep_for=timedelta(days=3))
    item = cache.expect("acme", "line-1", name="../a.jpg", mime="image/jpeg", seconds=3.0, owner="visitor-1")
    assert item == Item(
        "1".rjust(22, "0"),
        "acme",
        clock(),
        clock() + timedelta(days=3),
        State.PENDING,
        channel="line-1",
        owner="visitor-1",
        name="a.jpg",
        mime="image/jpeg",
        seconds=3.0,
    )


def test_real_ids_are_random_and_known_by_their_form():
    ids = {random_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(is_id(id) for id in ids)
    assert not any(
        is_id(text) for text in ("", "1", "a" * 21, "a" * 23, "../" + "a" * 19, "a" * 22 + "\n", "a" * 21 + "é")
    )


async def test_a_voice_note_becomes_ready(cache, blobs, catalog, clock, streamed):
    item = await kept(cache, catalog, streamed(VOICE), name="voice.html", mime="text/html", seconds=2.0)
    assert (item.state, item.mime, item.name, item.size) == (State.READY, "audio/amr", "voice.html.amr", len(VOICE))
    assert (item.seconds, item.shown, dict(item.renditions)) == (1.0, ORIGINAL, {}), (
        "the bytes say one second, whatever was claimed"
    )
    assert await whole(await cache.read(item)) == VOICE
    assert await whole(await cache.read(item, start=2, end=5)) == VOICE[2:5]
    assert await stored(blobs, clock) == item.hashes == {item.sha256}


async def test_a_photo_is_drawn_and_its_location_stays_in_the_original(cache, blobs, catalog, clock, picture, streamed):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 8.0, 15.5)})
    photo = picture("JPEG", (40, 20), exif=exif)
    item = await kept(cache, catalog, streamed(photo), name="IMG_1.jpg")
    assert (item.state, item.mime, item.width, item.height, item.shown) == (State.READY, "image/jpeg", 20, 40, WEB)
    assert set(item.renditions) == {WEB, PREVIEW}
    assert await whole(await cache.read(item)) == photo
    for name, rendition in item.renditions.items():
        content = await whole(await cache.read(item, name))
        assert len(content) == rendition.size
        assert not dict(Image.open(io.BytesIO(content)).getexif())
    assert await stored(blobs, clock) == item.hashes
    assert renditions_from_json(renditions_to_json(item.renditions)) == item.renditions


def zip_bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("zeros", bytes(20_000_000))
    return target.getvalue()


async def test_a_claimed_length_counts_where_the_bytes_are_silent(cache, catalog, streamed):
    item = await kept(cache, catalog, streamed(b"ID3" + bytes(50)), seconds=2.0)
    assert (item.mime, item.seconds) == ("audio/mpeg", 2.0)
    assert (await kept(cache, catalog, streamed(b"hello"), seconds=2.0)).seconds is None


@pytest.mark.parametrize(
    ("content", "mime"),
    [(zip_bomb(), "application/zip"), (gzip.compress(bytes(10**7)), "application/gzip")],
    ids=["zip", "gzip"],
)
async def test_bombs_are_kept_as_they_are(cache, catalog, streamed, content, mime):
    item = await kept(cache, catalog, streamed(content), name="a.docx")
    assert (item.state, item.mime, item.size) == (State.READY, mime, len(content))


REFUSED = [
    (b"", "The file is empty."),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00", "The picture is damaged and cannot be shown"),
    (b"\xff\xd8\xff\xe0" + bytes(50), "The picture is damaged and cannot be shown"),
    (b"\x89PNG\r\n\x1a\n" + bytes(3000), "The image is 3 kB large; at most 1 kB are accepted here."),
    (b"#!AMR\n" + bytes(30_000), "The file is larger than the 20 kB allowed here."),
    (b"<svg/>", "Files that can run something (image/svg+xml) are not accepted here."),
    (b"%PDF-1.7", "Files of the type application/pdf are not accepted here."),
]


@pytest.mark.parametrize(("content", "reason"), REFUSED, ids=[reason[:30] for _, reason in REFUSED])
async def test_what_is_refused_fails_with_a_reason(cache, catalog, policies, streamed, content, reason):
    policies["acme", "web"] = Policy(image="1 kB", audio="20 kB", active=False, deny=("application/pdf",))
    item = await kept(cache, catalog, streamed(content), channel="web", name="photo.png")
    assert item.state is State.FAILED
    assert item.reason.startswith(reason)
    assert (item.name, item.sha256, item.size, item.hashes) == ("photo.png", "", 0, frozenset())
    with pytest.raises(NotFound, match="The file is not here"):
        await cache.read(item)


async def test_an_announced_size_is_refused_before_it_is_read(cache, catalog):
    asked = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal asked
        while True:
            asked += 1
            yield b"#!AMR\n".ljust(8192)

    item = await kept(cache, catalog, Stream(chunks(), size=10**9))
    assert item.reason == "The audio is 1 GB large; at most 50 MB are accepted here."
    assert asked == 1


async def test_a_stream_that_breaks_leaves_the_item_pending(cache, blobs, catalog, clock, streamed):
    async def chunks() -> AsyncIterator[bytes]:
        yield VOICE
        raise Unreachable("The platform hung up.")

    item = cache.expect("acme")
    with pytest.raises(Unreachable):
        await cache.keep(item, Stream(chunks()))
    assert await stored(blobs, clock) == set()
    assert (await cache.keep(item, streamed(VOICE))).state is State.READY


class FullBlobs(DiskBlobs):
    """A disk with room for `room` more files."""

    room = 0

    async def put(self, chunks: AsyncIterator[bytes], limit: int) -> Stored:
        if self.room == 0:
            raise StorageFull("The media cache could not write a file: No space left on device.")
        self.room -= 1
        return await super().put(chunks, limit)


@pytest.mark.parametrize("room", [0, 1, 2])
async def test_a_full_disk_leaves_the_item_pending_and_it_recovers(
    tmp_path, clock, links, new_id, catalog, picture, streamed, room
):
    blobs = FullBlobs(tmp_path / "full", clock)
    cache = MediaCache(blobs, catalog, links, policy_for=lambda *_: Policy(), now=clock, new_id=new_id)
    blobs.room = room
    item = cache.expect("acme")
    with pytest.raises(StorageFull):
        await cache.keep(item, streamed(picture("JPEG")))
    blobs.room = 3
    assert (await cache.keep(item, streamed(picture("JPEG")))).state is State.READY
    await cache.close()


async def test_a_failed_item_may_be_kept_again_a_ready_one_may_not(cache, catalog, streamed):
    failed = await kept(cache, catalog, streamed(b""))
    ready = await cache.keep(failed, streamed(VOICE))
    assert (ready.state, ready.reason) == (State.READY, "")
    with pytest.raises(Refused, match="already there"):
        await cache.keep(ready, streamed(VOICE))


async def test_a_pending_item_has_no_bytes_yet(cache):
    with pytest.raises(Refused, match="still being fetched"):
        await cache.read(cache.expect("acme"))


async def test_a_scanner_may_refuse(blobs, catalog, links, clock, new_id, streamed):
    seen = []

    async def inspect(item: Item, chunks: AsyncIterator[bytes]) -> None:
        seen.append((item.mime, await whole(chunks)))
        raise NotKept("The file is infected with EICAR.")

    cache = MediaCache(blobs, catalog, links, policy_for=lambda *_: Policy(), now=clock, new_id=new_id, inspect=inspect)
    item = await kept(cache, catalog, streamed(VOICE))
    assert (item.state, item.reason) == (State.FAILED, "The file is infected with EICAR.")
    assert seen == [("audio/amr", VOICE)]


async def test_the_same_picture_at_once_is_kept_once(cache, blobs, catalog, clock, picture, streamed):
    photo = picture("PNG", (64, 64))
    items = await asyncio.gather(*(kept(cache, catalog, streamed(photo, 1 + n), tenant=f"t{n % 2}") for n in range(6)))
    assert len({item.id for item in items}) == 6
    assert len({item.hashes for item in items}) == 1
    assert await stored(blobs, clock) == items[0].hashes


@pytest.mark.parametrize("wrong", ["", "x", "../../etc/passwd", "%2e%2e%2f", "\0", "a" * 4096, "0" * 21 + "2"])
async def test_ids_that_lead_nowhere(cache, catalog, streamed, wrong):
    await kept(cache, catalog, streamed(VOICE))
    with pytest.raises(NotFound, match="There is no such file"):
        await cache.find("acme", wrong)


async def test_another_tenants_item_is_not_found(cache, catalog, clock, streamed):
    item = await kept(cache, catalog, streamed(VOICE))
    assert await cache.find("acme", item.id) == item
    for tenant in ("other", "", "acme/"):
        with pytest.raises(NotFound):
            await cache.find(tenant, item.id)
    clock.at = item.expires_at
    with pytest.raises(NotFound):
        await cache.find("acme", item.id)


async def test_only_who_uploaded_may_attach(cache, catalog, streamed):
    mine = await kept(cache, catalog, streamed(VOICE), owner="visitor-1")
    theirs = await kept(cache, catalog, streamed(VOICE))  # came from a platform
    assert await cache.claim("acme", mine.id, "visitor-1") == mine
    for item, owner in ((mine, "visitor-2"), (mine, ""), (theirs, ""), (theirs, "visitor-1")):
        with pytest.raises(Forbidden, match="somebody else"):
            await cache.claim("acme", item.id, owner)
    with pytest.raises(NotFound):
        await cache.claim("other", mine.id, "visitor-1")


async def test_links_lead_to_the_item_for_a_while(cache, catalog, clock, streamed):
    item = await kept(cache, catalog, streamed(VOICE))
    token = cache.link(item, ORIGINAL, "agent-1", timedelta(minutes=10))
    assert await cache.follow(token, "agent-1") == (item, ORIGINAL)
    with pytest.raises(NotFound):
        await cache.follow(token, "agent-2")
    clock.later(minutes=10)
    with pytest.raises(Forbidden, match="expired"):
        await cache.follow(token, "agent-1")


async def test_a_link_never_outlives_its_item(cache, catalog, clock, policies, streamed):
    policies["acme", "short"] = Policy(keep_for=timedelta(minutes=5))
    item = await kept(cache, catalog, streamed(VOICE), channel="short")
    token = cache.link(item, ORIGINAL, "", timedelta(days=1))
    clock.later(minutes=5)
    with pytest.raises(Forbidden):
        await cache.follow(token, "")


async def test_a_link_to_a_deleted_item_leads_nowhere(cache, catalog, streamed):
    item = await kept(cache, catalog, streamed(VOICE))
    token = cache.link(item, ORIGINAL, "", timedelta(days=1))
    await catalog.delete([item])
    with pytest.raises(NotFound):
        await cache.follow(token, "")


async def test_expired_items_go_and_shared_bytes_stay_until_the_last(
    cache, blobs, catalog, clock, policies, picture, streamed
):
    policies["acme", "short"] = Policy(keep_for=timedelta(days=1))
    short = await kept(cache, catalog, streamed(picture()), channel="short")
    long = await kept(cache, catalog, streamed(picture()), tenant="other")
    assert await cache.expire(10) == ()
    clock.later(days=1)
    assert await cache.expire(10) == (short,)
    assert await stored(blobs, clock) == long.hashes
    clock.later(days=365)
    assert await cache.expire(10) == (long,)
    assert await stored(blobs, clock) == set()


async def test_expiry_takes_the_oldest_first_and_stops_at_the_limit(cache, catalog, clock, streamed):
    items = []
    for number in range(5):
        items.append(await kept(cache, catalog, streamed(VOICE + bytes([number]))))
        clock.later(seconds=1)
    clock.later(days=365)
    assert await cache.expire(2) == tuple(items[:2])
    assert await cache.expire(10) == tuple(items[2:])


async def test_bytes_that_are_being_named_again_are_not_deleted(cache, blobs, catalog, clock, streamed):
    old = await kept(cache, catalog, streamed(VOICE))
    clock.at = old.expires_at
    new = await cache.keep(cache.expect("acme"), streamed(VOICE))  # on disk, not yet committed
    assert await cache.expire(10) == (old,)
    await catalog.save(new)
    assert await whole(await cache.read(new)) == VOICE


async def test_tidying_removes_what_nobody_names(cache, blobs, catalog, clock, picture, streamed):
    ready = await kept(cache, catalog, streamed(VOICE))
    await cache.keep(cache.expect("acme"), streamed(b"#!AMR\n never committed"))  # a crash before the commit
    refused = await kept(cache, catalog, streamed(picture("PNG", (99, 99), compress_level=0)[:9000]))
    assert refused.state is State.FAILED
    recalled = await kept(cache, catalog, streamed(b"#!AMR\n recalled at once"))
    await catalog.delete([recalled])
    await cache.release([recalled])
    assert len(await stored(blobs, clock)) == 4
    assert await cache.tidy() == 0, "all of it may still be under way"
    clock.later(hours=2)
    assert await cache.tidy() == 3
    assert await stored(blobs, clock) == ready.hashes


async def test_bytes_that_vanished_are_missed_before_the_answer_begins(cache, blobs, catalog, clock, streamed):
    item = await kept(cache, catalog, streamed(VOICE))
    await blobs.delete(item.sha256, clock() + timedelta(days=1))
    with pytest.raises(NotFound):
        await cache.read(item)


async def test_the_memory_catalog_counts_every_name(catalog, clock):
    one = Item("a" * 22, "acme", clock(), clock(), State.READY, sha256="a" * 64)
    await catalog.save(one)
    await catalog.save(replace(one, tenant="other"))
    assert await catalog.references("a" * 64) == 2
    assert await catalog.references("b" * 64) == 0
    await catalog.delete([one, one])
    assert await catalog.references("a" * 64) == 1
    assert await catalog.get("acme", one.id) is None
