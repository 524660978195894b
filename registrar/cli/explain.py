"""``registrar explain``: what the policy says of a registration, without one."""

import click

from registrar.cli.options import YES_NO
from registrar.errors import StartError
from registrar.model.policy import Policy, PortCheck, Protocol
from registrar.policy.explain import explain as decide


@click.command()
@click.option("--policy", type=click.IntRange(0, 3), required=True, help="0 none, 1, 2, 3 as sec_policy -set.")
@click.option("--protocol", type=click.Choice(["sip", "h323"], case_sensitive=False), required=True)
@click.option("--terminal", required=True, help="What the terminal says it is (User-Agent, productId).")
@click.option("--exception", type=YES_NO, required=True, help="The extension's --security-exception.")
@click.option("--rac", type=YES_NO, required=True, help="Whether a PIN is configured.")
@click.option("--port", type=click.Choice(["5060", "5061", "1719", "3727"]), required=True)
@click.option("--port-check", type=click.Choice(["standard", "strict"]), default="standard", show_default=True)
def explain(policy: int, protocol: str, terminal: str, exception: str, rac: str, port: str, port_check: str) -> None:
    """Say what would become of a registration, and by which row of which table. Needs no running registrar."""
    if (protocol == "sip") != (port in ("5060", "5061")):
        ports = "5060 or 5061" if protocol == "sip" else "1719 or 3727"
        raise StartError(f"{protocol} arrives on port {ports}, not on {port}", 2)
    explanation = decide(
        Policy(policy),
        Protocol(protocol),
        terminal,
        exception == "yes",
        rac == "yes",
        int(port),
        port in ("5061", "3727"),
        PortCheck(port_check),
    )
    click.echo("\n".join(explanation.lines()))
