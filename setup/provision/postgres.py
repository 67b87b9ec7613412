"""A PostgreSQL to work on: the one that is named, the one that runs here, or an embedded one of our own."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from . import cache
from .database import DatabaseError, Server, quoted
from .embedded_postgres import Cluster
from .failure import CannotStart
from .ports import HOST
from .progress import StepLog

ROLE = "odoo_audit"
"""The role Odoo connects as: it refuses `postgres`, and needs no more than the right to make databases."""

_SOCKETS = ("/var/run/postgresql", "/run/postgresql", "/tmp")


@dataclass(frozen=True)
class Postgres:
    """A server ready for Odoo, with a role of our own that may create databases."""

    server: Server
    origin: str
    """Where it comes from, in words for people."""
    cluster: Cluster | None = None
    """Our embedded server, when it is that; `cluster.kill()` ends it as a crash would."""

    def url(self, database: str) -> str:
        """A libpq address of one database; it holds the password."""
        server = self.server
        login = f"{quote(server.user)}:{quote(server.password, safe='')}" if server.password else quote(server.user)
        if server.host.startswith("/"):
            return f"postgresql://{login}@/{database}?host={quote(server.host, safe='')}&port={server.port}"
        return f"postgresql://{login}@{server.host}:{server.port}/{database}"

    def odoo_options(self) -> dict[str, object]:
        """The lines of odoo.conf that lead there."""
        server = self.server
        return {
            "db_host": server.host, "db_port": server.port, "db_user": server.user,
            "db_password": server.password, "db_sslmode": server.sslmode,
        }  # fmt: skip


@contextmanager
def running_postgres(
    python: Path, cluster: str, log: StepLog, *, database_url: str | None = None, durable: bool = True,
    ends_with_us: bool = False,
) -> Iterator[Postgres]:  # fmt: skip
    """Yield a server for as long as the block lasts; an embedded one (named `cluster`) is started and stopped.

    Looked for in this order: `database_url`, `DATABASE_URL`, `PGHOST` and its sisters, a server on this machine in
    which the current user may create databases, an embedded one. A server that was named and does not answer
    raises `CannotStart`; nothing else is then taken in its place.
    """
    named = _named_server(python, database_url)
    if named:
        server, origin = named
        yield Postgres(_with_own_role(server, origin), origin)
        return
    local = _local_server(python, log)
    if local:
        yield Postgres(local, f"the PostgreSQL running on this machine ({local.host})")
        return
    with Cluster(cluster, log, durable=durable, ends_with_us=ends_with_us).in_use() as embedded:
        yield Postgres(_embedded_role(python, embedded), "an embedded PostgreSQL of our own", embedded)


def parse_url(python: Path, url: str) -> Server:
    """Understand `postgresql://user:password@host:port/database?sslmode=…`."""
    try:
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.scheme not in ("postgres", "postgresql"):
            raise ValueError("the scheme")
        return Server(
            python,
            host=options.get("host") or unquote(parts.hostname or "") or HOST,
            port=int(options.get("port") or parts.port or 5432),
            user=unquote(parts.username or options.get("user") or _login()),
            password=unquote(parts.password or options.get("password") or ""),
            maintenance=unquote(parts.path.strip("/")) or "postgres",
            sslmode=options.get("sslmode", "prefer"),
        )
    except ValueError as error:
        raise CannotStart(
            "The database address is not of the form postgresql://user:password@host:port/database."
        ) from error


def _named_server(python: Path, database_url: str | None) -> tuple[Server, str] | None:
    url = database_url or os.environ.get("DATABASE_URL")
    if url:
        server = parse_url(python, url)
        return server, f"the PostgreSQL at {server.host}:{server.port}"
    if os.environ.get("PGHOST"):
        server = Server(
            python,
            host=os.environ["PGHOST"],
            port=int(os.environ.get("PGPORT") or 5432),
            user=os.environ.get("PGUSER") or _login(),
            password=os.environ.get("PGPASSWORD", ""),
            maintenance=os.environ.get("PGDATABASE") or "postgres",
            sslmode=os.environ.get("PGSSLMODE") or "prefer",
        )
        return server, f"the PostgreSQL of PGHOST ({server.host}:{server.port})"
    return None


def _local_server(python: Path, log: StepLog) -> Server | None:
    """A server behind a socket of this machine that lets the current user in and lets them create databases."""
    user = _login()
    for folder in _SOCKETS:
        if not Path(folder, ".s.PGSQL.5432").exists():
            continue
        server = Server(python, host=folder, port=5432, user=user, password="")
        try:
            if _rights(server)["create"] and user != "postgres":
                return server
            log.write(f"{folder}: the role {user} may not create databases")
        except DatabaseError as error:
            log.write(f"{folder}: {error}")
    return None


def _with_own_role(server: Server, origin: str) -> Server:
    """A role that Odoo accepts: the given one, or one of ours when the given one is `postgres`."""
    try:
        rights = _rights(server)
        if server.user != "postgres":
            if not rights["create"]:
                raise CannotStart(f"The role {server.user} of {origin} may not create databases: grant it CREATEDB.")
            return server
        password_file = cache.root() / "postgres" / f"{_slug(f'{server.host}-{server.port}')}.password"
        ours = server.as_user(ROLE, cache.secret(password_file))
        taken = server.execute(("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]))[0]
        if taken and not _lets_in(ours):
            # Somebody else's cache made that role and keeps its password; theirs goes on working beside ours.
            ours = server.as_user(f"{ROLE}_{cache.content_hash([], str(cache.root()))[:6]}", ours.password)
        _make_role(server, ours)
        return ours
    except DatabaseError as error:
        raise CannotStart(f"{_capitalised(origin)} cannot be used: {_one_line(str(error))}") from error


def _embedded_role(python: Path, cluster: Cluster) -> Server:
    owner = Server(python, HOST, cluster.port, "postgres", cluster.password)
    ours = owner.as_user(ROLE, cache.secret(cluster.folder / "role.password"))
    if not _lets_in(ours):
        _make_role(owner, ours)
    return ours


def _make_role(owner: Server, ours: Server) -> None:
    known = owner.execute(("SELECT 1 FROM pg_roles WHERE rolname = %s", [ours.user]))[0]
    verb = "ALTER" if known else "CREATE"
    owner.execute((f"{verb} ROLE {quoted(ours.user)} LOGIN CREATEDB PASSWORD %s", [ours.password]))


def _lets_in(server: Server) -> bool:
    try:
        server.execute("SELECT 1")
        return True
    except DatabaseError:
        return False


def _rights(server: Server) -> dict[str, bool]:
    row = server.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")[0][0]
    return {"create": bool(row[0])}


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _slug(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9]+", "-", text).strip("-")


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]
