"""SIPp: a scenario that registers with digest, and a line a terminal for ``-inf``."""

from collections.abc import Sequence
from typing import Final

from registrar.errors import StartError
from registrar.model.flow import Transport
from registrar.provision.account import REFRESH, Account, Configuration

_DEFAULT_PORT = 5060

_REGISTER: Final = """\
      REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
      Max-Forwards: 70
      From: <sip:[field0]@[remote_ip]>;tag=[pid]-[call_number]
      To: <sip:[field0]@[remote_ip]>
      Call-ID: [call_id]
      CSeq: [cseq] REGISTER
      Contact: <sip:[field0]@[local_ip]:[local_port];transport=[transport]>
      Expires: [field2]
"""

SCENARIO: Final = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<!-- Registers each line of the -inf file: number;credentials;seconds;terminal -->
<scenario name="register">
  <send retrans="500">
    <![CDATA[
{_REGISTER}\
      User-Agent: [field3]
      Content-Length: 0

    ]]>
  </send>
  <recv response="200" optional="true" next="registered"/>
  <recv response="401" auth="true"/>
  <send retrans="500">
    <![CDATA[
{_REGISTER}\
      [field1]
      User-Agent: [field3]
      Content-Length: 0

    ]]>
  </send>
  <recv response="200"/>
  <label id="registered"/>
</scenario>
"""


def configure(accounts: Sequence[Account], folder: str) -> Configuration:
    """Return scenario and terminals, and the command that registers each once."""
    server, transport, port = accounts[0].server, accounts[0].transport, accounts[0].port
    if transport is Transport.TLS:
        raise StartError("SIPp as distributions build it speaks no TLS: use --transport udp or tcp", 2)
    words = ["sipp", server.host if port == _DEFAULT_PORT else f"{server.host}:{port}"]
    if transport is Transport.TCP:
        words += ["-t", "t1"]
    if server.loopback:
        words += ["-i", server.address]
    if server.ipv6:  # otherwise it forgets the brackets in the digest's uri
        words += ["-auth_uri", f"{server.host}:{port}"]
    words += ["-sf", f"{folder}/register.xml", "-inf", f"{folder}/users.csv", "-m", str(len(accounts)), "-nostdin"]
    files = {"register.xml": SCENARIO, "users.csv": "".join(["SEQUENTIAL\n", *map(_line, accounts)])}
    return Configuration(files, tuple(words), "The last field of users.csv is what the terminal says it is.")


def _line(account: Account) -> str:
    pin = account.pin_without('; ]["\\', "SIPp")
    return f"{account.number};[authentication username={account.number} password={pin}];{REFRESH};SIPp\n"
