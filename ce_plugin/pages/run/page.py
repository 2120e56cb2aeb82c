"""The result page: one HTML file that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ce_plugin.pages import templates

from .curves import Curve
from .svg import line_chart
from .verdict import FIGURES, ROWS, UNITS, figures_table, verdict, without_prefix


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
        fills: The network is made to fill holes, see :func:`.verdict.verdict`.
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
    fills: bool = True


def result_page(facts: RunFacts) -> str:
    """The whole page as text; every string of the run is escaped.

    Example:
        >>> page = result_page(RunFacts(title="pretrain_ce"))
        >>> page.startswith("<!doctype html>"), "<title>pretrain_ce" in page
        (True, True)
    """
    before, figure, after = verdict(facts.metrics, facts.fills)
    rows, others = figures_table(facts.metrics)
    better = without_prefix(facts.metrics).get("psnr_gain", 0) > 0
    most = max(map(len, facts.held_out.values()), default=0)
    return "".join(
        templates.page(
            Path(__file__).parent,
            title=facts.title,
            facts=facts,
            before=before,
            figure=figure,
            after=after,
            tone="good" if better else "bad",
            heads=FIGURES.values(),
            rows=rows,
            others=others,
            legend=list(ROWS.values())[:most],
            line_chart=line_chart,
            units=UNITS,
        )
    )
