"""Each test here that asks for `url` runs on every database."""

from tests.store.databases import postgres, url

__all__ = ["postgres", "url"]
