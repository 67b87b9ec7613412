"""Names of files that people hand in, made safe to show and to save under."""

import re
import unicodedata

LONGEST_NAME = 120  # characters


def safe_name(name):
    """Return a file name without folders, control characters and what file systems refuse, of at most 120 characters.

    The ending stays, as people go by it; what the content is, nobody concludes from it.

    >>> safe_name("C:\\\\tmp\\\\list<1>.xlsx")
    'list1.xlsx'
    """
    base = re.split(r"[\\/]", unicodedata.normalize("NFC", name or ""))[-1]
    base = "".join(char for char in base if char.isprintable() and char not in '<>:"|?*').strip(" .")
    stem, dot, ending = base.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = base, "", ""
    stem = stem[: LONGEST_NAME - len(dot + ending)].strip(" .")
    return (stem or "file") + dot + ending
