from . import (
    words,
    booking,
    settings,
    proposal,
    allocation,
    lesson,
    deciding,
    storing,
    bench,
    run,
    statement_line,
    entry_of_matching,
)
