"""How fast the pure contact machine steps: a customer's word to a contact that an agent talks in, the commonest step there is."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime
from typing import Any

from channels.parts import Text
from ucs.core.contact import Contact, step
from ucs.core.events import Accepted, AgentSpoke, CustomerSpoke, Offered
from ucs.core.policy import Policy, Queue

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
POLICY = Policy("sales", {"sales": Queue("sales")})
STEPS = 50_000


def talking() -> Contact:
    contact = Contact("c", "bench", "line", "U1", "customer", NOW)
    contact, _ = step(contact, CustomerSpoke((Text("hello"),), NOW), NOW, POLICY)
    contact, _ = step(contact, Offered("anna"), NOW, POLICY)
    contact, _ = step(contact, Accepted("anna", contact.epoch), NOW, POLICY)
    return contact


def rate() -> float:
    contact = talking()
    words = CustomerSpoke((Text("Where is my order?"),), NOW, platform="m1")
    answer = AgentSpoke("anna", contact.epoch, (Text("I will look."),), "client-id")
    started = time.perf_counter()
    for _ in range(STEPS // 2):
        contact, _ = step(contact, words, NOW, POLICY)
        contact, _ = step(contact, answer, NOW, POLICY)
    return STEPS / (time.perf_counter() - started)


def run() -> dict[str, Any]:
    return {"step_per_s": statistics.median(rate() for _ in range(5))}
