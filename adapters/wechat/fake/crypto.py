"""How the fake WeChat encrypts and opens: with the adapter's own cipher, or with another implementation that has the same methods."""

from __future__ import annotations

import hmac
from typing import Protocol

from adapters._tencent.cipher import Cipher, digest_of
from adapters.wechat.fake.document import fields_of


class Crypto(Protocol):
    """The two halves of WeChat's encryption, by the names that `wechatpy` has for them. Documents are XML."""

    def encrypt_message(self, message: str, /, nonce: str, timestamp: str) -> str: ...

    def decrypt_message(self, message: str, /, signature: str, timestamp: str, nonce: str) -> str: ...


class OurCrypto:
    """The adapter's own cipher, on WeChat's side of the line."""

    def __init__(self, token: str, encoding_aes_key: str, appid: str) -> None:
        self._token = token
        self._cipher = Cipher(encoding_aes_key, appid)

    def encrypt_message(self, message: str, /, nonce: str, timestamp: str) -> str:
        sealed = self._cipher.encrypt(message.encode(), f"{nonce}{timestamp}")
        return f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"

    def decrypt_message(self, message: str, /, signature: str, timestamp: str, nonce: str) -> str:
        sealed = fields_of(message)["Encrypt"]
        if not hmac.compare_digest(signature, digest_of(self._token, timestamp, nonce, sealed)):
            raise ValueError("the signature of the answer does not fit what is in it")
        return self._cipher.decrypt(sealed).decode()
