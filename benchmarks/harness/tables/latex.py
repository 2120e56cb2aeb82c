r"""LaTeX tables; they need \usepackage{booktabs}."""

from __future__ import annotations

from . import notes
from .contents import tables_of
from .leaderboard import Leaderboard
from .table import Table

_ESCAPED = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "[": "{[}",  # after a line's \\ a bracket would be its argument
    "]": "{]}",
    "|": r"\textbar{}",
    '"': "''",
    "±": r"$\pm$",
    "\u2212": "$-$",
    "\u2013": "--",
    "\u00d7": r"$\times$",
}


def latex(board: Leaderboard) -> str:
    """All tables of a suite, one ``table`` environment each."""
    said = [notes.progress(board), notes.budget(board), *notes.provenance(board)]
    said += [f"Failed: {line}" for line in notes.failures(board)]
    head = [
        r"% \usepackage{booktabs}; with many tasks also \usepackage{graphicx} and",
        r"% \resizebox{\linewidth}{!}{...} round the tabular.",
        *(f"% {' '.join(line.split())}" for line in said),
    ]
    label = board.suite.name
    tables = [_table(s, f"tab:{label}-{i}") for i, s in enumerate(tables_of(board))]
    last = escape(" ".join(notes.how_to_read(board)))
    return "\n".join(head) + "\n\n" + "\n\n".join(tables) + f"\n\n{last}\n"


def escape(text: str) -> str:
    r"""Text that LaTeX prints as it stands.

    Example:
        >>> escape("50 % of A_B")
        '50 \\% of A\\_B'
    """
    return "".join(_ESCAPED.get(sign, sign) for sign in text)


def _table(table: Table, label: str) -> str:
    kinds = "".join("r" if column.numeric else "l" for column in table.columns)
    heads = [escape(column.head) for column in table.columns]
    units = [escape(column.unit) for column in table.columns]
    lines = [_row(heads), *([_row(units)] if any(units) else []), r"\midrule"]
    for row in table.rows:
        cells = [escape(cell.text) for cell in row]
        lines.append(
            _row([rf"\textbf{{{c}}}" if x.best else c for c, x in zip(cells, row)])
        )
    body = "\n".join(lines)
    return (
        "\\begin{table}\n\\centering\n"
        f"\\caption{{{escape(table.title)}. {escape(table.note)}}}\n"
        f"\\label{{{label}}}\n\\begin{{tabular}}{{{kinds}}}\n\\toprule\n{body}\n"
        "\\bottomrule\n\\end{tabular}\n\\end{table}"
    )


def _row(cells: list[str]) -> str:
    return f"{' & '.join(cells)} \\\\"
