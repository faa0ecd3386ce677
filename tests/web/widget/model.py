"""A language model that says a piece at a time, when the test lets it: chat completions in their real bytes."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WITHIN = 60.0  # seconds that the test may take for the next piece


class Model:
    """`pieces` are said one after the other, whoever asks; None ends the answer."""

    def __init__(self) -> None:
        self.pieces: queue.Queue[str | None] = queue.Queue()
        model = self

        class Completions(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert json.loads(self.rfile.read(int(self.headers["Content-Length"])))["stream"]
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                while (piece := model.pieces.get(timeout=WITHIN)) is not None:
                    self._event({"choices": [{"index": 0, "delta": {"content": piece}}]})
                self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})

            def _event(self, value: dict[str, Any]) -> None:
                self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
                self.wfile.flush()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing to tell."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Completions)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever)

    @contextmanager
    def open(self) -> Iterator[Model]:
        self._thread.start()
        try:
            yield self
        finally:
            self.pieces.put(None)  # for who still waits
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
