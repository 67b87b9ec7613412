"""Following certificates from the one that signed to an authority that is trusted (RFC 5280, section 6.1).

Written on ``asn1crypto`` alone, as older releases of ``cryptography`` verify no chains. Stricter than the RFC in what
cannot be judged here: policies that are demanded, extensions that are critical and unknown, and names of kinds for
which a limit was set that nobody here can read, end the path.
"""

from . import name_constraints

MAX_LENGTH = 8
"""Certificates in a path, with the one that signed and the one that is trusted."""

# Pairs of certificates that are compared while a path is looked for: the answer of an authority brings certificates of
# its own choice, and many of one name could be put in line in more ways than anybody can try.
_MAX_TRIALS = 200
# What is judged here or by the caller. Policies may be named, as none is asked for.
_KNOWN = {
    "basic_constraints",
    "certificate_policies",
    "extended_key_usage",
    "key_usage",
    "name_constraints",
    "subject_alt_name",
}


class PathError(ValueError):
    """There is no path to a certificate that is trusted; the text says why."""


def find(certificate, others, roots, time, has_signed):
    """Return a valid path as a list, from ``certificate`` to one of ``roots``; raises ``PathError``.

    Where several paths might lead there, the first that holds is taken, and the reason is that of the last one tried.

    :param others: certificates that may stand in between, which nobody trusts yet
    :param time: aware, when all of them have to be good
    :param has_signed: function ``(issuer, certificate)``: whether the key of one made the signature of the other
    """
    trusted = {root.dump() for root in roots}
    open_paths, trials = [[certificate]], 0
    trouble = "the certificate of the authority leads to no authority that is trusted here"
    while open_paths:
        path = open_paths.pop()
        try:
            _check_next(path, time)
        except PathError as error:
            trouble = str(error)
            continue
        if path[-1].dump() in trusted:
            return path
        if len(path) == MAX_LENGTH:
            trouble = "the chain of certificates does not end"
            continue
        # The last is taken first: those that are trusted are tried before the others.
        for candidate in [*reversed(others), *reversed(roots)]:
            if candidate.subject != path[-1].issuer or candidate.dump() in {one.dump() for one in path}:
                continue
            trials += 1
            if trials > _MAX_TRIALS:
                raise PathError("the certificates that came along can be put in line in too many ways")
            if _may_issue(candidate) and has_signed(candidate, path[-1]):
                open_paths.append([*path, candidate])
    raise PathError(trouble)


def _check_next(path, time):
    """Judge the last certificate of a path whose others were judged before: itself, and what it says of the others."""
    certificate, below = path[-1], path[:-1]
    if not certificate.not_valid_before <= time <= certificate.not_valid_after:
        raise PathError("a certificate of the authority was not good at that time")
    _check_extensions(certificate)
    if not below:
        return
    longest = certificate.basic_constraints_value["path_len_constraint"].native
    # The first is no intermediate one, and those that an authority issues to itself do not count (section 4.2.1.9).
    between = [one for one in below[1:] if not _is_self_issued(one)]
    if longest is not None and len(between) > longest:
        raise PathError("a certificate of the authority may not stand so far from the one that signed (path length)")
    limits = certificate.name_constraints_value
    if limits is None:
        return
    for position, one in enumerate(below):
        if position == 0 or not _is_self_issued(one):
            try:
                name_constraints.check(one, limits)
            except ValueError as error:
                raise PathError("a certificate of the authority has a name that is not its: %s" % error) from None


def _check_extensions(certificate):
    seen = set()
    for extension in certificate["tbs_certificate"]["extensions"]:
        name = extension["extn_id"].native
        if name in seen:
            raise PathError("a certificate of the authority says twice what it may say once: %s" % name)
        seen.add(name)
        if extension["critical"].native and name not in _KNOWN:
            raise PathError("a certificate of the authority asks for something that is not known here: %s" % name)
        # Read here, as what nobody reads is not noticed to be unreadable.
        if name in _KNOWN and extension["extn_value"].parsed.native is None:
            raise PathError("a certificate of the authority says nothing where it has to: %s" % name)


def _may_issue(issuer):
    constraints, usage = issuer.basic_constraints_value, issuer.key_usage_value
    if constraints is None or not constraints["ca"].native:
        return False
    return usage is None or "key_cert_sign" in usage.native


def _is_self_issued(certificate):
    return certificate.subject == certificate.issuer
