# Jigsaw with ResNet-50: 1000 permutations of nine tiles of 63 px, as in the paper.
_base_ = "../_base_/views.py"

model = dict(
    type="Jigsaw",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
    permutations=1000,
    tile_channels=512,
    hidden_channels=4096,
)
train_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="RandomResizedCrop", size=224, scale=(0.3, 1.0)),
            dict(type="RandomHorizontalFlip"),
            # Against colour fringes of lenses, which tell where a tile lies.
            dict(type="RandomGrayscale", p=0.3),
        ]
    )
)
