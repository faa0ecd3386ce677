"""The house of the API's tests, attacked."""

from __future__ import annotations

from tests.api.conftest import build, founded, house, secrets

__all__ = ["build", "founded", "house", "secrets"]
