"""Whether the harness works: three methods and two tasks on invented pictures."""

from harness.data import voc_pictures, whole
from harness.data.generated import make_voc
from harness.methods import method
from harness.suite import Images, Suite
from harness.tasks import VOCProbe

PROBE = dict(
    year="2007",
    size=32,
    pool="64",
    costs=("1", "10"),
    min_positives=3,
    kinds=("svm", "knn"),
    neighbours=(3,),
)

suite = Suite(
    name="smoke",
    title="Invented pictures, to see whether everything works",
    about="Coloured blocks on noise: the figures say nothing about the methods.",
    encoder=dict(type="TimmBackbone", model_name="resnet18", channels=(8, 16, 32, 64)),
    budget=Images(480),
    size=32,
    batch_size=16,
    data=dict(voc=whole, pretraining=voc_pictures),
    generate=make_voc,
    without_root=make_voc,
    methods=(
        method("random"),
        method("context-encoder-patches"),
        method("simclr", model__hidden_channels=None),
    ),
    tasks=(
        VOCProbe(name="svm-voc07", title="SVM", kind="svm", **PROBE),
        VOCProbe(name="knn-voc07", title="kNN", kind="knn", **PROBE),
    ),
    seeds=(0, 1),
)
