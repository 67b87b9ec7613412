"""Keys of the log that never stand in the database, and the folder in which the signer remembers.

``[audit]`` of odoo.conf, or the environment, which wins:

``log_key`` (``ODOO_AUDIT_LOG_KEY``)
    What entries are marked with when they are written: 32 bytes in base64url; several separated by commas. The first
    marks; the others are those before it, whose marks still count. Without it the keys that wrap secrets serve, from
    which another one is derived; so one key is enough to begin with.
``signing_key`` (``ODOO_AUDIT_SIGNING_KEY``)
    Files with an Ed25519 private key (PEM), separated by commas. The first signs; the others are those before it.
``state_dir`` (``ODOO_AUDIT_STATE_DIR``)
    Folder of the signer's memory; by default ``audit_signer`` in Odoo's data folder.
"""

import base64
import binascii
import os
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from odoo.tools import config

from . import compat, keyring
from .keyring import KeyMissing


def entry_keys():
    """Return the keys with which an entry may have been marked, the one that marks today first; empty without any.

    Never raises: posting must not fail for want of a key. ``trouble_with_entry_keys`` tells what is wrong.
    """
    keys = []
    for configured in (_own_keys, _wrapping_keys):
        try:
            keys += configured()
        except KeyMissing:
            continue
    return keys


def trouble_with_entry_keys():
    """Why entries are not marked, or not with the key that was meant, in words for an administrator; else empty."""
    try:
        if not _own_keys():
            _wrapping_keys()
    except KeyMissing as error:
        return str(error)
    return ""


def signing_keys():
    """Return the private keys as a list of ``Ed25519PrivateKey``, the one that signs today first.

    :raises KeyMissing: when none is configured or one cannot be read; the message says what to do
    """
    paths = [piece.strip() for piece in _option("signing_key").split(",") if piece.strip()]
    if not paths:
        raise KeyMissing(
            "No key to sign the log with is configured. Run ./setup/key signing, put the line it prints into the "
            "[audit] section of odoo.conf, and restart Odoo."
        )
    return [_signing_key(path) for path in paths]


def seed(key):
    """Return the 32 bytes of a private key, as ``core.checkpoint.Signer`` takes them."""
    return key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def state_dir():
    """Return the folder of the signer's memory; it need not exist."""
    return Path(_option("state_dir") or Path(config["data_dir"]) / "audit_signer")


def domain():
    """Return the domain that names the logs begin with, empty unless configured."""
    return _option("log_domain")


def _own_keys():
    """The keys of ``log_key``, the one that marks today first; raises ``KeyMissing`` when one is none."""
    pieces = [piece.strip() for piece in _option("log_key").split(",")]
    return [_own_key(piece) for piece in pieces if piece]


def _own_key(text):
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise KeyMissing("A key of log_key in [audit] of odoo.conf is not 32 bytes in base64url.")
    return key


def _wrapping_keys():
    return list(keyring.wrapping_keys()[1].values())


def _signing_key(path):
    try:
        changed_at = os.stat(path).st_mtime_ns
        return _loaded(path, changed_at)
    except OSError as error:
        raise KeyMissing("The signing key %s cannot be read: %s." % (path, error.strerror)) from None
    except (ValueError, TypeError):
        raise KeyMissing("The file %s holds no Ed25519 private key in PEM without a password." % path) from None


@lru_cache(maxsize=8)
def _loaded(path, _changed_at):
    key = load_pem_private_key(Path(path).read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not Ed25519")
    return key


def _option(name):
    """A setting from the environment or odoo.conf. The key variable is removed once read, see ``keyring``."""
    variable = "ODOO_AUDIT_" + name.upper()
    found = keyring._from_environment(variable) if name == "log_key" else os.environ.get(variable)
    return found or compat.audit_options().get(name, "")
