"""What a language model is configured with: where it is, what it is told, and which tools it may use."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from channels import Config
from robots.openai.schema import unsupported

ADDRESS = r"^https?://[^\s?#]+[^\s?#/]$"
OURS = ("hand_over", "close")
FROM_US = ("customer", "contact")  # blanks of a path that we fill in, never the model

_BLANK = re.compile(r"\{(\w+)\}")


class Tool(BaseModel):
    """One HTTP call that the model may ask for. Its arguments are those of `parameters`, a JSON schema of an object.

    An argument that stands in the path is put there, escaped; the others are the query of a GET, or the JSON of a POST.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    description: str = Field(min_length=1, max_length=1000)
    method: Literal["GET", "POST"] = "GET"
    path: str = Field(pattern=r"^/[^\s?#]*$", description="Added to tools_base; {customer} and {contact} are ours.")
    parameters: dict[str, Any] = Field(default={"type": "object", "properties": {}})
    proven_only: bool = Field(False, description="Offered only for customers whose identity is proven.")

    @field_validator("parameters")
    @classmethod
    def _is_supported(cls, schema: dict[str, Any]) -> dict[str, Any]:
        if wrong := unsupported(schema):
            raise ValueError(f"expected a JSON schema that we can check: {wrong}")
        if schema.get("type") != "object":
            raise ValueError("expected the JSON schema of an object")
        return schema

    @model_validator(mode="after")
    def _says_where_values_come_from(self) -> Self:
        named, needed = set(self.parameters.get("properties", {})), set(self.parameters.get("required", ()))
        if self.name in OURS:
            raise ValueError(f"expected another name: {self.name} is a tool of ours")
        if taken := named.intersection(FROM_US):
            raise ValueError(f"expected no parameter {taken.pop()}: who the customer is does not come from the model")
        if lost := set(self.blanks()) - needed - set(FROM_US):
            raise ValueError(f"expected {lost.pop()}, which is in the path, among the required parameters")
        return self

    def blanks(self) -> list[str]:
        return _BLANK.findall(self.path)


class OpenaiConfig(Config):
    """A chat completions endpoint, as OpenAI made it and many others have it."""

    base_url: str = Field(
        "https://api.openai.com/v1", pattern=ADDRESS, description="What /chat/completions is added to."
    )
    api_key: SecretStr | None = Field(None, description="Sent to that address as a bearer token.")
    model: str = Field(min_length=1, description="The model's name, as that service calls it.")
    prompt: str = Field(min_length=1, max_length=20_000, description="What the model is told to be and to do.")
    temperature: float | None = Field(None, ge=0, le=2)
    most_tokens: int = Field(800, ge=1, le=32_000, description="How long an answer may be.")
    rounds: int = Field(4, ge=1, le=8, description="How often the model may be asked in one turn, tools between.")
    stream: bool = Field(True, description="Whether words are shown while they come, where the channel can do that.")
    queues: tuple[str, ...] = Field((), description="Queues that the model may hand over to; else the channel's.")
    tools: tuple[Tool, ...] = Field((), max_length=20)
    tools_base: str = Field("", pattern=r"^(https?://[^\s?#]+[^\s?#/])?$", description="Where the tools' paths are.")
    tools_token: SecretStr | None = Field(None, description="Sent with the tools' calls as a bearer token.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.tools and not self.tools_base:
            raise ValueError("expected tools_base, for there are tools")
        names = [tool.name for tool in self.tools]
        if len(set(names)) < len(names):
            raise ValueError("expected tools with different names")
        for secret in (self.api_key, self.tools_token):
            if secret is not None and secret.get_secret_value() and secret.get_secret_value() in self.prompt:
                raise ValueError("expected a prompt without a secret in it: whatever the model is told it may repeat")
        return self
