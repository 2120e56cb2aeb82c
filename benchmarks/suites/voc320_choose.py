"""Where recipes and settings are chosen: on a part of the training lists."""

from dataclasses import replace
from functools import partial

from harness.choosing import choosing_devkit, choosing_pictures
from harness.generated import make_voc
from harness.suites import load_suite
from harness.tasks.sets import fair
from harness.variants import trials

SMALL = load_suite("voc320_cpu")
KNOWN = {method.name: method for method in SMALL.methods}
SEARCHED = ("rotation", "simclr", "moco", "byol")
RATES = (1e-3, 2e-3, 4e-3)
BATCHES = (32, 64)

ABOUT = """
For choosing only: a third of VOC07's and VOC12's `train` and of SBD's `aug` is judged
on, the rest is learned from; no picture of a `val` list is in it, and pretraining sees
none that is judged. Each method has the same trials of learning rate and batch, one
seed of its own; the index says which one it goes on with. Counted are classes with at
least 25 pictures on both sides in VOC07, and 50 in VOC12.
"""

suite = replace(
    SMALL,
    name="voc320_choose",
    title="Recipes and settings, chosen on a part of the training lists",
    data=dict(choosing=choosing_devkit, pretraining=choosing_pictures),
    generate=partial(make_voc, pictures=36),
    methods=(
        KNOWN["random"],
        *(
            trial
            for name in SEARCHED
            for trial in trials(KNOWN[name], RATES, BATCHES, SMALL.batch_size)
        ),
    ),
    tasks=fair("choosing", positives_07=25),
    seeds=(100,),
    about=ABOUT,
)
