"""Email keeps the contract: every case in `cases/`, and all that the kit checks besides."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from adapters.email import Email, EmailConfig
from channels import Answer
from channels.kit import AdapterContract


class TestEmail(AdapterContract):
    adapter = Email
    config = EmailConfig(
        address="help@shop.example",
        name="The Shop",
        mark_secret=SecretStr("a-secret-for-marks-of-the-tests"),
        password=SecretStr("password-of-the-tests"),
        imap_host="imap.shop.example",
        smtp_host="smtp.shop.example",
    )
    cases = Path(__file__).parent / "cases"

    def refusal(self, code: str) -> Answer:
        return Answer(200, f"{code} so it is".encode())  # as a line of SMTP
