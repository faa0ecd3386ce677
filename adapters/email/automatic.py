"""Mail that no human wrote: auto-replies, lists, our own. It is never answered, or two machines would talk for ever. Pure.

https://www.rfc-editor.org/rfc/rfc3834 and https://www.rfc-editor.org/rfc/rfc2919; the rest is what mail programs write without one.

By the standards whatever has a `List-` header comes from a list (https://www.rfc-editor.org/rfc/rfc2369). But there are two sorts.
`List-Id`, `List-Post` and `Precedence` are written by what hands one mail to many, and `Precedence` by answering machines as well.
`List-Unsubscribe` and `Feedback-ID` are also added by providers, to whatever a customer sends through them: such a mail is a person's
if it answers a mail of ours to that person, by its mark, as no newsletter does. An agent gets it, and still no machine of ours answers
it (`outbound.py`). Without a mark nobody can tell it from a newsletter, and it is kept aside.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from adapters.email.mime import Part

LOOP = "x-ucs-loop"

_SAID_SO = frozenset({"x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply", "x-auto-reply-from"})
_NO_SENDER = re.compile(
    r"(?<![a-z0-9])(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+-][^@]*)?@", re.IGNORECASE
)
# The last resort, for programs that say it in no header: only where the subject says nothing else. `Auto: an offer` is a car, and who
# asks about out of office chairs is a customer.
_SUBJECT = re.compile(
    r"\s*(?:auto(?=\s*[:：]\s*(?:re|aw|antw)\s*[:：])|out of (?:the )?office(?:\s+auto ?-?(?:reply|response))?"
    r"|auto(?:matic)?[ -]?(?:reply|response)|autoreply|automatische antwort|abwesenheitsnotiz|réponse automatique"
    r"|respuesta automática|risposta automatica|resposta automática"
    r"|自动回复|自动答复|自動回覆|自動回复|自動応答|자동 ?회신|ตอบกลับอัตโนมัติ)"
    r"\s*(?:$|[:：;,.!(（【\[–—-]|(?:until|till|from|re|bis)\b)",
    re.IGNORECASE,
)


def _auto_submitted(mail: Part) -> bool:
    return mail.header("auto-submitted").partition(";")[0].strip().lower() not in ("", "no")


def _precedence(mail: Part) -> str:
    return (mail.header("precedence") or mail.header("x-precedence")).strip().lower()


def _auto_reply(mail: Part) -> bool:
    return (
        _auto_submitted(mail)
        or any(mail.all(name) for name in _SAID_SO)
        or _precedence(mail) in ("auto_reply", "auto-reply")
        or mail.header("x-fc-machinegenerated").strip().lower() == "true"
        or "autoresponder" in mail.header("x-post-messageclass").lower()
        or mail.header("delivered-to").strip().lower() == "autoresponder"
        or _SUBJECT.match(mail.header("subject")) is not None
    )


def _from_a_list(mail: Part) -> bool:
    return any(mail.all(name) for name in ("list-id", "list-post")) or _precedence(mail) in ("bulk", "list", "junk")


def to_many(mail: Part) -> bool:
    """Whether it has what newsletters have, and what some providers add to every mail."""
    return any(mail.all(name) for name in ("list-unsubscribe", "list-unsubscribe-post", "feedback-id"))


def _from_nobody(mail: Part) -> bool:
    return mail.header("return-path").strip() == "<>" or _NO_SENDER.search(mail.header("from")) is not None


KINDS: tuple[tuple[str, Callable[[Part], bool]], ...] = (
    ("auto-reply", _auto_reply),
    ("list", _from_a_list),
    ("no sender", _from_nobody),
)


def kind_of(mail: Part, own_address: str, sender: str, *, answers_us: bool = False) -> str:
    """Which kind of automatic mail it is; empty for what a human may have written. `answers_us`: it has the mark of a mail of ours to
    this sender."""
    if sender == own_address.lower() or mail.header(LOOP).strip().lower() == own_address.lower():
        return "loop"
    found = next((kind for kind, holds in KINDS if holds(mail)), "")
    return found or ("list" if to_many(mail) and not answers_us else "")
