"""LINE without the power to ask who a customer is: a benchmark's platform is not there to answer, and asking in vain is not what is
measured."""

from __future__ import annotations

from adapters.line import Line
from channels import Adapter


class Nameless(Line):
    profile = Adapter.profile
