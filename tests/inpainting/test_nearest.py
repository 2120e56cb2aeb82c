"""The nearest picture is found by what is known, and fills what is not."""

import numpy as np
import pytest
import torch
from checkpoints.encoders import IMAGENET, timm, write_encoder_file
from PIL import Image
from scenes import holes, scene, write_scenes
from scipy.ndimage import gaussian_filter

from ce_plugin.checkpoints import export_encoder
from ce_plugin.datasets.decoding.decode import decode_picture
from ce_plugin.errors import InputError
from ce_plugin.inpainting.fillers import NearestNeighbor
from ce_plugin.inpainting.retrieval import search
from ce_plugin.inpainting.retrieval.descriptors import (
    SIDE,
    describe_gradients,
    free_blocks,
    known_share,
    squash,
)
from ce_plugin.registry import FILLERS, MODELS

RESNET = timm("resnet18", channels=(4, 8, 8, 16))
DCGAN = dict(type="DCGANEncoder", base_channels=4, bottleneck=24)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("collection")
    write_scenes(root / "pictures")
    for name, backbone in dict(resnet=RESNET, dcgan=DCGAN).items():
        torch.manual_seed(0)
        encoder = MODELS.build(backbone)
        encoder.init_weights()
        meta = dict(backbone=backbone, normalization=IMAGENET)
        export_encoder(encoder, root / f"{name}.pth", meta)
    return root


def build(folder, kind="hog", **options):
    options.setdefault("index", folder / "index")
    if kind != "hog":
        options |= dict(descriptor="encoder", checkpoint=folder / f"{kind}.pth")
    cfg = dict(type="NearestNeighbor", collection=folder / "pictures", device="cpu")
    if kind == "hog":
        cfg.pop("device")
    return FILLERS.build(cfg | options)


def slow_distance(query, other, hole):
    """Block by block, dropped where a pixel of it or one beside it is unknown."""
    seen = np.pad(hole, 1)
    total, count = 0.0, 0
    a, b = describe_gradients(query), describe_gradients(other)
    for row in range(15):
        for column in range(15):
            y, x = 8 * row + 1, 8 * column + 1
            around = [
                seen[y - 1 : y + 15, x : x + 16],
                seen[y + 1 : y + 17, x : x + 16],
                seen[y : y + 16, x - 1 : x + 15],
                seen[y : y + 16, x + 1 : x + 17],
            ]
            if not any(part.any() for part in around):
                count += 1
                for p, q in zip(a[row, column], b[row, column]):
                    total += (float(p) - float(q)) ** 2
    return (total / count) ** 0.5


def test_hog_distance_against_a_slow_one(folder):
    query, hole = scene(50), holes()["center"]
    found = build(folder).search([query], [hole], k=6)[0]
    query = np.where(hole[..., None], np.uint8(128), query)
    unknown = known_share(hole) < 1
    expected = [
        slow_distance(squash(query), squash(scene(i)), unknown) for i in range(6)
    ]
    order = np.argsort(expected)
    assert [n.path[-6:-4] for n in found] == [f"{i:02d}" for i in order]
    np.testing.assert_allclose([n.distance for n in found], np.array(expected)[order])
    assert {n.measure for n in found} == {"hog"}


@pytest.mark.parametrize("shape", ["center", "border", "blobs"])
def test_free_blocks_do_not_depend_on_the_hole(shape):
    hole = holes(SIDE, SIDE)[shape]
    one, other = scene(0, SIDE, SIDE), scene(1, SIDE, SIDE)
    mixed = np.where(hole[..., None], other, one)
    free = free_blocks(hole)
    assert 0 < free.sum() < free.size
    a, b = describe_gradients(one), describe_gradients(mixed)
    assert np.array_equal(a[free], b[free])
    # None is dropped without need: noise in the hole changes nearly all the others.
    noise = np.random.default_rng(0).integers(0, 256, one.shape, dtype=np.uint8)
    mixed = np.where(hole[..., None], noise, one)
    changed = (describe_gradients(mixed) != a).any(axis=2)
    assert (changed | free).all()


@pytest.mark.parametrize("kind", ["hog", "dcgan", "resnet"])
@pytest.mark.parametrize("shape", ["center", "border", "blobs"])
def test_finds_the_picture_itself(folder, kind, shape):
    """Whatever is in its hole; and the hole becomes what was there."""
    filler, hole = build(folder, kind), holes()[shape]
    truth = [scene(i) for i in range(6)]
    spoiled = [np.where(hole[..., None], scene(70 + i), truth[i]) for i in range(6)]
    found = filler.search(spoiled, [hole] * 6, k=2)
    assert [n[0].path[-6:] for n in found] == [f"{i:02d}.png"[-6:] for i in range(6)]
    for first, second in found:
        # Halves keep three digits of an encoder's features.
        assert first.distance < (1e-12 if kind == "hog" else 1e-6)
        assert second.distance > 10 * first.distance
    for filling, picture in zip(filler(spoiled, [hole] * 6), truth):
        assert np.array_equal(filling.composite, picture)
        assert (
            filling.notes[0].startswith("from ")
            and "distance 0.000" in (filling.notes[0])
        )


@pytest.mark.parametrize("kind", ["hog", "resnet"])
@pytest.mark.parametrize("size", [(300, 200), (97, 640)])
def test_finds_itself_as_jpg_of_another_size(folder, tmp_path, kind, size):
    width, height = size
    write_scenes(tmp_path / "pictures", 5, "jpg", height=height, width=width)
    filler = build(folder, kind, collection=tmp_path / "pictures", index=tmp_path / "i")
    path = tmp_path / "pictures" / "03.jpg"
    query = decode_picture(str(path)).permute(1, 2, 0).numpy()
    for hole in holes(height, width).values():
        (filling,) = filler([query], [hole])
        assert str(path) in filling.notes[0]
        assert np.array_equal(filling.composite, query)


@pytest.mark.parametrize("kind", ["hog", "dcgan"])
def test_one_by_one_as_in_a_batch(folder, kind):
    filler = build(folder, kind, batch_size=2)
    queries = [scene(60, 90, 110), scene(61, 64, 64), scene(62, 90, 110), scene(63)]
    masks = [holes(*q.shape[:2])[s] for q, s in zip(queries, ("center", "blobs") * 2)]
    together = filler(queries, masks)
    for query, mask, expected in zip(queries, masks, together):
        (alone,) = filler([query], [mask])
        assert alone.notes == expected.notes
        assert np.array_equal(alone.composite, expected.composite)


def test_the_paste_is_the_squashed_neighbor(folder):
    query, hole = scene(60, 90, 110), holes(90, 110)["center"]
    (filling,) = build(folder, blend=False)([query], [hole])
    (found,) = build(folder).search([query], [hole])
    neighbor = squash(np.array(Image.open(found[0].path)), 90, 110)
    assert np.array_equal(filling.composite[hole], neighbor[hole])
    (blended,) = build(folder)([query], [hole])
    assert not np.array_equal(blended.composite, filling.composite)


def test_features_are_computed_once_for_a_hole(folder, tmp_path, monkeypatch):
    filler = build(folder, "resnet", index=tmp_path / "index")
    seen = []
    real = search.EncoderDescriptor.__call__

    def count(self, thumbnails, hole):
        seen.append(len(thumbnails))
        return real(self, thumbnails, hole)

    monkeypatch.setattr(search.EncoderDescriptor, "__call__", count)
    hole = holes()["center"]
    filler.search([scene(60)], [hole])
    assert seen == [6, 1]
    filler.search([scene(61), scene(62)], [hole] * 2)
    build(folder, "resnet", index=tmp_path / "index").search([scene(60)], [hole])
    assert seen == [6, 1, 2, 1]
    build(folder, "dcgan", index=tmp_path / "index").search([scene(60)], [hole])
    assert seen[4:] == [6, 1]


@pytest.mark.parametrize("kind", ["hog", "resnet"])
def test_where_too_little_is_known_colours_decide(folder, kind):
    hole = np.ones((96, 128), bool)
    hole[4::3, 4::3] = False  # no squashed pixel is free of the hole
    truth = scene(4)
    (filling,) = build(folder, kind)([truth], [hole])
    assert filling.notes[0].split(" (")[0].endswith("04.png")
    assert (
        "colour" in filling.notes[0] and "compared by the colours" in filling.notes[1]
    )
    assert np.array_equal(filling.composite, truth)


def test_one_known_pixel_is_enough(folder):
    hole = np.ones((40, 50), bool)
    hole[7, 9] = False
    (filling,) = build(folder)([scene(0, 40, 50)], [hole])
    assert filling.composite.shape == (40, 50, 3)


def test_one_picture_is_a_collection(folder, tmp_path):
    write_scenes(tmp_path / "pictures", 1)
    filler = build(folder, collection=tmp_path / "pictures", index=tmp_path / "index")
    (found,) = filler.search([scene(60)], [holes()["center"]], k=5)
    assert len(found) == 1 and filler.search([], []) == []


def test_a_neighbor_that_has_gone(folder, tmp_path):
    paths = write_scenes(tmp_path / "pictures", 3)
    filler = build(folder, collection=tmp_path / "pictures", index=tmp_path / "index")
    hole, query = holes()["center"], scene(1)
    first, second, _ = filler.search([query], [hole], 3)[0]
    assert first.path == str(paths[1])
    paths[1].unlink()
    (filling,) = filler([query], [hole])
    assert second.path in filling.notes[0]
    for path in (paths[0], paths[2]):
        path.unlink()
    with pytest.raises(InputError, match="collection still in its place"):
        filler([query], [hole])


def test_a_shifted_copy_is_nearer_than_a_stranger(folder, tmp_path):
    """Not only equal pictures: slightly changed ones are found too."""
    filler, hole = build(folder), holes()["center"]
    for i in range(6):
        query = np.roll(scene(i), 1, axis=1) // 2 + 60
        query = np.uint8(gaussian_filter(query.astype(float), (0.7, 0.7, 0)))
        assert filler.search([query], [hole])[0][0].path.endswith(f"{i:02d}.png")


@pytest.mark.parametrize(
    "options, said",
    [
        (dict(collection=None), "needs a collection"),
        (dict(descriptor="sift"), "descriptor is"),
        (dict(descriptor="encoder"), "needs a checkpoint"),
        (dict(checkpoint="x.pth"), "'hog' takes none"),
        (dict(batch_size=0), "batch_size"),
        (dict(collection="/nowhere"), "no such folder"),
    ],
)
def test_mistakes(folder, options, said):
    with pytest.raises(InputError, match=said) as caught:
        build(folder, **options)
    assert "\n" not in str(caught.value)


def test_encoders_that_cannot_be_used(folder, tmp_path):
    noisy = dict(type="DCGANEncoder", base_channels=4, bottleneck=8, noise_channels=4)
    write_encoder_file(noisy, tmp_path / "noisy.pth")
    with pytest.raises(InputError, match="draws noise"):
        NearestNeighbor(folder / "pictures", "encoder", tmp_path / "noisy.pth")
    with pytest.raises(InputError, match="no checkpoint"):
        NearestNeighbor(folder / "pictures", "encoder", tmp_path / "absent.pth")
    with pytest.raises(InputError, match="k is 1"):
        build(folder).search([scene(0)], [holes()["center"]], k=0)
