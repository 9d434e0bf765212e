"""Headless Chromium, controlled over its DevTools protocol."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import connect
from websockets.sync.connection import Connection

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((found for name in NAMES if (found := shutil.which(name))), None)
_PATIENCE = 60.0


class Tab:
    """One page. `complaints` collects console messages and blocked requests."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.response: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        self._loaded = False
        for domain in ("Page", "Network", "Log", "Runtime", "Audits"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and return its result."""
        number = next(self._numbers)
        self.connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = self._receive()
            if message.get("id") == number:
                assert "error" not in message, (method, message["error"])
                result: dict[str, Any] = message["result"]
                return result

    def show(self, scheme: str, media: str = "screen") -> None:
        """Set the preferred colour scheme, and the medium: screen or print."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def open(self, url: str, headers: dict[str, str]) -> None:
        """Load a page with these request headers."""
        self.call("Network.setExtraHTTPHeaders", headers=headers)
        self.complaints.clear()
        self.requests.clear()
        self._loaded = False
        assert "errorText" not in self.call("Page.navigate", url=url)
        while not self._loaded:
            self._receive()

    def resize(self, width: int, height: int, *, scale: float = 1) -> None:
        """Resize the window, in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False},
        )

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; works also where the page may run no scripts."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def screenshot(self, file: Path) -> bytes:
        """The whole page as PNG, also written to a file."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return self._keep(file, answer)

    def print(self, file: Path) -> bytes:
        """The page as a printer gets it, A4 as PDF, also written to a file."""
        answer = self.call(
            "Page.printToPDF",
            **{"preferCSSPageSize": True, "paperWidth": 8.27, "paperHeight": 11.69},
        )
        return self._keep(file, answer)

    def _keep(self, file: Path, answer: dict[str, Any]) -> bytes:
        content = base64.b64decode(answer["data"])
        file.write_bytes(content)
        return content

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.connection.recv(timeout=_PATIENCE))
        parameters = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
            case "Network.responseReceived" if parameters["type"] == "Document":
                self.response = parameters["response"]
            case "Log.entryAdded":
                self.complaints.append(parameters["entry"]["text"])
            case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(parameters))
            case "Audits.issueAdded":
                self.complaints.append(json.dumps(parameters["issue"]))
        return message


@contextmanager
def browser() -> Iterator[Tab]:
    """Start Chromium with a fresh profile, and end it afterwards."""
    assert BROWSER is not None
    # The browser may still write to the folder while it shuts down.
    with tempfile.TemporaryDirectory(prefix="lyceum-chromium-", ignore_cleanup_errors=True) as home:
        command = [
            *(BROWSER, "--headless", "--remote-debugging-port=0", f"--user-data-dir={home}"),
            *("--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            # Chromium's sandbox does not work as root.
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            "about:blank",
        ]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment(home)
        )
        try:
            with connect(_address(process, Path(home)), max_size=None, proxy=None) as connection:
                yield Tab(connection)
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _environment(home: str) -> dict[str, str]:
    return os.environ | {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}


def _address(process: subprocess.Popen[bytes], home: Path) -> str:
    """The WebSocket URL of the first page, once the browser listens."""
    file = home / "DevToolsActivePort"
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "the browser ended"
        lines = file.read_text().splitlines() if file.exists() else []
        if len(lines) > 1:
            targets = httpx.get(f"http://127.0.0.1:{lines[0]}/json/list", trust_env=False).json()
            for target in targets:
                if target["type"] == "page":
                    return str(target["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise AssertionError("the browser does not listen")
