"""What an administrator fixes about every request: its path, its headers, and which answers mean success.

A path may hold placeholders of a fixed list, nothing else: no attributes, no formats, no expressions.
"""

import re
from urllib.parse import quote, unquote

PLACEHOLDERS = ("entity", "id", "message_id", "type")
SUCCESS = "2xx"
MAX_HEADERS = 32
MAX_VALUE = 4096

_BRACES = re.compile(r"\{([^{}]*)\}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_VALUE = re.compile(r"[!-~]([ !-~]*[!-~])?")
# They belong to the connection, to the message, or to fields of their own.
_RESERVED = {
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "idempotency-key",
    "keep-alive",
    "te",
    "traceparent",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
_SECRET_NAME = re.compile(r"auth|cookie|credential|passw|secret|token|(api|access)[-_]?key|signature")
# Wider, as nothing is refused for it: keys and signatures in addresses go by short names.
_SECRET_PARAMETER = re.compile(_SECRET_NAME.pattern + r"|key$|pwd|session|^(code|pass|sas|sig)$", re.IGNORECASE)


def check_path(template):
    """Return ``template`` when it can be used; raises ``ValueError`` with the reason.

    It is appended to the address of the platform, such as ``/documents/{entity}/{id}``.
    """
    for name in _BRACES.findall(template):
        if name not in PLACEHOLDERS:
            raise ValueError(
                "{%s} is not known; there are %s." % (name, ", ".join("{%s}" % known for known in PLACEHOLDERS))
            )
    rest = _BRACES.sub("", template)
    if "{" in rest or "}" in rest:
        raise ValueError("The path has a brace without its other half.")
    if "#" in rest or re.search(r"[\x00-\x20\x7f]", template):
        raise ValueError("The path holds a space, a control character or #.")
    if re.search(r"(^|/)(\.|%2e){1,2}(/|$)", template.partition("?")[0], re.IGNORECASE):
        raise ValueError("The path holds a step such as .. that leads elsewhere.")
    return template


def fill_path(template, values):
    """Return ``template`` with its placeholders replaced by ``values`` (dict of texts), percent-encoded.

    Raises ``ValueError`` for a value that is empty or consists of dots, which would lead to another address.
    """

    def value(match):
        text = values[match[1]]
        if not text.strip("."):
            raise ValueError("{%s} has no usable value for this message." % match[1])
        return quote(text, safe="")

    return _BRACES.sub(value, template)


def join(base, path):
    """Return the address ``base`` followed by ``path``; a base with a question mark takes none.

    Raises ``ValueError`` with the reason.
    """
    if not path:
        return base
    if "?" in base:
        raise ValueError("An address with a question mark cannot be continued by a path; put all into the path.")
    return base.rstrip("/") + ("" if path.startswith("?") else "/") + path.lstrip("/")


def without_secret_parameters(url, hidden):
    """Return ``url`` as it may be kept: ``hidden`` for the value of each parameter whose name tells of a secret."""
    address, mark, query = url.partition("?")
    kept = []
    for parameter in query.split("&"):
        name, equals, _value = parameter.partition("=")
        secret = equals and _SECRET_PARAMETER.search(unquote(name))
        kept.append("%s=%s" % (name, hidden) if secret else parameter)
    return address + mark + "&".join(kept)


def parse_headers(text):
    """Return ``{name: value}`` of lines ``Name: value``; raises ``ValueError`` naming the line that cannot be used."""
    headers = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not _TOKEN.fullmatch(name):
            # The line is not quoted: somebody may have put a secret there.
            raise ValueError("A line is no header; write one a line as Name: value.")
        check_name(name)
        if not _VALUE.fullmatch(value) or len(value) > MAX_VALUE:
            raise ValueError("The value of %s is empty, too long, or not of plain ASCII characters." % name)
        if name.lower() in map(str.lower, headers):
            raise ValueError("%s is given twice." % name)
        headers[name] = value
    if len(headers) > MAX_HEADERS:
        raise ValueError("There are more than %d headers." % MAX_HEADERS)
    return headers


def check_name(name, secret=False):
    """Return the name of a header that may be set; ``secret``: it is meant to carry one. Raises ``ValueError``."""
    lower = name.lower()
    if not _TOKEN.fullmatch(name):
        raise ValueError("%s is no name of a header." % name)
    if lower in _RESERVED or lower.startswith("proxy-"):
        raise ValueError("%s is set by Odoo or by the connection." % name)
    if secret and lower in ("accept", "content-type", "user-agent"):
        raise ValueError("%s is set by Odoo." % name)
    if not secret and _SECRET_NAME.search(lower):
        raise ValueError("%s looks like a secret, which all could read here; choose how to sign in instead." % name)
    return name


def check_value(text):
    """Raise ``ValueError`` unless ``text`` can be the value of a header; the reason never quotes it."""
    if not _VALUE.fullmatch(text) or len(text) > MAX_VALUE:
        raise ValueError("It must be plain ASCII characters, without line breaks and without spaces around it.")


def is_login(name):
    """Whether ``name`` can be the user of HTTP Basic (RFC 7617, section 2): a colon would end it."""
    return bool(re.fullmatch(r"[^:\x00-\x1f\x7f]{1,256}", name))


def parse_success(text):
    """Return the set of statuses that mean delivered, from a list such as ``2xx, 409``; raises ``ValueError``."""
    statuses = set()
    for word in (text or SUCCESS).replace(",", " ").split():
        if word.lower() == "2xx":
            statuses.update(range(200, 300))
        elif re.fullmatch(r"2[0-9][0-9]|409", word):
            statuses.add(int(word))
        else:
            raise ValueError("“%s” is neither 2xx, nor a status such as 201, nor 409 (it is there already)." % word)
    return statuses
