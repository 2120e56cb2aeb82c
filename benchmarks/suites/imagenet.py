"""ResNet-50 on ImageNet: linear probes per layer, kNN, fine-tuning."""

from harness.data import part, whole
from harness.data.generated import make_class_folders
from harness.methods.recipes import on_a_gpu, resnet50_methods
from harness.suite import Images, Suite
from harness.tasks import Classification, FolderKNN

ABOUT = """\
Every method sees each of ImageNet-1k's 1.28 million training pictures 100 times,
however many views it makes of them; judged on the 50,000 of val, sorted into class
folders. Days of a GPU for each method: `--methods` and `--seeds` choose some. The
linear probe's figure is that of the best of five layers; all are in its result."""

LAYERS = ("conv1", "layer1", "layer2", "layer3", "layer4")
# The recipe counts with 2,048 pictures a step: eight times 256 on one device.
ACCUMULATED = 8
STEPS = ACCUMULATED * 62_500

suite = Suite(
    name="imagenet",
    title="ResNet-50 on ImageNet, 100 epochs",
    about=ABOUT,
    encoder=dict(type="TimmBackbone", model_name="resnet50"),
    budget=Images(100 * 1_281_167),
    size=224,
    batch_size=256,
    channels_last=True,
    data=dict(imagenet=whole, pretraining=part("train")),
    generate=make_class_folders,
    pretraining=on_a_gpu(),
    methods=resnet50_methods(),
    tasks=(
        Classification(
            name="linear",
            title="linear probe",
            metric="top-1 accuracy",
            file="configs/classification/linear-probe_r50_imagenet.py",
            data="imagenet",
            keys=tuple(f"accuracy/{layer}_top1" for layer in LAYERS),
        ),
        FolderKNN(name="knn", title="kNN"),
        Classification(
            name="fine-tuning",
            title="fine-tuning",
            metric="top-1 accuracy",
            file="configs/classification/r50_imagenet_rsb-a3.py",
            data="imagenet",
            keys=("accuracy/top1",),
            changes={
                "optim_wrapper.accumulative_counts": ACCUMULATED,
                "train_cfg": dict(
                    type="PretrainLoop", max_iters=STEPS, val_interval=STEPS // 20
                ),
                "param_scheduler": [
                    dict(
                        type="LinearLR",
                        start_factor=0.0125,
                        by_epoch=False,
                        begin=0,
                        end=ACCUMULATED * 3125,
                    ),
                    dict(
                        type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min=1e-6
                    ),
                ],
            },
        ),
    ),
    seeds=(0,),
)
