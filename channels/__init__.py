"""The vocabulary of messaging and the contract an adapter keeps: everything a plugin author imports.

`parts` is what messages are made of, `events` what platforms tell us, `adapter` the contract, `manifest` its declared facts,
`wire` the ways in and out, `health` how a channel is, `errors` what can go wrong. `fit` makes a message fit a platform,
`signatures` compares in constant time, `plugins` reads `plugins.toml`, and `kit` is the conformance kit for the author's tests.
"""

from channels.adapter import Adapter, Batch, Config, Forward, MediaLink, Outbound, Profile, Receipt, powers_of
from channels.connection import Connection, Session
from channels.copies import Copies
from channels.health import Checkup, Condition, Finding, Health
from channels.manifest import ButtonLimit, FileLimit, Manifest, Pace, Sends, Unit
from channels.wire import Answer, Http, NotYet, Request, Response, Source, Stream, Token

__all__ = [
    "Adapter",
    "Answer",
    "Batch",
    "ButtonLimit",
    "Checkup",
    "Condition",
    "Config",
    "Connection",
    "Copies",
    "FileLimit",
    "Finding",
    "Forward",
    "Health",
    "Http",
    "Manifest",
    "MediaLink",
    "NotYet",
    "Outbound",
    "Pace",
    "Profile",
    "Receipt",
    "Request",
    "Response",
    "Sends",
    "Session",
    "Source",
    "Stream",
    "Token",
    "Unit",
    "powers_of",
]
