"""Log lines: JSON on standard error, one object a line, from our own code and from the libraries alike.

A line that cannot be written is lost. Nobody's message is to be lost for it: a full disk is most often full of logs, too.
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from typing import TextIO

import orjson
import structlog
from aiohttp.http_exceptions import HttpProcessingError

# Where it happened, and never with what values: those are tokens, secrets and what customers said.
TRACEBACK = structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)


class Lossy:
    """A stream whose writers hear nothing of its troubles, be it a disk without room or a pipe that nobody reads any more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):  # ValueError: it is closed
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def log_json(level: int = logging.INFO) -> None:
    """Set up logging for a server."""
    errors = Lossy(sys.stderr)
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.ExceptionRenderer(TRACEBACK),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_line)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(errors),  # type: ignore[arg-type]  # it is written to and flushed, and nothing else
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(errors)
    handler.addFilter(is_ours)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_line),
            ],
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)


def is_ours(record: logging.LogRecord) -> bool:
    """Not what the HTTP parser refused: it quotes the line it choked on, which may be a token or a signed link, and anybody can
    send as many such lines as they like. Whoever sent it has been told so with a 400."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


def _line(event: object, **options: object) -> str:
    try:
        return orjson.dumps(event, default=str).decode()
    except TypeError:  # half a surrogate pair, or a number without end: whatever it is, it must not stop who logs it
        return json.dumps(event, default=str)
