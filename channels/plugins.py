"""`plugins.toml`: what runs here is what stands there, and nothing else.

`load` reads the file and brings the adapters it names; `parse_config` reads what one channel of an adapter is configured
with; `check_ours` makes sure that `channels`, `adapters`, `robots` and `cache` are ours, for other packages have those names too.
Each raises one `ConfigError` with every complaint in it. The adapters' own shape is checked by `channels.kit`.
"""

from __future__ import annotations

import importlib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from pydantic import SecretStr, ValidationError

from channels.adapter import Adapter, Config
from channels.errors import Complaint, ConfigError
from channels.manifest import ButtonLimit, FileLimit, Manifest, Sends

OURS = ("channels", "adapters", "robots", "cache")
LEAST_TEXT = 4  # one code point of any unit fits


@dataclass(frozen=True, slots=True)
class Plugins:
    """What the installation runs: adapter classes by the name that channels use."""

    adapters: Mapping[str, type[Adapter[Any]]]


def load(path: Path) -> Plugins:
    """The plugins that a `plugins.toml` names; raises `ConfigError`."""
    named = _read(path)
    adapters: dict[str, type[Adapter[Any]]] = {}
    complaints: list[Complaint] = []
    seen: dict[str, str] = {}
    for name, place in named.items():
        key = f"adapters.{name}"
        if not isinstance(place, str):
            complaints.append(Complaint(str(path), key, f'"module:Class" was expected, not {place!r}.'))
        elif place in seen:
            complaints.append(Complaint(str(path), key, f"{place} is already there as {seen[place]}; name it once."))
        else:
            seen[place] = key
            found = _bring(place)
            wrong = [found] if isinstance(found, str) else list(_wrong_with(found, name))
            complaints += [Complaint(str(path), key, sentence) for sentence in wrong]
            if not isinstance(found, str):
                adapters[name] = found
    if complaints:
        raise ConfigError(complaints)
    return Plugins(adapters)


def parse_config(adapter: type[Adapter[Any]], values: Mapping[str, object], file: str, key_prefix: str) -> Config:
    """What one channel is configured with; raises `ConfigError` with keys below `key_prefix`.

    A secret may be written as it is, as `env:NAME` (an environment variable) or as `file:/path` (its content without the
    line end), and only a secret: other values are never looked up.
    """
    complaints: list[Complaint] = []
    resolved = dict(values)
    for name, field in adapter.Config.model_fields.items():
        value = values.get(field.alias or name)
        if _is_secret(field.annotation) and isinstance(value, str):
            try:
                resolved[field.alias or name] = _secret(value)
            except LookupError as error:
                complaints.append(Complaint(file, f"{key_prefix}.{field.alias or name}", str(error.args[0])))
    try:
        config = adapter.Config.model_validate(resolved)
    except ValidationError as error:
        for found in error.errors(include_input=False, include_url=False, include_context=False):
            key = ".".join([key_prefix, *map(str, found["loc"])])
            complaints.append(Complaint(file, key, f"{found['msg']}."))
    if complaints:
        raise ConfigError(complaints)
    return config


def check_ours(modules: tuple[str, ...] = OURS) -> None:
    """Refuse to start with somebody else's package of the same name; raises `ConfigError`."""
    home = Path(__file__).resolve().parents[1]
    complaints = []
    for name in modules:
        try:
            place = _place_of(importlib.import_module(name))
        except ImportError as error:
            complaints.append(Complaint(str(home), name, f"our package cannot be imported: {error}."))
            continue
        if place is None or place.parent != home:
            expected = f"ours lies in {home / name}, but Python finds {place}: uninstall the package that shadows it."
            complaints.append(Complaint(str(home), name, expected))
    if complaints:
        raise ConfigError(complaints)


def _place_of(module: ModuleType) -> Path | None:
    """The folder of a package; one without `__init__.py` has no `__file__`, only a path."""
    if module.__file__:
        return Path(module.__file__).resolve().parent
    return next((Path(entry).resolve() for entry in getattr(module, "__path__", ())), None)


def _read(path: Path) -> dict[str, Any]:
    """The table `adapters` of the file."""

    def refuse(key: str, expected: str) -> ConfigError:
        return ConfigError([Complaint(str(path), key, expected)])

    try:
        value = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise refuse("file", f"it cannot be read ({error.strerror}); write one with a table [adapters].") from None
    except ValueError as error:  # not UTF-8, or not TOML: then the message has line and column
        raise refuse("file", f"it is not TOML: {error}.") from None
    if unknown := sorted(set(value) - {"adapters", "robots"}):
        raise refuse(unknown[0], "there are only the tables [adapters] and [robots].")
    adapters = value.get("adapters", {})
    if not isinstance(adapters, dict):
        raise refuse("adapters", 'a table of name = "module:Class" was expected.')
    return adapters


def _bring(place: str) -> type[Adapter[Any]] | str:
    """The class that `module:Class` names, or the sentence that says why not."""
    module_name, colon, attribute = place.partition(":")
    if not colon or not module_name or not attribute.isidentifier():
        return f'"module:Class" was expected, not "{place}".'
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # noqa: BLE001  a plugin is foreign code: whatever its import raises is reported, not spread
        return f"{module_name} cannot be imported: {type(error).__name__}: {error}."
    found = getattr(module, attribute, None)
    if found is None:
        return f"{module_name} has no {attribute}."
    if not isinstance(found, type) or not issubclass(found, Adapter):
        return f"{place} is not an Adapter: a class that inherits channels.Adapter was expected."
    return found


def _wrong_with(adapter: type[Adapter[Any]], name: str) -> Iterator[str]:
    config = getattr(adapter, "Config", None)
    if not isinstance(config, type) or not issubclass(config, Config):
        yield f"{adapter.__name__} has no Config: inherit Adapter[YourConfig], a subclass of channels.Config."
    manifest = getattr(adapter, "manifest", None)
    if not isinstance(manifest, Manifest):
        yield f"{adapter.__name__} has no manifest."
        return
    if manifest.name != name:
        yield f"the manifest calls itself {manifest.name!r}; use that name here."
    yield from senseless(manifest.sends)


def senseless(sends: Sends) -> Iterator[str]:
    """What is wrong with the limits of a manifest: sentences, none for sensible ones."""
    if sends.text < LEAST_TEXT:
        yield f"manifest.sends.text is {sends.text}: at least {LEAST_TEXT} was expected."
    if sends.batch < 1:
        yield f"manifest.sends.batch is {sends.batch}: at least 1 was expected."
    if sends.carousel < 0:
        yield f"manifest.sends.carousel is {sends.carousel}: 0 (none) or more was expected."
    for item in fields(sends):
        limit = getattr(sends, item.name)
        figures = {FileLimit: ("size",), ButtonLimit: ("count", "label")}.get(type(limit), ())
        for figure in figures:
            if (value := getattr(limit, figure)) < 1:
                yield f"manifest.sends.{item.name}.{figure} is {value}: at least 1 was expected, or None for the whole."


def _is_secret(annotation: object) -> bool:
    return annotation is SecretStr or SecretStr in get_args(annotation)


def _secret(value: str) -> str:
    """A secret as configured; raises `LookupError` with the sentence that says what is missing."""
    if value.startswith("env:"):
        name = value.removeprefix("env:")
        if not os.environ.get(name):
            raise LookupError(f"the environment variable {name} is not set.")
        return os.environ[name]
    if value.startswith("file:"):
        path = Path(value.removeprefix("file:"))
        try:
            return path.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise LookupError(f"the file {path} cannot be read: {type(error).__name__}.") from None
    return value
