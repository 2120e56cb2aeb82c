# 1,300 epochs of the 16,551 pictures of the trainval lists of VOC2007 and VOC2012,
# but 5 % for looking at them: 80,000 steps of 256 on one GPU. No labels are read.
_base_ = "./hidden-words_vit-small-224.py"

data_root = "data/VOCdevkit"
train_cfg = dict(max_iters=80_000)
