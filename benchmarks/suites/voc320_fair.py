"""The final comparison on a part of VOC: settings searched, fresh seeds, claims named.

Opened once, with what ``voc320_choose`` has chosen: see there.
"""

from dataclasses import replace

from harness.methods import METHODS
from harness.suite import Method
from harness.suites import load_suite
from harness.tasks.sets import CLAIMED, fair
from harness.variants import at_minutes

# Network, recipe and what is cut to the length of the training are the small suite's.
SMALL = load_suite("voc320_cpu")
KNOWN = {method.name: method for method in SMALL.methods}
RIVALS = ("rotation", "simclr", "moco", "byol")
OTHERS = ("context-encoder-patches",)
CROP = dict(type="RandomResizedCrop", size=96, scale=(0.2, 1.0))


def labelled(image_set: str, transforms: list[dict]) -> dict:
    """The ceiling's data: it knows no part that is held out."""
    kept = dict(type="VOCLabels", image_set=image_set, cache_mb=2048)
    return dict(**kept, transforms=transforms)


CEILING = replace(
    METHODS["supervised"],
    seeds=3,
    changes={
        "train_dataloader.dataset": labelled(
            "train", [CROP, dict(type="RandomHorizontalFlip")]
        ),
        "val_dataloader.dataset": labelled(
            "val", [dict(type="Resize", size=(96, 96), antialias=True)]
        ),
    },
)


def methods() -> tuple[Method, ...]:
    """All rows: ten seeds for the leading ones, five for the others and for longer."""
    leading = [KNOWN[name] for name in RIVALS]
    return (
        KNOWN["random"],
        *leading,
        *(replace(KNOWN[name], seeds=5) for name in OTHERS),
        *(at_minutes(method, 20, seeds=5) for method in leading),
        CEILING,
    )


ABOUT = """
ResNet-18 of half width, 96 px, one core for each run, bfloat16 in pretraining, on the
pictures that no `val` list names; learning rate and batch of each method as
`voc320_choose` has chosen them, with the same number of trials, on a part of the
training lists. Minutes are those of the processor, and what a target is fitted to
counts. Tasks, data and classes are those of `voc320_cpu`; SVM and low-shot by the last
layer, on which detectors and segmentors stand, and the SVM by the layer that
cross-validation chooses as well. `supervised` has the labels of `train`.
The data is a part of VOC at reduced size and the budgets are minutes: no figure here
can stand beside a published one.
"""

suite = replace(
    SMALL,
    name="voc320_fair",
    title="A part of PASCAL VOC at 320 px: the final comparison",
    methods=methods(),
    tasks=fair(),
    claimed=CLAIMED,
    seeds=tuple(range(10, 20)),
    about=ABOUT,
)
