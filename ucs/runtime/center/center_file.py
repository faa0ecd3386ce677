"""`center.toml`: who is served here. Reads it, and the same as JSON, into settings; every complaint says file and key.

    [acme]                          a tenant
    [acme.queue.support]            its queues, agents, channels, phrases, robots and word lists, each by its id
    [acme.agent.ann]
    password = "env:ANN_PASSWORD"   or file:/path, or the password itself: only its hash is kept
    [acme.channel.site]
    config.identity_key = "env:ACME__IDENTITY_KEY"
    [acme.phrase.hello]             what agents need not write anew each time
    [acme.word_list.insults]        sensitive words, and what is done about them

A channel's or robot's secrets stand here as `env:NAME` or `file:/path` only, because what stands here is stored and shown.
What the settings may say is `settings.py`'s, how they hang together `center.py`'s.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from channels.adapter import Config
from channels.errors import Complaint, ConfigError
from channels.plugins import Plugins, file_names, secret_names
from ucs.runtime.center.center import Center, Document, Key, build
from ucs.runtime.center.channel_ids import id_writes
from ucs.runtime.center.passwords import LONGEST, SHORTEST, Passwords
from ucs.runtime.center.settings import ID
from ucs.store.statements import Write

INSIDE = ("queue", "agent", "channel", "phrase", "robot", "word_list")  # the tables below a tenant
REFERENCES = ("env:", "file:")
Documents = Mapping[Key, Document]


def read_values(path: Path) -> dict[str, Any]:
    """The file as it stands. Raises `ConfigError`."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            [Complaint(str(path), "file", f"a readable file ({error.strerror}): write one, as in docs/operating.md")]
        ) from None
    except ValueError as error:  # not UTF-8, or not TOML: then the message has line and column
        raise ConfigError([Complaint(str(path), "toml", f"it is not TOML: {error}")]) from None


def parse_center(
    values: Mapping[str, Any],
    *,
    file: str = "center.toml",
    current: Documents | None = None,
    passwords: Passwords | None = None,
) -> list[Document]:
    """The settings in it, passwords hashed. `current`: what is configured now, of which an unchanged password keeps its hash.
    Raises `ConfigError`. Hashing takes its time: not on the event loop."""
    documents, complaints = documents_of(values, file, current or {}, passwords or Passwords())
    if complaints:
        raise ConfigError(complaints)
    return documents


def center_of(
    values: Mapping[str, Any],
    plugins: Plugins,
    *,
    file: str = "center.toml",
    current: Documents | None = None,
    passwords: Passwords | None = None,
) -> Center:
    """The center that it describes. Raises one `ConfigError` with everything that is wrong."""
    documents, complaints = documents_of(values, file, current or {}, passwords or Passwords())
    complaints += [complaint for document in documents for complaint in literal_secrets(document, plugins)]
    try:
        center = build(documents, plugins)
    except ConfigError as error:
        raise ConfigError([*complaints, *error.complaints]) from None
    if complaints:
        raise ConfigError(complaints)
    return center


def documents_of(
    values: Mapping[str, Any], file: str, current: Documents, passwords: Passwords, *, references: bool = True
) -> tuple[list[Document], list[Complaint]]:
    """Everything that is described, and everything that is wrong with how. `references`: a password may be one."""
    documents: list[Document] = []
    complaints: list[Complaint] = []
    for tenant, inside in values.items():
        if not isinstance(inside, Mapping):
            complaints.append(Complaint(file, tenant, f"a tenant, which is a table: [{tenant}]"))
            continue
        own = {key: value for key, value in inside.items() if key not in INSIDE}
        documents.append(Document("tenant", tenant, tenant, own, file, tenant))
        for kind in INSIDE:
            things = inside.get(kind, {})
            if not isinstance(things, Mapping):
                complaints.append(
                    Complaint(file, f"{tenant}.{kind}", f"tables, each with its id: [{tenant}.{kind}.ID]")
                )
                continue
            for id, body in things.items():
                place = f"{tenant}.{kind}.{id}"
                if not isinstance(body, Mapping):
                    complaints.append(Complaint(file, place, f"a table: [{place}]"))
                    continue
                documents.append(Document(kind, tenant, id, dict(body), file, place))
    for document in documents:
        complaints += wrong_ids(document)
    return [with_hash(each, current, passwords, complaints, references=references) for each in documents], complaints


def wrong_ids(document: Document) -> Iterable[Complaint]:
    if not re.fullmatch(ID, document.id):
        yield Complaint(document.file, document.at(), "an id of at most 64 lower-case letters, digits, '-' and '_'")


# -- passwords -------------------------------------------------------------------------------------------------------------


def with_hash(
    document: Document,
    current: Documents,
    passwords: Passwords,
    complaints: list[Complaint],
    *,
    references: bool = True,
) -> Document:
    """An agent's document as it is stored: with the password's hash instead of the password. Without a password the old one stays."""
    if document.kind != "agent":
        return document
    body = dict(document.body)
    if "password_hash" in body:
        complaints.append(Complaint(document.file, document.at("password_hash"), "nothing: give the password itself"))
        return document
    given = body.pop("password", None)
    before = current.get((document.kind, document.tenant, document.id))
    kept = str(before.body.get("password_hash", "")) if before is not None else ""
    if given is not None:
        try:
            password = _resolved(given) if references and isinstance(given, str) else given
        except LookupError as error:
            complaints.append(Complaint(document.file, document.at("password"), str(error.args[0])))
            return document
        kept = _hash(document, password, kept, passwords, complaints)
    if kept:
        body["password_hash"] = kept
    return Document(document.kind, document.tenant, document.id, body, document.file, document.place)


def _hash(document: Document, password: object, kept: str, passwords: Passwords, complaints: list[Complaint]) -> str:
    if not isinstance(password, str) or not SHORTEST <= len(password) <= LONGEST:
        expected = f"a password of {SHORTEST} to {LONGEST} characters"
        complaints.append(Complaint(document.file, document.at("password"), expected))
        return ""
    return kept if kept and passwords.holds(kept, password) else passwords.hash(password)


def _resolved(given: str) -> str:
    """What a reference leads to. Raises `LookupError` with the sentence that says what is missing."""
    if given.startswith("env:"):
        name = given.removeprefix("env:")
        if not os.environ.get(name):
            raise LookupError(f"a password: the environment variable {name} is not set")
        return os.environ[name]
    if given.startswith("file:"):
        path = Path(given.removeprefix("file:"))
        try:
            return path.read_text("utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            raise LookupError(f"a password: the file {path} cannot be read ({type(error).__name__})") from None
    return given


# -- secrets of channels and robots ---------------------------------------------------------------------------------------------------


def secrets_of(document: Document, plugins: Plugins) -> dict[str, Any]:
    """The secrets of a channel or robot as they are written: references, if all is well."""
    return _of_config(document, plugins, secret_names)


def files_of(document: Document, plugins: Plugins) -> dict[str, Any]:
    """The files of this machine that a channel or robot names."""
    return _of_config(document, plugins, file_names)


def _of_config(document: Document, plugins: Plugins, names: Callable[[type[Config]], list[str]]) -> dict[str, Any]:
    """Those keys of a channel's or robot's `config` that are there, as they are written."""
    config = document.body.get("config")
    known: Mapping[str, type[Any]] = {"channel": plugins.adapters, "robot": plugins.robots}.get(document.kind, {})
    try:
        plugin = known.get(str(document.body.get("adapter" if document.kind == "channel" else "robot")))
    except ConfigError:  # whoever builds the center says what is wrong with the plugin
        return {}
    if plugin is None or not isinstance(config, Mapping):
        return {}
    return {key: config[key] for key in sorted(names(plugin.Config)) if config.get(key) is not None}


def literal_secrets(document: Document, plugins: Plugins) -> list[Complaint]:
    """Complaints about secrets that are written out. They never repeat the secret."""
    expected = "a reference, env:NAME or file:/path: a secret that is written here would be stored and shown"
    return [
        Complaint(document.file, document.at("config", key), expected)
        for key, value in secrets_of(document, plugins).items()
        if not (isinstance(value, str) and value.startswith(REFERENCES))
    ]


# -- into the store --------------------------------------------------------------------------------------------------------


def center_writes(before: Documents, after: Documents) -> tuple[Write, ...]:
    """The rows that change when the one center takes the other's place."""
    changed = {
        key: document for key, document in after.items() if key not in before or before[key].body != document.body
    }
    puts = (("put_center", (*key, orjson.dumps(dict(document.body)).decode())) for key, document in changed.items())
    drops = (("drop_center", key) for key in before.keys() - after.keys())
    return (*puts, *id_writes(changed.values()), *drops)
