"""The API's requests and answers, as its OpenAPI document describes them. Times are POSIX seconds."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from registrar.commands.catalogue import COMMANDS
from registrar.commands.line import MAX_LINE

PolicyNumber = Literal[0, 1, 2, 3]
ProtocolName = Literal["sip", "h323"]
ClassName = Literal["SECURE", "INSECURE"]
SignallingName = Literal["ENCRYPTED", "NOT_ENCRYPTED"]


class _Request(BaseModel):
    """What is asked must be spelt and typed as described: a wrong name would otherwise mean nothing."""

    model_config = ConfigDict(extra="forbid", strict=True)


class CommandRequest(_Request):
    """An operator's line."""

    command: str = Field(
        max_length=MAX_LINE,
        examples=[example for command in COMMANDS.values() for example in command.examples],
    )


class CommandForm(BaseModel):
    """One valid form of a command; switches are named here and described with the command."""

    syntax: str
    verb: str = Field(description="the switch that tells the form from the others; empty where there is none")
    words: str
    required: list[str]
    optional: list[str]
    one_of: list[str] = Field(description="optional ones of which at least one must be given")


class CommandSwitch(BaseModel):
    """A switch of a command."""

    name: str
    aliases: list[str]
    words: str
    argument: str | None = Field(description="as forms show it; null for a switch without argument")
    takes: str | None
    choices: list[str] = Field(description="every value there is, where they are few")
    secret: bool = Field(description="its argument is never shown")


class CommandPage(BaseModel):
    """A command, as its help page tells it."""

    name: str
    purpose: str
    function: str
    examples: list[str]
    forms: list[CommandForm]
    switches: list[CommandSwitch]


class Candidate(BaseModel):
    """One way to go on."""

    text: str
    meaning: str


class Completion(BaseModel):
    """What may stand at the end of a line."""

    start: int = Field(description="where in the line the candidates begin")
    candidates: list[Candidate]


class CommandResult(BaseModel):
    """What became of the line."""

    executed: bool
    printout: str
    exit_status: int = Field(description="0 executed or printed, 1 NOT EXECUTED, 2 not the language")


class Decided(BaseModel):
    """What the policy said."""

    protocol: ProtocolName
    policy: PolicyNumber
    policy_title: str
    row: str = Field(examples=["T2.3"])
    row_inferred: bool
    terminal_class: ClassName
    security_exception: bool
    rac: bool
    allowed: bool
    reason: str | None
    signalling: SignallingName | None
    downgraded: bool


class Registration(Decided):
    """A registration, with the policy and the row under which it was accepted."""

    number: str
    terminal: str
    family: str
    pattern: str = Field(description="the pattern that classed the terminal; empty when none matched")
    transport: Literal["UDP", "TCP", "TLS"]
    address: str
    source_port: int
    port: int
    secure: bool
    tls_version: str | None
    tls_cipher: str | None
    tls_server_name: str | None
    contact: str
    instance: str
    reg_id: int
    q: float | None
    aliases: list[str] = Field(description="of an H.323 endpoint")
    vendor: str = Field(description="an H.323 endpoint's manufacturer, by its T.35 code")
    version: str
    call_id: str
    path: list[str]
    registered_at: float
    refreshed_at: float
    expires_at: float


class Registrations(BaseModel):
    """A page of registrations."""

    total: int
    registrations: list[Registration]


class Extension(BaseModel):
    """An extension; its PIN is never shown."""

    number: str
    csp: int
    lim: int
    customer: int
    security_exception: bool
    rac: bool
    registrations: int


class Extensions(BaseModel):
    """A page of extensions."""

    total: int
    extensions: list[Extension]


class PolicyState(BaseModel):
    """The policy in force, and what setting one needs."""

    policy: PolicyNumber
    title: str
    licensed: bool
    certificate_problem: str | None


class PreviewRequest(_Request):
    """The policy to try."""

    policy: PolicyNumber


class Loss(Decided):
    """A registration that would be refused when it is registered anew."""

    number: str
    port: int


class PreviewResult(BaseModel):
    """What the policy would refuse; nothing was changed."""

    policy: PolicyNumber
    registrations: int
    losses: list[Loss]
    lost: int = Field(description="registrations that would be lost")
    forbidding: list[str] = Field(description="numbers whose security exception keeps the policy from being set")
    without_rac: list[str] = Field(description="numbers that could not log on for want of a RAC")
    remedies: list[str] = Field(description="commands that mend it, and what else must be done, in this order")
    text: str


class ExplainRequest(_Request):
    """A registration that need not exist."""

    policy: PolicyNumber | None = Field(None, description="the policy in force when left out")
    protocol: ProtocolName = "sip"
    terminal: str = Field(max_length=1000)
    exception: bool
    rac: bool
    port: Literal[5060, 5061, 1719, 3727]


class NearMiss(Decided):
    """The same with one thing different."""

    change: str


class RowDetails(BaseModel):
    """A row of the requirement's tables."""

    id: str
    section: str
    inferred: bool
    allowed: bool
    signalling: SignallingName | None


class Explanation(Decided):
    """How the decision came about."""

    port: int
    terminal: str
    family: str
    pattern: str
    table: int
    row_details: RowDetails
    port_rule: str
    pin_asked: bool
    answer: str
    warning: str
    near_misses: list[NearMiss]
    text: str


class TraceRecord(BaseModel):
    """One thing that happened on the wire, or one decision."""

    id: int
    time: float
    kind: Literal["received", "sent", "decided", "handshake", "handshake_refused", "malformed"]
    protocol: ProtocolName
    transport: Literal["UDP", "TCP", "TLS"]
    address: str
    source_port: int
    port: int
    secure: bool
    connection: int = Field(description="the connection's number in this process; 0 for datagrams")
    tls_version: str | None
    tls_cipher: str | None
    tls_server_name: str | None
    number: str
    reason: str | None = Field(description="why a registration was refused; of decisions only")
    row: str | None = Field(description="the row that decided; of decisions only")
    summary: str
    text: str = Field(description="a SIP message as text, its credentials masked; empty for others")
    hex: str = Field(description="the octets of a message, its credentials masked")
    length: int = Field(description="octets of the message, of which a very long one is not kept whole")


class Trace(BaseModel):
    """What the trace holds."""

    last_id: int
    records: list[TraceRecord]


class Problem(BaseModel):
    """Why a request was refused."""

    detail: str


class Fault(BaseModel):
    """One thing that is wrong with a request; never what was sent, which may hold a PIN."""

    type: str
    loc: list[str | int] = Field(description="where: body, query or header, then the way to it")
    msg: str


class Invalid(BaseModel):
    """What is wrong with a request."""

    detail: list[Fault]


class Health(BaseModel):
    """It lives."""

    status: Literal["ok"]


class Events(BaseModel):
    """Events of the stream, and where to go on."""

    oldest_id: int = Field(description="the oldest event still kept, 0 for none: what is between was forgotten")
    last_id: int
    events: list[dict[str, object]]
