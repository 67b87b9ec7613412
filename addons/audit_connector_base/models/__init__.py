from . import (
    abstract,
    connector,
    contract,
    document_name,
    document_trail,
    exchange,
    kept_attachment,
    log,
    machine_route,
    operation,
    res_config_settings,
    retention,
    source,
)

# isort: split
from . import access  # stands on all of them
