"""The scores of pictures as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .scores import REGIONS

HEADS = dict(
    l1=("L1 %", "{:.2f}"),
    l2=("L2 %", "{:.2f}"),
    psnr=("PSNR", "{:.2f}"),
    ssim=("SSIM", "{:.3f}"),
    lpips=("LPIPS", "{:.3f}"),
)


def tables(result: dict[str, Any]) -> str:
    """A table of all pictures and one by the tenth of the hole's area."""
    summary = result["summary"]
    own, *others = summary
    total = summary[own]["total"]
    told = [
        f"{total['pictures']} pictures, holes of {100 * total['area']:.1f} % of a "
        f"picture; means over pictures, PSNR in dB"
    ]
    if total["changed"] is not None:
        told.append(f"known pixels changed: {100 * total['changed']:.2f} %")
    if result["lpips"] != "alex":
        told.append(f"LPIPS {result['lpips']}")
    return "\n".join([*told, "", _totals(summary), "", _deciles(summary, own, others)])


def _totals(summary: dict[str, Any]) -> str:
    columns = [
        (region, figure)
        for region in REGIONS
        for figure in HEADS
        if any(figure in found["total"][region] for found in summary.values())
    ]
    heads = [f"{region} {HEADS[figure][0]}" for region, figure in columns]
    rows = [
        [name, *(_cell(found["total"], *column) for column in columns)]
        for name, found in summary.items()
    ]
    return _markdown(["filled by", *heads], rows)


def _deciles(summary: dict[str, Any], own: str, others: Sequence[str]) -> str:
    """The hole's figures of the results, and the PSNR there of the others."""
    groups = summary[own]["deciles"] | {"all": summary[own]["total"]}
    figures = [figure for figure in HEADS if figure in summary[own]["total"]["hole"]]
    perceptual = any("lpips" in group["composite"] for group in groups.values())
    heads = [
        "hole of the picture",
        "pictures",
        *(f"hole {HEADS[figure][0]}" for figure in figures),
        *(["composite LPIPS"] if perceptual else []),
        *(f"PSNR of {name}" for name in others),
    ]
    rows = []
    for name, group in groups.items():
        beside = [
            (summary[other]["deciles"] | {"all": summary[other]["total"]})[name]
            for other in others
        ]
        rows.append(
            [
                name,
                str(group["pictures"]),
                *(_cell(group, "hole", figure) for figure in figures),
                *([_cell(group, "composite", "lpips")] if perceptual else []),
                *(_cell(other, "hole", "psnr") for other in beside),
            ]
        )
    return _markdown(heads, rows)


def _cell(found: dict[str, Any], region: str, figure: str) -> str:
    if figure not in found[region]:
        return "-"
    return HEADS[figure][1].format(found[region][figure])


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    ruler = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, ruler, *rows])
