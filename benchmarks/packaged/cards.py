"""What the cards of packaged weights say that no run knows."""

from __future__ import annotations

LICENCE = (
    "MIT, as the package. The pictures that it has learned from are PASCAL VOC's: they "
    "come from Flickr, their authors keep their rights, and VOC offers them for "
    "research; none is in the file. Who needs weights whose pictures are his own to "
    "use makes them by the same command from his own pictures. Say that it was trained "
    "by ce_plugin on a part of PASCAL VOC, and set none of its figures beside "
    "published ones: data, size and minutes are small."
)
PART = {"inpaint-128": "model", "r18-half": "encoder"}
"""By name: all that fills holes, or the encoder alone."""
DATA = {
    "inpaint-128": (
        "The pictures of PASCAL VOC 2007 and 2012 at 320 px that no val list of any "
        "task names, without labels"
    ),
    "r18-half": (
        "The pictures of PASCAL VOC 2007 and 2012 at 320 px that no val list of any "
        "task names, without labels"
    ),
}
WHAT = {
    "inpaint-128": (
        "Fills holes: an encoder-decoder with skips for 128 px, trained on centers, "
        "regions and blocks by the squared error alone"
    ),
    "r18-half": (
        "Looks at pictures: ResNet-18 of half width, pretrained at 96 px by hidden "
        "words"
    ),
}
"""By name: one sentence."""
