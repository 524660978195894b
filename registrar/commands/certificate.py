"""``certificate``: the server's certificate and the authorities (the requirement, sections 3, 5.1.1 and 6.1)."""

from registrar.commands.catalogue.security import CA_FILE, CERTIFICATE_FILE, COMMON_NAME, KEY_FILE, SAN
from registrar.commands.catalogue.shared import VERBOSE
from registrar.commands.effects import (
    InstallCertificate,
    Refusal,
    RenewCertificate,
    RequestCertificate,
    Requested,
    Steps,
    TrustAuthority,
)
from registrar.commands.grammar import Arguments
from registrar.commands.node import Execution, Node
from registrar.commands.printout import block, executed, paragraphs, printed, refused
from registrar.model.certificate import Certificate, Certificates, day


def print_(arguments: Arguments, node: Node, now: float) -> Execution:
    """``certificate -p``."""
    held = node.certificates
    if held is None:
        return printed(["NO CERTIFICATE"])
    verbose = VERBOSE in arguments
    told = [
        ("SERVER CERTIFICATE", held.server.subject),
        ("STATE", state(held.server, now)),
        *_details(held.server, verbose),
        *(("INTERMEDIATE", _short(one)) for one in held.chain),
        *(("TRUSTED CA", _short(one)) for one in held.trusted),
        ("REQUEST WAITING", held.requested),
    ]
    lines = block(told)
    if verbose:
        for one in (*held.chain, *held.trusted):
            lines += ["", *block([("CERTIFICATE", one.subject), *_details(one, verbose)])]
    if held.server.warning(now) is not None:
        lines += ["", remedy(held)]
    return printed(lines)


def request(arguments: Arguments, _node: Node, _now: float) -> Steps:
    """``certificate -request``."""
    name = arguments[COMMON_NAME]
    names = dict.fromkeys([name, *(arguments.get(SAN) or ())])
    answer: Requested | Refusal = yield RequestCertificate(tuple(names))
    if isinstance(answer, Refusal):
        return refused(answer.reason, *answer.words)
    same = f"It is made with the key of the request of {answer.replaces} that waited." if answer.replaces else ""
    done = executed(
        *([same] if same else []),
        f"Have it signed ({answer.file} holds it as well), then:",
        "  certificate -install --cert FILE --ca FILE",
    )
    return done._replace(printout=f"{done.printout}\n{answer.pem.strip()}")


def install(arguments: Arguments, _node: Node, now: float) -> Steps:
    """``certificate -install``."""
    answer: Certificates | Refusal = yield InstallCertificate(
        arguments[CERTIFICATE_FILE], arguments.get(KEY_FILE), arguments.get(CA_FILE)
    )
    return _installed(answer, now)


def trust(arguments: Arguments, _node: Node, _now: float) -> Steps:
    """``certificate -trust``."""
    answer: Certificates | Refusal = yield TrustAuthority(arguments[CA_FILE])
    if isinstance(answer, Refusal):
        return refused(answer.reason, *answer.words)
    return executed(f"Trusted: {', '.join(one.subject for one in answer.trusted)}.")


def renew(_arguments: Arguments, node: Node, now: float) -> Steps:
    """``certificate -renew``."""
    before = node.certificates
    answer: Certificates | Refusal = yield RenewCertificate()
    execution = _installed(answer, now)
    if isinstance(answer, Refusal) or before is None or before.server.issuer == answer.server.issuer:
        return execution
    words = paragraphs([f"Warning: it replaces a certificate of {before.server.issuer}."])
    return execution._replace(printout="\n".join([execution.printout, *words]))


def _installed(answer: Certificates | Refusal, now: float) -> Execution:
    if isinstance(answer, Refusal):
        return refused(answer.reason, *answer.words)
    server = answer.server
    return executed(
        f"{server.subject}, issued by {server.issuer}, valid until {day(server.not_after)}"
        f" ({server.days_left(now):,} days). New connections use it at once, existing ones live on."
    )


def state(server: Certificate, now: float) -> str:
    """Say whether the certificate is valid, and for how long."""
    problem, left = server.problem(now), server.days_left(now)
    if problem is not None:
        return f"NOT VALID: {problem}"
    warning = server.warning(now)
    return f"valid, {left:,} days left" if warning is None else f"valid, WARNING: {warning}"


def remedy(held: Certificates) -> str:
    """Say what to do when the certificate's end is near or past."""
    if held.renewable:
        return "Renew it from the lab CA: certificate -renew"
    return "Have a new one signed: certificate -request --cn NAME"


def _details(one: Certificate, verbose: bool) -> list[tuple[str, str]]:
    told = [
        ("ISSUER", one.issuer),
        ("NAMES", ", ".join(one.names)),
        ("VALID", f"{day(one.not_before)} to {day(one.not_after)}"),
        ("KEY", one.key),
    ]
    if not verbose:
        return told
    groups = [one.fingerprint[place : place + 16] for place in range(0, len(one.fingerprint), 16)]
    return [*told, ("SERIAL", one.serial), ("SHA-256", " ".join(groups))]


def _short(one: Certificate) -> str:
    return f"{one.subject}, until {day(one.not_after)}"
