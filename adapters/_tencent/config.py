"""What both platforms' callback pages ask for, and what else their channels are configured with alike."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, SecretStr, StringConstraints

TOKEN = re.compile(r"[0-9A-Za-z]{3,32}")
AES_KEY = re.compile(r"[0-9A-Za-z]{43}")


def _letters_and_digits(token: SecretStr) -> SecretStr:
    if not TOKEN.fullmatch(token.get_secret_value()):
        raise ValueError("expected 3 to 32 letters and digits, the same as on the account's page")
    return token


def _forty_three(key: SecretStr) -> SecretStr:
    if not AES_KEY.fullmatch(key.get_secret_value()):
        raise ValueError("expected 43 letters and digits, the same as on the account's page")
    return key


def _without_slash(address: str) -> str:
    return address.rstrip("/")


CallbackToken = Annotated[SecretStr, AfterValidator(_letters_and_digits)]
AesKey = Annotated[SecretStr, AfterValidator(_forty_three)]
# Not `AesKey | None`: whoever reads a configuration has to see that it is a secret, and looks no deeper than this.
PerhapsAesKey = Annotated[SecretStr | None, AfterValidator(lambda key: None if key is None else _forty_three(key))]
WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+[^\s?#]*$"), AfterValidator(_without_slash)]
Datum = Literal["gcj02", "wgs84"]  # what coordinates mean
