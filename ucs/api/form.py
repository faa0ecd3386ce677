"""The answers to a channel's form, held against what it asks. A widget asks well; what comes over the API may come from anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from ucs.runtime.center.widget import FormFieldSetting

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def check_form(form: Sequence[FormFieldSetting], answers: Mapping[str, str], *, first: bool) -> None:
    """Only what is asked may be answered, and as it is asked. `first`: with the word that begins a contact; then what is required
    has to be there. Raises `ValidationError`, with each field and what was expected of it."""
    wrong = [*_wrong(form, answers, first)]
    if wrong:
        told = (
            InitErrorDetails(
                type=PydanticCustomError("form", "{expected}", {"expected": expected}), loc=("fields", name), input=None
            )
            for name, expected in wrong
        )
        raise ValidationError.from_exception_data("fields", list(told))


def _wrong(form: Sequence[FormFieldSetting], answers: Mapping[str, str], first: bool) -> Iterator[tuple[str, str]]:
    asked = {field.name for field in form}
    for name in answers.keys() - asked:
        yield name, "This is not asked: ask again what the form is."
    for field in form:
        answer = answers.get(field.name, "").strip()
        if not answer:
            if field.required and first:
                yield field.name, "This has to be answered."
        elif field.type == "choice" and answer not in field.options:
            yield field.name, f"Pick one of: {', '.join(field.options)}."
        elif field.type == "email" and EMAIL.fullmatch(answer) is None:
            yield field.name, "Write an address such as name@example.com."
