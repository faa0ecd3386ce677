"""What one LINE channel is configured with. Not here: where our own files lie, that is the media cache's business."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from channels import Config

WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+[^\s]*$")]


class LineConfig(Config):
    """One Messaging API channel of the LINE Developers console.

    There are two ways to speak for it: a long-lived `access_token` from the console, or `channel_id` alone, with which we
    fetch a token that lives fifteen minutes and cannot leak for long. The second is the better one.
    """

    channel_secret: SecretStr = Field(min_length=1, description="Channel secret, from the tab Basic settings.")
    channel_id: str = Field(
        "", description="Channel ID, from the tab Basic settings; with it we fetch short-lived tokens."
    )
    access_token: SecretStr | None = Field(None, description="Long-lived channel access token, if you prefer one.")
    destination: str = Field(
        "",
        pattern="^(U[0-9a-f]{32})?$",
        description="User ID of the official account; if given, webhooks for another account are refused.",
    )
    push: bool = Field(
        True, description="Whether messages that LINE charges for may be sent when no free answer is possible."
    )
    keep_webhook: bool = Field(
        True,
        description="Whether we give LINE the address of our webhook where it has another; needs our public address.",
    )
    reply_token_max_age: timedelta = Field(
        timedelta(seconds=50),
        description="How long after a webhook its free answer is tried; LINE speaks of one minute.",
    )
    loading_for: timedelta = Field(timedelta(seconds=20), description="How long the customer sees that we are writing.")
    video_preview: str = Field(
        "",
        pattern="^(https://.{1,1900})?$",
        description="JPEG or PNG shown for videos that have no preview of their own.",
    )
    api_base: WebAddress = "https://api.line.me"
    data_base: WebAddress = "https://api-data.line.me"

    @field_validator("api_base", "data_base")
    @classmethod
    def _without_slash(cls, address: str) -> str:
        return address.rstrip("/")

    @field_validator("reply_token_max_age")
    @classmethod
    def _below_twenty_minutes(cls, age: timedelta) -> timedelta:
        if not timedelta(0) <= age <= timedelta(minutes=20):
            raise ValueError("expected from 0 seconds to 20 minutes, after which LINE takes no reply token at all")
        return age

    @field_validator("loading_for")
    @classmethod
    def _five_to_sixty(cls, shown: timedelta) -> timedelta:
        if shown % timedelta(seconds=5) or not timedelta(seconds=5) <= shown <= timedelta(seconds=60):
            raise ValueError("expected a multiple of 5 seconds, from 5 to 60")
        return shown

    @model_validator(mode="after")
    def _can_speak(self) -> Self:
        if self.access_token is None and not self.channel_id:
            raise ValueError("expected channel_id, or an access_token from the LINE Developers console")
        return self
