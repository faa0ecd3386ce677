"""What our own mails look like to others, and that their files go out in pieces."""

from __future__ import annotations

import email
import email.policy
import json
import random
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from adapters.email.automatic import kind_of
from adapters.email.config import EmailConfig
from adapters.email.files import AT_ONCE, Mail
from adapters.email.inbound import read
from adapters.email.mails_of_the_tests import ANN, OURS, OWN, SECRET, mail
from adapters.email.mime import parsed
from adapters.email.outbound import Attached, Draft, draft_of
from adapters.email.smtp import dotted
from channels import Outbound, Request, Stream
from channels.errors import Rejected
from channels.events import MessageReceived
from channels.parts import Text


async def written(draft: Draft, files: dict[Attached, bytes]) -> bytes:
    """The whole mail, as long as it says."""
    mail = Mail(draft, {file: Stream(pieces(content)) for file, content in files.items()})
    raw = b"".join([chunk async for chunk in mail.chunks()])
    assert len(raw) == mail.size
    return raw


async def pieces(content: bytes, length: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), length):
        yield content[at : at + length]


DRAFT = Draft(("ann@mail.example",), "<1@shop.example>", (("From", "<help@shop.example>"),), "Hi", "=b")


@pytest.mark.parametrize("size", [0, 1, 56, 57, 58, 113, 114, 115, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE])
async def test_a_file_goes_out_in_pieces_and_comes_out_whole(size: int) -> None:
    content = random.Random(size).randbytes(size)
    raw = await written(DRAFT, {Attached("a.bin", "application/x-a", size): content})
    (file,) = email.message_from_bytes(raw, policy=email.policy.default).iter_attachments()
    assert file.get_content() == content
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert b"\n" not in b"".join(lines)


@pytest.mark.parametrize("said", [99, 101])
async def test_a_file_that_is_not_as_long_as_it_was_said_to_be(said: int) -> None:
    with pytest.raises(Rejected, match=r"a\.bin"):
        await written(DRAFT, {Attached("a.bin", "application/x-a", said): bytes(100)})


async def test_a_large_file_is_never_in_memory_as_a_whole() -> None:
    size = 4_000_000
    mail = Mail(DRAFT, {Attached("a.bin", "application/x-a", size): Stream(zeros(size))})
    tracemalloc.start()
    assert sum([len(chunk) async for chunk in mail.chunks()]) == mail.size
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000


async def zeros(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1000):
        yield bytes(1000)


@pytest.mark.parametrize("cut", range(1, 12))
async def test_a_dot_that_begins_a_line_is_doubled_wherever_a_piece_ends(cut: int) -> None:
    said = b".a\r\n.\r\n..b.\r\n"
    assert b"".join([piece async for piece in dotted(pieces(said, cut))]) == b"..a\r\n..\r\n...b.\r\n"


@pytest.mark.parametrize("name", ["plain.pdf", "账单 2026.pdf", 'a"b\\c.pdf', "é" * 120 + ".pdf", "x\r\nX-Evil: 1.pdf"])
@pytest.mark.parametrize("subject", ["Bike", "我的自行车" * 10, "a\r\nBcc: evil@x.example", "=?utf-8?q?x?="])
async def test_others_read_what_we_write(name: str, subject: str) -> None:
    """The standard library's parser, as another opinion."""
    thread = f'{{"message": "<c1@mail.example>", "references": "<{"r" * 200}@x.example>", "subject": {_json(subject)}}}'
    message = Outbound("key", "ann@mail.example", (Text("Hi\n你好"),), datetime(2026, 1, 6, tzinfo=UTC), thread=thread)
    config = EmailConfig(
        address="help@shop.example", name='Räder "& Co"', mark_secret=SecretStr("0123456789abcdef"), imap_host="i.example",
        smtp_host="s.example", password=SecretStr("password-of-tests"),
    )  # fmt: skip
    raw = await written(draft_of(message, config, ()), {Attached(name, "application/pdf", 256): bytes(range(256))})
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert not read.defects
    assert read["Subject"] == "Re: " + subject.replace("\r\n", " ")
    assert read["From"].addresses[0].display_name == 'Räder "& Co"'
    assert read["Bcc"] is read["X-Evil"] is None
    (file,) = read.iter_attachments()
    assert file.get_content() == bytes(range(256))
    assert max(map(len, raw.split(b"\r\n"))) < 998
    assert max((len(line) for line in raw.split(b"\r\n") if b"=?" in line), default=0) <= 76
    own = parsed(raw)
    assert [part.mime for part in own.leaves()] == ["text/plain", "text/html", "application/pdf"]
    assert own.header("subject") == "Re: " + subject.replace("\r\n", " ")


def _json(text: str) -> str:

    return json.dumps(text)


@pytest.mark.parametrize("automatic", [True, False])
async def test_what_no_human_wrote_says_so_and_is_known_by_others_like_us(automatic: bool) -> None:
    message = Outbound("key", "ann@mail.example", (Text("Hi"),), datetime(2026, 1, 6, tzinfo=UTC), automatic=automatic)
    config = EmailConfig(
        address="help@shop.example", mark_secret=SecretStr("0123456789abcdef"), imap_host="i.example", smtp_host="s.example",
        password=SecretStr("password-of-tests"),
    )  # fmt: skip
    raw = await written(draft_of(message, config, ()), {})
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert read["Auto-Submitted"] == ("auto-replied" if automatic else None)
    assert kind_of(parsed(raw), "other@elsewhere.example", "help@shop.example") == ("auto-reply" if automatic else "")


@pytest.mark.parametrize("added", ["List-Unsubscribe: <https://mail.example/u>", "Feedback-ID: 1:mail", "X-Added: 1"])
def test_no_machine_answers_what_looks_like_a_list_and_an_agent_may(added: str) -> None:
    config = EmailConfig(
        address=OWN, mark_secret=SecretStr(SECRET), imap_host="i.example", smtp_host="s.example",
        password=SecretStr("password-of-tests"),
    )  # fmt: skip
    raw, at = mail(f"In-Reply-To: {OURS}", added), datetime(2026, 1, 6, tzinfo=UTC)
    (event,) = read(Request("FETCH", "INBOX/7/12", {}, {}, raw, at), config)
    assert isinstance(event, MessageReceived)
    by_agent = Outbound("key", event.customer, (Text("Hi"),), at, thread=event.thread)
    assert draft_of(by_agent, config, ()).recipients == (ANN,)
    by_machine = replace(by_agent, automatic=True)
    if added.startswith("X-"):
        assert draft_of(by_machine, config, ()).recipients == (ANN,)
    else:
        with pytest.raises(Rejected, match="no machine answers a list"):
            draft_of(by_machine, config, ())
