"""What one WeCom customer service is configured with. Not here: what it can show, that is the manifest in `__init__.py`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints, field_validator

from adapters._tencent.config import AesKey, CallbackToken, Datum, WebAddress
from channels import Config

Account = Annotated[str, StringConstraints(pattern=r"^wk[\w-]{1,62}$")]


class WecomConfig(Config):
    """A company and those of its customer service accounts (微信客服帐号) that one app may speak for."""

    corpid: str = Field(pattern="^w[wx][0-9a-zA-Z]{6,32}$", description="CorpID (企业ID).")
    secret: SecretStr = Field(
        min_length=1, description="Secret of the app that is listed under 微信客服 as one that may call the API."
    )
    token: CallbackToken = Field(description="Token of the app's callback (接收消息): 3 to 32 letters and digits.")
    encoding_aes_key: AesKey = Field(description="EncodingAESKey of the app's callback, 43 characters.")
    accounts: tuple[Account, ...] = Field(
        min_length=1, description="The `open_kfid` of each customer service account, as `wk…`."
    )
    reply_quota: int = Field(5, ge=1, description="How many messages may follow one of the customer's.")
    claim_sessions: bool = Field(
        True,
        description="Whether a session is looked at before each message and, if nobody has it, given to the API (智能助手接待).",
    )
    end_sessions: bool = Field(
        True,
        description="Whether a session that is ours is ended when the contact is closed (where sessions are claimed).",
    )
    entering_counts: bool = Field(
        False,
        description="Whether a customer who opens the chat and may be welcomed is taken for one who has tapped something, so "
        "that a robot can greet; else a contact begins with the first word.",
    )
    poll_every: timedelta = Field(
        timedelta(minutes=10),
        description="How often WeCom is asked though it has not called, in case that a call got lost; from 1 minute to 1 day.",
    )
    signature_max_age: timedelta = Field(
        timedelta(minutes=10),
        description="How old a signed call of WeCom's may be; older ones are refused as replayed.",
    )
    map_datum: Datum = Field(
        "gcj02", description="What coordinates mean; in mainland China WeChat shifts them (GCJ-02), both ways."
    )
    api_base: WebAddress = "https://qyapi.weixin.qq.com"

    @field_validator("poll_every")
    @classmethod
    def _seldom(cls, every: timedelta) -> timedelta:
        if not timedelta(minutes=1) <= every <= timedelta(days=1):
            raise ValueError("expected from 1 minute to 1 day: WeCom limits questions that follow no call of its own")
        return every
