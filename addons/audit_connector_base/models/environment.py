"""What clients have to know of this database: whether it is the real one, and what it is called."""

PRODUCTION, TEST = "production", "test"
ENVIRONMENTS = [(PRODUCTION, "Production"), (TEST, "Test")]
AUDIENCE = "audit.api_audience"


def environment_of(env):
    """Return ``production`` or ``test``; see ``audit.connector._database_environment``."""
    return env["audit.connector"]._database_environment()


def audience_of(env):
    """Return the text that signed statements of clients must be meant for: as set, else the address of the tokens.

    Sudo: a setting. Never what a request says of itself.
    """
    parameters = env["ir.config_parameter"].sudo()
    return parameters.get_param(AUDIENCE) or "%s/audit/v1/token" % parameters.get_param("web.base.url", "")
