"""Which PostgreSQL is taken; the embedded one itself is proven by the demonstration."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from provision import database, postgres
from provision.failure import CannotStart
from provision.progress import StepLog

PYTHON = Path(sys.executable)


@pytest.fixture(autouse=True)
def nothing_configured(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("PG") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)


def test_an_address_is_understood():
    server = postgres.parse_url(PYTHON, "postgresql://me:p%40ss@db.example:6543/main?sslmode=require")
    assert (server.host, server.port, server.user, server.password) == ("db.example", 6543, "me", "p@ss")
    assert (server.maintenance, server.sslmode) == ("main", "require")


def test_a_socket_folder_is_understood():
    server = postgres.parse_url(PYTHON, "postgresql://me@/postgres?host=/run/postgresql")
    assert server.host == "/run/postgresql"


@pytest.mark.parametrize("url", ["mysql://x/y", "postgresql://host:notaport/x", "nonsense"])
def test_nonsense_is_refused_without_repeating_it(url):
    with pytest.raises(CannotStart, match="not of the form") as refusal:
        postgres.parse_url(PYTHON, url)
    assert url not in str(refusal.value)


def test_a_named_server_that_does_not_answer_is_one_sentence_without_the_password(monkeypatch, tmp_path):
    def refuse(*arguments, **options):
        answer = '{"error": "connection to server failed:\\n\\tConnection refused", "code": null}'
        return subprocess.CompletedProcess([], 0, answer, "")

    monkeypatch.setattr(subprocess, "run", refuse)
    url = "postgresql://me:hidden@127.0.0.1:1/postgres"
    with pytest.raises(CannotStart) as refusal:
        with postgres.running_postgres(PYTHON, "test", StepLog(tmp_path / "log"), database_url=url):
            pytest.fail("there is no such server")
    said = str(refusal.value)
    assert said.startswith("The PostgreSQL at 127.0.0.1:1 cannot be used: connection to server failed: ")
    assert "\n" not in said
    assert "hidden" not in said


def test_what_was_asked_for_comes_before_the_environment(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://a@env:1/x")
    monkeypatch.setenv("PGHOST", "pghost")
    assert postgres._named_server(PYTHON, "postgresql://a@flag:1/x")[0].host == "flag"
    assert postgres._named_server(PYTHON, None)[0].host == "env"
    monkeypatch.delenv("DATABASE_URL")
    assert postgres._named_server(PYTHON, None)[0].host == "pghost"


def test_only_names_of_ours_reach_a_statement():
    assert database.quoted("odoo_audit_demo_17_0") == '"odoo_audit_demo_17_0"'
    with pytest.raises(ValueError, match="no database"):
        database.quoted('x"; DROP DATABASE y; --')


def test_the_address_of_a_database_carries_the_password_escaped():
    server = database.Server(PYTHON, "127.0.0.1", 5555, "odoo_audit", "a/b@c")
    assert postgres.Postgres(server, "here").url("x") == "postgresql://odoo_audit:a%2Fb%40c@127.0.0.1:5555/x"
