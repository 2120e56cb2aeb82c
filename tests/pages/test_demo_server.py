"""The page's server: where it listens, how many wait, and how it ends."""

import re
import socket
import subprocess
import sys
import threading
import time

import pytest
from demo_case import GOOD, SMALL, send
from runs import environment
from werkzeug.serving import ThreadedWSGIServer
from werkzeug.wrappers import Response

from ce_plugin.errors import InputError
from ce_plugin.inpainting.fillers import Filler
from ce_plugin.pages.demo import Offer
from ce_plugin.pages.demo.app import create_app
from ce_plugin.pages.demo.limits import Visitors
from ce_plugin.pages.demo.server import DemoServer, listen, url_of, visitors_of


def test_addresses():
    with listen("127.0.0.1", 0) as one:
        port = one.getsockname()[1]
        assert url_of(one, "127.0.0.1") == f"http://127.0.0.1:{port}/"
        assert visitors_of(one, "127.0.0.1").knows(f"localhost:{port}")
        assert not visitors_of(one, "127.0.0.1").knows("10.0.0.1")
        with pytest.raises(InputError, match=r"cannot listen on .* another --port"):
            listen("127.0.0.1", port)
    with pytest.raises(InputError, match="65535"):
        listen("127.0.0.1", 70000)
    assert Visitors(("a",), any_address=True).knows("10.0.0.1:80")
    assert not Visitors(("a",), any_address=True).knows("b:80")


def test_only_so_many_wait():
    release, at_once, most = threading.Event(), 0, 0

    class Slow(Filler):
        def paint(self, pictures, holes, rngs):
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            assert release.wait(60)
            at_once -= 1
            return [(picture.copy(), ()) for picture in pictures]

    app = create_app([Offer("slow", Slow())], SMALL)
    codes = []

    def ask():
        codes.append(send(app.test_client(), filler="slow", **GOOD).status_code)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 60
    while len(codes) < 17 and time.monotonic() < until:
        time.sleep(0.02)
    assert codes == [503] * 17
    release.set()
    for thread in threads:
        thread.join(60)
    assert sorted(codes) == [200] * 3 + [503] * 17 and most == 1


def test_ctrl_c_while_a_request_is_handed_to_its_thread(monkeypatch):
    """The server ends, though the request's thread has given its place back."""
    hand_over = ThreadedWSGIServer.process_request

    def interrupted(self, request, client_address):
        hand_over(self, request, client_address)
        done.wait(60)
        raise KeyboardInterrupt

    class Server(DemoServer):
        def process_request_thread(self, request, client_address):
            super().process_request_thread(request, client_address)
            done.set()

    done = threading.Event()
    monkeypatch.setattr(ThreadedWSGIServer, "process_request", interrupted)
    with listen("127.0.0.1", 0) as listening:
        server = Server(listening, Response("here"))
    connection = socket.create_connection(server.server_address, timeout=60)
    connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    with connection, connection.makefile("rb") as answer:
        assert answer.read().endswith(b"here")
    serving.join(60)
    assert done.is_set() and not serving.is_alive()


@pytest.mark.slow
def test_the_command(tmp_path):
    """It listens on the loopback address only, says where, and ends on Ctrl-C."""
    import signal
    import urllib.request

    command = [sys.executable, "-m", "ce_plugin.tools.demo", "--port", "0"]
    server = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        # A test may have been started where Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        line = server.stdout.readline()
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", line).group(1))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
            assert b"Fill a hole" in page.read()
        with socket.socket() as other:
            other.settimeout(5)
            address = socket.gethostbyname(socket.gethostname())
            if not address.startswith("127."):
                assert other.connect_ex((address, port)) != 0
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0, server.stderr.read()
    finally:
        server.kill()
        server.communicate()
