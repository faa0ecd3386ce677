"""`plugins.toml`: every mistake has its sentence, all of them at once, and no secret in any."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import SecretStr, StringConstraints

from channels import Config
from channels.errors import ConfigError
from channels.plugins import Plugins, check_ours, load, named, parse_config, secret_names
from tests.channels.parrot import Parrot, ParrotConfig
from tests.docs.project import ROOT

PARROT = "tests.channels.parrot:Parrot"
FOREIGN = """
from dataclasses import replace
from tests.channels.parrot import Parrot
from channels import Adapter, ButtonLimit, Config, FileLimit, Manifest, Sends

class NoManifest(Adapter[Config]): ...
class NoConfig(Adapter):
    manifest = Manifest("noconfig", "N", Sends())
class Senseless(Adapter[Config]):
    manifest = Manifest("senseless", "S", Sends(text=0, batch=0, carousel=-1, image=FileLimit(0), choices=ButtonLimit(0, 5)))
nothing = 3
"""


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "kit_foreign.py").write_text(FOREIGN)
    (tmp_path / "kit_broken.py").write_text("raise RuntimeError('no licence')")
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    sys.modules.pop("kit_foreign", None)


def read(folder: Path, text: str) -> Plugins:
    (folder / "plugins.toml").write_text(text)
    return load(folder / "plugins.toml")


def test_brings_what_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, f'[adapters]\nparrot = "{PARROT}"\n[robots]\n').adapters == {"parrot": Parrot}
    assert read(tmp_path, "").adapters == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[adapters\n", "file: it is not TOML: .*line 1"),
        ("adapters = 3", "adapters: a table"),
        ("[adapter]", "adapter: there are only"),
        ("[adapters]\nx = 3", 'adapters.x: "module:Class" was expected, not 3'),
        ('[adapters]\nx = "kit_foreign"', 'adapters.x: "module:Class" was expected'),
        (
            '[adapters]\nx = "kit_absent:X"',
            "adapters.x: kit_absent cannot be imported: there is no such module. If the name is right, install",
        ),
        ('[adapters]\nx = "kit_broken:X"', "adapters.x: kit_broken cannot be imported: RuntimeError: no licence"),
        ('[adapters]\nx = "kit_foreign:Absent"', "adapters.x: kit_foreign has no Absent"),
        ('[adapters]\nx = "kit_foreign:nothing"', "adapters.x: .* is not an Adapter"),
        ('[adapters]\nx = "kit_foreign:Manifest"', "adapters.x: .* is not an Adapter"),
        ('[adapters]\nx = "kit_foreign:NoManifest"', "adapters.x: NoManifest has no manifest"),
        ('[adapters]\nnoconfig = "kit_foreign:NoConfig"', "adapters.noconfig: NoConfig has no Config"),
        (f'[adapters]\nx = "{PARROT}"', "adapters.x: the manifest calls itself 'parrot'"),
        (f'[adapters]\nparrot = "{PARROT}"\nx = "{PARROT}"', "adapters.x: .* is already there as adapters.parrot"),
        (
            '[adapters]\nsenseless = "kit_foreign:Senseless"',
            r"sends.text is 0(.|\n)*batch is 0(.|\n)*carousel(.|\n)*image.size(.|\n)*choices.count",
        ),
    ],
)
def test_a_mistake_has_its_sentence(foreign: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read(foreign, text)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "absent.toml")


def test_all_complaints_at_once(foreign: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(foreign, '[adapters]\na = 1\nb = "kit_absent:X"\nc = "kit_foreign:nothing"')
    assert [complaint.key for complaint in caught.value.complaints] == ["adapters.a", "adapters.b", "adapters.c"]


def test_what_is_named_is_imported_when_it_is_asked_for(foreign: Path) -> None:
    (foreign / "plugins.toml").write_text(
        f'[adapters]\nparrot = "{PARROT}"\nbroken = "kit_broken:X"\nx = "kit_foreign:nothing"\n'
    )
    plugins = named(foreign / "plugins.toml")
    assert list(plugins.adapters) == ["parrot", "broken", "x"]
    assert "broken" in plugins.adapters
    assert plugins.adapters["parrot"] is plugins.adapters["parrot"] is Parrot
    assert plugins.adapters.get("absent") is None
    for name, says in (("broken", "RuntimeError: no licence"), ("x", "is not an Adapter")):
        with pytest.raises(ConfigError, match=says) as caught:
            plugins.adapters[name]
        assert [complaint.key for complaint in caught.value.complaints] == [f"adapters.{name}"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[adapters]\nx = 3", 'adapters.x: "module:Class" was expected, not 3'),
        ('[adapters]\nx = "kit_foreign"', 'adapters.x: "module:Class" was expected'),
        ('[robots]\nx = "kit_absent:X"', "robots.x: kit_absent cannot be imported: there is no such module"),
        (
            '[robots]\nx = "kit_absent.inside:X"',
            "robots.x: kit_absent.inside cannot be imported: there is no such module",
        ),
        (f'[adapters]\nparrot = "{PARROT}"\nx = "{PARROT}"', "adapters.x: .* is already there as adapters.parrot"),
    ],
)
def test_what_can_be_seen_without_importing_is_said_at_once(foreign: Path, text: str, says: str) -> None:
    (foreign / "plugins.toml").write_text(text)
    with pytest.raises(ConfigError, match=says):
        named(foreign / "plugins.toml")


def test_secrets_from_the_environment_and_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARROT_SECRET", "from-environment")
    (tmp_path / "token").write_text("from-file\n")
    values = {"account": "env:HOME", "app_secret": "env:PARROT_SECRET", "access_token": f"file:{tmp_path / 'token'}"}
    config = parse_config(Parrot, values, "ucs.toml", "channels.polly")
    assert isinstance(config, ParrotConfig)
    assert config.account == "env:HOME"
    assert config.app_secret.get_secret_value() == "from-environment"
    assert config.access_token.get_secret_value() == "from-file"


def test_complaints_of_a_configuration() -> None:
    values = {"app_secret": "env:PARROT_ABSENT", "access_token": ["hush-hush"], "extra": "hush-hush"}
    with pytest.raises(ConfigError) as caught:
        parse_config(Parrot, values, "ucs.toml", "channels.polly")
    keys = {complaint.key for complaint in caught.value.complaints}
    assert keys == {f"channels.polly.{name}" for name in ("app_secret", "access_token", "extra", "account")}
    assert "hush-hush" not in str(caught.value)
    assert "PARROT_ABSENT is not set" in str(caught.value)


def test_a_secret_file_that_is_not_there(tmp_path: Path) -> None:
    values = {"account": "a", "app_secret": f"file:{tmp_path / 'absent'}", "access_token": "t"}
    with pytest.raises(ConfigError, match="absent cannot be read: FileNotFoundError"):
        parse_config(Parrot, values, "ucs.toml", "channels.polly")


@pytest.mark.parametrize(
    "wrapped",
    [
        SecretStr | None,
        Annotated[SecretStr, StringConstraints(min_length=3)] | None,
        Annotated[SecretStr | None, StringConstraints(min_length=3)],
    ],
)
def test_an_optional_secret(wrapped: Any) -> None:
    class Optional(Config):
        secret: wrapped = None
        name: str = ""

    assert secret_names(Optional) == ["secret"]

    class Loose(Parrot):
        pass

    Loose.Config = Optional
    assert parse_config(Loose, {}, "f", "k") == Optional()
    with pytest.raises(ConfigError):
        parse_config(Loose, {"secret": "env:PARROT_ABSENT"}, "f", "k")


def test_ours_are_ours() -> None:
    check_ours()


def test_others_are_not(foreign: Path) -> None:
    with pytest.raises(ConfigError, match="uninstall the package that shadows it") as caught:
        check_ours(("channels", "kit_foreign", "kit_absent"))
    assert [complaint.key for complaint in caught.value.complaints] == ["kit_foreign", "kit_absent"]


LOADS = """
import sys
from pathlib import Path
from typing import Annotated, Any
from channels.plugins import load
load(Path("plugins.toml"))
assert not [name for name in sys.modules if "fake" in name.split(".")]
from channels.fake.loading import load_fakes
from channels.plugins import tables_of
load_fakes(Path("plugins.toml"), list(tables_of(Path("plugins.toml"))["fakes"]))
print(*{name.partition(".")[0] for name in sys.modules} & {"pytest", "wechatpy", "hypothesis", "telegram"})
"""


def test_a_fake_is_imported_when_somebody_plays_and_needs_nothing_of_the_tests() -> None:
    found = subprocess.run([sys.executable, "-c", LOADS], cwd=ROOT, text=True, capture_output=True, timeout=60)  # noqa: S603
    assert (found.returncode, found.stdout.strip()) == (0, ""), found.stderr
