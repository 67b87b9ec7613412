"""The sandbox bank as a process, for the tests of the addons and of their core."""

import json
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        """Where a browser would go is what tests look at."""


_BROWSER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay())


class Bank:
    """A bank that holds what ``scenario`` (a dict, see ``bank_books``) tells. ``keys``: application → PEM."""

    def __init__(self, scenario, keys=None, python=sys.executable):
        self.home = Path(tempfile.mkdtemp(prefix="audit-bank-"))
        (self.home / "scenario.json").write_text(json.dumps(scenario), encoding="utf-8")
        (self.home / "keys").mkdir()
        for application, pem in (keys or {}).items():
            (self.home / "keys" / (application + ".pem")).write_text(pem)
        files = ["--scenario", self.home / "scenario.json", "--state", self.home / "state.json"]
        self._command = [python, HERE / "bank.py", *files, "--public-keys", self.home / "keys"]
        self._port = 0
        self.start()

    def start(self):
        """Open, on the same port as before."""
        command = [str(part) for part in [*self._command, "--port", self._port]]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline().split()
        if said[:1] != ["ready"]:
            raise AssertionError("the sandbox bank did not open")
        self.url = said[1]
        self._port = int(self.url.rpartition(":")[2])

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()

    def close(self):
        self.stop()
        shutil.rmtree(self.home)

    def order(self, **wanted):
        """See ``POST /control``; returns the bank's date as text."""
        request = urllib.request.Request(
            self.url + "/control", json.dumps(wanted).encode(), {"Content-Type": "application/json"}
        )
        with _OPENER.open(request, timeout=10) as answer:
            return json.load(answer)["today"]

    def fault(self, on, mode, **further):
        self.order(fault={"on": on, "mode": mode, **further})

    def asked(self):
        """The requests that were made: dicts of method, path, query."""
        with _OPENER.open(self.url + "/asked", timeout=10) as answer:
            return json.load(answer)

    def noticed(self):
        """The calls that the bank made: dicts of account and status."""
        with _OPENER.open(self.url + "/noticed", timeout=10) as answer:
            return json.load(answer)

    def answer(self, link, agree=True):
        """Agree or refuse as the owner of the accounts; returns where the bank sends the browser."""
        request = urllib.request.Request(link, b"answer=agree" if agree else b"answer=refuse")
        try:
            with _BROWSER.open(request, timeout=10) as answer:
                raise AssertionError("the bank sent the browser nowhere (HTTP %d)" % answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.headers["Location"]
