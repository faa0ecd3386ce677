"""`plugins.toml`: what runs here is what stands there, and nothing else.

`load` reads the file and brings all the adapters and robots it names, `named` each when it is asked for; `parse_config` reads
what one channel of an adapter, or one robot, is configured with; `check_ours` makes sure that `channels`, `adapters`, `robots` and
`cache` are ours, for other packages have those names too. Each raises one `ConfigError` with every complaint in it. The plugins' own
shape is checked by `channels.kit`. The table of pretended platforms is left alone here: `channels.fake.loading` reads it, where
somebody wants to play.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, fields
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any, TypeVar, get_args

from pydantic import SecretStr, ValidationError

from channels.adapter import Adapter, Config
from channels.errors import Complaint, ConfigError
from channels.expected import expected_of
from channels.manifest import ButtonLimit, FileLimit, Manifest, Sends
from channels.robot import Robot
from channels.value import value

PluginT = TypeVar("PluginT")
OURS = ("channels", "adapters", "robots", "cache")
TABLES = ("adapters", "robots", "fakes")
LEAST_TEXT = 4  # one code point of any unit fits


@value
class Plugins:
    """What the installation runs: adapter classes by the name that channels use, robot classes by the name that robots do."""

    adapters: Mapping[str, type[Adapter[Any]]]
    robots: Mapping[str, type[Robot[Any]]] = field(default_factory=dict)


Bring = Callable[
    [str, str], tuple[PluginT | None, list[str]]
]  # of "module:Class" and a name: the class, and what is wrong with it


class Named(Mapping[str, PluginT]):
    """The classes of one table, each imported when it is first asked for: what is wrong with one is a `ConfigError` then."""

    def __init__(self, path: Path, table: str, places: Mapping[str, str], bring: Bring[PluginT]) -> None:
        self._path, self._table, self._places, self._bring = path, table, places, bring
        self._brought: dict[str, PluginT] = {}

    def __getitem__(self, name: str) -> PluginT:
        if name not in self._brought:
            found, wrong = self._bring(self._places[name], name)
            if found is None or wrong:
                raise ConfigError([self._complaint(name, sentence) for sentence in wrong])
            self._brought[name] = found
        return self._brought[name]

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def mistakes(self) -> Iterator[Complaint]:
        """What is wrong with any of them. All are imported."""
        for name in self:
            try:
                self[name]
            except ConfigError as error:
                yield from error.complaints

    def absent(self) -> Iterator[Complaint]:
        """What can be seen without importing any of them: that there is no such module."""
        for name, place in self._places.items():
            if wrong := _absent(place):
                yield self._complaint(name, wrong)

    def _complaint(self, name: str, sentence: str) -> Complaint:
        return Complaint(str(self._path), f"{self._table}.{name}", sentence)


def load(path: Path) -> Plugins:
    """The plugins that a `plugins.toml` names, all of them imported; raises `ConfigError` with everything that is wrong."""
    return _looked_at(path, lambda table: table.mistakes())


def named(path: Path) -> Plugins:
    """The same, each imported when a channel or a robot is made of it: a server pays for no platform that it does not speak to.
    Raises `ConfigError` for what can be seen before."""
    return _looked_at(path, lambda table: table.absent())


def _looked_at(path: Path, look: Callable[[Named[Any]], Iterable[Complaint]]) -> Plugins:
    tables = tables_of(path)
    complaints: list[Complaint] = []
    adapters = Named(path, "adapters", _places(path, "adapters", tables["adapters"], complaints), _adapter)
    robots = Named(path, "robots", _places(path, "robots", tables["robots"], complaints), _robot)
    complaints += [*look(adapters), *look(robots)]
    if complaints:
        raise ConfigError(complaints)
    return Plugins(adapters, robots)


def _places(path: Path, table: str, named: Mapping[str, object], complaints: list[Complaint]) -> dict[str, str]:
    """Where the classes of one table are, and what is wrong with how that is said."""
    places: dict[str, str] = {}
    seen: dict[str, str] = {}
    for name, place in named.items():
        key = f"{table}.{name}"
        if not isinstance(place, str):
            complaints.append(Complaint(str(path), key, f'"module:Class" was expected, not {place!r}.'))
        elif place in seen:
            complaints.append(Complaint(str(path), key, f"{place} is already there as {seen[place]}; name it once."))
        else:
            seen[place] = key
            places[name] = place
    return places


def parse_config(
    plugin: type[Adapter[Any]] | type[Robot[Any]], values: Mapping[str, object], file: str, key_prefix: str
) -> Config:
    """What one channel or robot is configured with; raises `ConfigError` with keys below `key_prefix`.

    A secret may be written as it is, as `env:NAME` (an environment variable) or as `file:/path` (its content without the
    line end), and only a secret: other values are never looked up.
    """
    complaints: list[Complaint] = []
    resolved = dict(values)
    for name in secret_names(plugin.Config):
        value = values.get(name)
        if isinstance(value, str):
            try:
                resolved[name] = _secret(value)
            except LookupError as error:
                complaints.append(Complaint(file, f"{key_prefix}.{name}", str(error.args[0])))
    try:
        config: Config = plugin.Config.model_validate(resolved)
    except ValidationError as error:
        for found in error.errors(include_input=False, include_url=False, include_context=False):
            key = ".".join([key_prefix, *map(str, found["loc"])])
            complaints.append(Complaint(file, key, expected_of(found, plugin.Config.model_fields)))
    if complaints:
        raise ConfigError(complaints)
    return config


def secret_names(config: type[Config]) -> list[str]:
    """Which keys are secrets, however their type is wrapped: in a union, or with conditions."""
    return [item.alias or name for name, item in config.model_fields.items() if _is_of(item.annotation, SecretStr)]


def file_names(config: type[Config]) -> list[str]:
    """Which keys name files of this machine, however their type is wrapped."""
    return [item.alias or name for name, item in config.model_fields.items() if _is_of(item.annotation, PurePath)]


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


def tables_of(path: Path) -> dict[str, dict[str, Any]]:
    """The tables of the file, all three of them. Raises `ConfigError`."""

    def refuse(key: str, expected: str) -> ConfigError:
        return ConfigError([Complaint(str(path), key, expected)])

    try:
        value = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise refuse("file", f"it cannot be read ({error.strerror}); write one with a table [adapters].") from None
    except ValueError as error:  # not UTF-8, or not TOML: then the message has line and column
        raise refuse("file", f"it is not TOML: {error}.") from None
    if unknown := sorted(set(value) - set(TABLES)):
        raise refuse(unknown[0], "there are only the tables [adapters], [robots] and [fakes].")
    tables: dict[str, dict[str, Any]] = {name: value.get(name, {}) for name in TABLES}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise refuse(name, 'a table of name = "module:Class" was expected.')
    return tables


def _adapter(place: str, name: str) -> tuple[type[Adapter[Any]] | None, list[str]]:
    found = imported(place)
    if isinstance(found, str):
        return None, [found]
    if not isinstance(found, type) or not issubclass(found, Adapter):
        return None, [f"{place} is not an Adapter: a class that inherits channels.Adapter was expected."]
    return found, list(_wrong_with(found, name))


def _robot(place: str, name: str) -> tuple[type[Robot[Any]] | None, list[str]]:
    found = imported(place)
    if isinstance(found, str):
        return None, [found]
    if not isinstance(found, type) or not issubclass(found, Robot):
        return None, [f"{place} is not a Robot: a class that inherits channels.robot.Robot was expected."]
    wrong = list(_config_of(found, "Robot"))
    own = getattr(found, "name", None)
    if own != name:
        wrong.append(f"the robot calls itself {own!r}; use that name here.")
    return found, wrong


def imported(place: str) -> Any:
    """What `module:Class` names, or the sentence that says why not. It is imported now."""
    module_name, attribute = _split(place)
    if not module_name:
        return _not_a_place(place)
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # noqa: BLE001  a plugin is foreign code: whatever its import raises is reported, not spread
        if isinstance(error, ModuleNotFoundError) and module_name.startswith(error.name or "."):
            return _not_there(module_name)
        return f"{module_name} cannot be imported: {type(error).__name__}: {error}."
    found = getattr(module, attribute, None)
    if found is None:
        return f"{module_name} has no {attribute}."
    return found


def _absent(place: str) -> str:
    """Why this cannot be imported, as far as that can be said without trying; empty if nothing speaks against it."""
    module_name, _ = _split(place)
    if not module_name:
        return _not_a_place(place)
    try:
        spec = importlib.util.find_spec(module_name)
    except (ImportError, ValueError):  # the package around it is not there, or is none
        spec = None
    return "" if spec is not None else _not_there(module_name)


def _not_there(module_name: str) -> str:
    return (
        f"{module_name} cannot be imported: there is no such module. If the name is right, install its package with the Python"
        " that runs this."
    )


def _split(place: str) -> tuple[str, str]:
    """Module and class of `module:Class`; two empty ones if it is none."""
    module_name, colon, attribute = place.partition(":")
    return (module_name, attribute) if colon and attribute.isidentifier() else ("", "")


def _not_a_place(place: str) -> str:
    return f'"module:Class" was expected, not "{place}".'


def _wrong_with(adapter: type[Adapter[Any]], name: str) -> Iterator[str]:
    yield from _config_of(adapter, "Adapter")
    manifest = getattr(adapter, "manifest", None)
    if not isinstance(manifest, Manifest):
        yield f"{adapter.__name__} has no manifest."
        return
    if manifest.name != name:
        yield f"the manifest calls itself {manifest.name!r}; use that name here."
    yield from senseless(manifest.sends)


def _config_of(plugin: type[Any], kind: str) -> Iterator[str]:
    config = getattr(plugin, "Config", None)
    if not isinstance(config, type) or not issubclass(config, Config):
        yield f"{plugin.__name__} has no Config: inherit {kind}[YourConfig], a subclass of channels.Config."


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


def _is_of(annotation: object, kind: type[object]) -> bool:
    is_one = isinstance(annotation, type) and issubclass(annotation, kind)
    return is_one or any(_is_of(inner, kind) for inner in get_args(annotation))


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
