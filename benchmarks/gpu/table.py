"""A few lines on what the stages have found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ce_plugin.files import write_atomic
from gpu.record import DONE, read

CLOSE = 1e-4
"""Relative difference to the CPU's loss and gradient that rounding explains."""
STAGES = ("facts", "correct", "fast", "learn")


def table(out: Path) -> str:
    """Tables what lies in ``out``, and writes it to table.md there."""
    found = {name: read(out / f"{name}.json") for name in STAGES}
    lines = ["| what | found |", "|---|---|"]
    for name, rows in (
        ("facts", _facts(found["facts"])),
        ("correct", _correct(found["correct"])),
        ("fast", _fast(found["fast"])),
        ("learn", _learn(found["learn"])),
    ):
        if found[name]:
            lines += [f"| {what} | {figure} |" for what, figure in rows]
            lines.append(f"| {name}: items | {_states(found[name])} |")
    text = "\n".join(lines) + "\n"
    write_atomic(out / "table.md", text)
    return text


def _states(items: dict[str, dict]) -> str:
    """How many are done, and the names of the others."""
    count = Counter(item["status"] for item in items.values())
    others = {
        status: [name for name, item in items.items() if item["status"] == status]
        for status in count
        if status != DONE
    }
    said = [f"{count[DONE]} done"]
    said += [f"{status}: {'; '.join(names)}" for status, names in others.items()]
    return ". ".join(said)


def _facts(items: dict[str, dict]) -> Iterator[tuple[str, str]]:
    at = items.get("machine", {})
    if at.get("status") == DONE:
        versions = f"torch {at['torch']}, Python {at['python']}, {at['cores']} cores"
        yield "device", f"{at['device']}, {versions}"
    rates = {
        name.split(", ")[1]: item["tflop_per_s"]
        for name, item in items.items()
        if "tflop_per_s" in item
    }
    yield "TFLOP/s", ", ".join(f"{name} {rate:g}" for name, rate in rates.items())
    copies = [f"{n} {i['gb_per_s']:g}" for n, i in items.items() if "gb_per_s" in i]
    yield "GB/s", "; ".join(copies)


def _correct(items: dict[str, dict]) -> Iterator[tuple[str, str]]:
    checked = {n: i for n, i in items.items() if "loss" in i}
    far = [
        name
        for name, item in checked.items()
        if max(item[k]["relative"] for k in ("loss", "gradient_norm")) > CLOSE
    ]
    yield "first step as on the CPU", _all_but(checked, far)
    rough = [n for n, i in checked.items() if not i["bfloat16"]["finite"]]
    yield "bfloat16 finite", _all_but(checked, rough)
    uneven = [
        name
        for name, item in checked.items()
        if any(v != 0 for v in item["repeats"]["deterministic"].values())
    ]
    yield "repeats and goes on to the bit", _all_but(checked, uneven)
    waiting = {n: sum(i["waits"].values()) for n, i in checked.items() if _waits(i)}
    words = ", ".join(f"{name} {count}" for name, count in waiting.items())
    yield "waits for the device in a step", words or "none counted"
    tool = items.get("killed and resumed", {})
    if tool.get("status") == DONE:
        yield "killed and resumed", f"largest difference {tool['resumed']:g}"


def _waits(item: dict) -> bool:
    return isinstance(item["waits"], dict) and bool(item["waits"])


def _all_but(items: dict, others: list[str]) -> str:
    good = len(items) - len(others)
    return f"{good} of {len(items)}" + (f"; not {', '.join(others)}" if others else "")


def _fast(items: dict[str, dict]) -> Iterator[tuple[str, str]]:
    groups: dict[str, list[str]] = {}
    for name, item in items.items():
        if "share" in item:
            groups.setdefault("share of waiting", []).append(
                f"{name.split(', ')[1]} {item['share']:.1%}"
            )
        elif "ms" in item:
            what, _, how = name.partition(", ")
            groups.setdefault(f"{what}, ms", []).append(f"{how} {item['ms']:.4g}")
    for what, figures in groups.items():
        yield what, "; ".join(figures)


def _learn(items: dict[str, dict]) -> Iterator[tuple[str, str]]:
    for name in ("encoder", "inpainting"):
        at = items.get(name, {})
        if at.get("status") == DONE:
            yield name, _words(at, "status", "seconds")
    judged = items.get("judged", {})
    for task, figures in judged.items():
        if isinstance(figures, dict):
            yield task, _words(figures)


def _words(figures: dict[str, Any], *but: str) -> str:
    return ", ".join(f"{k} {v}" for k, v in figures.items() if k not in but)
