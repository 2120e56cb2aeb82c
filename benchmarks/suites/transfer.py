"""Does the encoder help? Pretrained and random, on tasks of a part of PASCAL VOC.

The encoder's config trains as it comes, and detector and segmentor start from it as a
user's would: see the configs.
"""

from harness.data import voc_pictures, whole
from harness.data.generated import make_voc
from harness.methods import method
from harness.suite import AsConfigured, Method, Suite
from harness.tables.pairs import pairs
from harness.tasks import Detection, Segmentation, VOCProbe
from harness.tasks.sets import SIX_CLASSES

CONFIG = "pretrain/context-encoder_r18-half_patches-96.py"
CONFIGS = "benchmarks/suites/configs/{}.py"
ABOUT = """
ResNet-18 of half width, pretrained as its config says on the pictures that no `val`
list names, or untrained. The SVMs and the detector learn from `train` and are judged on
`val`; the segmentor learns from SBD's masks (`aug`). Counted are classes with at least
50 pictures on both sides. The data is a part of VOC: no figure here can stand beside a
published one. Minutes are those of one core, for each run.
"""
PROBE = dict(kind="svm", train="train", test="val", size=128, pool="2x2")
MASKS = dict(classes=SIX_CLASSES, metric="mean IoU of the classes")

suite = Suite(
    name="transfer",
    title="Does it help? Pretrained and untrained on a part of PASCAL VOC",
    about=ABOUT,
    encoder=dict(
        type="TimmBackbone", model_name="resnet18", channels=(32, 64, 128, 256)
    ),
    budget=AsConfigured(),
    data=dict(voc=whole, pretraining=voc_pictures),
    generate=make_voc,
    methods=(
        method("random"),
        Method("context-encoder", "Context Encoder", CONFIG),
    ),
    tasks=(
        *(
            VOCProbe(
                name=f"svm-voc{year}",
                title=f"SVM, VOC{year}",
                year=f"20{year}",
                min_positives=50,
                **PROBE,
            )
            for year in ("07", "12")
        ),
        Segmentation(
            name="segmentation_frozen",
            title="segmentation, encoder frozen",
            file=CONFIGS.format("fcn_r18-half_voc12aug-128_frozen"),
            **MASKS,
        ),
        Segmentation(
            name="segmentation",
            title="segmentation, all trained",
            file=CONFIGS.format("fcn_r18-half_voc12aug-128"),
            **MASKS,
        ),
        Detection(
            name="detection",
            title="detection, all trained",
            file=CONFIGS.format("faster-rcnn_r18-half_voc12-160"),
        ),
    ),
    tables=pairs,
)
