"""The encryption of pushes, and of the answers that go back in them.

AES-256 in CBC mode; the first half of the key is also the first block's vector, and sixteen random bytes in front make up for that.
What is encrypted: those bytes, four bytes of length, the message, the owner (an AppID, or a company's CorpID). It is padded to
multiples of 32 bytes, not of AES's 16.
https://mp.weixin.qq.com/wiki?id=mp1434696670&t=resource/res_main
"""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha1
from typing import TYPE_CHECKING

from channels.errors import Untrusted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

BLOCK = 32
HEAD = 20  # random bytes and length


class Cipher:
    """The key of one account. `cryptography` is loaded with the first of them, so nobody else waits for it."""

    def __init__(self, encoding_aes_key: str, owner: str) -> None:
        from cryptography.hazmat.primitives import ciphers

        self._key = base64.b64decode(encoding_aes_key + "=")
        self._owner = owner.encode()
        self._cipher = ciphers.Cipher(ciphers.algorithms.AES(self._key), ciphers.modes.CBC(self._key[:16]))

    def decrypt(self, text: str) -> bytes:
        """The message in a push's `Encrypt`. Raises `Untrusted` if it is not ours to read."""
        try:
            sealed = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise Untrusted("What was encrypted is not Base64.") from None
        if not sealed or len(sealed) % BLOCK:
            raise Untrusted("What was encrypted is not whole blocks.")
        plain = _through(self._cipher.decryptor(), sealed)
        padding = plain[-1]
        if not 1 <= padding <= BLOCK or plain[-padding:] != bytes([padding]) * padding:
            raise Untrusted("What was encrypted is padded wrongly: another EncodingAESKey was used.")
        plain = plain[:-padding]
        end = HEAD + int.from_bytes(plain[16:HEAD], "big")
        if end > len(plain) or not hmac.compare_digest(plain[end:], self._owner):
            raise Untrusted("What was encrypted is for another account.")
        return plain[HEAD:end]

    def encrypt(self, message: bytes, key: str) -> str:
        """The same for the same `key`, which stands in for chance: what comes of it cannot be told without our own key."""
        random = hmac.digest(self._key, key.encode(), "sha256")[:16]
        return self.seal(message, random)

    def seal(self, message: bytes, random: bytes) -> str:
        plain = random + len(message).to_bytes(4, "big") + message + self._owner
        padding = BLOCK - len(plain) % BLOCK
        return base64.b64encode(_through(self._cipher.encryptor(), plain + bytes([padding]) * padding)).decode()


def _through(context: CipherContext, text: bytes) -> bytes:
    return context.update(text) + context.finalize()


def digest_of(*parts: str) -> str:
    """How they sign, for what we sign ourselves. What they signed is checked by `channels.signatures`."""
    return sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()
