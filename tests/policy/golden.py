"""Every decision on one line. To renew: ``python -m tests.policy.golden > tests/policy/decisions.golden.txt``."""

import sys
from itertools import product

from registrar.model.policy import Policy, PortCheck, Protocol, TerminalClass
from registrar.policy.decide import decide
from registrar.policy.explain import outcome_words

LINE = "{:<25}{:<10}{:<10}{:<11}{:<5}{:<10}{:<6}{:<40}{}"


def decisions() -> str:
    """Return all decisions as a table; ``strict`` is shown where it differs."""
    lines = [LINE.format("policy", "protocol", "terminal", "exception", "RAC", "port", "row", "standard", "strict")]
    for policy, protocol in product(Policy, Protocol):
        lines.append("")
        for terminal, exception, rac, secure in product(TerminalClass, (True, False), (True, False), (True, False)):
            standard, strict = (
                decide(policy, protocol, terminal, exception, rac, secure, check) for check in PortCheck
            )
            lines.append(
                LINE.format(
                    f"{policy.value} {policy.title}",
                    protocol.value,
                    terminal.value,
                    "YES" if exception else "NO",
                    "yes" if rac else "no",
                    "secure" if secure else "insecure",
                    standard.row.id,
                    outcome_words(standard),
                    "same" if strict == standard else outcome_words(strict),
                )
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(decisions())
