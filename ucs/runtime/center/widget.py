"""What an admin writes about the widget of a web chat: what it asks before, when it speaks first, what it asks afterwards.

All of this is told to anybody whose page may show the chat (`GET /chat/{channel}/about`): nothing secret belongs here. Texts are shown
as they are written, in the one language of the channel's customers; the widget's own words come in many.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from ucs.runtime.center.durations import duration

Line = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Wait = Annotated[timedelta, BeforeValidator(duration), Field(ge=timedelta(0), le=timedelta(hours=24))]
Locale = Annotated[str, Field(pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$")]
Colour = Annotated[str, Field(pattern=r"^(#[0-9a-f]{6})?$")]


class _Setting(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class FormFieldSetting(_Setting):
    """A question before the first word. `name` is what the answer is kept under; the answer to one called `name` is what the
    customer is called. `options` are the answers to pick from, for the type `choice` alone."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Line = Field(min_length=1)
    type: Literal["text", "email", "tel", "choice"] = "text"
    options: tuple[Line, ...] = Field(default=(), max_length=50)
    required: bool = False

    @model_validator(mode="after")
    def _options_are_for_choices(self) -> Self:
        if (self.type == "choice") != bool(self.options):
            raise ValueError('expected options for a field of type "choice", and for no other')
        return self


class GreetingSetting(_Setting):
    """Said in a bubble beside the button, once, to who has been on a page for `after`. `url` says on which: a path such as `/cart*`,
    or an address from its `https://` on; `*` stands for anything, and nothing for every page."""

    say: Line = Field(min_length=1)
    after: Wait = timedelta(seconds=10)
    url: Line = ""


class SurveySetting(_Setting):
    """Asked when an agent has talked with the customer and the contact is over; the answer is from one to five stars."""

    question: Line = Field(min_length=1)
    comment: Line = Field(default="", description="The label of a box for words, if there shall be one.")
    thanks: Line = ""


class WidgetSetting(_Setting):
    """How the widget looks and what it says. `locale` and `theme` are for pages that say nothing about it."""

    title: Line = ""
    intro: Line = ""
    locale: Locale = ""
    theme: Literal["auto", "light", "dark"] = "auto"
    accent: Colour = ""
    form: tuple[FormFieldSetting, ...] = Field(default=(), max_length=10)
    greetings: tuple[GreetingSetting, ...] = Field(default=(), max_length=10)
    survey: SurveySetting | None = None

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [field.name for field in self.form]
        if len(names) != len(set(names)):
            raise ValueError("expected fields of the form with names of their own, and one name is there twice")
        return self
