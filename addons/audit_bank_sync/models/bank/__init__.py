from . import provider  # the family comes before its members

# isort: split
from . import (
    account,
    connection,
    consent,
    entry_of_bank,
    file,
    file_line,
    mapping,
    sighting,
    transaction,
    window,
)
