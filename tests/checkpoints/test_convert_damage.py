"""Whatever a file holds, the answer is a network or one line."""

import random
import resource
import struct
import zipfile

import pytest
import torch
from checkpoints.caffemodel_writer import caffenet, layer, net_parameter
from checkpoints.port import JUDGE, entries, lua, port
from checkpoints.t7_writer import Obj, Storage, Tensor, dumps, tensor

from ce_plugin.checkpoints import convert
from ce_plugin.errors import InputError


def torch7_bytes():
    return dumps(lua(port(JUDGE, base=1)))


def port_bytes(path, zipped=True):
    state = dict(epoch=1, state_dict=entries(port(JUDGE, base=1)))
    torch.save(state, path, _use_new_zipfile_serialization=zipped)
    return path.read_bytes()


def caffe_bytes():
    return net_parameter(caffenet())


def make(kind, folder):
    if kind == "torch7":
        return torch7_bytes()
    if kind == "caffe":
        return caffe_bytes()
    return port_bytes(folder / "whole", zipped=kind == "zip")


def answer(path):
    """None where the file converts, otherwise the line."""
    try:
        found = convert(path)
    except InputError as error:
        said = str(error)
        assert len(said.splitlines()) == 1 and len(said) < 700
        return said
    assert all(torch.isfinite(v).all() for v in found["state_dict"].values())
    return None


@pytest.mark.parametrize("kind", ["torch7", "caffe", "zip", "pickle"])
def test_cut_anywhere(kind, tmp_path):
    whole, path = make(kind, tmp_path), tmp_path / "cut"
    path.write_bytes(whole)
    assert answer(path) is None
    places = random.Random(0).sample(range(len(whole)), 60)
    # Near the ends is where the format's own marks are.
    places += [*range(40), *range(len(whole) - 40, len(whole))]
    for place in places:
        path.write_bytes(whole[:place])
        assert answer(path), place


@pytest.mark.parametrize("kind", ["torch7", "caffe", "zip", "pickle"])
def test_damaged_anywhere(kind, tmp_path):
    """Most of a file are weights, so half of the damage goes to what is not."""
    whole, path = make(kind, tmp_path), tmp_path / "damaged"
    rng, refused = random.Random(1), 0
    marks = [i for i in range(len(whole) - 4) if not any(whole[i : i + 3])]
    marks = rng.sample(marks, 2000) if len(marks) > 2000 else marks
    for i in range(100 if kind == "caffe" else 400):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            if i % 2 and marks:
                place = max(0, rng.choice(marks) - rng.randint(0, 8))
            else:
                place = rng.randrange(min(len(data), 2000 if i % 4 else len(data)))
            change = rng.randrange(4)
            if change == 0:
                data[place] = rng.randrange(256)
            elif change == 1:
                data[place : place + 4] = struct.pack("<I", rng.getrandbits(32))
            elif change == 2:
                del data[place : place + rng.randint(1, 9)]
            else:
                data[place:place] = rng.randbytes(rng.randint(1, 9))
        path.write_bytes(data)
        refused += answer(path) is not None
    assert refused > 20


def head(name, index=1):
    """The start of a Torch object, up to its contents."""
    name = name.encode()
    return struct.pack("<iii3si", 4, index, 3, b"V 1", len(name)) + name


NET = head("nn.Sequential")
HOSTILE = {
    "table without end": NET + struct.pack("<iii", 3, 2, 2**31 - 1),
    "negative table": NET + struct.pack("<iii", 3, 2, -5),
    "string without end": NET + struct.pack("<iiiii", 3, 2, 1, 2, 2**31 - 1),
    "negative string": NET + struct.pack("<iiiii", 3, 2, 1, 2, -7),
    "storage without end": head("torch.FloatStorage") + struct.pack("<q", 2**62),
    "negative storage": head("torch.FloatStorage") + struct.pack("<q", -4),
    "many dimensions": head("torch.FloatTensor") + struct.pack("<i", 2**30),
    "negative dimensions": head("torch.FloatTensor") + struct.pack("<i", -1),
    "no such type": NET + struct.pack("<i", 99),
    "deep objects": b"".join(head("nn.Sequential", i + 1) for i in range(50_000)),
    "deep tables": b"".join(struct.pack("<iii", 3, i + 1, 1) for i in range(50_000)),
    "other class": head("torch.Timer"),
    "no fields": NET + struct.pack("<i", 0),
    "itself": NET + struct.pack("<ii", 4, 1),
    "number": struct.pack("<iii", 4, 1, 3) + b"V 1",
    "ascii": b"4\n1\n3\nV 1\n13\nnn.Sequential\n3\n2\n0\n",
    "prototxt": b'name: "CaffeNet"\nlayer {\n}\n',
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(50),
    "picture": b"\xff\xd8\xff\xe0" + bytes(50),
    "text": b"hello, world\n",
    "empty": b"",
    "long number": b"\x0a\x01a" + b"\xff" * 20,
    "group": b"\x0a\x01a\x0b\x0c",
    "blob without values": net_parameter([]) + b"\xa2\x06\x06\x3a\x04\x3a\x02\x08\x05",
    "blob of many values": net_parameter([])
    + b"\xa2\x06\x0f\x3a\x0d\x3a\x0b\x08"
    + b"\xff" * 9
    + b"\x01",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name, tmp_path):
    path = tmp_path / "hostile"
    path.write_bytes(HOSTILE[name])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert answer(path)
    # In KiB; nothing here is worth more than a few MiB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def net_with(weight):
    root = lua(port(JUDGE, base=1))
    root.fields["modules"][0].fields["weight"] = weight
    return root


def test_tensors_that_are_more_than_their_storage(tmp_path):
    path, values = tmp_path / "net.t7", Storage(range(48))
    wrong = {
        "steps of 0": Tensor(values, (10**9, 3, 4, 4), (0, 16, 4, 1)),
        "behind the end": Tensor(values, (1, 3, 4, 4), offset=1),
        "before the start": Tensor(values, (1, 3, 4, 4), offset=-2),
        "backwards": Tensor(values, (1, 3, 4, 4), (48, -16, 4, 1), offset=40),
        "negative": Tensor(values, (-1, -3, 4, 4)),
        "huge": Tensor(values, (2**40, 2**40, 4, 4)),
        "no storage": Tensor(None, (1, 3, 4, 4)),
    }
    for name, weight in wrong.items():
        path.write_bytes(dumps(net_with(weight)))
        assert "reaches out of its storage" in answer(path), name
    # A step that is never taken is harmless, whatever it is.
    path.write_bytes(dumps(net_with(Tensor(values, (1, 3, 4, 4), (2**62, 16, 4, 1)))))
    assert answer(path) is None
    path.write_bytes(dumps(net_with(Tensor(None, ()))))
    assert "main.0.weight" in answer(path)


def test_networks_that_contain_themselves(tmp_path):
    path = tmp_path / "net.t7"
    root = Obj("nn.Sequential", modules=[])
    root.fields["modules"].append(root)
    path.write_bytes(dumps(root))
    assert "more than" in answer(path)
    # Each twice in the next: 2 ** 40 modules in a file of a few KB.
    inner = Obj("nn.Sequential", modules=[])
    for _ in range(15):
        inner = Obj("nn.Sequential", modules=[inner, inner])
    path.write_bytes(dumps(inner))
    assert "more than" in answer(path)
    for modules in ({1: Obj("nn.Tanh"), 3: Obj("nn.Tanh")}, 3, [None], [tensor([1])]):
        path.write_bytes(dumps(Obj("nn.Sequential", modules=modules)))
        assert "damaged" in answer(path)


def test_names_are_fit_to_print(tmp_path):
    """They come from the file: no line breaks, no terminal's commands, no novels."""
    path = tmp_path / "net.t7"
    root = Obj("nn.Sequential", modules=[Obj("nn.\x1b[2J\r\nlonger" + "x" * 10**5)])
    path.write_bytes(dumps(root))
    assert "nn.?[2J??longer" in answer(path)
    torch.save({"main.0\r\n.weight" + "x" * 10**5: torch.zeros(2)}, path)
    assert "main" in answer(path)
    strange = layer("fc\n6", "InnerProduct", [torch.zeros(1)])
    path.write_bytes(net_parameter([*caffenet(), strange]))
    assert convert(path)["meta"]["left_over"] == ["fc?6"]


def test_archives_that_unfold(tmp_path):
    """A small file must not become a large one in memory."""
    whole, path = tmp_path / "whole", tmp_path / "small"
    state = entries(port(JUDGE, base=1))
    torch.save({k: torch.zeros(100, 100) for k in state}, whole)
    with zipfile.ZipFile(whole) as a, zipfile.ZipFile(path, "w", 8) as b:
        for name in a.namelist():
            b.writestr(name, a.read(name))
    assert path.stat().st_size < whole.stat().st_size / 20
    assert "more than the file" in answer(path)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="no file"):
        convert(tmp_path / "none.t7")
    with pytest.raises(InputError, match="is a folder"):
        convert(tmp_path)
    with pytest.raises(InputError, match="kind is one of"):
        convert(tmp_path, kind="tensorflow")
    with pytest.raises(InputError, match="biases is"):
        convert(tmp_path, biases="fold")


def test_code_is_not_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "exploded"), "w"))

    path = tmp_path / "bomb.pth"
    for zipped in (True, False):
        torch.save(dict(state_dict=Bomb()), path, _use_new_zipfile_serialization=zipped)
        # What it is called can be told of a zip archive only.
        assert ("carries code" if zipped else "no checkpoint") in answer(path)
    assert not (tmp_path / "exploded").exists()
