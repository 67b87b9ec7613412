from . import (
    adapter,
    authority_rule,
    connector,
    credential,
    dashboard,
    external_id,
    http_exchange,
    http_login,
    inbound,
    secrets,
    trial,
)
