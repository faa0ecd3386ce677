"""What one WeChat official account is configured with. Not here: what WeChat can show, that is the manifest in `__init__.py`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from adapters._tencent.config import CallbackToken, Datum, PerhapsAesKey, WebAddress
from channels import Config

Path = Annotated[str, StringConstraints(pattern=r"^/[\w/-]+$")]


class ApprovedTemplate(BaseModel):
    """A text that WeChat has approved, under the name that our own messages give it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, description="Template id, as the account's page shows it.")
    blanks: tuple[str, ...] = Field((), description="The names of its blanks, in the order of a message's values.")
    url: str = Field("", description="What a tap on it opens: an address, or a page of the mini program for a notice.")
    subscription: bool = Field(False, description="A subscription notice, which each customer agrees to, one by one.")


class WechatConfig(Config):
    """One official account, as on its page 设置与开发 → 基本配置."""

    appid: str = Field(pattern="^wx[0-9a-z]{6,32}$", description="AppID (开发者ID).")
    appsecret: SecretStr = Field(min_length=1, description="AppSecret (开发者密码).")
    token: CallbackToken = Field(description="Token (令牌) of the server configuration: 3 to 32 letters and digits.")
    mode: Literal["plain", "compatible", "safe"] = Field(
        "safe",
        description="Message encryption (消息加解密方式): plain 明文, compatible 兼容 or safe 安全; safe is the best.",
    )
    encoding_aes_key: PerhapsAesKey = Field(
        None, description="EncodingAESKey (消息加解密密钥), 43 characters; needed unless the mode is plain."
    )
    original_id: str = Field(
        "",
        pattern=r"^(gh_\w+)?$",
        description="Original ID (原始ID) of the account; if given, pushes for another account are refused.",
    )
    passive_for: timedelta = Field(
        timedelta(0),
        description="How long WeChat's call is held for an answer to go back in it, free of any quota; 0: not at all. Worth it "
        "where a robot answers at once. At most 4.5 seconds.",
    )
    reply_quota: int = Field(
        5,
        ge=1,
        description="How many messages may follow one of the customer's. Today's documentation says 5, older ones 20.",
    )
    press_quota: int = Field(
        3, ge=1, description="How many messages may follow a tap on a menu or a scan, within a minute."
    )
    customer_service: bool = Field(
        True, description="Whether the account may send customer service messages; only verified accounts may."
    )
    templates: dict[str, ApprovedTemplate] = Field(
        default_factory=dict, description="Approved templates by the name that our messages give them."
    )
    signature_max_age: timedelta = Field(
        timedelta(minutes=10),
        description="How old a signed call of WeChat's may be; older ones are refused as replayed.",
    )
    map_datum: Datum = Field(
        "gcj02",
        description="What the coordinates of customers' places mean; in mainland China WeChat shifts them (GCJ-02).",
    )
    typing_path: Path = Field(
        "/cgi-bin/message/custom/typing",
        description="Some accounts' documentation names /cgi-bin/message/custom/business/typing instead.",
    )
    api_base: WebAddress = "https://api.weixin.qq.com"

    @field_validator("passive_for")
    @classmethod
    def _within_the_deadline(cls, held: timedelta) -> timedelta:
        if not timedelta(0) <= held <= timedelta(seconds=4.5):
            raise ValueError("expected from 0 to 4.5 seconds: after 5 WeChat hangs up and calls again")
        return held

    @model_validator(mode="after")
    def _can_decrypt(self) -> Self:
        if self.mode != "plain" and self.encoding_aes_key is None:
            raise ValueError(f"expected encoding_aes_key, which the mode {self.mode} needs")
        return self
