"""The pages that are made from code say what the code says now."""

from __future__ import annotations

import pytest

from channels import Adapter, Config, Manifest, Sends
from channels.adapter import POWERS
from channels.manifest import ButtonLimit, FileLimit
from docs import generate
from tests.docs.project import ROOT
from ucs.core.failures import FAILURES


@pytest.mark.parametrize("name", generate.PAGES)
def test_a_page_is_up_to_date(name: str) -> None:
    path = ROOT / "docs" / name
    assert path.exists(), f"docs/{name} is missing: make docs"
    assert path.read_text(encoding="utf-8") == generate.PAGES[name](), f"docs/{name} is out of date: make docs"


class Semaphore(Adapter[Config]):
    """An adapter whose page is short enough to read here."""

    manifest = Manifest(
        name="semaphore",
        title="Semaphore",
        sends=Sends(
            text=1200, image=FileLimit(2_500_000, ("image/png",), captioned=True), card=ButtonLimit(2, 8, links=False)
        ),
    )


def test_a_manifest_is_said_in_words() -> None:
    page = generate.channels_page([Semaphore])
    assert "| text | up to 1,200 characters |" in page
    assert "| image | image/png; up to 2.5 MB; with a caption |" in page
    assert "| card | up to 2 buttons of 8, none of them a link |" in page
    assert "| file | no |" in page
    assert "| we can take a message back | by our API |" in page
    assert "| we may answer | for ever |" in page


def test_powers_are_called_as_in_the_contract() -> None:
    assert set(generate.SAID) <= set(POWERS)


def test_every_error_is_on_its_page() -> None:
    page = generate.errors_page()
    assert all(f"`{error.__name__}`" in page for error in FAILURES)
    assert "| · · · `Throttled` |" in page
