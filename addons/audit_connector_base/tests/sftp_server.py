import os
import shutil
import subprocess
import tempfile
from pathlib import Path

USER, PASSWORD = "archive", "correct horse battery"


class SftpServer:
    """A real SFTP server: ``setup/sandbox/sftp.py`` in the environment of the counterparties.

    ``setup/test`` names both in AUDIT_SANDBOX and AUDIT_SANDBOX_PYTHON; without them nothing is skipped but fails.
    """

    def __init__(self, *options, key=None):
        """``options``: those of the program; ``key``: line of the public key that may sign in instead of a password."""
        missing = [name for name in ("AUDIT_SANDBOX", "AUDIT_SANDBOX_PYTHON") if not os.environ.get(name)]
        if missing:
            raise AssertionError("run the tests with ./setup/test, or set %s" % " and ".join(missing))
        self.home = Path(tempfile.mkdtemp(prefix="audit-sftp-"))
        self.folder = self.home / "files"
        (self.folder / "out").mkdir(parents=True)
        (self.folder / "in").mkdir()
        self.port, self.options = 0, list(options)
        if key:
            (self.home / "keys").write_text(key + "\n")
            self.options += ["--authorized-keys", self.home / "keys"]
        else:
            (self.home / "password").write_text(PASSWORD)
            self.options += ["--password-file", self.home / "password"]
        self.start()

    def start(self):
        """Listen, on the same port as before."""
        program = Path(os.environ["AUDIT_SANDBOX"]) / "sftp.py"
        given = ["--folder", self.folder, "--user", USER, "--host-key", self.home / "host_key", "--port", self.port]
        command = [os.environ["AUDIT_SANDBOX_PYTHON"], program, *given, *self.options]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self.process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, text=True, env=environment
        )
        said = self.process.stdout.readline().split()
        if said[:1] != ["ready"]:
            raise AssertionError("the SFTP server did not start")
        self.port = int(said[1])

    def kill(self):
        self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()

    def close(self):
        self.kill()
        shutil.rmtree(self.home)

    @property
    def host(self):
        return "127.0.0.1:%d" % self.port

    @property
    def url(self):
        return "sftp://%s/out" % self.host

    def names(self, folder="out"):
        return sorted(os.listdir(self.folder / folder))
