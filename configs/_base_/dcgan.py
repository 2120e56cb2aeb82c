# The inpainting network of the released code, with its README's values: both losses,
# pictures in [-1, 1], holes filled with its rotated mean colour.
model = dict(
    type="ContextEncoder",
    data_preprocessor=dict(
        type="InpaintingPreprocessor",
        mean=(127.5, 127.5, 127.5),
        std=(127.5, 127.5, 127.5),
        fill=(117, 104, 123),
    ),
    backbone=dict(type="DCGANEncoder", input_size=128, bottleneck=4000),
    decoder=dict(type="DCGANDecoder", output_size=128),
    discriminator=dict(type="DCGANDiscriminator", input_size=128),
    reconstruction=dict(
        type="ReconstructionLoss", region="full", normalizer="elements"
    ),
    adversarial=dict(type="AdversarialLoss"),
    reconstruction_weight=0.999,
)
# The learning rate is the discriminator's; the generator's is 10 times that.
optim_wrapper = dict(
    constructor="ContextEncoderOptimWrapper",
    type="OptimWrapper",
    optimizer=dict(type="Adam", lr=2e-4, betas=(0.5, 0.999), fused=True),
    lr_factor="released",
)
