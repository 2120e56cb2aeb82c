"""The result page: one HTML file that needs nothing beside it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from .curves import Curve
from .style import CSS
from .svg import line_chart
from .verdict import ROWS, UNITS, figures_table, headline


@dataclass(frozen=True)
class RunFacts:
    """Everything that the page of one run shows.

    Attributes:
        title: Name of the run, as a rule its config.
        metrics: Final held-out figures under the names of ``InpaintingMetrics``, with
            or without its prefix; figures of other metrics are listed below them.
        metrics_step: Iteration at which they were taken.
        pictures: ``(caption, PNG bytes)`` in the order of the run.
        training: One curve for each figure of a training step, by name.
        held_out: For each figure the curves that belong in one chart: the network
            first, then its floors.
        facts: ``(name, value)`` rows of the table about the run.
        skipped: Paths of pictures that could not be read.
        encoder: Path of the exported encoder; empty where there is none.
        paste: For each other toolbox the lines that load the encoder there.
        config: Full text of the config.
    """

    title: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    metrics_step: int = 0
    pictures: Sequence[tuple[str, bytes]] = ()
    training: Sequence[Curve] = ()
    held_out: Mapping[str, Sequence[Curve]] = field(default_factory=dict)
    facts: Sequence[tuple[str, str]] = ()
    skipped: Sequence[str] = ()
    encoder: str = ""
    paste: Mapping[str, str] = field(default_factory=dict)
    config: str = ""


def result_page(facts: RunFacts) -> str:
    """The whole page as text; every string of the run is escaped.

    Example:
        >>> page = result_page(RunFacts(title="pretrain_ce"))
        >>> page.startswith("<!doctype html>"), "<title>pretrain_ce" in page
        (True, True)
    """
    sections = [
        _pictures(facts),
        _held_out(facts),
        _training(facts),
        _encoder(facts),
        _run(facts),
        _skipped(facts),
        _config(facts),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(facts.title)}</title>\n<style>{CSS}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(facts.title)}</h1>\n"
        f"{headline(facts.metrics)}\n{figures_table(facts.metrics, facts.metrics_step)}"
        f"\n{''.join(sections)}</main>\n</body>\n</html>\n"
    )


def _section(heading: str, *body: str) -> str:
    content = "\n".join(body)
    return f"<section>\n<h2>{escape(heading)}</h2>\n{content}\n</section>\n"


def _pictures(facts: RunFacts) -> str:
    figures = []
    for caption, png in facts.pictures:
        data = base64.b64encode(png).decode("ascii")
        figures.append(
            f"<figure><figcaption>{escape(caption)}</figcaption>"
            f'<img alt="{escape(caption)}: input, prediction, composite and truth" '
            f'src="data:image/png;base64,{data}"></figure>'
        )
    if not figures:
        return ""
    return _section("Reconstructions", f'<div class="panels">{"".join(figures)}</div>')


def _chart(heading: str, curves: Sequence[Curve], unit: str = "") -> str:
    chart = line_chart(curves, unit)
    return f'<div class="card"><h3>{escape(heading)}</h3>{chart}</div>'


def _held_out(facts: RunFacts) -> str:
    if not facts.held_out:
        return ""
    most = max(map(len, facts.held_out.values()))
    swatch = '<svg viewBox="0 0 26 8"><polyline class="line s{}" points="0,4 26,4"/>'
    legend = "".join(
        f"<li>{swatch.format(i)}</svg>{escape(name)}</li>"
        for i, name in enumerate(list(ROWS.values())[:most])
    )
    charts = "".join(
        _chart(name, curves, UNITS.get(name, ""))
        for name, curves in facts.held_out.items()
    )
    key = f'<ul class="legend">{legend}</ul>' if most > 1 else ""
    return _section(
        "Held-out figures by iteration", key, f'<div class="grid">{charts}</div>'
    )


def _training(facts: RunFacts) -> str:
    if not facts.training:
        return ""
    charts = "".join(_chart(curve.name, [curve]) for curve in facts.training)
    return _section(
        "Training figures by iteration", f'<div class="grid">{charts}</div>'
    )


def _encoder(facts: RunFacts) -> str:
    if not facts.encoder:
        note = '<p class="note">This run exported no encoder.</p>'
        return _section("The encoder", note)
    blocks = [
        f'<div class="paste"><h3>{escape(name)}</h3><pre>{escape(lines)}</pre></div>'
        for name, lines in facts.paste.items()
    ]
    return _section(
        "The encoder", f"<p><code>{escape(facts.encoder)}</code></p>", *blocks
    )


def _run(facts: RunFacts) -> str:
    if not facts.facts:
        return ""
    cells = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in facts.facts
    )
    return _section(
        "The run", f'<div class="card"><table class="facts">{cells}</table></div>'
    )


def _skipped(facts: RunFacts) -> str:
    if not facts.skipped:
        return ""
    items = "".join(f"<li><code>{escape(path)}</code></li>" for path in facts.skipped)
    return _section(
        f"Pictures that could not be read: {len(facts.skipped)}",
        '<p class="note">Each was passed over and the next picture taken.</p>',
        f'<ul class="paths">{items}</ul>',
    )


def _config(facts: RunFacts) -> str:
    if not facts.config:
        return ""
    return (
        "<section>\n<h2>Config</h2>\n<details><summary>Show the full config</summary>"
        f"<pre>{escape(facts.config)}</pre></details>\n</section>\n"
    )
