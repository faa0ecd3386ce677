"""`python -m bench [SECTION …]`: all figures, as a table and in `bench/latest.json` (name → value)."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import adapters, assignments, core, growth, idle, inbound, mail, memory, paint, parts, robots, routing, start

SECTIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "start": start.run,
    "core": core.run,
    "routing": routing.figures,
    "inbound": inbound.run,
    "parts": parts.run,
    "adapters": adapters.run,
    "idle": idle.run,
    "assignments": assignments.run,
    "growth": growth.run,
    "memory": memory.run,
    "robots": robots.run,
    "paint": paint.run,
    "mail": mail.run,
}
# What was promised: at least (>) or at most (<). What has no goal is printed all the same.
GOALS: dict[str, tuple[str, float]] = {
    "inbound_ratio": (">", 0.30),
    "inbound_p99_ms": ("<", 50),
    "parse_line_us": ("<", 60),
    "parse_telegram_us": ("<", 60),
    "parse_wechat_us": ("<", 60),
    "parse_wechat_safe_us": ("<", 150),
    "step_per_s": (">", 100_000),
    "routing_per_s": (">", 20_000),
    "assignments_per_s": (">", 2_000),
    "assignment_growth": ("<", assignments.LOGARITHM),
    "growth_1e6_over_1e4": ("<", 1.3),
    "idle_rss_mb": ("<", 120),
    "idle_channels_cpu_ms": ("<", 100),  # in a minute: a six-hundredth of one processor
    "chat_kb": ("<", 40),
    "contact_100k_mb": ("<", 600),
    "robot_added_p99_ms": ("<", 50),
    "robot_wrong_contacts": ("<", 0),
    "robot_rss_mb": ("<", 300),
    "upload_rss_mb": ("<", 20),
    "mail_sync_per_s": (">", 300),
    "mail_sync_growth_mb": ("<", 20),  # flat, but for what a server that has worked keeps
    "mail_files_per_s": (">", 100),
    "mail_25mb_mb": ("<", 40),
    "fold_40k_ms": ("<", 50),
    "start_s": ("<", 3),
    "run_start_s": ("<", 0.7),
    "desk_paint_ms": ("<", 1_000),
}
LATEST = Path(__file__).parent / "latest.json"


def measured(name: str) -> dict[str, Any]:
    """A section's figures, measured in a process of its own so that none weighs on the next."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(SECTIONS[name])


def table(figures: dict[str, Any]) -> Table:
    made = Table("figure", "measured", "goal", "")
    for name, value in figures.items():
        sign, goal = GOALS.get(name, ("", 0.0))
        holds = "" if not sign else "yes" if (value >= goal if sign == ">" else value <= goal) else "NO"
        shown = f"{value:,.2f}" if value < 1_000 else f"{value:,.0f}"
        made.add_row(name, shown, f"{'≥' if sign == '>' else '≤'} {goal:,g}" if sign else "", holds)
    return made


def main(sections: list[str]) -> int:
    console = Console()
    unknown = [name for name in sections if name not in SECTIONS]
    if unknown:
        console.print(f"There is no section {', '.join(unknown)}: choose from {', '.join(SECTIONS)}.")
        return 2
    figures: dict[str, Any] = json.loads(LATEST.read_text()) if LATEST.exists() else {}
    for name in sections or SECTIONS:
        with console.status(f"measuring {name} …"):
            figures |= measured(name)
        console.print(f"[dim]{name} is measured[/dim]")
        LATEST.write_text(
            json.dumps({name: round(value, 4) for name, value in sorted(figures.items())}, indent=2) + "\n"
        )
    console.print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
