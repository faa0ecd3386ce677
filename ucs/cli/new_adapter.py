"""`ucs new-adapter`: the template, with a name in it."""

from __future__ import annotations

import re
from pathlib import Path

from channels.errors import Complaint, ConfigError
from channels.plugins import OURS
from ucs import template
from ucs.cli.show import done

TEMPLATE = Path(template.__file__).parent
END = ".tmpl"
HOME = TEMPLATE.parents[1]
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def new_adapter(name: str, into: Path) -> None:
    """Write the folder. Raises `ConfigError` for a name that cannot be one, or a folder that is there already."""
    if not NAME.fullmatch(name):
        expected = "a name of small letters, digits and '_', such as weibo, that begins with a letter"
        raise ConfigError([Complaint("command line", name, expected)])
    folder = into / name
    if folder.exists():
        raise ConfigError(
            [Complaint(str(folder), name, "a folder that is not there yet: choose another name, or delete it")]
        )
    module = module_of(folder)
    package = module.partition(".")[0]
    if package in OURS and not _is_ours(folder):
        expected = f"a folder of another name: `{package}` is UCS's own, and lies in {HOME}; --into . puts it here"
        raise ConfigError([Complaint("command line", "--into", expected)])
    for source in sorted(TEMPLATE.rglob(f"*{END}")):
        target = folder / filled(str(source.relative_to(TEMPLATE)).removesuffix(END), name, module)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(filled(source.read_text("utf-8"), name, module), "utf-8")
    done(f"{folder} is there. Its README.md says what comes next; in plugins.toml, below [adapters]:")
    done(f'    {name} = "{module}:{class_of(name)}"')
    if not _is_ours(folder):
        done(
            "Python has to find it: set PYTHONPATH=. while you try it, or make it a package, as in docs/write-a-channel.md."
        )


def _is_ours(folder: Path) -> bool:
    return folder.resolve().is_relative_to(HOME)


def class_of(name: str) -> str:
    """`five_g` → "FiveG"."""
    return "".join(word.capitalize() for word in name.split("_"))


def module_of(folder: Path) -> str:
    """How the folder is imported from here; from elsewhere only its own name is known."""
    try:
        return ".".join(folder.resolve().relative_to(Path.cwd()).parts)
    except ValueError:
        return folder.name


def filled(text: str, name: str, module: str) -> str:
    return (
        text.replace("NAME_", f"{name.upper()}_")
        .replace("MODULE", module)
        .replace("TITLE", class_of(name))
        .replace("NAME", name)
    )
