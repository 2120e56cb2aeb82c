"""The paper's Table 2: CaffeNet, judged by classification, detection, segmentation."""

from dataclasses import replace

from harness.data import voc_pictures, whole
from harness.data.generated import make_voc_for_paper
from harness.methods import method
from harness.methods.recipes import adamw, on_a_gpu
from harness.suite import Minutes, Suite
from harness.tasks import Classification, Detection, Segmentation

CAFFE = dict(mean=(104, 117, 123), std=(1, 1, 1), bgr=True)
PICTURES = dict(type="PicturePreprocessor", **CAFFE)
INPAINTING = dict(type="InpaintingPreprocessor", fill="mean", **CAFFE)
BOTTLENECK = dict(type="ChannelWiseFC", size=6, dropout=0.5)
DECODER = dict(type="UpConvDecoder", channels=(128, 64, 64, 32, 3))


def context_encoder(hole: str):
    """The paper's network; only where the hole is differs."""
    return replace(
        method(f"context-encoder-{hole}", model__data_preprocessor=INPAINTING),
        config="pretrain/context-encoder_caffenet_region-227.py",
    )


ABOUT = """\
The paper's Table 2 at equal minutes of one GPU: each method learns from the pictures of
VOC07 and VOC12 but those of their val lists, which is far less than the 1.2 million
pictures of the published rows. Needed beside a VOCdevkit: selective search proposals
(`mim run ce_plugin proposals`), the masks of SBD as SegmentationClassAug and the lists
of `mim run ce_plugin voc_lists`. The pictures of VOC07's test list are among those of
pretraining (without their labels)."""

suite = Suite(
    name="paper_alexnet",
    title="CaffeNet on PASCAL VOC: the tasks of the paper's Table 2",
    about=ABOUT,
    encoder=dict(type="CaffeNet", out_indices=("pool5",)),
    budget=Minutes(180),
    size=227,
    batch_size=128,
    data=dict(voc=whole, pretraining=voc_pictures),
    generate=make_voc_for_paper,
    pretraining=on_a_gpu() | adamw(1e-4) | {"model.data_preprocessor": PICTURES},
    methods=(
        method("random", normalization=CAFFE),
        method("data-dependent", normalization=CAFFE),
        method("autoencoder", model__bottleneck=BOTTLENECK, model__decoder=DECODER),
        context_encoder("center"),
        context_encoder("blocks"),
        context_encoder("region"),
        method("rotation"),
        method("relative-location"),
        method("jigsaw"),
        method("colorization"),
        method("simclr", model__hidden_channels=None),
        method("moco", model__hidden_channels=None),
        method("byol"),
        method("supervised"),
    ),
    tasks=(
        Classification(
            name="classification-voc07",
            title="VOC07 classification",
            metric="mAP",
            file="configs/classification/caffenet_voc07-multilabel.py",
            keys=("voc/mAP_10-draws",),
        ),
        Detection(
            name="detection-voc07",
            title="VOC07 detection",
            metric="mAP at IoU .5, 11 points",
            file="configs/detection/fast-rcnn_caffenet_voc07.py",
            eleven=True,
        ),
        Segmentation(
            name="segmentation-voc12",
            title="VOC12 segmentation",
            file="configs/segmentation/fcn_caffenet_voc12.py",
        ),
    ),
)
