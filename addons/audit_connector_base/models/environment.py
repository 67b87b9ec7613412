"""What clients have to know of this database: whether it is the real one, and what it is called."""

PRODUCTION, TEST = "production", "test"
ENVIRONMENTS = [(PRODUCTION, "Production"), (TEST, "Test")]
PARAMETER = "audit.environment"
AUDIENCE = "audit.api_audience"


def environment_of(env):
    """Return ``production`` or ``test``. Sudo: machines ask, which hold no rights.

    A copy that was neutralized is a test whatever else is set: it must never be taken for the original.
    """
    parameters = env["ir.config_parameter"].sudo()
    if parameters.get_param("database.is_neutralized") or parameters.get_param(PARAMETER) == TEST:
        return TEST
    return PRODUCTION


def audience_of(env):
    """Return the text that signed statements of clients must be meant for: as set, else the address of the tokens.

    Sudo: a setting. Never what a request says of itself.
    """
    parameters = env["ir.config_parameter"].sudo()
    return parameters.get_param(AUDIENCE) or "%s/audit/v1/token" % parameters.get_param("web.base.url", "")
