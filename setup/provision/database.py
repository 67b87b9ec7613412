"""Databases of a PostgreSQL server: made, copied, renamed, dropped."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from . import packages

_NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")


class DatabaseError(Exception):
    """What PostgreSQL said; `code` is its SQLSTATE, None when it could not be reached."""

    def __init__(self, message: str, code: str | None = None):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server, and a Python that has psycopg2 to do it with."""

    python: Path
    host: str
    port: int
    user: str
    password: str
    maintenance: str = "postgres"
    """The database to be connected to while making and dropping others."""
    sslmode: str = "prefer"

    def execute(self, *statements: str | tuple, database: str | None = None) -> list[list[list]]:
        """Run statements, each in a transaction of its own, and return the rows of each; raises `DatabaseError`."""
        connection = {
            "host": self.host, "port": self.port, "user": self.user, "password": self.password,
            "dbname": database or self.maintenance, "sslmode": self.sslmode, "application_name": "odoo-audit-setup",
        }  # fmt: skip
        asked = {
            "connection": {name: value for name, value in connection.items() if value not in (None, "")},
            "statements": [(s, None) if isinstance(s, str) else s for s in statements],
        }
        ended = subprocess.run(
            [self.python, Path(__file__).with_name("sql_tool.py")],
            input=json.dumps(asked), capture_output=True, text=True, check=False, env=packages.clean_environment(),
        )  # fmt: skip
        if ended.returncode:
            raise DatabaseError(ended.stderr.strip() or "the SQL helper ended unexpectedly")
        answer = json.loads(ended.stdout)
        if isinstance(answer, dict):
            raise DatabaseError(answer["error"], answer["code"])
        return answer

    def as_user(self, user: str, password: str) -> Server:
        return replace(self, user=user, password=password)


def exists(server: Server, name: str) -> bool:
    return bool(server.execute(("SELECT 1 FROM pg_database WHERE datname = %s", [name]))[0])


def create(server: Server, name: str, template: str = "template0") -> None:
    """Make a database; a copy of `template`, whose connections are ended first because they would refuse it."""
    if template != "template0":
        disconnect(server, template)
    encoding = " ENCODING 'UTF8'" if template == "template0" else ""
    server.execute(f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(template)}{encoding}")


def drop(server: Server, name: str) -> None:
    """Drop a database that may be missing or in use."""
    try:
        server.execute(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")
    except DatabaseError as error:
        if error.code not in ("42601", "42501"):
            raise
        # PostgreSQL 12 does not know the word. Newer ones let nobody end by force what tidies up in the background; a
        # plain drop does. Somebody may come back between these two.
        disconnect(server, name)
        server.execute(f"DROP DATABASE IF EXISTS {quoted(name)}")


def rename(server: Server, old: str, new: str) -> None:
    disconnect(server, old)
    server.execute(f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)}")


def disconnect(server: Server, name: str) -> None:
    """End every connection to a database."""
    server.execute(
        (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename = %s AND pid <> pg_backend_pid()",
            [name, server.user],
        )
    )


def quoted(name: str) -> str:
    """Our names need no escaping; anything else is a mistake."""
    if not _NAME.match(name):
        raise ValueError(f"{name!r} is no database or role name of ours")
    return f'"{name}"'
