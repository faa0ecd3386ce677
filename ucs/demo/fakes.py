"""The demo with pretended platforms: the ones that were asked for, each with a channel of the demo's tenant that talks to it.

What a customer there does, and sees, is played on the page in `phones.py`. Whoever imports this imports fakes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr

from channels.errors import Complaint, ConfigError
from channels.fake import FakePlatform
from channels.fake.loading import load_fakes
from channels.plugins import Plugins
from ucs.demo import TENANT
from ucs.runtime.center.center import Document

MEDIA_URL = "https://files.demo.example"  # platforms take files from https only; the fakes know where this is
QUEUE = "support"


def chosen(file: Path, plugins: Plugins, names: str) -> dict[str, FakePlatform]:
    """The fakes of these names, separated by commas, with their addresses taken. Raises `ConfigError`."""
    wanted = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    found = load_fakes(file, wanted)
    if without := sorted(set(found) - set(plugins.adapters)):
        raise ConfigError([Complaint(str(file), f"adapters.{without[0]}", "the adapter that its fake is for.")])
    fakes = {name: fake() for name, fake in found.items()}
    for fake in fakes.values():
        fake.bind()
    return fakes


def introduce(fakes: Mapping[str, FakePlatform], url: str) -> None:
    """Tell each where we are."""
    for name, fake in fakes.items():
        fake.enter(f"{url}/hooks/{channel_id(name)}")
        fake.names = {MEDIA_URL: url}


def channel_documents(fakes: Mapping[str, FakePlatform], plugins: Plugins, data: Path) -> list[Document]:
    """Their channels. What is a secret goes into a file of the data folder, as with every channel."""
    documents = []
    for name, fake in fakes.items():
        fields = plugins.adapters[name].Config.model_fields
        config: dict[str, Any] = {}
        for key, value in fake.settings().items():
            secret = SecretStr in (fields[key].annotation, *get_args(fields[key].annotation))
            config[key] = _kept(data / f"{channel_id(name)}.{key}", str(value)) if secret else value
        body = {"adapter": name, "name": f"{fake.title} (pretended)", "queue": QUEUE, "config": config}
        documents.append(Document("channel", TENANT, channel_id(name), body))
    return documents


def channel_id(name: str) -> str:
    return f"fake-{name.replace('_', '-')}"


def _kept(path: Path, secret: str) -> str:
    path.touch(mode=0o600)
    path.write_text(secret, "utf-8")
    return f"file:{path.resolve().as_posix()}"
