"""What behaves differently on Odoo 17.0 and 19.0 and has no common form.

Everything else is written in the common subset, or rewritten by the rules of ``setup/port``.
"""

from configparser import ConfigParser
from pathlib import Path

from odoo import release
from odoo.tools import config

SERIES = release.version_info[0]


def audit_options():
    """Return the ``[audit]`` section of the configuration file as a dict of strings.

    17.0 keeps sections it does not know in ``config.misc``; 19.0 drops them, so there the file is read again.
    """
    if SERIES < 19:
        return dict(config.misc.get("audit", {}))
    path = config["config"]
    if isinstance(path, (list, tuple)):
        path = path[-1] if path else None
    if not path or not Path(path).is_file():
        return {}
    parser = ConfigParser(interpolation=None)
    parser.read(path)
    return dict(parser["audit"]) if parser.has_section("audit") else {}


def fields_of_group_members():
    """Name of the field of ``res.groups`` that lists members by implication as well."""
    return "all_user_ids" if SERIES >= 19 else "users"


def check_access(records, operation):
    """Raise ``AccessError`` unless the current user may do ``operation`` with all of the records."""
    if SERIES >= 19:
        records.check_access(operation)
    else:
        records.check_access_rights(operation)
        records.check_access_rule(operation)
