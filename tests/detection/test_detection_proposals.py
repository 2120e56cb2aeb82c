"""Proposals: what is kept, how a run goes on, what mmdet reads, users' mistakes."""

import pickle

import numpy as np
import pytest
from runs import ROOT
from scipy.io import savemat
from voc_folder import make_voc

from ce_plugin.datasets.proposals import selective_search as search
from ce_plugin.datasets.proposals.files import from_mat, read_split, write
from ce_plugin.errors import InputError
from ce_plugin.tools import proposals as tool

SETTINGS = dict(split="trainval", mode="fast", min_size=20, maximum=2000)


@pytest.fixture
def year(tmp_path):
    return make_voc(tmp_path / "VOCdevkit", ("2007",), pictures=5) / "VOC2007"


def quarters(picture):
    """A segmenter: the picture, its four quarters, and a box that is too small."""
    height, width = picture.shape[:2]
    h, w = height // 2, width // 2
    corners = [(x, y, w, h) for x in (0, w) for y in (0, h)]
    return np.array([(0, 0, width, height), *corners, (5, 6, 19, 40)])


# What `quarters` gives for the drawn pictures of 96 x 80 px, corners inside.
EXPECTED = [
    [0, 0, 95, 79],
    [0, 0, 47, 39],
    [0, 40, 47, 79],
    [48, 0, 95, 39],
    [48, 40, 95, 79],
]


def run(monkeypatch, capsys, *args):
    monkeypatch.setattr("sys.argv", ["proposals", *map(str, args)])
    code = tool.main()
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def fails(monkeypatch, capsys, *args):
    """The one line of a command that ends with 2 and leaves no file."""
    code, _, err = run(monkeypatch, capsys, *args)
    assert code == 2
    (line,) = err.strip().splitlines()
    return line


@pytest.fixture
def segmenter(monkeypatch):
    monkeypatch.setattr(search, "SelectiveSearch", lambda mode: quarters)


def test_select():
    rects = np.array([[3, 4, 20, 20], [0, 0, 19, 50], [0, 0, 50, 19], [1, 2, 30, 40]])
    assert search.select(rects).tolist() == [[3, 4, 22, 23], [1, 2, 30, 41]]
    assert search.select(rects, maximum=1).tolist() == [[3, 4, 22, 23]]
    assert len(search.select(rects, min_size=1)) == 4
    assert search.select(np.zeros((0, 4), int)).shape == (0, 4)


def test_tool_writes_what_mmdet_reads(year, segmenter, monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, year, "--split", "test")
    assert code == 0 and "3 pictures, 5 proposals each" in out
    # Where the config looks for it.
    from mmengine.config import Config

    cfg = Config.fromfile(ROOT / "configs/detection/fast-rcnn_caffenet_voc07.py")
    expected = cfg.val_dataloader.dataset.proposal_file
    path = year.parent / expected
    assert sorted(p.name for p in year.glob("selective*")) == [path.name]

    from mmdet.datasets import VOCDataset
    from mmdet.datasets.transforms import LoadProposals

    dataset = VOCDataset(
        data_root=str(year.parent),
        ann_file="VOC2007/ImageSets/Main/test.txt",
        data_prefix=dict(sub_data_root="VOC2007/"),
        proposal_file=expected,
        test_mode=True,
    )
    for i in range(len(dataset)):
        loaded = LoadProposals()(dataset.get_data_info(i))
        assert loaded["proposals"].tolist() == EXPECTED
        assert loaded["proposals"].dtype == np.float32
        scores = loaded["proposals_scores"]
        assert scores.tolist() == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2])
    # Plain arrays: a reader needs nothing of ours.
    with open(path, "rb") as file:
        content = pickle.load(file)
    assert all(type(v) is dict for v in content.values())


def test_a_run_goes_on_where_it_stopped(year, tmp_path):
    names = read_split(str(year), "trainval")
    part = tmp_path / "out.pkl.part"
    seen = []

    def interrupted(picture):
        seen.append(len(seen))
        if len(seen) == 3:
            raise KeyboardInterrupt
        return quarters(picture)

    with pytest.raises(KeyboardInterrupt):
        search.compute(str(year), names, interrupted, part, SETTINGS)
    whole = part.read_bytes()
    assert len(whole.splitlines()) == 3  # settings and two pictures
    # A line that a killed run did not finish is done again.
    part.write_bytes(whole + b'["000003", [[0, 0')
    calls = []

    def counted(picture):
        calls.append(1)
        return quarters(picture)

    boxes = search.compute(str(year), names, counted, part, SETTINGS)
    assert len(calls) == 3
    assert list(boxes) == names
    assert all(rows.tolist() == EXPECTED for rows in boxes.values())

    with pytest.raises(InputError, match=r"begun with .*'min_size': 20.*remove it"):
        search.compute(str(year), names, quarters, part, SETTINGS | dict(min_size=5))
    part.write_text("no json\n")
    with pytest.raises(InputError, match="damaged; remove it"):
        search.compute(str(year), names, quarters, part, SETTINGS)


@pytest.mark.slow
def test_processes_give_the_same(year, tmp_path):
    names = read_split(str(year), "trainval")
    one = search.compute(str(year), names, quarters, tmp_path / "a", SETTINGS)
    two = search.compute(str(year), names, quarters, tmp_path / "b", SETTINGS, 2)
    write(tmp_path / "a.pkl", one)
    write(tmp_path / "b.pkl", two)
    assert (tmp_path / "a.pkl").read_bytes() == (tmp_path / "b.pkl").read_bytes()


def test_interrupt_says_how_to_go_on(year, monkeypatch, capsys):
    def interrupted(picture):
        raise KeyboardInterrupt

    monkeypatch.setattr(search, "SelectiveSearch", lambda mode: interrupted)
    code, _, err = run(monkeypatch, capsys, year)
    assert code == 1 and "the same command goes on from" in err
    assert [p.suffix for p in year.glob("selective*")] == [".part"]


def test_real_search_uses_opencv(monkeypatch):
    """The calls on OpenCV's object, in their order; its order of boxes is seeded."""
    import cv2

    log = []

    class Search:
        def __getattr__(self, name):
            return lambda *args: log.append(name) or [[0, 0, 30, 30]]

    class Module:
        class segmentation:
            createSelectiveSearchSegmentation = Search

    monkeypatch.setattr(cv2, "ximgproc", Module, raising=False)
    picture = np.zeros((40, 40, 3), np.uint8)
    modes = dict(
        fast="switchToSelectiveSearchFast",
        quality="switchToSelectiveSearchQuality",
        single="switchToSingleStrategy",
    )
    for mode, switch in modes.items():
        log.clear()
        assert search.SelectiveSearch(mode)(picture).tolist() == [[0, 0, 30, 30]]
        assert log == ["setBaseImage", switch, "process"]


def mat(path, names, boxes, **more):
    """As MATLAB writes selective_search_data: a column of names, a row of boxes."""
    images = np.empty((len(names), 1), object)
    images[:, 0] = names
    cells = np.empty((1, len(boxes)), object)
    for i, rows in enumerate(boxes):
        cells[0, i] = np.array(rows, np.float64)
    savemat(path, dict(images=images, boxes=cells, **more))
    return path


def test_from_mat(year, tmp_path, monkeypatch, capsys):
    names = read_split(str(year), "test")
    # y1 x1 y2 x2 from 1 on; one picture has a single box, and one more is in the file.
    boxes = [[[11, 1, 60, 30], [1, 1, 80, 96]], [[2, 3, 4, 5]], [[1, 1, 9, 9]] * 3]
    file = mat(tmp_path / "ss.mat", ["000099", *names], [[[1, 1, 2, 2]], *boxes])
    found = from_mat(str(file), names)
    assert found[names[0]].tolist() == [[0, 10, 29, 59], [0, 0, 95, 79]]
    assert found[names[1]].tolist() == [[2, 1, 4, 3]]
    assert list(found) == names

    out = tmp_path / "out.pkl"
    args = (year, "--split", "test", "--from-mat", file, "--out", out)
    code, printed, _ = run(monkeypatch, capsys, *args)
    assert code == 0 and "3 pictures, 2 proposals each (1 to 3)" in printed
    with open(out, "rb") as stream:
        content = pickle.load(stream)
    assert content[f"JPEGImages/{names[0]}.jpg"]["bboxes"].tolist() == [
        [0, 10, 29, 59],
        [0, 0, 95, 79],
    ]
    out.unlink()
    run(monkeypatch, capsys, *args, "--min-size", "9", "--max", "1")
    with open(out, "rb") as stream:
        counts = [len(v["bboxes"]) for v in pickle.load(stream).values()]
    assert counts == [1, 0, 1]


class TestMistakes:
    @pytest.fixture(autouse=True)
    def nothing_left(self, year):
        before = set(year.rglob("*"))
        yield
        assert set(year.rglob("*")) == before

    def test_no_contrib_modules(self, year, monkeypatch, capsys):
        import cv2

        monkeypatch.delattr(cv2, "ximgproc", raising=False)
        line = fails(monkeypatch, capsys, year)
        assert "pip install opencv-contrib-python-headless" in line

    @pytest.mark.parametrize(
        "args, said",
        [
            (["--split", "trian"], "trian.txt"),
            (["--workers", "0"], "--workers is at least 1, not 0"),
            (["--max", "-1"], "--max is at least 1, not -1"),
            (["--min-size", "0"], "--min-size is at least 1, not 0"),
            (["--out", "/no/such/folder/x.pkl"], "no such folder: /no/such/folder"),
            (["--from-mat", "/no/such.mat"], "no such file: /no/such.mat"),
            (
                ["--from-mat", "x.mat", "--mode", "fast"],
                "takes no --mode; leave it out",
            ),
            (["--from-mat", "x.mat", "--workers", "1"], "takes no --workers; leave it"),
        ],
    )
    def test_arguments(self, args, said, year, segmenter, monkeypatch, capsys):
        assert said in fails(monkeypatch, capsys, year, *args)

    def test_root(self, year, segmenter, monkeypatch, capsys):
        line = fails(monkeypatch, capsys, year.parent)
        assert "not a year of VOC; give one of VOC2007 in it" in line
        assert "not a year of VOC" in fails(monkeypatch, capsys, year / "JPEGImages")
        assert "no such folder" in fails(monkeypatch, capsys, year / "nothing")

    def test_files_of_another_kind(self, year, tmp_path, monkeypatch, capsys):
        names = read_split(str(year), "trainval")
        good = [[[1, 1, 9, 9]]] * len(names)
        files = {
            "no MATLAB file": tmp_path / "text.mat",
            "no 'images' and 'boxes'; there is other": tmp_path / "keys.mat",
            "has no proposals for 1 of 5": mat(
                tmp_path / "few.mat", names[1:], good[1:]
            ),
            "5 images, 4 sets of boxes": mat(tmp_path / "odd.mat", names, good[1:]),
            "are not y1 x1 y2 x2 from 1 on": mat(
                tmp_path / "zero.mat", names, [[[0, 0, 9, 9]]] * len(names)
            ),
        }
        (tmp_path / "text.mat").write_text("these are no boxes" * 20)
        savemat(tmp_path / "keys.mat", dict(other=1))
        for said, file in files.items():
            assert said in fails(monkeypatch, capsys, year, "--from-mat", file)


def test_pictures_that_cannot_be_used(year, segmenter, monkeypatch, capsys):
    out = year / "selective_search_trainval.pkl"
    picture = year / "JPEGImages" / "000002.jpg"
    picture.write_bytes(b"no picture")
    assert f"cannot read {picture}" in fails(monkeypatch, capsys, year)
    picture.unlink()
    line = fails(monkeypatch, capsys, year)
    assert "1 of 5 pictures of trainval are not in" in line and "000002.jpg" in line
    out.write_bytes(b"something of the user's")
    make_voc(year.parent, ("2007",), pictures=5)
    assert "is there already" in fails(monkeypatch, capsys, year)
    assert out.read_bytes() == b"something of the user's"
