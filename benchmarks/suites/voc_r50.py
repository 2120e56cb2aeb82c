"""ResNet-50 on PASCAL VOC: every method that takes one, at equal GPU minutes."""

from harness.data import voc_pictures, whole
from harness.data.generated import make_voc
from harness.methods import method
from harness.methods.recipes import on_a_gpu, resnet50_methods
from harness.suite import Minutes, Suite
from harness.tasks import Detection, Segmentation, VOCProbe

ABOUT = """\
Equal minutes of one GPU. Every method learns from the pictures of VOC07 and VOC12 but
those of their val lists, some 16,000: figures of encoders that have seen ImageNet are
no rivals of these. `supervised` has the labels of the train lists. Those of VOC07's
test list are among the pictures of pretraining (without their labels)."""

# Both classifiers are fitted in one run of the probe tool.
PROBE = dict(year="2007", kinds=("svm", "low-shot"))
# One device has the pictures of the four or eight that mmdet and mmseg count with.
SIXTEEN = {"train_dataloader.batch_size": 16}

suite = Suite(
    name="voc_r50",
    title="ResNet-50 on PASCAL VOC, equal GPU minutes",
    about=ABOUT,
    encoder=dict(type="TimmBackbone", model_name="resnet50"),
    budget=Minutes(120),
    size=224,
    batch_size=256,
    channels_last=True,
    data=dict(voc=whole, pretraining=voc_pictures),
    generate=make_voc,
    pretraining=on_a_gpu(),
    methods=resnet50_methods(queue=8192, supervised=[method("supervised")]),
    tasks=(
        VOCProbe(name="svm-voc07", title="VOC07 SVM", kind="svm", **PROBE),
        Detection(
            name="detection-voc0712",
            title="VOC07+12 detection",
            file="configs/detection/faster-rcnn_r50-fpn_voc0712.py",
            changes=SIXTEEN,
        ),
        Segmentation(
            name="segmentation-voc12aug",
            title="VOC12aug segmentation",
            file="configs/segmentation/fcn_r50-d8_voc12aug.py",
            changes=SIXTEEN,
        ),
        VOCProbe(
            name="low-shot-voc07",
            title="VOC07 low-shot SVM",
            kind="low-shot",
            **PROBE,
        ),
    ),
)
