"""Shards behind a web server: parts are fetched, and what fails is said."""

import http.server
import re
import threading
from functools import partial

import pytest
import torch
from noise_case import CROP
from shards_case import MASK, shards_of, zip_of

from ce_plugin.datasets import ImageFolder, Pictures
from ce_plugin.datasets.shards import files as shard_files
from ce_plugin.errors import InputError

pytest.importorskip("aiohttp")

pytestmark = pytest.mark.usefixtures("cache")


class Server(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, whole or in part."""

    ranges, broken = True, 0

    def do_GET(self):
        if type(self).broken:
            type(self).broken -= 1
            self.send_error(503)
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not asked or not self.ranges:
            super().do_GET()
            return
        with open(self.translate_path(self.path), "rb") as file:
            data = file.read()
        first, last = int(asked[1]), min(int(asked[2]), len(data) - 1)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.wfile.write(data[first : last + 1])

    def end_headers(self):
        if self.ranges:
            self.send_header("Accept-Ranges", "bytes")
        super().end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setattr(shard_files, "_WAITS", (0.01, 0.01))
    monkeypatch.setattr(Server, "ranges", True)
    monkeypatch.setattr(Server, "broken", 0)
    handler = partial(Server, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_same_as_the_folder(folder, tmp_path, server, kind):
    if kind == "zip":
        root = f"{server}/{zip_of(folder, tmp_path / 'x.zip').name}"
    else:
        shards_of(folder, tmp_path)
        root = server + "/shards/train-{000000..000002}.tar"
    options = dict(split="train", transforms=CROP, mask=MASK)
    near, far = ImageFolder(str(folder), **options), Pictures(root, **options)
    assert far.names == near.names
    assert far.metainfo["data"]["root"] == root
    assert far.metainfo["data"]["fingerprint"] == near.metainfo["data"]["fingerprint"]
    for i in (0, 5, len(near) - 1):
        assert torch.equal(far[(i, 2)]["inputs"], near[(i, 2)]["inputs"])
    loader = torch.utils.data.DataLoader(
        far, 4, num_workers=2, collate_fn=list, sampler=range(8)
    )
    drawn = [sample["inputs"] for batch in loader for sample in batch]
    for i, picture in enumerate(drawn):
        assert torch.equal(picture, near[i]["inputs"])


def test_a_network_that_fails(folder, tmp_path, server):
    shards_of(folder, tmp_path)
    data = Pictures(f"{server}/shards/train-000000.tar")
    picture = data[1]["inputs"].clone()
    Server.broken = 2
    data._cache.clear()
    assert torch.equal(data[1]["inputs"], picture)
    Server.broken = 99
    with pytest.raises(InputError, match=r"train-000000\.tar cannot be read, tried 3"):
        data[2]
    with pytest.raises(InputError, match=r"train-000001\.tar cannot be read: "):
        Pictures(f"{server}/shards/train-000001.tar")
    with pytest.raises(InputError, match=r"no shard http.*gone\.tar"):
        Pictures(f"{server}/shards/gone.tar")


def test_a_server_that_gives_whole_files_only(folder, tmp_path, server):
    shards_of(folder, tmp_path)
    data = Pictures(f"{server}/shards/train-000000.tar")
    Server.ranges = False
    with pytest.raises(InputError, match="no HTTP ranges"):
        data[2]
