"""`ucs apply`: a center file put into force, by the running server, or in the store of one that does not run."""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from channels.errors import Complaint, ConfigError
from channels.plugins import load
from ucs.api.tokens import operator_key
from ucs.cli.center_store import put_center
from ucs.cli.folder import InUse, held
from ucs.cli.installed import installation_of
from ucs.cli.show import done, err
from ucs.runtime.center.center_file import read_values
from ucs.runtime.center.installation import key_for, own_secret

WITHIN = 60.0  # seconds: hashing many passwords takes its time


def apply(center: Path, to: str, key: str, config: Path, data: Path | None) -> None:
    """Put it into force, entirely or not at all. Raises `ConfigError` with everything that is wrong."""
    values = read_values(center)
    if to:
        applied = post(to, resolved(key), values, str(center))
        done(f"{to} now has {_words(applied)}.")
        return
    installation = installation_of(config, data)
    plugins = load(installation.plugins)
    try:
        with held(installation.data):
            changed = put_center(installation, plugins, values, str(center))
        done(
            f"Written to {installation.data}: {changed} setting{'' if changed == 1 else 's'} changed. The server is not running."
        )
    except InUse as used:
        if not used.url:
            raise
        own = operator_key(key_for(own_secret(installation.data), "tokens"))
        done(f"{used.url} now has {_words(post(used.url, own, values, str(center)))}.")


def resolved(key: str) -> str:
    """The key that a reference leads to: one on the command line itself would stand in the shell's history."""
    if key.startswith("env:") and (found := os.environ.get(key.removeprefix("env:"))):
        return found
    if key.startswith("file:"):
        try:
            return Path(key.removeprefix("file:")).read_text("utf-8").strip()
        except OSError as error:
            raise _refused("--key", f"a file that can be read ({error.strerror})") from None
    raise _refused(
        "--key", "env:NAME of a variable that is set, or file:/path, with the key of the server named by --to"
    )


def post(to: str, key: str, values: Mapping[str, Any], file: str) -> dict[str, Any]:
    """Ask a server. Raises `ConfigError` with the server's own complaints."""
    address = f"{to.rstrip('/')}/admin/apply"
    parts = urlsplit(address)
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise _refused("--to", f"an address that begins with https://, not {to}: the key is a secret")
    request = urllib.request.Request(address, json.dumps(values, default=str).encode(), method="POST")  # noqa: S310  # checked above
    request.add_header("Authorization", f"Bearer {key}")
    request.add_header("Content-Type", "application/json")
    proxies = urllib.request.ProxyHandler({} if local else None)
    try:
        with (
            err.status(f"Applying {file} …"),
            urllib.request.build_opener(NoRedirect, proxies).open(request, timeout=WITHIN) as answer,
        ):
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        raise _complaints(error, file, to) from None
    except (OSError, ValueError) as error:
        raise _refused(to, f"a server that answers ({getattr(error, 'reason', error)})") from None


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key goes to the server that was named, and to no other."""

    def redirect_request(self, *asked: Any, **more: Any) -> None:
        return None


def _complaints(error: urllib.error.HTTPError, file: str, to: str) -> ConfigError:
    try:
        problem = json.load(error)
    except ValueError:
        problem = {}
    listed = problem.get("errors") if isinstance(problem, dict) else None
    if listed:
        return ConfigError(
            [Complaint(file, str(one.get("field", "")), _there(str(one.get("expected", "")))) for one in listed]
        )
    detail = problem.get("detail", "") if isinstance(problem, dict) else ""
    return _refused(to, detail or f"an answer of 200, not {error.code}")


def _refused(key: str, expected: str) -> ConfigError:
    return ConfigError([Complaint("command line", key, expected)])


def _there(expected: str) -> str:
    """A variable that is set here is not yet set where the server reads it."""
    return re.sub(r"is not set\.?$", "is not set where the server runs: set it there, and start it again", expected)


def _words(applied: Mapping[str, Any]) -> str:
    counted = {kind.replace("_", " "): count for kind, count in applied.items()}
    return ", ".join(f"{count} {kind.removesuffix('s') if count == 1 else kind}" for kind, count in counted.items())
