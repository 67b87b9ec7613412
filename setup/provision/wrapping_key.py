"""Makes a key that protects the secrets of connectors, as a line for the configuration of Odoo."""

from __future__ import annotations

import argparse
import base64
import re
import secrets
import sys
import time

from .failure import CannotStart

LENGTH = 32
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")

ADVICE = """\
Put this line into the [audit] section of odoo.conf and restart Odoo. It wraps the secrets of your connectors: keep a
copy away from the database and its backups, for without it the secrets must be entered again. To change keys, put the
new one first and leave the old ones behind it: kek = <new>,<old>. After a restart, the button “Wrap All under the Key
in Use” (Settings, Audit) moves the secrets, and the page says when the old key can go. It can also come from
ODOO_AUDIT_KEK."""


def main(arguments: list[str]) -> int:
    """Print the line on standard output and what to do with it on standard error."""
    asked = _parser().parse_args(arguments)
    print(f"kek = {new_key(asked.id)}", flush=True)
    print(ADVICE, file=sys.stderr)
    return 0


def new_key(key_id: str) -> str:
    """Return `id:key`, the key being 32 random bytes in base64url without padding."""
    if not _ID.fullmatch(key_id):
        raise CannotStart(f"{key_id!r} is no id for a key: take 1 to 32 letters, digits, '-' or '_'.")
    key = base64.urlsafe_b64encode(secrets.token_bytes(LENGTH)).rstrip(b"=").decode()
    return f"{key_id}:{key}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="key", description=__doc__)
    parser.add_argument("--id", default=time.strftime("%Y-%m"), help="name of the key (the month: %(default)s)")
    return parser
