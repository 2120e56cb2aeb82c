"""The result of a probe, for its file and for the terminal."""

from __future__ import annotations

from typing import Any


def headline(task: str, figures: dict[str, Any]) -> dict[str, float]:
    """The figures of a layer for the table, in percent, by column."""
    if task == "low-shot":
        return {f"k={k}": shot["map"] for k, shot in figures["shots"].items()}
    if task == "knn":
        kind = "map" if "map" in next(iter(figures["neighbours"].values())) else "top1"
        return {f"k={k}": found[kind] for k, found in figures["neighbours"].items()}
    if "top1" in figures:
        return dict(top1=figures["top1"], cv=figures["cv_top1"])
    return {
        "mAP": figures["map"],
        "11-point": figures["map_11point"],
        "cv": figures["cv_map"],
    }


def summary(task: str, by_layer: dict[str, dict], metric: str) -> dict[str, Any]:
    """``layers``, ``metric`` and the best layers.

    ``best_layer`` is the best one on the test pictures, as published tables have it;
    ``chosen_layer`` is the best in cross-validation on the training pictures, where
    there is one.
    """
    first = {layer: headline(task, found) for layer, found in by_layer.items()}
    # Of several k the last, which sees most labels or most neighbours.
    column = list(next(iter(first.values())))[-1 if task in ("low-shot", "knn") else 0]
    best = max(first, key=lambda layer: first[layer][column])
    told = dict(
        metric=metric,
        unit="percent",
        best_layer=best,
        best=first[best][column],
    )
    if "cv" in first[best]:
        told["chosen_layer"] = max(first, key=lambda layer: first[layer]["cv"])
    return told | dict(layers=by_layer)


def table(result: dict[str, Any]) -> str:
    """The results as a table for the terminal."""
    encoder, classes = result["encoder"], result["classes"]
    what = "random init" if encoder["random_init"] else encoder["file"]
    train, test = result["data"]["train"], result["data"]["test"]
    lines = [
        f"{what}: {train['pictures']} training, {test['pictures']} test pictures, "
        f"{len(classes['counted'])} classes"
    ]
    if classes["left_out"]:
        reasons: dict[str, list[str]] = {}
        for name, why in classes["left_out"].items():
            reasons.setdefault(why, []).append(name)
        for why, names in reasons.items():
            lines.append(f"left out with {why}: {', '.join(names)}")
    for task, told in result["tasks"].items():
        rows = {layer: headline(task, f) for layer, f in told["layers"].items()}
        columns = list(next(iter(rows.values())))
        width = max(map(len, rows))
        lines.append("")
        head = f"{task}, {told['metric']} %"
        lines.append(f"{head}, {result['seconds'][task]:.0f} s")
        lines.append(" " * width + "".join(f"{column:>10}" for column in columns))
        for layer, row in rows.items():
            cells = "".join(f"{row[column]:10.2f}" for column in columns)
            mark = "  <- best" if layer == told["best_layer"] else ""
            lines.append(f"{layer:<{width}}{cells}{mark}")
        found = told["layers"][told["best_layer"]]
        for k, why in found.get("left_out", {}).items():
            lines.append(f"k={k} left out: {why}")
        stopped = sum(f.get("not_converged", 0) for f in told["layers"].values())
        if stopped:
            lines.append(f"{stopped} fits stopped at their limit of iterations")
    return "\n".join(lines)
