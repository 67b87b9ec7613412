"""The checks that need nothing but Python:  PYTHONPATH=setup python3 -m lint

Prints one complaint a line; exit code 1 when there is any.
"""

import sys
import tempfile
from pathlib import Path

from . import addon_checks, file_checks
from .sources import ROOT


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        complaints = [
            *file_checks.malformed_xml(ROOT),
            *file_checks.malformed_json(ROOT),
            *file_checks.too_long(ROOT),
            *file_checks.wrong_commands(ROOT),
            *file_checks.forbidden_words(ROOT),
            *addon_checks.incomplete_addons(ROOT),
            *addon_checks.unported(ROOT, Path(scratch)),
            *addon_checks.without_common_form(ROOT),
        ]
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
