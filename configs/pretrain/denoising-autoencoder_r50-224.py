# The autoencoder, shown pictures of which a quarter of the pixels are masked.
_base_ = "./autoencoder_r50-224.py"

model = dict(type="DenoisingAutoEncoder", noise="masking", amount=0.25)
