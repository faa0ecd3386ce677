"""What a channel needs to talk with a dialogue flow of AICC. The words for it are those of AICC's own pages."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from channels import Config

ChannelType = Literal[
    "WEB", "INSTAGRAM", "TELEGRAM", "WECHAT", "FACEBOOK", "TWITTER", "EMAIL", "LINE", "WHATSAPP", "5G", "SMS"
]


class OiapConfig(Config):
    """One access code of a tenant of AICC."""

    base_url: str = Field(pattern=r"^https?://[^\s/?#]+$", description="Scheme, host and port of the dialogue service.")
    app_key: str = Field(min_length=1, description="appKey of the third party: the tenant's id.")
    app_secret: SecretStr = Field(description="appSecret: the password of the third party.")
    access_code: str = Field(min_length=1, max_length=20, description="What the flow is bound to (call_dst_id).")
    vdn: str = Field("", pattern=r"^[0-9]*$", description="The call centre's number, where the address has it (V2).")
    channel_type: ChannelType = Field("WEB", description="channelType that the flow sees.")
    queues: dict[str, str] = Field({}, description="Skill queue there (name or access code) → queue here.")
    agents: dict[str, str] = Field({}, description="Agent's work number there → agent here.")
