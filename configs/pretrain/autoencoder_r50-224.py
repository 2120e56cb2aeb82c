# The paper's own baseline: the network of context-encoder_r50_blocks-224, no hole.
_base_ = "./context-encoder_r50_blocks-224.py"

model = dict(
    type="AutoEncoder", reconstruction=dict(type="ReconstructionLoss", region="full")
)
train_dataloader = dict(dataset=dict(mask=None))
val_dataloader = dict(dataset=dict(mask=None))
val_evaluator = dict(_delete_=True, type="PictureMetrics")
