"""Label efficiency: one narrow domain, a few hundred pictures, few of them labelled.

Your own: ``--data-root FOLDER --classes road sky ... unlabelled``;
see docs/benchmarks.md.
"""

from dataclasses import replace
from functools import partial

from harness.data.generated import make_segmentation_folder
from harness.suite import Minutes, Suite
from harness.suites import load_suite
from harness.tasks.labels import label_shares
from harness.tasks.own_pictures import labelled_folder, training_pictures

CLASSES = (
    *("sky", "building", "pole", "road", "pavement", "tree", "sign", "fence"),
    *("car", "pedestrian", "bicyclist"),
)
UNLABELLED = "unlabelled"
METHODS = (
    *("random", "autoencoder", "context-encoder-blocks", "context-encoder-patches"),
    *("rotation", "relative-location", "simclr", "moco", "byol"),
)
# Network, recipe and methods' changes are those of the other small suite.
SMALL = load_suite("voc320_cpu")


def for_classes(classes: tuple[str, ...]) -> Suite:
    """The suite on a folder of pictures and masks.

    Args:
        classes: Names, in the order of the masks' numbers, from 0. Where the last one
            is ``unlabelled``, pixels of its number do not count; 255 otherwise.
    """
    unlabelled = 255
    if classes[-1] == UNLABELLED:
        classes, unlabelled = classes[:-1], len(classes) - 1
    return replace(
        SMALL,
        name="labels",
        title="Segmentation from few labels, equal processor minutes",
        budget=Minutes(3),
        data=dict(
            folder=labelled_folder(classes, unlabelled), pretraining=training_pictures
        ),
        generate=partial(
            make_segmentation_folder, classes=classes, unlabelled=unlabelled
        ),
        methods=tuple(m for m in SMALL.methods if m.name in METHODS),
        tasks=label_shares(classes, unlabelled),
        about="",
    )


ABOUT = """
ResNet-18 of half width, 96 px, one core for each run. Pretraining sees the frames
of `train`, less eight that are held out, without labels; a Semantic FPN then learns
from 5, 10, 25 or 100 % of the masks of `train`, chosen evenly along the sequences, the
same for every method and seed, with the same number of steps for every share, all of it
trained. Mean IoU of 11 classes on the 101 frames of `val`, at 160 px.
"""
suite = replace(
    for_classes((*CLASSES, UNLABELLED)),
    name="camvid_labels",
    title="CamVid at 320 px: segmentation from few labels, equal processor minutes",
    about=ABOUT,
)
