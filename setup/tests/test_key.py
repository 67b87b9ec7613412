import base64
import re
import subprocess
import sys
import time
from pathlib import Path

KEY = Path(__file__).resolve().parents[1] / "key"


def run(*arguments):
    return subprocess.run([sys.executable, KEY, *arguments], capture_output=True, text=True, check=False)


def key_of(line):
    match = re.fullmatch(r"kek = ([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_-]+)\n", line)
    return match[1], base64.urlsafe_b64decode(match[2] + "=" * (-len(match[2]) % 4))


def test_the_line_holds_32_bytes_under_the_current_month():
    before = time.strftime("%Y-%m")
    ended = run()
    key_id, key = key_of(ended.stdout)
    assert ended.returncode == 0
    assert key_id in (before, time.strftime("%Y-%m"))
    assert len(key) == 32


def test_only_the_line_is_on_standard_output_and_the_advice_on_standard_error():
    ended = run()
    assert ended.stdout.count("\n") == 1
    assert "[audit] section" in ended.stderr
    assert key_of(ended.stdout)[0] not in ended.stderr


def test_each_key_is_another():
    assert key_of(run().stdout)[1] != key_of(run().stdout)[1]


def test_the_id_can_be_chosen():
    assert key_of(run("--id", "vault-7").stdout)[0] == "vault-7"


def test_an_id_that_odoo_would_refuse_is_refused_here():
    ended = run("--id", "a:b")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "'a:b' is no id for a key" in ended.stderr


def test_a_signing_key_is_written_to_a_file_for_its_owner_only(tmp_path):
    ended = run("signing", "--file", str(tmp_path / "log.pem"))
    assert ended.stdout == f"signing_key = {tmp_path / 'log.pem'}\n"
    assert (tmp_path / "log.pem").stat().st_mode & 0o777 == 0o600
    content = (tmp_path / "log.pem").read_text()
    assert "Replace Key" in ended.stderr
    assert content.splitlines()[1] not in ended.stdout + ended.stderr


def test_openssl_takes_a_signing_key_for_ed25519(tmp_path):
    run("signing", "--file", str(tmp_path / "log.pem"))
    command = ["openssl", "pkey", "-in", tmp_path / "log.pem", "-noout", "-text"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("ED25519 Private-Key")


def test_a_signing_key_is_never_overwritten(tmp_path):
    run("signing", "--file", str(tmp_path / "log.pem"))
    before = (tmp_path / "log.pem").read_text()
    ended = run("signing", "--file", str(tmp_path / "log.pem"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "never overwritten" in ended.stderr
    assert (tmp_path / "log.pem").read_text() == before
