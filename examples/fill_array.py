"""Fill the hole of an array.

    python examples/fill_array.py photo.jpg 40 30 90 70 --filler patchmatch

The hole is a box: left, top, right, bottom in pixels. Any boolean array does as well.
"""

import argparse

import numpy as np
from PIL import Image

from ce_plugin.inpainting import InpaintingInferencer

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("picture")
parser.add_argument("box", type=int, nargs=4, metavar="PIXEL", help="left top ...")
parser.add_argument("--filler", default="patchmatch", help="encoder-decoder, telea ...")
parser.add_argument("--checkpoint", help="of a network: a run's folder")
parser.add_argument("--out", default="filled.png")
args = parser.parse_args()

picture = np.asarray(Image.open(args.picture).convert("RGB"))
hole = np.zeros(picture.shape[:2], bool)
left, top, right, bottom = args.box
hole[top:bottom, left:right] = True

fill = InpaintingInferencer(args.filler, args.checkpoint, show_progress=False)
(filled,) = fill(picture, masks=hole)["visualization"]

assert filled.shape == picture.shape and filled.dtype == np.uint8
assert np.array_equal(filled[~hole], picture[~hole])  # only the hole has changed
Image.fromarray(filled).save(args.out)
print(f"{args.out}: {hole.sum()} pixels filled by {args.filler}")
