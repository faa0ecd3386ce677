"""Dovecot on a loopback port, as an ordinary user, in a folder of its own: the IMAP server that most of the world's mail lies in."""

from __future__ import annotations

import asyncio
import getpass
import grp
import os
import shutil
import smtplib
import ssl
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.cli.served import own_port

PASSWORD = "dovecot-of-the-tests"
LMTP = any(Path(folder, "lmtp").exists() for folder in ("/usr/lib/dovecot", "/usr/libexec/dovecot"))
FOUND = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin") if LMTP else None
CONFIG = """
base_dir = {d}/run
state_dir = {d}/state
log_path = {d}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{d}/cert.pem
ssl_key = <{d}/key.pem
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
mail_location = maildir:{d}/mail/%u
auth_failure_delay = 0
mail_max_userip_connections = 100
passdb {{
  driver = passwd-file
  args = {d}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={d}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  chroot =
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
}}
"""


TOKENS = """
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {d}/oauth2.conf
}}
"""
TOKENS_CONFIG = """
tokeninfo_url = http://127.0.0.1:{port}/info?access_token=
username_attribute = email
active_attribute = active
active_value = true
"""


class Dovecot:
    """`async with Dovecot("help@shop.example") as dovecot`: its mailbox is empty, and gone at the end. `tokens`: the port where
    somebody knows whether an access token is good; then these open the mailbox, too."""

    def __init__(self, address: str, tokens: int = 0) -> None:
        self.address = address
        self.tokens = tokens
        self._bound, (self.imap, self.imaps, self.lmtp) = zip(*(own_port() for _ in range(3)), strict=True)
        self.folder = Path(tempfile.mkdtemp(prefix="dv"))
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        root = os.geteuid() == 0
        user = "dovecot" if root else getpass.getuser()
        group = "dovecot" if root else grp.getgrgid(os.getegid()).gr_name
        self.folder.chmod(0o755)
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir()
        if root:
            for name in ("state", "mail"):
                shutil.chown(self.folder / name, "dovecot", "dovecot")
        make_certificate(self.folder)
        (self.folder / "users").write_text(f"{self.address}:{{PLAIN}}{PASSWORD}::::::\n")
        ports = {"imap": self.imap, "imaps": self.imaps, "lmtp": self.lmtp}
        text = CONFIG.format(d=self.folder, user=user, group=group, **ports)
        if self.tokens:
            text += TOKENS.format(d=self.folder)
            (self.folder / "oauth2.conf").write_text(TOKENS_CONFIG.format(port=self.tokens))
        (self.folder / "dovecot.conf").write_text(text)
        self.start()
        try:
            await self.answering()
        except AssertionError:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        for bound in self._bound:
            bound.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        command = [str(FOUND), "-F", "-c", str(self.folder / "dovecot.conf")]
        self._process = subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    async def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            await asyncio.to_thread(self._process.wait, 20)
            self._process = None

    async def deliver(self, *mails: bytes) -> None:
        await asyncio.to_thread(self._deliver, mails)

    def fill(self, mails: Iterable[bytes]) -> None:
        """Put these into the mailbox, in this order, as files: much quicker than delivering them. Before anybody has opened it."""
        box = self.folder / "mail" / self.address
        for name in ("new", "cur", "tmp"):
            (box / name).mkdir(parents=True, exist_ok=True)
        for number, mail in enumerate(mails):
            (box / "cur" / f"{1_700_000_000 + number}.M{number}P1.filled:2,").write_bytes(mail)
        if os.geteuid() == 0:
            for path in (box, *box.rglob("*")):
                shutil.chown(path, "dovecot", "dovecot")

    async def number_anew(self) -> None:
        """What a restored backup does: the same mails under another UIDVALIDITY."""
        for path in (self.folder / "mail" / self.address).glob("dovecot*"):
            path.unlink()

    @property
    def sign_ins(self) -> int:
        """How often somebody has signed in to read."""
        return self.log.count("imap-login: Info: Login:")

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def _deliver(self, mails: tuple[bytes, ...]) -> None:
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            for mail in mails:
                lmtp.sendmail("someone@mail.example", [self.address], mail)

    async def answering(self) -> None:
        """When it takes connections."""
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.imap)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return
        raise AssertionError(f"Dovecot does not answer: {self.log}")


def make_certificate(folder: Path) -> None:
    """A certificate of its own for localhost and 127.0.0.1."""
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"), "-days", "2"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files]
    subprocess.run(  # noqa: S603
        command, check=True, capture_output=True
    )


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))
