"""The files of a form, as the page of phones sends them. The page is in `test_phones.py`, which has a browser and so no event loop."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from ucs.demo.played import files_in


@pytest.mark.parametrize(
    ("name", "mime", "gives", "type"),
    [
        ("a.png", "image/png", {"image", "file"}, "image"),
        ("a.png", "image/png", {"file"}, "file"),
        ("a.png", "image/png", {"text"}, "image"),  # which its platform then refuses
        ("../a.pdf", "application/pdf; q=1", {"file"}, "file"),
    ],
)
async def test_a_form_of_files(name: str, mime: str, gives: set[str], type: str) -> None:
    found: list[tuple[Any, bytes]] = []

    async def taking(request: web.Request) -> web.Response:
        found.extend(await files_in(request, frozenset(gives), largest=4))
        return web.Response()

    application = web.Application()
    application.router.add_post("/", taking)
    async with TestClient(TestServer(application)) as client:
        for body, status in ((b"1234", 200), (b"12345", 413)):
            form = FormData(quote_fields=False)
            form.add_field("file", BytesIO(body), filename=name, content_type=mime)
            form.add_field("more", "words")
            assert (await client.post("/", data=form)).status == status
    ((part, body),) = found
    assert (part.type, part.media.name, body) == (type, Path(name).name, b"1234")
    assert ";" not in part.media.mime
