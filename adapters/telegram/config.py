"""What one Telegram bot is configured with. Not here: where our own files lie, that is the media cache's business."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from channels import Config

WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+[^\s]*$")]


class TelegramConfig(Config):
    """One bot as @BotFather makes it.

    Telegram either calls us (`webhook`; it is told our address and `secret_token` at the first checkup, see docs/channels/telegram.md)
    or is asked (`polling`), which works on a machine that nobody can reach. While a webhook is set, asking is refused.
    """

    token: SecretStr = Field(description="The bot's token, from @BotFather: NUMBER:LETTERS.")
    mode: Literal["webhook", "polling"] = Field("webhook", description="Whether Telegram calls us, or we ask Telegram.")
    secret_token: SecretStr | None = Field(
        None,
        description="For webhook: what Telegram shows with each call to prove itself, 1 to 256 of A-Z, a-z, 0-9, _ and -.",
    )
    keep_webhook: bool = Field(
        True,
        description="Whether we see to it that Telegram calls us, with our secret (which needs our public address), or for polling "
        "that it calls nobody.",
    )
    link_preview: bool = Field(True, description="Whether Telegram shows a preview of links in our texts.")
    poll_for: timedelta = Field(
        timedelta(seconds=50),
        description="For polling: how long Telegram may wait for something to tell, from 1 to 50 seconds.",
    )
    api_base: WebAddress = Field(
        "https://api.telegram.org", description="Another address if you run a Bot API server of your own."
    )

    @field_validator("api_base")
    @classmethod
    def _without_slash(cls, address: str) -> str:
        return address.rstrip("/")

    @field_validator("token")
    @classmethod
    def _a_token(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]{20,}", token.get_secret_value()):
            raise ValueError("expected the token as @BotFather shows it, NUMBER:LETTERS")
        return token

    @field_validator("secret_token")
    @classmethod
    def _as_telegram_takes_it(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret.get_secret_value()):
            raise ValueError("expected 1 to 256 of A-Z, a-z, 0-9, _ and -")
        return secret

    @field_validator("poll_for")
    @classmethod
    def _as_long_as_telegram_waits(cls, length: timedelta) -> timedelta:
        if not timedelta(seconds=1) <= length <= timedelta(seconds=50):
            raise ValueError("expected from 1 to 50 seconds, for Telegram should not be asked all the time")
        return length

    @model_validator(mode="after")
    def _can_be_trusted(self) -> Self:
        if self.mode == "webhook" and self.secret_token is None:
            raise ValueError("expected secret_token, without which anybody could speak for Telegram; or mode = polling")
        return self

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        """The SDK comes into memory here and not before: an installation without a bot neither has it nor waits for it."""
        try:
            import telegram  # noqa: F401
        except ImportError:
            raise ValueError(
                "expected the package python-telegram-bot: pip install 'unified-channel-service[telegram]'"
            ) from None
        return self
