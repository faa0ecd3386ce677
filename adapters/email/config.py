"""What one mailbox is configured with: where its mail comes in, where ours goes out, and whom it believes."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from channels import Config

Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,253}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Security = Literal["tls", "starttls", "none"]
Size = Annotated[int, Field(ge=1024, le=100_000_000)]


class EmailConfig(Config):
    """One mailbox, read by IMAP and written from by SMTP.

    It signs in with a `password` (many providers want one made for programs) or with OAuth: `oauth_url`, `client_id`,
    `client_secret` and `refresh_token`, from which short-lived tokens are fetched.
    """

    address: str = Field(
        pattern=r"^[^\s@<>\",;:]{1,64}@[A-Za-z0-9.-]{1,253}$", description="The mailbox's address, which we write from."
    )
    name: str = Field("", max_length=100, description="The name beside the address that customers see.")
    mark_secret: SecretStr = Field(
        min_length=16, description="Any long random text: signs the marks by which answers to us are recognised."
    )
    imap_host: Host = Field(description="Where mail is read.")
    imap_port: Port = Field(993, description="993 with tls, usually 143 with starttls.")
    imap_security: Security = Field("tls", description="tls, starttls, or none (inside your own network only).")
    smtp_host: Host = Field(description="Where mail is handed over.")
    smtp_port: Port = Field(465, description="465 with tls, usually 587 with starttls.")
    smtp_security: Security = Field("tls", description="tls, starttls, or none (inside your own network only).")
    user: str = Field("", max_length=320, description="The name to sign in with, if it is not the address.")
    password: SecretStr | None = Field(
        None, description="The password, or the provider's authorisation code for programs."
    )
    smtp_sign_in: bool = Field(
        True, description="Whether to sign in where mail is handed over; a relay may know us anyway."
    )
    oauth_url: str = Field("", pattern=r"^(https?://[^\s/]+\S*)?$", description="OAuth: where tokens are issued.")
    client_id: str = Field("", description="OAuth: the client.")
    client_secret: SecretStr | None = Field(None, description="OAuth: its secret, if it has one.")
    refresh_token: SecretStr | None = Field(None, description="OAuth: the mailbox owner's lasting consent.")
    folder: str = Field("INBOX", pattern=r'^[^\x00-\x1f\x7f"\\]{1,200}$', description="The folder that is read.")
    sent_folder: str = Field(
        "",
        pattern=r'^[^\x00-\x1f\x7f"\\]{0,200}$',
        description="The folder that gets a copy of what we send, where the provider does not see to that; empty: none.",
    )
    read_all: bool = Field(False, description="Whether mail that was there before the channel was is read as well.")
    mark_seen: bool = Field(False, description="Whether mail that we have stored is marked as seen in the mailbox.")
    idle: bool = Field(True, description="Whether the server may tell us of new mail (IDLE), where it can.")
    idle_for: timedelta = Field(
        timedelta(minutes=5), description="How long one IDLE lasts; servers and networks end longer ones."
    )
    ask_every: timedelta = Field(timedelta(seconds=30), description="How often we ask where the server tells nothing.")
    identify: dict[str, str] = Field(
        {"name": "UCS", "version": "1", "vendor": "UCS"},
        description="What we say of ourselves (IMAP ID); NetEase lets nobody in who says nothing.",
    )
    trusted_server: str = Field(
        "",
        pattern=r"^[^\s;]{0,253}$",
        description="The name under which your own mail server writes Authentication-Results; empty: every sender is claimed.",
    )
    mail_limit: Size = Field(50_000_000, description="Bytes of the largest mail that is read whole.")
    attachment_limit: Size = Field(
        18_000_000, description="Bytes of all files in one mail of ours; encoding adds a third."
    )
    subject: str = Field(
        "Your message", min_length=1, max_length=200, description="The subject where there is none to answer."
    )
    plus_address: bool = Field(
        False,
        description="Whether the mailbox also gets mail to address+anything: answers are then recognised without headers.",
    )
    threads_by_subject: bool = Field(
        False,
        description="Whether a mail that names none, but says Re: and the subject of ours to the same sender, is an answer to it.",
    )
    forward_reply_to: str = Field(
        "",
        pattern=r"^([^\s@<>\",;:]{1,64}@[A-Za-z0-9.-]{1,253})?$",
        description="Where an answer to a forwarded mail goes; empty: to the mailbox, as a contact of whoever answers.",
    )
    signature: str = Field("", max_length=4000, description="Text under every mail of ours.")

    @field_validator("idle_for")
    @classmethod
    def _below_half_an_hour(cls, length: timedelta) -> timedelta:
        if not timedelta(seconds=5) <= length <= timedelta(minutes=28):
            raise ValueError("expected from 5 seconds to 28 minutes, after which servers hang up")
        return length

    @field_validator("ask_every")
    @classmethod
    def _not_too_often(cls, pause: timedelta) -> timedelta:
        if not timedelta(seconds=1) <= pause <= timedelta(minutes=30):
            raise ValueError("expected from 1 second to 30 minutes")
        return pause

    @model_validator(mode="after")
    def _can_sign_in(self) -> Self:
        if self.password is None and not (self.oauth_url and self.client_id and self.refresh_token):
            raise ValueError("expected a password, or oauth_url, client_id and refresh_token")
        return self

    @property
    def login(self) -> str:
        return self.user or self.address

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()
