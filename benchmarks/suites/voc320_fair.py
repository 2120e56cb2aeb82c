"""The final comparison on a part of VOC: settings searched, fresh seeds, claims named.

Opened once, with what ``voc320_choose`` has chosen: see there.
"""

from dataclasses import replace

from harness.fair import (
    DESCRIPTORS,
    OURS,
    SMALL,
    ceiling,
    chosen,
    controls,
    known,
    other_picture,
)
from harness.methods.variants import at_minutes
from harness.tasks.sets import CLAIMED, fair

LONG = 20
HALF = 10
"""Minutes of one row of ours, to stand beside rivals of twenty."""
LEADING = (OURS, "seen-words", "rotation", "simclr", "moco")
"""Ten seeds at six minutes, five at twenty."""

CONTROLS = {"hidden-words-visible": 5, "hidden-words-random": 5}
"""Seeds of those that are near; three show the others, which are far."""

ABOUT = """
ResNet-18 of half width, 96 px, one core for each run, bfloat16 in pretraining, on the
pictures that no `val` list names; learning rate and batch of each method as
`voc320_choose` has chosen them, with the same number of trials, on a part of the
training lists. Views are jittered as batches and batch norms take their statistics anew
on training crops, for every method. Minutes are those of the processor, and what a
target is fitted to counts. Tasks, data and classes are those of `voc320_cpu`; the SVM
by the last layer, on which detectors and segmentors stand, and by the layer that
cross-validation chooses. `supervised` has the labels of `train`.
The data is a part of VOC at reduced size and the budgets are minutes: no figure here
can stand beside a published one.
"""

suite = replace(
    SMALL,
    name="voc320_fair",
    title="A part of PASCAL VOC at 320 px: the final comparison",
    methods=(
        known("random"),
        # They have no seed; a second one shows it.
        *(replace(m, seeds=2) for m in DESCRIPTORS if m.name != "bag-of-words"),
        *(method for method in DESCRIPTORS if method.name == "bag-of-words"),
        *map(chosen, LEADING),
        replace(chosen("byol"), seeds=5),
        *(replace(m, seeds=CONTROLS.get(m.name, 3)) for m in controls(chosen(OURS))),
        replace(other_picture(chosen(OURS)), seeds=3),
        replace(known("context-encoder-patches"), seeds=5),
        at_minutes(chosen(OURS), HALF, seeds=5),
        *(at_minutes(chosen(name), LONG, seeds=5) for name in LEADING),
        at_minutes(chosen("byol"), LONG, seeds=3),
        ceiling("voc", seeds=3),
    ),
    tasks=fair(),
    claims=(
        *((OURS, theirs) for theirs in (*LEADING[1:], "byol", "bag-of-words")),
        *((f"{OURS}@{LONG}", f"{theirs}@{LONG}") for theirs in LEADING[1:]),
        (f"{OURS}@{LONG}", "bag-of-words"),
    ),
    claimed=CLAIMED,
    seeds=tuple(range(10, 20)),
    about=ABOUT,
)
