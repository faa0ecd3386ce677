"""What the operator of one installation decides: where data lies, where it listens, what it may reach. Read from `ucs.toml`.

Tenants and their channels are not here; they are the center's (`settings.py`).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import tomllib
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from pydantic import Field, ValidationError, field_validator

from channels.errors import Complaint, ConfigError
from channels.expected import expected_of
from ucs.runtime.center.settings import Duration, Setting
from ucs.runtime.http.guard import Guard

KEY_BYTES = 32
PATHS = ("data", "plugins", "center", "ffmpeg")
STORES = ("postgresql+psycopg://", "sqlite:///")


class Installation(Setting):
    """`store` is a database URL, empty for SQLite in the data folder. `public_url` is how platforms and browsers reach us,
    `media_url` how platforms fetch our files where that is another address.

    `keep_raw_for` is how long webhooks that were understood are kept as they arrived, `keep_quarantine_for` the others. What comes a
    second time within `keep_seen_for` is known again: no platform repeats for longer. `keep_parked_for` is how long an event waits
    for the message that it is about. `ffmpeg` is the program that makes sounds playable which browsers do not play.
    `allow` opens addresses that the guard on the way out keeps closed: networks ("10.2.0.0/16") or "host:port"."""

    data: Path = Path("ucs-data")
    store: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str = ""
    media_url: str = ""
    plugins: Path = Path("plugins.toml")
    center: Path | None = None
    allow: tuple[str, ...] = ()
    trust_proxy: bool = False
    keep_raw_for: Duration = timedelta(days=7)
    keep_seen_for: Duration = Field(default=timedelta(days=30), ge=timedelta(days=1))
    keep_quarantine_for: Duration = timedelta(days=90)
    keep_parked_for: Duration = timedelta(days=7)
    ffmpeg: Path | None = None

    @field_validator("host")
    @classmethod
    def _is_a_host(cls, host: str) -> str:
        if not host:  # which sockets take for every address
            raise ValueError("an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them")
        return host

    @field_validator("public_url", "media_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
            raise ValueError("an address that begins with https://, such as https://chat.example.com")
        return url

    @field_validator("store")
    @classmethod
    def _is_a_store(cls, url: str) -> str:
        if url and not url.startswith(STORES):
            raise ValueError(f"nothing (SQLite in the data folder), or a URL that begins with {' or '.join(STORES)}")
        return url

    @field_validator("allow")
    @classmethod
    def _can_be_read(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        Guard.allowing(allow)
        return allow

    @property
    def store_url(self) -> str:
        return self.store or f"sqlite:///{self.data / 'ucs.db'}"


def read_installation(path: Path) -> Installation:
    """Raises `ConfigError` with every complaint; relative paths are relative to the file."""
    try:
        values = tomllib.loads(path.read_text("utf-8"))
        installation = Installation.model_validate(values)
    except OSError as error:
        expected = (
            f"a readable file ({error.strerror}): write one, as in docs/operating.md, or name yours with --config"
        )
        raise ConfigError([Complaint(str(path), "file", expected)]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Complaint(str(path), "toml", f"it is not TOML: {error}")]) from None
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        complaints = [
            Complaint(str(path), ".".join(map(str, each["loc"])), expected_of(each, Installation.model_fields))
            for each in found
        ]
        raise ConfigError(complaints) from None
    found_at = _at_home(installation, path)
    if found_at.ffmpeg is not None and not os.access(found_at.ffmpeg, os.X_OK):
        raise ConfigError([Complaint(str(path), "ffmpeg", f"a program; {found_at.ffmpeg} is none")])
    return found_at


def files_of(path: Path) -> Installation | None:
    """Where an installation's file says that the other files are, whatever else is wrong with it; None where it cannot be read."""
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    named = {name: Path(value) for name in ("plugins", "center") if isinstance(value := values.get(name), str)}
    return _at_home(Installation.model_validate(named), path)


def _at_home(installation: Installation, path: Path) -> Installation:
    """Relative paths are relative to the file."""
    home = path.resolve().parent
    paths = {name: home / value for name in PATHS if (value := getattr(installation, name)) is not None}
    return installation.model_copy(update=paths)


def own_secret(data: Path) -> bytes:
    """The installation's secret, made at the first start and readable by its owner alone, like the folder around it: what is said and
    the hashes of passwords lie there, too.

    It has its name when all of it is on the disk: a start that dies before leaves nothing that the next one would take for it."""
    path = data / "secret.key"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _make_secret(path)
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        expected = f"{KEY_BYTES} bytes; it has {len(key)}: restore it, or remove it where nobody has signed in yet"
        raise ConfigError([Complaint(str(path), "secret", expected)])
    return key


def _make_secret(path: Path) -> None:
    """Of two that make one at the same time, the first is heard. Raises `ConfigError` where there is no room for it."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        _name(beside, path)
        _flush_folder(path.parent)
    except OSError as error:
        raise ConfigError([Complaint(str(path), "secret", f"a file that can be written ({error.strerror})")]) from None
    finally:
        beside.unlink(missing_ok=True)


def _name(beside: Path, path: Path) -> None:
    with suppress(FileExistsError):
        try:
            os.link(beside, path)
        except PermissionError:  # a file system without links: the lock of the folder has to do
            beside.rename(path)


def _flush_folder(path: Path) -> None:
    """What is in it is there after a power cut, too, by its name."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def key_for(secret: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose."""
    return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()
