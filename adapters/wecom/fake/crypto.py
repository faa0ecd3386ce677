"""How the fake WeCom encrypts: with the adapter's own cipher, or with another implementation that has the same method."""

from __future__ import annotations

from typing import Protocol

from adapters._tencent.cipher import Cipher, digest_of


class Crypto(Protocol):
    """WeCom's half of the encryption, by the name that `wechatpy` has for it. What comes of it is XML."""

    def encrypt_message(self, message: str, /, nonce: str, timestamp: str) -> str: ...


class OurCrypto:
    """The adapter's own cipher, on WeCom's side of the line."""

    def __init__(self, token: str, encoding_aes_key: str, corpid: str) -> None:
        self._token = token
        self._cipher = Cipher(encoding_aes_key, corpid)

    def encrypt_message(self, message: str, /, nonce: str, timestamp: str) -> str:
        sealed = self._cipher.encrypt(message.encode(), f"{nonce}{timestamp}")
        signed = digest_of(self._token, timestamp, nonce, sealed)
        return (
            f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature><![CDATA[{signed}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )
