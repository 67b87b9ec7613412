"""What the description of the API is made of, whatever kinds of documents there are; see ``openapi``."""

from . import api_query, problem

PREFIX = "/audit/v1"

_TRACE = {
    "description": "The number of this request in our log, 32 hex digits; that of `traceparent` if you sent it.",
    "schema": {"type": "string"},
}
_NOTE = {
    "description": "The last signed note of a log (C2SP tlog-checkpoint, in base64): that of one of your companies "
    "where you read or add, else that of the system. Keep it: it shows later whether anything before it was changed. A "
    "refusal carries one once you have proven who you are; none does while the log is not signed.",
    "schema": {"type": "string"},
}
NOTED = {"Audit-Checkpoint": _NOTE}
_LIMITS = {
    "RateLimit-Policy": "Your limit: `q` requests at a stretch, refilled within `w` seconds.",
    "RateLimit": "What is left: `r` requests now, all of them again in `t` seconds.",
    "RateLimit-Limit": "Requests at a stretch.",
    "RateLimit-Remaining": "Requests left now.",
    "RateLimit-Reset": "Seconds until all of them are there again.",
}
_REASONS = {
    400: "The request is wrong; `parameter` names what.",
    401: "The credentials were not accepted.",
    403: "The access token is not good for this.",
    404: "There is no such record that you may read.",
    405: "Not possible at this address; `Allow` names what is.",
    409: "A request with the same Idempotency-Key is being worked on.",
    411: "The length of the body was not said.",
    413: "The body is too large.",
    414: "The query is too long.",
    415: "The body is not of the type that is taken here.",
    422: "The body is not what is taken here, cannot be done, or its Idempotency-Key was used for something else.",
    429: "Too many requests; `Retry-After` says in how many seconds to come again.",
    503: "The request could not be handled now; come again after `Retry-After`.",
}
PROBLEM = {
    "type": "object",
    "description": "What is wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "pattern": "^" + problem.TYPE_PREFIX, "description": "Stable name of the problem."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do about it."},
        "parameter": {"type": "string", "description": "The parameter that is wrong."},
        "header": {"type": "string", "description": "The header that is wrong."},
        "scope": {"type": "string", "description": "The permission that the token lacks."},
        "error": {"type": "string", "description": "The code of RFC 6749, at the token address."},
        "errors": {
            "type": "array",
            "description": "Every place where a body does not match its contract.",
            "items": {
                "type": "object",
                "properties": {"path": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


def general_paths():
    """Return the paths that are about access and the description itself."""
    text = {"type": "string"}
    form = {
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": {"const": "client_credentials"},
            "scope": {**text, "description": "What the token shall be good for; all that you may by default."},
            "client_id": text,
            "client_secret": text,
            "client_assertion_type": text,
            "client_assertion": text,
        },
    }
    token = {
        "type": "object",
        "required": ["access_token", "token_type", "expires_in", "scope"],
        "properties": {
            "access_token": text,
            "token_type": {"const": "Bearer"},
            "expires_in": {"type": "integer", "description": "Seconds."},
            "scope": text,
        },
    }
    health = {
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"const": "pass"}, "environment": text, "client": {"type": "object"}},
    }
    return {
        PREFIX + "/token": {
            "post": {
                "tags": ["access"],
                "operationId": "get_token",
                "summary": "Get an access token (OAuth 2.0 client credentials)",
                "description": "Prove who you are by HTTP Basic, by `client_secret` in the form, or by a signed "
                "`client_assertion` (RFC 7523).",
                "security": [],
                "requestBody": {"required": True, "content": {api_query.FORM: {"schema": form}}},
                "responses": {
                    "200": success("An access token.", token, trace=False),
                    **refusals(400, 401, 405, 411, 413, 415, 429, 503),
                },
            }
        },
        PREFIX + "/log/cosignature": {
            "post": {
                "tags": ["access"],
                "operationId": "take_cosignature",
                "summary": "Bring a signed note that a witness has signed as well",
                "description": "For witnesses that were registered here, who need no access token: the note as it was "
                "handed out (C2SP tlog-checkpoint) with the line of the witness (tlog-cosignature). The first that a "
                "witness has signed of a note is kept, and a note that comes again has the same answer.",
                "security": [],
                "requestBody": {"required": True, "content": {"text/plain": {"schema": text}}},
                "responses": {
                    "204": {"description": "It is kept.", "headers": NOTED},
                    **refusals(400, 405, 411, 413, 415, 422, 429, 503),
                },
            }
        },
        PREFIX + "/health": {
            "get": {
                "tags": ["access"],
                "operationId": "health",
                "summary": "Whether the API works; with an access token also who you are to it",
                "security": [{}, {"client": []}],
                "responses": {
                    "200": {
                        "description": "It works.",
                        "headers": NOTED,
                        "content": {"application/health+json": {"schema": health}},
                    },
                    **refusals(400, 401, 405, 414, 429, 503),
                },
            }
        },
        PREFIX + "/openapi.json": {
            "get": _public("openapi", "This description", "application/json", {"type": "object"})
        },
        PREFIX + "/docs": {"get": _public("docs", "This description for people", "text/html", text)},
    }


def _public(name, summary, media_type, schema):
    return {
        "tags": ["access"],
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {
            "200": {
                "description": summary,
                "headers": NOTED,
                "content": {media_type: {"schema": schema}},
            },
            "304": unchanged("It has not changed."),
            **refusals(405, 429, 503),
        },
    }


def success(description, schema, trace=True):
    """An answer of JSON; ``trace``: it is logged under a number that it tells."""
    headers = {name: {"description": text, "schema": {"type": "string"}} for name, text in _LIMITS.items()}
    if trace:
        headers["Audit-Trace"] = _TRACE
    return {
        "description": description,
        "headers": {**headers, **NOTED},
        "content": {"application/json": {"schema": schema}},
    }


def unchanged(description):
    """An answer that what the asker has is still as it was."""
    return {"description": description, "headers": NOTED}


def refusals(*statuses):
    """``{status: answer}`` of problem documents."""
    return {
        str(status): {
            "description": _REASONS[status],
            "headers": NOTED,
            "content": {problem.CONTENT_TYPE: {"schema": ref("problem")}},
        }
        for status in statuses
    }


def query_parameter(name, schema, description):
    """A parameter behind the question mark."""
    return {"name": name, "in": "query", "description": description, "schema": schema}


def header_parameter(name, description, schema=None, required=False):
    """A header of the request; ``schema``: of its text, by default any short one."""
    schema = schema or {"type": "string"}
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


def ref(name):
    """A reference to a component."""
    return {"$ref": "#/components/schemas/%s" % name}
