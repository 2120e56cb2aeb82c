# Seen words with ResNet-50: the control of hidden words that has no hole.
_base_ = "./hidden-words_r50-224.py"

model = dict(holes_from=0.0)
train_dataloader = dict(dataset=dict(mask=None))
val_dataloader = None
val_cfg = None
val_evaluator = None
# Nothing is held out for pictures.
custom_hooks = [
    hook for hook in _base_.custom_hooks if hook.type != "ReconstructionHook"
]
