"""A made-up mmcv with the layout of the real one's sources and nothing to compile.

Where a wheel is built for real, it is of this one, so that no network and no minute is
needed.
"""

import hashlib
import tarfile

from ce_plugin.environment.mmcv import build as mmcv_build

SETUP = """
import os
from setuptools import find_packages, setup
flags = ["-std=c++14", "-std=c++17"]
def get_version():
    version_file = "mmcv/version.py"
    with open(version_file, encoding='utf-8') as f:
        exec(compile(f.read(), version_file, 'exec'))
    return locals()['__version__']
assert os.environ["MMCV_WITH_OPS"] == "1" and "-g0" in os.environ["CFLAGS"]
{more}
setup(name="mmcv", version=get_version(), packages=find_packages())
"""
WRONG = """
def nms(boxes, scores, iou_threshold):
    return boxes, scores.argsort(descending=True)
RoIAlign = None
"""


def make_tree(folder, operators=WRONG, more=""):
    """A made-up mmcv with the layout of the archive."""
    tree = folder / "mmcv-2.1.0"
    sources = tree / "mmcv" / "ops" / "csrc" / "pytorch"
    names = ["pybind", "nms", "roi_align", "psamask", "carafe"]
    files = [f"{x}.cpp" for x in names] + ["spconv_utils.h"]
    files += [f"cpu/{x}" for x in mmcv_build.APART] + ["cpu/nms.cpp", "cpu/knn.cpp"]
    files += ["cuda/nms_cuda.cu", "cuda/cudabind.cpp"]
    for name in files:
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        (sources / name).write_text(f"// {name}\n")
    (tree / "mmcv" / "__init__.py").write_text("")
    (tree / "mmcv" / "version.py").write_text("__version__ = '2.1.0'\n")
    (tree / "mmcv" / "ops" / "__init__.py").write_text(operators)
    (tree / "setup.py").write_text(SETUP.format(more=more))
    return tree


def make_archive(folder, scratch, **kwargs):
    """The archive of such an mmcv in ``folder``, and its digest."""
    tree = make_tree(scratch, **kwargs)
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / mmcv_build.ARCHIVE, "w:gz") as archive:
        archive.add(tree, tree.name)
    return hashlib.sha256((folder / mmcv_build.ARCHIVE).read_bytes()).hexdigest()


def listing(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
