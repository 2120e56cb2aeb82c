"""Matches the tensors of a file to those of a network."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from ce_plugin.checkpoints.key_styles import RENAMINGS
from ce_plugin.errors import InputError

# A stage under a name of its own: layer3, res4, stages_2.
_NUMBERED = re.compile(r"[a-z]+_?\d+")


@dataclass
class Match:
    """The tensors of a file that fit a network, by the network's names.

    Counters of batches (``num_batches_tracked``) are carried along but not counted:
    they are no weights, and old files have none.
    """

    tensors: dict[str, Tensor] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    reshaped: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    """Unused tensors of the file's encoder; a decoder beside it does not count."""
    trailing: list[str] = field(default_factory=list)
    """Unused tensors that come after everything that is used."""
    prefix: str = ""

    @property
    def total(self) -> int:
        """Tensors that the network has."""
        return self.loaded + len(self.missing) + len(self.reshaped)

    @property
    def loaded(self) -> int:
        """How many of the network's tensors the file gives."""
        return sum(not _is_counter(name) for name in self.tensors)

    def unused_within(self, module: nn.Module) -> list[str]:
        """Left-over tensors of parts that the network has too.

        They make it another network, also where the network's own part has no tensors,
        such as a pooling that is a convolution in the file; but an identity only holds
        the place of a classifier. There is one exception: whole members of the
        network's last part that come behind its own, such as the code behind the last
        map of an encoder that is used for its maps. A network that ends earlier
        computes the same up to there. Further blocks of a stage are none: whether the
        stage is a part (``layer3``) or a member (``stages.2``), it computes another
        map with them.
        """
        names = list(module.state_dict())
        own = {name.partition(".")[0] for name in names}
        own |= {
            name
            for name, part in module.named_children()
            if not isinstance(part, nn.Identity)
        }
        last = names[-1].partition(".")[0] if names else ""
        members = {_member(name) for name in names}
        return [
            name
            for name in self.unused
            if (part := name.partition(".")[0]) in own
            and (
                part != last
                or name not in self.trailing
                or _NUMBERED.fullmatch(part)
                or _member(name) in members
            )
        ]


def match_weights(
    expected: Mapping[str, Tensor], given: Mapping[str, Tensor], prefix: str | None
) -> Match:
    """Finds the prefix and the naming style under which ``given`` fits best.

    Args:
        expected: The network's state dict.
        given: The file's tensors.
        prefix: What stands before the encoder's names in the file; None to find it.

    Raises:
        InputError: No name in the file begins with ``prefix``.
    """
    if prefix:
        prefix = f"{prefix.rstrip('.')}."
        if not any(name.startswith(prefix) for name in given):
            raise InputError(
                f"no tensor in the file begins with {prefix!r}, the first is "
                f"{min(given)!r}; leave prefix out and it is found"
            )
    best = Match(missing=[name for name in expected if not _is_counter(name)])
    for to_file, from_file in RENAMINGS:
        wanted = {to_file(name): name for name in expected}
        for start in [prefix] if prefix is not None else _prefixes(wanted, given):
            found = _match(wanted, expected, given, start)
            if found.loaded + len(found.reshaped) > best.loaded + len(best.reshaped):
                found.unused = [from_file(name) for name in found.unused]
                found.trailing = [from_file(name) for name in found.trailing]
                best = found
    return best


def _prefixes(wanted: Mapping, given: Mapping) -> list[str]:
    """Possible prefixes of the network's names, the most frequent first."""
    counts: Counter[str] = Counter()
    for name in given:
        start = 0
        while True:
            if name[start:] in wanted:
                counts[name[:start]] += 1
            dot = name.find(".", start)
            if dot < 0:
                break
            start = dot + 1
    return [prefix for prefix, _ in counts.most_common(8)]


def _match(wanted: Mapping, expected: Mapping, given: Mapping, prefix: str) -> Match:
    """``wanted``: the network's names by those that the file would have for them."""
    found = Match(prefix=prefix)
    for theirs, name in wanted.items():
        value, like = given.get(prefix + theirs), expected[name]
        if value is None:
            if not _is_counter(name):
                found.missing.append(name)
        elif value.shape != like.shape:
            found.reshaped.append(f"{name} {tuple(value.shape)}->{tuple(like.shape)}")
        else:
            found.tensors[name] = value
    within = [n.removeprefix(prefix) for n in given if n.startswith(prefix)]
    found.unused = [n for n in within if n not in wanted and not _is_counter(n)]
    used = [i for i, name in enumerate(within) if name in wanted]
    after = set(within[used[-1] + 1 :]) if used else set()
    found.trailing = [name for name in found.unused if name in after]
    return found


def _member(name: str) -> str:
    """``stages.2`` of ``stages.2.blocks.0.weight``."""
    return ".".join(name.split(".")[:2])


def _is_counter(name: str) -> bool:
    return name.endswith("num_batches_tracked")
