"""Fillers of holes on held-out pictures: the paper's Table 1 in form."""

from functools import partial
from typing import Any

from harness.data import bundled_photos, held_out, voc_pictures
from harness.data.generated import make_voc
from harness.suite import AsConfigured, Method, Suite
from harness.tables.fillers import COARSEST, NETWORKS, fillers
from harness.tasks.fill import INDEX, LIBRARY, NETWORK, Fill

MASKS = dict(
    center=dict(type="CenterRegion", overlap=4),
    region=dict(type="RandomRegion", kind="noise"),
    blocks=dict(type="RandomBlock"),
    strokes=dict(type="BrushStrokes"),
    border=dict(type="Outpainting"),
)
CONFIG = "benchmarks/suites/configs/inpainting_{}-128.py"
TRAINED: dict[str, Any] = dict(checkpoint=NETWORK, device="cpu")


def filler(name: str, network: str = "", **options: Any) -> Method:
    """A row: a filler, and the network that it uses."""
    return Method(name, name, kind="filler", changes=options, trained_as=network)


def nearest(name: str, network: str = "", **options: Any) -> Method:
    """A row: the nearest neighbour among the pictures that the networks learn from."""
    options = dict(filler="nearest", collection=LIBRARY, index=INDEX, **options)
    return filler(f"nearest, {name}", network, **options)


def patchmatch(coarsest: int, name: str, start: Any, network: str = "") -> Method:
    """A row: PatchMatch, which halves a hole down to ``coarsest`` pixels."""
    options = dict(filler="patchmatch", start=start, coarsest=coarsest)
    return filler(f"PatchMatch {coarsest} from {name}", network, **options)


def with_network(network: str) -> tuple[Method, Method]:
    """The rows of a network: its features, and what it paints itself."""
    return (
        nearest(f"{network} features", network, descriptor="encoder", **TRAINED),
        filler(
            f"Context Encoder, {network}", network, filler="encoder-decoder", **TRAINED
        ),
    )


SIMPLE = ("constant", "context-mean", "telea", "navier-stokes")
NET = dict(type="EncoderDecoder", **TRAINED)
ABOUT = """
Two narrow Context Encoders learn from the pictures of VOC that no `val` list names, one
with the hole in the center and one with noise regions anywhere. They and other fillers
fill the same fixed holes in 60 pictures of the `val` lists and in the bundled
photographs, all at 128 px. Seconds are of one core and of the filling alone.
"""

suite = Suite(
    name="inpainting",
    title="Fillers of holes: the paper's Table 1 in form",
    about=ABOUT,
    budget=AsConfigured(),
    data=dict(pretraining=voc_pictures, voc=held_out(60), bundled=bundled_photos),
    generate=partial(make_voc, pictures=30),
    methods=(
        *(Method(n, f"network, {n}", CONFIG.format(n)) for n in NETWORKS),
        *(filler(name, filler=name) for name in SIMPLE),
        nearest("HOG", descriptor="hog"),
        *(row for name in NETWORKS for row in with_network(name)),
        *(
            row
            for coarsest in COARSEST
            for row in (
                patchmatch(coarsest, "noise", "noise"),
                patchmatch(coarsest, "context mean", "context-mean"),
                *(
                    patchmatch(coarsest, f"Context Encoder, {n}", NET, n)
                    for n in NETWORKS
                ),
            )
        ),
    ),
    tasks=tuple(
        Fill(
            name=f"{pictures}-{masks}",
            title=f"{pictures}, {masks}",
            generator=generator,
            pictures=pictures,
            same_hole=masks == "center",
            keep=pictures == "bundled",
        )
        for pictures in ("voc", "bundled")
        for masks, generator in MASKS.items()
    ),
    seeds=(0,),
    floor="constant",
    tables=fillers,
)
