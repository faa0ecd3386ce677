"""A server that can be made to die as by a power cut, at a chosen place. `python -m tests.e2e.mortal ucs.toml`

It is the real `ucs run`; only its store looks, at every commit, whether the file `die` in the data folder names this moment:
`before KIND` or `after KIND` of the commit that writes a line of that kind, or `before KIND BY` one that is by
somebody. Then the process kills itself, and nothing is tidied.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

import ucs.runtime.runtime
from channels.adapter import Adapter, Config, Outbound, Receipt
from channels.errors import Uncertain, Untrusted
from channels.events import MessageReceived, Received
from channels.manifest import Manifest, Sends
from channels.parts import Text
from channels.wire import Http, Request
from ucs.cli.run import run
from ucs.store.store import Store

T = TypeVar("T")


class MortalStore(Store):
    """Dies when it is told to."""

    def write(self, work: Callable[[Connection], T]) -> T:
        def watched(connection: Connection) -> T:
            done = work(connection)
            self._die_if("before", done)
            return done

        done = super().write(watched)
        self._die_if("after", done)
        return done

    def _die_if(self, when: str, done: object) -> None:
        order = Path(str(self.engine.url.database)).parent / "die"
        if not order.exists():
            return
        wanted, kind, *by = order.read_text().split(" ")
        entries = getattr(done[1], "entries", ()) if isinstance(done, tuple) else ()
        if wanted == when and any(entry.kind == kind and entry.by in (by or (entry.by,)) for entry in entries):
            order.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


class ParcelConfig(Config):
    url: str


class Parcel(Adapter[ParcelConfig]):
    """A platform that knows no repetition: what is sent twice arrives twice."""

    manifest = Manifest("parcel", "Parcel", Sends())

    def verify(self, request: Request) -> None:
        if request.headers.get("x-parcel") != "ours":
            raise Untrusted("This parcel is not from the post.")

    def parse(self, request: Request) -> Iterable[Received]:
        for each in request.json():
            yield MessageReceived(each, request.at, "receiver", (Text(each),), message=each)

    async def send(self, message: Outbound, http: Http) -> Receipt:
        texts = [part.text for part in message.parts if isinstance(part, Text)]
        answer = await http.request("POST", self.config.url, json={"texts": texts})
        if answer.status != 200:
            raise Uncertain(f"The post answered {answer.status}.")
        return Receipt((f"parcel-{texts[0]}",))


if __name__ == "__main__":
    ucs.runtime.runtime.Store = MortalStore  # type: ignore[misc]
    run(Path(sys.argv[1]))
