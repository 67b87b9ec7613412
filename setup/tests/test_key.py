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
