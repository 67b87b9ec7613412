from . import (
    consumers,
    contract,
    drafting,
    field,
    governance,
    in_force,
    publication,
    registry,
    report,
    shipped,
    trial,
    version,
)
