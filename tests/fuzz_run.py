"""Takes a folder of fuzzed files through all that reads folders; a process of its own.

``fuzz_run.py FOLDER OUT MASKS`` writes ``OUT/told.json``: what each part did with each
file, the longest time that one took and the most memory of the process.
"""

import contextlib
import io
import json
import resource
import sys
import time
from pathlib import Path

from ce_plugin.datasets.files import find_pictures
from ce_plugin.inpainting.fillers import ConstantFill
from ce_plugin.pages.demo import Limits, Offer
from ce_plugin.tools import inpaint, score


class Clock:
    """The longest processor time between two ticks, and after which file."""

    def __init__(self):
        self.longest, self.at, self.since = 0.0, "", time.process_time()

    def tick(self, name):
        now = time.process_time()
        if now - self.since > self.longest:
            self.longest, self.at = now - self.since, name
        self.since = now

    def told(self):
        return dict(seconds=round(self.longest, 2), at=self.at)


def folder_reader(folder):
    """Every file by the dataset that ``train`` reads a folder with."""
    from ce_plugin.datasets import ImageFolder

    dataset = ImageFolder(str(folder), split="all", max_bad_share=1)
    clock, read = Clock(), []
    for index, name in enumerate(dataset.names):
        sample = dataset[index]
        assert sample["inputs"].shape[0] == 3
        if sample["data_samples"].path == dataset.path_of(name):
            read.append(name)
        clock.tick(name)
    return dict(names=list(dataset.names), good=read, longest=clock.told())


def command(tool, *args):
    """A tool as its command line runs it, what it printed, and its exit code."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    # As Python's own: what cannot be printed is written out on stderr only.
    err = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace")
    sys.argv = [tool.__name__, *map(str, args)]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = tool.main()
        out.flush(), err.flush()
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return dict(code=code, out=said[0].split("\n"), err=said[1].split("\n"))


def filled(folder, out):
    from ce_plugin.inpainting import InpaintingInferencer

    clock, plain = Clock(), InpaintingInferencer.stream

    def timed(self, *args, **kwargs):
        for outcome in plain(self, *args, **kwargs):
            yield outcome
            clock.tick(outcome.job.name)

    InpaintingInferencer.stream = timed
    try:
        told = command(
            inpaint,
            *(folder, "--box", "1,1,2,2", "--box", "0,0,1,1", "--filler", "constant"),
            *("--out", out / "filled", "--batch-size", "1"),
        )
    finally:
        InpaintingInferencer.stream = plain
    names = [path.name for path in (out / "filled").iterdir()]
    return told | dict(names=names, longest=clock.told())


def scored(folder, out, masks):
    from ce_plugin.evaluation.scoring import run as _score

    clock, plain = Clock(), _score.run_score
    _score.run_score = lambda args, tell: plain(args, lambda n, of: clock.tick(n))
    path = out / "scores.json"
    try:
        told = command(score, folder, folder, "--masks", masks, "--json", path)
    finally:
        _score.run_score = plain
    names = [one["name"] for one in json.loads(path.read_text())["pictures"]]
    return told | dict(names=names, longest=clock.told())


def served(folder, names, mask):
    """Every file as an upload that is opened and filled."""
    from ce_plugin.pages.demo.app import create_app

    app = create_app([Offer("constant", ConstantFill())], Limits(megapixels=100))
    client, clock, codes, errors, good = app.test_client(), Clock(), {}, [], []
    mask = mask.read_bytes()
    for name in names:
        try:
            data = Path(folder, name).read_bytes()
        except OSError:
            continue
        for path in ("/open", "/fill"):
            form = dict(picture=(io.BytesIO(data), "p"), filler="constant")
            if path == "/fill":
                form["mask"] = (io.BytesIO(mask), "m")
            answer = client.post(path, data=form)
            codes[answer.status_code] = codes.get(answer.status_code, 0) + 1
            if answer.status_code != 200:
                errors.append(answer.get_json()["error"])
            elif path == "/fill":
                good.append(name)
        clock.tick(name)
    return dict(codes=codes, errors=errors, good=good, longest=clock.told())


def main():
    folder, out, masks = map(Path, sys.argv[1:])
    names = find_pictures(str(folder))
    told = dict(reader=folder_reader(folder))
    told["inpaint"] = filled(folder, out)
    told["score"] = scored(folder, out, masks)
    told["demo"] = served(folder, names, masks)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told["megabytes"] = usage.ru_maxrss // 1024
    told["processor"] = round(time.process_time(), 1)
    (out / "told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main()
