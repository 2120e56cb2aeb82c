"""How many checkpoints are kept."""

import pytest

from ce_plugin.engine import SafeCheckpointHook


@pytest.mark.parametrize("keep", [-1, 1, 2, 3, 5])
def test_the_newest_are_kept(keep, tmp_path):
    hook = SafeCheckpointHook(max_keep_ckpts=keep, filename_tmpl="iter_{}.pth")
    for number in range(1, 8):
        path = tmp_path / f"iter_{number}.pth"
        path.touch()
        hook._remove_old(path)
        first = 1 if keep < 0 else max(1, number - keep + 1)
        kept = {p.name for p in tmp_path.iterdir()}
        assert kept == {f"iter_{n}.pth" for n in range(first, number + 1)}
