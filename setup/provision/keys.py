"""Makes a key of the suite, as a line for the configuration of Odoo: one that protects the secrets of connectors (the
default), or one that signs the audit log."""

from __future__ import annotations

import argparse
import base64
import os
import re
import secrets
import sys
import time
from pathlib import Path

from .failure import CannotStart

LENGTH = 32
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
# What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7).
_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")

ADVICE = """\
Put this line into the [audit] section of odoo.conf and restart Odoo. It wraps the secrets of your connectors: keep a
copy away from the database and its backups, for without it the secrets must be entered again. To change keys, put the
new one first and leave the old ones behind it: kek = <new>,<old>. After a restart, the button “Wrap All under the Key
in Use” (Settings, Audit) moves the secrets, and the page says when the old key can go. It can also come from
ODOO_AUDIT_KEK."""
SIGNING_ADVICE = """\
Put this line into the [audit] section of odoo.conf, let Odoo's user own the file, and restart Odoo. It signs the
audit log: whoever administers the database must not be able to read it. Keep a copy away from the database and its
backups. To change keys, put the new file first and leave the old one behind it: signing_key = <new>,<old>; then press
Replace Key on each log."""


def main(arguments: list[str]) -> int:
    """Print the line on standard output and what to do with it on standard error."""
    asked = _parser().parse_args(arguments)
    if asked.what == "signing":
        file = (asked.file or Path(f"audit-signing-{asked.id}.pem")).absolute()
        write_signing_key(file)
        print(f"signing_key = {file}", flush=True)
        print(SIGNING_ADVICE, file=sys.stderr)
    else:
        print(f"kek = {new_key(asked.id)}", flush=True)
        print(ADVICE, file=sys.stderr)
    return 0


def new_key(key_id: str) -> str:
    """Return `id:key`, the key being 32 random bytes in base64url without padding."""
    if not _ID.fullmatch(key_id):
        raise CannotStart(f"{key_id!r} is no id for a key: take 1 to 32 letters, digits, '-' or '_'.")
    key = base64.urlsafe_b64encode(secrets.token_bytes(LENGTH)).rstrip(b"=").decode()
    return f"{key_id}:{key}"


def write_signing_key(file: Path) -> None:
    """Make an Ed25519 private key in PEM, readable by its owner only; a file that is there is never overwritten."""
    encoded = base64.b64encode(_PKCS8 + secrets.token_bytes(LENGTH)).decode()
    content = f"-----BEGIN PRIVATE KEY-----\n{encoded}\n-----END PRIVATE KEY-----\n"
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise CannotStart(f"{file} is there already: a key is never overwritten. Name another file.") from None
    except OSError as error:
        raise CannotStart(f"{file} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "w") as stream:
        stream.write(content)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="key", description=__doc__)
    parser.add_argument(
        "what", nargs="?", choices=("secrets", "signing"), default="secrets",
        help="secrets: wraps the secrets of connectors, printed as it is (the default); signing: signs the audit log, "
        "written to a file of its own",
    )  # fmt: skip
    parser.add_argument("--id", default=time.strftime("%Y-%m"), help="name of the key (the month: %(default)s)")
    parser.add_argument("--file", type=Path, help="of a signing key (audit-signing-<id>.pem in this folder)")
    return parser
