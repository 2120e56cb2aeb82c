"""Where lightly is missing, what needs it says so, and the other pretexts train."""

import json
import subprocess
import sys

import pytest
from models.pretext_cases import PRETEXTS
from runs import environment

WITHOUT = """
import json, sys
class Blocked:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in ("lightly", "pytorch_lightning"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
import ce_plugin, torch
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope
from models.pretext_cases import PRETEXTS
from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS, TRANSFORMS
init_default_scope("ce_plugin")
said = {}
for name, case in PRETEXTS.items():
    try:
        model = MODELS.build(dict(type=name) | case.config).train()
        optim = OptimWrapper(torch.optim.SGD(model.parameters(), 0.01))
        said[name] = model.train_step(case.batch(4, 0), optim)["loss"].item()
    except InputError as error:
        said[name] = str(error)
try:
    TRANSFORMS.build(dict(type="LightlyViews", method="SimCLR"))
except InputError as error:
    said["LightlyViews"] = str(error)
print(json.dumps(said))
"""


@pytest.mark.slow
def test_without_lightly_the_others_work(tmp_path):
    tests = str(__file__).rpartition("models")[0]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(tests),
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert "pip install 'ce_plugin[lightly]'" in said.pop("LightlyViews")
    for name, case in PRETEXTS.items():
        if case.lightly:
            assert f"{name} needs lightly" in said[name]
            assert "pip install 'ce_plugin[lightly]'" in said[name]
            assert "\n" not in said[name]
        else:
            assert isinstance(said[name], float), said[name]
