"""A headless Chromium, spoken to through its DevTools pipe: no driver, no network."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = "apt-get install --no-install-recommends chromium"
REQUIRED = "CE_PLUGIN_REQUIRE_BROWSER"
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
    *("--no-first-run", "--disable-background-networking", "--disable-sync"),
    *("--disable-component-update", "--disable-dev-shm-usage"),
    *("--remote-debugging-pipe", "--window-size=1280,900"),
)
_SECONDS = 60


def executable():
    """Chromium's path; skips the test without it, or fails it where it is required."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        say = pytest.fail if os.environ.get(REQUIRED) == "1" else pytest.skip
        say(f"no Chromium; install it: {INSTALL}")
    return found


class Browser:
    """One page. What it says on the console or asks of a network is in ``events``."""

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # The pipe's two ends have to be the descriptors 3 and 4 over there.
        flags = " ".join([*_FLAGS, f"--user-data-dir={self.profile.name}"])
        pipes = f"3<&{theirs_in} 4>&{theirs_out}"
        command = f"exec {executable()} {flags} about:blank {pipes}"
        self.process = subprocess.Popen(
            ["bash", "-c", command],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.read, self.write = ours_in, ours_out
        self.numbers, self.events, self.rest = itertools.count(1), [], b""
        self.session = None
        (page,) = (
            target["targetId"]
            for target in self.send("Target.getTargets")["targetInfos"]
            if target["type"] == "page"
        )
        answer = self.send("Target.attachToTarget", targetId=page, flatten=True)
        self.session = answer["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.read)
        os.close(self.write)
        self.profile.cleanup()

    def send(self, method, **params):
        """The answer to one command."""
        number = next(self.numbers)
        message = dict(id=number, method=method, params=params)
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def _next(self):
        until = time.monotonic() + _SECONDS
        while b"\0" not in self.rest:
            left = until - time.monotonic()
            assert left > 0 and select.select([self.read], [], [], left)[0], "no answer"
            found = os.read(self.read, 1 << 16)
            assert found, "Chromium has ended"
            self.rest += found
        message, _, self.rest = self.rest.partition(b"\0")
        message = json.loads(message)
        if "id" not in message:
            self.events.append(message)
        return message

    def open(self, path):
        """Loads a file, or an address, and waits until all of it is there."""
        url = path if isinstance(path, str) else path.resolve().as_uri()
        self.events.clear()
        self.send("Page.navigate", url=url)
        while not any(e["method"] == "Page.loadEventFired" for e in self.events):
            self._next()

    def look(self, expression):
        """The value of a JavaScript expression; of a promise what it becomes."""
        options = dict(returnByValue=True, awaitPromise=True)
        answer = self.send("Runtime.evaluate", expression=expression, **options)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def click(self, element):
        """Clicks the middle of the element that this expression gives, as a mouse."""
        x, y = self.look(
            f"(() => {{ const e = {element}; e.scrollIntoView({{block: 'center', "
            "inline: 'center'}); const r = e.getBoundingClientRect(); "
            "return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send(
                "Input.dispatchMouseEvent",
                **dict(type=kind, x=x, y=y, button="left", clickCount=1),
            )

    def wait(self, expression, seconds=60):
        """Waits until a JavaScript expression is true."""
        until = time.monotonic() + seconds
        while not self.look(expression):
            assert time.monotonic() < until, f"still not: {expression}"
            time.sleep(0.1)

    def drag(self, points):
        """Draws a line with the mouse, through places (x, y) of the window."""
        kinds = ["mousePressed", *["mouseMoved"] * (len(points) - 1)]
        for kind, (x, y) in zip(kinds, points):
            event = dict(type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)
            self.send("Input.dispatchMouseEvent", **event)
        event |= dict(type="mouseReleased", buttons=0)
        self.send("Input.dispatchMouseEvent", **event)

    def choose(self, selector, path):
        """Chooses a file in a file input."""
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        found = self.send("DOM.querySelector", nodeId=root, selector=selector)
        files = [str(path.resolve())]
        self.send("DOM.setFileInputFiles", nodeId=found["nodeId"], files=files)

    def touch(self, *frames):
        """Puts fingers on the window, moves them, and takes them off.

        Each frame has a place (x, y) for every finger.
        """
        for i, places in enumerate(frames):
            fingers = [dict(x=x, y=y, id=n) for n, (x, y) in enumerate(places)]
            kind = "touchMove" if i else "touchStart"
            self.send("Input.dispatchTouchEvent", type=kind, touchPoints=fingers)
        self.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def press(self, key, code, control=False, up=True):
        """Presses a key, as on a keyboard; ``up`` says whether it is let go."""
        text = {"Enter": "\r"}.get(key)
        given = dict(key=key, code=key, windowsVirtualKeyCode=code)
        given |= dict(modifiers=2) if control else {}
        extra = dict(text=text) if text and not control else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", **given, **extra)
        if up:
            self.send("Input.dispatchKeyEvent", type="keyUp", **given)

    def complaints(self):
        """Errors and warnings of the console, and exceptions."""
        self.look("0")  # all that was said before has arrived with this answer
        found = []
        for event in self.events:
            params = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                found.append(params["exceptionDetails"]["text"])
            elif event["method"] == "Log.entryAdded":
                found.append(params["entry"]["text"])
            elif event["method"] == "Runtime.consoleAPICalled":
                found.append(str(params["args"]))
        return found

    def requests(self):
        """Addresses that the page asked for, itself and what it carries left out."""
        urls = [
            event["params"]["request"]["url"]
            for event in self.events
            if event["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in urls if not url.startswith(("file:", "data:"))]

    def picture(self, path, width=1280, height=900, dark=False, whole=True):
        """A screenshot, for whoever wants to look."""
        value = "dark" if dark else "light"
        feature = dict(name="prefers-color-scheme", value=value)
        self.send("Emulation.setEmulatedMedia", features=[feature])
        size = dict(width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.send("Emulation.setDeviceMetricsOverride", **size)
        self.send("Emulation.setScrollbarsHidden", hidden=True)
        shot = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))
