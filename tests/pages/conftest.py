"""A folder of results for its page, and the demo's page open in a browser."""

import threading

import pytest
from browser import Browser
from fillers_case import checkpoint
from gallery_case import NAMES, SHIFTS, leave, truth_of, write

from ce_plugin.pages.demo import list_offers
from ce_plugin.pages.demo.app import create_app
from ce_plugin.pages.demo.server import DemoServer, listen, url_of, visitors_of


@pytest.fixture
def folder(tmp_path):
    """Results of two fillers, one with its parts, and their originals."""
    for name in NAMES:
        write(tmp_path / "photos" / f"{name}.bmp", truth_of(name))
        for filler, shift in SHIFTS.items():
            leave(tmp_path / "out" / filler, name, shift, parts=filler == "poor")
    return tmp_path


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page that runs."""
    with listen("127.0.0.1", 0) as socket:
        network = checkpoint(tmp_path_factory.mktemp("network"), "full", 64)
        app = create_app(
            list_offers(network, device="cpu"),
            visitors=visitors_of(socket, "127.0.0.1"),
        )
        url = url_of(socket, "127.0.0.1")
        server = DemoServer(socket, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium():
    with Browser() as page:
        page.send("DOM.enable")
        yield page


@pytest.fixture
def page(chromium, address):
    """The page, freshly opened; at the end it has complained of nothing."""
    chromium.send("Emulation.clearDeviceMetricsOverride")
    chromium.open(address)
    chromium.wait("document.querySelectorAll('#fillers input').length > 5")
    yield chromium
    assert chromium.complaints() == []
    asked = chromium.requests()
    assert all(url.startswith((address, f"blob:{address}")) for url in asked)
