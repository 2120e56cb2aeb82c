"""An endless stream that can be entered anywhere and shared among processes."""

import time
from collections import Counter
from itertools import islice

import numpy as np
import pytest

from ce_plugin.datasets import sampler as module
from ce_plugin.datasets.sampler import SeededSampler
from ce_plugin.errors import InputError
from ce_plugin.registry import DATA_SAMPLERS


class Classes:
    """Four classes of very different sizes: 1, 2, 7 and 90 pictures."""

    labels = "a" + "bb" + "c" * 7 + "d" * 90

    def __len__(self):
        return len(self.labels)

    def class_of(self, index):
        return self.labels[index]


MODES = [
    dict(),
    dict(replacement=True),
    dict(replacement=True, class_balanced=True),
]


def take(sampler, count):
    return list(islice(sampler, count))


@pytest.fixture
def rank_of(monkeypatch):
    def build(rank, world, **options):
        monkeypatch.setattr(module, "get_dist_info", lambda: (rank, world))
        return SeededSampler(Classes(), seed=3, **options)

    return build


def test_registered_as_mmengine_builds_it():
    sampler = DATA_SAMPLERS.build(
        dict(type="SeededSampler", replacement=True),
        default_args=dict(dataset=Classes(), seed=5),
    )
    assert take(sampler, 5) == take(SeededSampler(Classes(), 5, replacement=True), 5)
    assert take(SeededSampler(Classes(), None), 5) == take(SeededSampler(Classes()), 5)


def test_every_epoch_is_a_permutation_of_its_own():
    stream = take(SeededSampler(Classes(), seed=1), 300)
    epochs = [stream[i : i + 100] for i in (0, 100, 200)]
    orders = [[index for index, _ in epoch] for epoch in epochs]
    for number, (epoch, order) in enumerate(zip(epochs, orders)):
        assert sorted(order) == list(range(100))
        assert {draw for _, draw in epoch} == {number}
    assert orders[0] != orders[1] != orders[2]


@pytest.mark.parametrize("options", MODES)
def test_no_pair_comes_twice_and_all_are_plain(options):
    stream = take(SeededSampler(Classes(), **options), 1000)
    assert len(set(stream)) == 1000
    assert {type(value) for pair in stream for value in pair} == {int}
    assert all(0 <= index < 100 for index, _ in stream)


@pytest.mark.parametrize("options", MODES)
def test_seed_decides(options):
    first, again, other = (
        take(SeededSampler(Classes(), seed, **options), 150) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("options", MODES)
@pytest.mark.parametrize("start", [1, 64, 100, 257])
def test_start(options, start):
    sampler = SeededSampler(Classes(), seed=2, **options)
    whole = take(sampler, start + 120)
    sampler.start = start
    assert take(sampler, 120) == whole[start:]
    sampler.start = 0
    assert take(sampler, 9) == whole[:9]


def test_start_far_away_takes_no_time():
    sampler = SeededSampler(range(1000), seed=2)
    sampler.start = 10**12
    began = time.process_time()
    assert take(sampler, 1)[0][1] == 10**9
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("options", MODES)
@pytest.mark.parametrize("world", [2, 3])
def test_ranks_together_are_one_process(rank_of, options, world):
    batch, steps, start = 4, 40, 6
    single = take(rank_of(0, 1, **options), (start + batch * steps) * world)
    streams = []
    for rank in range(world):
        sampler = rank_of(rank, world, **options)
        sampler.start = start
        streams.append(take(sampler, batch * steps))
    single = single[start * world :]
    for step in range(steps):
        window = slice(step * batch, (step + 1) * batch)
        joined = [pair for stream in streams for pair in stream[window]]
        whole = single[step * batch * world : (step + 1) * batch * world]
        assert Counter(joined) == Counter(whole)


@pytest.mark.parametrize(("world", "expected"), [(1, 100), (3, 34), (8, 13)])
def test_length_is_one_pass_rounded_up(rank_of, world, expected):
    assert len(rank_of(0, world)) == expected


def test_with_replacement_is_uniform():
    counts = np.zeros(100)
    for index, _ in take(SeededSampler(Classes(), replacement=True), 20000):
        counts[index] += 1
    # 200 each, standard deviation 14; chi-squared of 99 degrees: mean 99, sd 14.
    assert np.abs(counts - 200).max() < 5 * 14
    assert abs(((counts - 200) ** 2 / 200).sum() - 99) < 5 * 14


def test_with_replacement_repeats_within_an_epoch():
    order = [i for i, _ in take(SeededSampler(Classes(), replacement=True), 100)]
    # 1 - 1/e of the pictures, as for independent draws.
    assert 50 <= len(set(order)) <= 76


def test_class_balanced_is_uniform_over_classes_then_pictures():
    sampler = SeededSampler(Classes(), replacement=True, class_balanced=True)
    stream = [index for index, _ in take(sampler, 20000)]
    classes = Counter(Classes.labels[index] for index in stream)
    for count in classes.values():
        assert abs(count - 5000) < 5 * 61  # standard deviation of a fair quarter
    pictures = Counter(index for index in stream if Classes.labels[index] == "c")
    assert len(pictures) == 7
    for count in pictures.values():
        assert abs(count - 5000 / 7) < 5 * 26


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(dataset=[]), "empty"),
        (dict(dataset=[1], seed=-1), "negative"),
        (dict(dataset=Classes(), class_balanced=True), "replacement"),
        (dict(dataset=[1], class_balanced=True, replacement=True), "class_of"),
    ],
)
def test_mistakes(arguments, message):
    with pytest.raises(InputError, match=message):
        SeededSampler(**arguments)
