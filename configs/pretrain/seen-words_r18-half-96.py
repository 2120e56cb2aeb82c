# Seen words: the same words without a hole, of all cells. Distillation of the words'
# descriptor, no inpainting: the rival that hidden words have to beat.
_base_ = "./hidden-words_r18-half-96.py"

model = dict(holes_from=0.0)
train_dataloader = dict(dataset=dict(mask=None))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
val_dataloader = None
val_cfg = None
val_evaluator = None
# Nothing is held out for pictures.
custom_hooks = [
    hook for hook in _base_.custom_hooks if hook.type != "ReconstructionHook"
]
