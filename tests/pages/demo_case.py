"""A picture with a hole, and a visitor who sends it to the page's server."""

import io

import numpy as np
from fillers_case import box, smooth
from PIL import Image

from ce_plugin.inpainting.fillers import ContextMeanFill
from ce_plugin.pages.demo import Limits, Offer
from ce_plugin.pages.demo.app import create_app

PICTURE = smooth(40, 60)
HOLE = box(40, 60, (10, 25, 20, 45))
SMALL = Limits(megabytes=1, megapixels=0.1, waiting=2)


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


GOOD = dict(picture=png(PICTURE), mask=png(HOLE * np.uint8(255)))


def client(fillers=(), limits=SMALL):
    offers = [Offer("context-mean", ContextMeanFill()), *fillers]
    return create_app(offers, limits).test_client()


def send(visitor, path="/fill", filler="context-mean", headers=None, **files):
    data = {name: (io.BytesIO(content), name) for name, content in files.items()}
    if filler is not None:
        data["filler"] = filler
    kind = "multipart/form-data"
    return visitor.post(path, data=data, content_type=kind, headers=headers or {})
