# VOC 2007 classification with a ResNet-18 under the same crops, loss and figures as
# caffenet_voc07-multilabel.py, its schedule shortened: mean of layer4 and one linear
# layer. Only that layer: --cfg-options model.train_layers=head
_base_ = "./caffenet_voc07-multilabel.py"

model = dict(
    data_preprocessor=dict(
        mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375), bgr=False
    ),
    backbone=dict(
        _delete_=True,
        type="TimmBackbone",
        model_name="resnet18",
        init_cfg=dict(type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth"),
    ),
    head=dict(_delete_=True, type="PooledLinear", num_classes=20),
)
train_cfg = dict(max_iters=20_000, val_interval=20_000)
param_scheduler = [dict(type="StepLR", by_epoch=False, step_size=5000, gamma=0.5)]
