# The autoencoder, shown pictures in which patches have been swapped: a quarter of the
# area. placement="poisson": none overlaps another.
_base_ = "./autoencoder_r50-224.py"

model = dict(type="ContextRestoration", patch=1 / 8, share=0.25, placement="uniform")
