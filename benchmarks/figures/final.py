"""Tables of the final comparisons, in README.md and on pages of docs/.

    python benchmarks/figures/final.py           # prints them
    python benchmarks/figures/final.py --write   # puts them where pages have a mark

Reads the stores of ``voc320_fair`` and ``camvid_fair``, also where these have not
ended: a table says how many seeds its figures are of.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
# ruff: noqa: E402
from figures.paired import differences, heads, line
from figures.rows import (
    CEILING,
    CONTROL,
    FEW,
    FINER_BAG,
    HALF,
    HIDDEN,
    LONG,
    PAIRS,
    ROWS,
    SHARES,
    SHORT,
    SUITE,
    TASKS,
)
from harness.fair import OURS, RIVALS
from harness.results.read import read_results
from harness.suite import RESULTS, ROOT
from harness.suites import load_suite
from harness.tables.claims import ABOVE, BELOW, LEVELLED, claims
from harness.tables.formatting import mean_text
from harness.tables.leaderboard import Leaderboard
from harness.tables.statistics import Difference, difference, summary
from harness.tables.table import MISSING

from ce_plugin.files import write_atomic
from ce_plugin.zoo import card_of

MARK = re.compile(
    r"(<!-- made by benchmarks/figures/final\.py: (\S+) -->\n\n?)((?:\|.*\n)*)"
)
"""What stands before a table on a page; its name is one of :func:`tables`."""


def tables(board: Leaderboard, few: Leaderboard) -> dict[str, list[str]]:
    """Every table by its name, as lines of Markdown."""
    return {
        "headline": means(board, SHORT),
        "all-rows": means(board),
        "less-finer-bag": less_finer_bag(board),
        "less-control": where_the_hole_pays(board),
        "less-other-targets": less_other_targets(board),
        "less-rivals-of-6-min": less_rivals(board, OURS, ""),
        "less-rivals-of-20-min": less_rivals(board, OURS + LONG, LONG),
        "10-min-less-rivals-of-20": less_rivals(board, OURS + HALF, LONG),
        "packaged-encoder": packaged_encoder(board),
        "few-labels": few_labels(few),
        "few-labels-less-others": few_labels_less_others(few),
    }


def fill_in(text: str, made: Mapping[str, Sequence[str]]) -> str:
    """A page with its tables made anew; what has no mark stays as it is.

    Raises:
        KeyError: A mark has a name that is in none of ``made``.
    """

    def table(mark: re.Match[str]) -> str:
        return "\n".join([mark[1] + made[mark[2]][0], *made[mark[2]][1:], ""])

    return MARK.sub(table, text)


def pages() -> list[Path]:
    """README.md and those of docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def stored(results: Path = RESULTS, name: str = SUITE) -> Leaderboard:
    """A suite and what has ended of it."""
    suite = load_suite(name)
    return Leaderboard(suite, read_results(suite, results))


def seeds_of(
    board: Leaderboard, name: str, columns: Mapping[str, str] = TASKS
) -> list[int]:
    """Seeds for which a method has all of a table's tasks, as far as it takes part."""
    method = board.method(name.partition("/")[0])
    found = [values_of(board, name, t) for t in columns.keys() & board.tasks_of(method)]
    return [seed for seed in board.seeds if all(seed in values for values in found)]


def values_of(board: Leaderboard, row: str, task: str) -> dict[int, float]:
    """Figures of a row by seed; of a descriptor's grid, its layer's."""
    name, _, layer = row.partition("/")
    if not layer:
        return board.values(name, task)
    layers = {
        s: run.figures.get("layers", {}) for s, run in board.of(name, task).items()
    }
    return {seed: found[layer] for seed, found in layers.items() if layer in found}


def gap_of(board: Leaderboard, ours: str, theirs: str, task: str) -> Difference | None:
    """One row less another, seed by seed; None where no seed has both."""
    return difference(*(values_of(board, row, task) for row in (ours, theirs)))


def means(board: Leaderboard, names: Iterable[str] = ROWS) -> list[str]:
    """A row a method, the best of the same minutes in bold.

    A method with no whole seed yet is left out. One that has no rival of as many
    minutes is the best of nothing, and what has learned from labels is no rival.
    """
    rows = {name: _means(board, name) for name in names if seeds_of(board, name)}
    ranked = {name: ROWS[name][1] for name in rows if name != CEILING}
    best: dict[int, list[float]] = {}
    for minutes in set(ranked.values()) - {0}:
        equal = [rows[name] for name in ranked if ranked[name] == minutes]
        if len(equal) > 1:
            best[minutes] = [max(column) for column in zip(*equal)]
    lines = heads(["pretraining", "minutes", "seeds", *TASKS.values()])
    for name, row in rows.items():
        title, minutes = ROWS[name]
        most = best.get(ranked.get(name, 0), [None] * len(row))
        cells = [_cell(value, top) for value, top in zip(row, most)]
        lines.append(line([title, minutes, len(seeds_of(board, name)), *cells]))
    return lines


def less_finer_bag(board: Leaderboard) -> list[str]:
    """Hidden words less the bag of their words on its finer grid, by ``differences``.

    At the tasks of README's table that a descriptor has.
    """
    tasks = board.tasks_of(board.method("bag-of-words"))
    return differences(
        partial(gap_of, board),
        {
            f"{n} min": (OURS + m, FINER_BAG)
            for n, m in ((6, ""), (10, HALF), (20, LONG))
        },
        {
            task: title
            for task, title in PAIRS.items()
            if task in tasks and task in TASKS
        },
    )


def where_the_hole_pays(board: Leaderboard) -> list[str]:
    """Hidden words less seen words at 6 and at 20 minutes, by ``differences``."""
    return differences(
        board.difference,
        {"6 min": (OURS, CONTROL), "20 min": (OURS + LONG, CONTROL + LONG)},
        PAIRS,
    )


def less_other_targets(board: Leaderboard) -> list[str]:
    """Hidden words less the controls of their target, by ``differences``."""
    columns = {f"less {title}": (OURS, name) for name, title in HIDDEN.items()}
    return differences(board.difference, columns, PAIRS)


def less_rivals(board: Leaderboard, ours: str, minutes: str) -> list[str]:
    """A row of hidden words less its rivals, by ``differences``.

    Args:
        board: The suite and its results.
        ours: Name of the row, such as ``hidden-words@10``.
        minutes: What the rivals' names end in.
    """
    columns = {f"less {ROWS[name][0]}": (ours, name + minutes) for name in RIVALS}
    return differences(board.difference, columns, PAIRS)


def packaged_encoder(board: Leaderboard, name: str = "r18-half") -> list[str]:
    """The run whose weights come with the package, beside means of all seeds."""
    seed = card_of(name)["training"]["seed"]
    floors, method = ("random", "bag-of-words", FINER_BAG), OURS + LONG
    titles = [*(ROWS[floor][0] for floor in floors), f"`{name}`", "mean of its seeds"]
    lines = heads(["", *titles])
    for task, title in PAIRS.items():
        values = [values_of(board, row, task).values() for row in (*floors, method)]
        means = [_cell(statistics.fmean(v) if v else None, None) for v in values]
        own = _cell(board.values(method, task).get(seed), None)
        lines.append(line([title, *means[:-1], own, means[-1]]))
    return lines


def few_labels(board: Leaderboard) -> list[str]:
    """A row a method, a column a share of the labels; the best mean in bold.

    What is level with the best as shown is in bold too.
    """
    lines = heads(["pretraining", "seeds", *SHARES.values()])
    shown = [m.name for m in board.suite.methods if seeds_of(board, m.name, SHARES)]
    rows = {}
    for name in shown:
        seeds = seeds_of(board, name, SHARES)
        figures = [board.values(name, task) for task in SHARES]
        rows[name] = [summary([values[s] for s in seeds]) for values in figures]
    best = [max(found.mean for found in column) for column in zip(*rows.values())]
    for name, row in rows.items():
        texts = [
            _bold(mean_text(found, 1), found.mean, top) for found, top in zip(row, best)
        ]
        lines.append(line([ROWS[name][0], row[0].count, *texts]))
    return lines


def few_labels_less_others(board: Leaderboard) -> list[str]:
    """Hidden words less every other method, by ``differences``."""
    others = [m.name for m in board.suite.methods if m.name != OURS]
    columns = {f"less {ROWS[name][0]}": (OURS, name) for name in others}
    return differences(board.difference, columns, SHARES)


def verdicts(board: Leaderboard) -> dict[str, list[str]]:
    """'hidden-words less rotation at detection' by 'above', 'below' and 'level'."""
    found: dict[str, list[str]] = {ABOVE: [], BELOW: [], LEVELLED: []}
    for claim in claims(board):
        found[claim.verdict].append(f"{claim.ours} less {claim.theirs} at {claim.task}")
    return found


def _means(board: Leaderboard, name: str) -> list[float | None]:
    seeds, values = seeds_of(board, name), [values_of(board, name, t) for t in TASKS]
    return [statistics.fmean(v[s] for s in seeds) if v else None for v in values]


def _cell(value: float | None, best: float | None) -> str:
    return MISSING if value is None else _bold(f"{value:.1f}", value, best)


def _bold(text: str, value: float, best: float | None) -> str:
    """In bold also what is level with the best as shown."""
    level = best is not None and f"{value:.1f}" == f"{best:.1f}"
    return f"**{text}**" if level else text


def main() -> None:
    """Prints the tables and what may be claimed, or writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument(
        "--write", action="store_true", help="where README.md and docs/ have a mark"
    )
    given = parser.parse_args()
    both = stored(given.results), stored(given.results, FEW)
    made = tables(*both)
    if given.write:
        for page in pages():
            text = page.read_text()
            if (filled := fill_in(text, made)) != text:
                write_atomic(page, filled)
                print(f"written: {page}")
        return
    for name, table in made.items():
        print(f"{name}:", "", *table, "", sep="\n")
    for board in both:
        for verdict, found in verdicts(board).items():
            print(f"{board.suite.name}, {verdict}: {len(found)}", *found, sep="\n  ")


if __name__ == "__main__":
    main()
