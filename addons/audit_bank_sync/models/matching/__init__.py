from . import proposal  # what is proposed comes before what adds to it

# isort: split
from . import (
    allocation,
    bench,
    booking,
    deciding,
    entry_of_matching,
    lesson,
    looking_after,
    run,
    settings,
    statement_line,
    storing,
    words,
)
