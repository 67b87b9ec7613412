"""Message brokers for tests and the demonstration: RabbitMQ, NATS and Redis, each with ports and data of its own.

The programs come from Debian packages, whose own services, should they run, are neither used nor disturbed.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from provision import ports, processes
from provision.failure import StepFailed

USER, PASSWORD = "audit", "only-for-tests"
ATTEMPTS = 3
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/bin", "/usr/lib/rabbitmq/bin"])


class Broker:
    """A broker on ``port`` that keeps its data in ``folder``, so that it can be killed and started again.

    ``certificate``: ``(certificate, key)`` as PEM texts; with it the broker speaks TLS, and nothing else.
    """

    scheme = tls_scheme = ""
    user, password = USER, PASSWORD
    patience = 30  # seconds

    def __init__(self, folder: Path, port: int | None = None, certificate: tuple[str, str] | None = None) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = port or ports.free_port()
        self.child: processes.Child | None = None
        self.certificate = self.folder / "certificate.pem" if certificate else None
        self.key = self.folder / "key.pem" if certificate else None
        if self.certificate and self.key:
            self.certificate.write_text(certificate[0])
            self.key.write_text(certificate[1])

    @property
    def host(self) -> str:
        return f"{ports.HOST}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.tls_scheme if self.certificate else self.scheme}://{self.host}"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.scheme}.log"

    def start(self) -> Broker:
        """Start it (again), on the same port and with the same data, and wait until it answers."""
        self.begin()
        return self.wait()

    def begin(self) -> None:
        """Start it (again) without waiting for it: for who has something else to do meanwhile."""
        self.child = self._spawn(self._command(), self.scheme)

    def wait(self) -> Broker:
        """Wait until it answers."""
        deadline = time.monotonic() + self.patience
        while not self._answers():
            if not self.child.alive() or time.monotonic() > deadline:
                self.stop()
                raise StepFailed(f"the broker {self.scheme} did not start", self.log)
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """Ask it to end, as at a restart of its machine."""
        if self.child:
            self.child.stop(patience=20)
            self.child = None

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.child:
            self.child.kill()
            self.child = None

    def _command(self) -> list:
        raise NotImplementedError

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "HOME": str(self.folder)}

    def _spawn(self, command: list, name: str) -> processes.Child:
        return processes.spawn(
            command, pid_file=self.folder / f"{name}.pid", log=self.log, environment=self._environment(),
            cwd=self.folder,
        )  # fmt: skip

    def _answers(self) -> bool:
        try:
            with socket.create_connection((ports.HOST, self.port), timeout=2) as connection:
                return bool(self.certificate) or self._greets(connection)
        except OSError:
            return False

    def _greets(self, connection: socket.socket) -> bool:
        """Whether it speaks its protocol already."""
        raise NotImplementedError


class RabbitMq(Broker):
    """RabbitMQ under a node name, with a distribution port and with a port mapper of its own.

    It takes long to start, so that one with a certificate listens without TLS as well, on ``plain_port``.
    """

    scheme, tls_scheme = "amqp", "amqps"
    patience = 120

    def __init__(self, folder: Path, port: int | None = None, certificate: tuple[str, str] | None = None) -> None:
        super().__init__(folder, port, certificate)
        self.plain_port = ports.free_port() if certificate else self.port
        self.node_port, self.mapper_port = ports.free_port(), ports.free_port()
        self.mapper: processes.Child | None = None

    def stop(self) -> None:
        super().stop()
        self._stop_mapper()

    def kill(self) -> None:
        super().kill()
        self._stop_mapper()

    def control(self, *command: str) -> None:
        """Run ``rabbitmqctl``, as its administrator does."""
        program = _program("rabbitmqctl", "/usr/lib/rabbitmq/bin/rabbitmqctl")
        said = subprocess.run([program, *command], env=self._environment(), capture_output=True, text=True, check=False)
        if said.returncode:
            raise StepFailed(f"rabbitmqctl {command[0]}: {said.stderr.strip()}", self.log)

    def _stop_mapper(self) -> None:
        if self.mapper:
            self.mapper.kill()
            self.mapper = None

    def _command(self) -> list:
        if not self.mapper:
            # One of our own that ends with us: Erlang would leave its daemon behind.
            mapper = [_program("epmd"), "-port", self.mapper_port, "-address", ports.HOST]
            self.mapper = self._spawn(mapper, "epmd")
        (self.folder / "rabbitmq.conf").write_text("\n".join(self._settings()) + "\n")
        (self.folder / "plugins").write_text("[].\n")
        return [_program("rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server")]

    def _settings(self) -> Iterator[str]:
        yield f"listeners.tcp.1 = {ports.HOST}:{self.plain_port}"
        if self.certificate:
            yield f"listeners.ssl.1 = {self.host}"
            yield f"ssl_options.certfile = {self.certificate}"
            yield f"ssl_options.keyfile = {self.key}"
            yield "ssl_options.verify = verify_none"
        yield f"default_user = {USER}"
        yield f"default_pass = {PASSWORD}"
        yield "disk_free_limit.absolute = 1MB"
        yield "log.console = true"
        yield "log.console.level = warning"
        yield "log.file = false"

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        return {
            **kept,
            "PATH": _PATH,
            "HOME": str(self.folder),
            "ERL_EPMD_ADDRESS": ports.HOST,
            "ERL_EPMD_PORT": str(self.mapper_port),
            "RABBITMQ_NODENAME": f"audit{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self.node_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
        }

    def _greets(self, connection: socket.socket) -> bool:
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        return connection.recv(1) == b"\x01"


class Nats(Broker):
    """NATS with JetStream."""

    scheme, tls_scheme = "nats", "tls"

    def _command(self) -> list:
        further = ["--tls", "--tlscert", self.certificate, "--tlskey", self.key] if self.certificate else []
        return [
            _program("nats-server"), "--addr", ports.HOST, "--port", self.port, "--jetstream",
            "--store_dir", self.folder / "data", "--user", USER, "--pass", PASSWORD, *further,
        ]  # fmt: skip

    def _greets(self, connection: socket.socket) -> bool:
        return connection.recv(5) == b"INFO "


class Redis(Broker):
    """Redis that keeps what it took across a restart."""

    scheme, tls_scheme = "redis", "rediss"

    def _command(self) -> list:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        listens = [f"port {self.port}"]
        if self.certificate:
            listens = [
                "port 0", f"tls-port {self.port}", f"tls-cert-file {self.certificate}",
                f"tls-key-file {self.key}", "tls-auth-clients no",
            ]  # fmt: skip
        keeps = [f"dir {data}", 'save ""', "appendonly yes", "appendfsync always"]
        # Not "user default off": Redis 7.0 then refuses its own transactions when it loads them again.
        users = [f"requirepass {PASSWORD}", f"user {USER} on >{PASSWORD} ~* &* +@all"]
        settings = self.folder / "redis.conf"
        settings.write_text("\n".join([f"bind {ports.HOST}", *listens, *keeps, *users]) + "\n")
        return [_program("redis-server"), settings]

    def _greets(self, connection: socket.socket) -> bool:
        connection.sendall(f"AUTH {USER} {PASSWORD}\r\n".encode())
        return connection.recv(3) == b"+OK"


BROKERS = {broker.scheme: broker for broker in (RabbitMq, Nats, Redis)}


@contextmanager
def running_brokers(*schemes: str) -> Iterator[dict[str, Broker]]:
    """Yield brokers by scheme (``amqp``, ``nats``, ``redis``) while they run; their data is forgotten afterwards."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="audit-brokers-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        found = {}
        for scheme in schemes:
            found[scheme] = stack.enter_context(_started(scheme, folder))
        yield found


@contextmanager
def _started(scheme: str, folder: Path) -> Iterator[Broker]:
    """A broker that answers. Its ports were free when they were chosen, and others may have taken one since."""
    for attempt in range(ATTEMPTS):
        broker = BROKERS[scheme](folder / f"{scheme}-{attempt}")
        try:
            broker.start()
            break
        except StepFailed:
            if attempt == ATTEMPTS - 1:
                raise
    try:
        yield broker
    finally:
        broker.stop()


def first_there(*schemes: str) -> type[Broker] | None:
    """The first of the brokers whose program is on this machine."""
    programs = {"amqp": "rabbitmq-server", "nats": "nats-server", "redis": "redis-server"}
    return next((BROKERS[scheme] for scheme in schemes if shutil.which(programs[scheme], path=_PATH)), None)


def _program(name: str, *further: str) -> str:
    """Where a program lies; a full path is better than what stands in PATH, where Debian puts a wrapper."""
    for path in further:
        with suppress(OSError):
            if os.access(path, os.X_OK):
                return path
    found = shutil.which(name, path=_PATH)
    if not found:
        raise StepFailed(f"there is no {name} on this machine")
    return found
