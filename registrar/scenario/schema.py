"""What a scenario may say: the strict schema, published as ``docs/scenario.schema.json``."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from registrar.commands.numbers import ArgumentError, read_numbers
from registrar.model.events import EventType
from registrar.model.reason import Reason
from registrar.phones.configuration import ConfigurationError
from registrar.phones.make import check_pin
from registrar.phones.profiles import profiles
from registrar.policy.tables import TABLES

_TEXT_JSON: Final[dict[str, Any]] = {"anyOf": [{"type": "string"}, {"type": "number"}]}


def _text(value: Any) -> Any:
    """Give a number back as the text it was written as."""
    return getattr(value, "text", value)


def _texts(value: Any) -> Any:
    return [_text(each) for each in value] if isinstance(value, list) else [_text(value)]


def _named(value: Any) -> Any:
    """Take the name of a phone alone for the mapping that holds only it."""
    return value if isinstance(value, dict) else {"phone": value}


def _none_left_out(value: Any) -> Any:
    return "" if value is None else _text(value)


def _sendable(value: str) -> str:
    try:
        check_pin(value)
    except ConfigurationError as error:
        raise ValueError(str(error)) from None
    return value


def _digits(value: str) -> str:
    try:
        numbers = read_numbers(value)
    except ArgumentError as error:
        raise ValueError(str(error)) from None
    if len(numbers) != 1:
        raise ValueError("one directory number is wanted here")
    return value


class _Word:
    """Lets only the words of a list pass."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = list(words)

    def __call__(self, value: str) -> str:
        if value not in self._words:
            raise PydanticCustomError("literal_error", "is none of those known", {"expected": self._words})
        return value


_ROWS: Final = [row.id for _, table in TABLES.values() for row in table]
_REASONS: Final = [reason.value for reason in Reason]
_EVENTS: Final = [kind.value for kind in EventType]

Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(_TEXT_JSON)]
Pin = Annotated[str, BeforeValidator(_none_left_out), AfterValidator(_sendable), WithJsonSchema(_TEXT_JSON)]
Number = Annotated[str, BeforeValidator(_text), AfterValidator(_digits), WithJsonSchema(_TEXT_JSON)]
Pattern = Text
"""A text that must be equal; between two slashes a regular expression that must be found."""
Patterns = Annotated[
    list[str],
    BeforeValidator(_texts),
    WithJsonSchema({"anyOf": [*_TEXT_JSON["anyOf"], {"type": "array", "items": _TEXT_JSON}]}),
]
Seconds = Annotated[float, Field(ge=0, le=100_000_000)]
Port = Literal[5060, 5061, 1719, 3727]
"""The port of the requirement whose part a listener plays, whatever its number is in this run."""
TransportName = Literal["udp", "tcp", "tls"]
ProfileName = Annotated[str, AfterValidator(_Word(profiles())), WithJsonSchema({"enum": list(profiles())})]
RowName = Annotated[str, AfterValidator(_Word(_ROWS)), WithJsonSchema({"enum": _ROWS})]
ReasonName = Annotated[str, AfterValidator(_Word(_REASONS)), WithJsonSchema({"enum": _REASONS})]
TlsVersion = Literal["1.0", "1.1", "1.2", "1.3"]
OutcomeName = Literal["registered", "refused", "prompted", "failed", "off"]
EventName = Annotated[str, AfterValidator(_Word(_EVENTS)), WithJsonSchema({"enum": _EVENTS})]


class Strict(BaseModel):
    """No key that is not known, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Phone(Strict):
    """A terminal."""

    profile: ProfileName = Field(description="the kind of terminal; registrar phone --list tells them all")
    number: Number = Field(description="the directory number that its user logs on with")
    pin: Pin = Field("", description="the PIN that its user enters at the logon; none when left out")
    security: bool | None = Field(None, description="whether a PIN goes over TLS; as the profile has it when left out")
    transport: TransportName = Field("udp", description="what it uses otherwise; tls means always")
    configuration: Text = Field("", description="the text of its configuration file, in the dialect of its profile")
    says: Text = Field("", description="the User-Agent or productId, instead of the profile's")
    expires: Annotated[int, Field(ge=0)] | None = Field(None, description="the registration time it asks for, seconds")
    tls: list[Annotated[TlsVersion, BeforeValidator(_text)]] = Field(
        [], description="the versions of TLS it speaks, instead of the profile's"
    )
    trusts: Literal["the lab", "another CA", "anybody"] = Field("the lab", description="whose certificates it takes")
    connects_to: Text = Field("", description="the name or address it knows the server by, instead of 127.0.0.1")


class Expect(Strict):
    """What must be so after a step. Everything that is left out may be as it likes."""

    phone: Text = Field("", description="the phone it is about; the step's own when left out")
    outcome: OutcomeName | None = Field(None, description="where the phone stands")
    shown: Pattern | None = Field(None, description="what stands on its display")
    failure: Pattern | None = Field(None, description="why it failed: what was wrong with the way to the server")
    prompts: int | None = Field(None, description="how often its user was asked for the PIN since the logon")
    status: int | None = Field(None, description="the status code of the last SIP answer")
    phrase: Pattern | None = Field(None, description="the reason phrase of the last SIP answer")
    message: Pattern | None = Field(None, description="the name of the last RAS message received, e.g. RRJ")
    reject: Pattern | None = Field(None, description="the reject reason of the last RAS answer, e.g. securityDenial")
    fields: dict[Text, Pattern] = Field(
        {}, description="of the last message received: a SIP header's value, a RAS component by its path with dots"
    )
    row: RowName | None = Field(None, description="the row of the policy table that decided")
    reason: ReasonName | None = Field(None, description="why the registrar refused")
    port: Port | None = Field(None, description="the port that the registration or the refusal came in on")
    signalling: Literal["ENCRYPTED", "NOT_ENCRYPTED"] | None = Field(None, description="of the registration")
    downgraded: bool | None = Field(None, description="of the registration")
    tls_version: Pattern | None = Field(None, description="of the registration, e.g. TLSv1.3")
    registration: dict[Text, Any] = Field({}, description="other fields of the registration, as the API names them")
    registrations: int | None = Field(None, description="how many registrations the number has")
    executed: bool | None = Field(None, description="of a command")
    exit_status: int | None = Field(None, description="of a command: 0 done, 1 NOT EXECUTED, 2 not the language")
    printout: Patterns = Field([], description="texts that the printout holds, in this order")
    answered: bool | None = Field(None, description="whether what was sent was answered")
    closed: bool | None = Field(None, description="whether the server closed the connection it was sent over")
    within: Seconds = Field(0.0, description="seconds in which it must become so")


class OfPhone(Strict):
    """A phone's name."""

    phone: Text = Field(description="its name; where nothing else is said, the name alone will do")


class WithPin(OfPhone):
    """A phone and the PIN that its user enters."""

    pin: Pin | None = Field(None, description="the PIN; at a logon the phone's own when left out")


class WithFile(OfPhone):
    """A phone and its new configuration file, read at its next start."""

    text: Text = Field(description="the file's text, in the dialect of the phone's profile")


class Wait(Strict):
    """What to wait for: an event of the registrar since the last step that did something began, or a phone."""

    event: EventName | None = Field(None, description="the type of the event")
    number: Number | None = Field(None, description="the number that the event is about")
    fields: dict[Text, Any] = Field({}, description="fields of the event, as the API names them")
    phone: Text = Field("", description="or else the phone that is waited for")
    until: OutcomeName | None = Field(None, description="where the phone is to stand")
    within: Seconds = Field(5.0, description="seconds after which it has failed")

    @model_validator(mode="after")
    def _one(self) -> "Wait":
        if (self.event is None) == (not self.phone) or bool(self.phone) != (self.until is not None):
            raise ValueError("wait for an event, or for a phone until it stands somewhere")
        return self


class Send(Strict):
    """Octets to send, over a way of their own."""

    port: Port = Field(description="where to")
    transport: TransportName | None = Field(None, description="what the port usually takes when left out")
    text: Text = Field("", description="lines end with CR LF on the wire")
    hex: Text = Field("", description="the same in hexadecimal")
    within: Seconds = Field(5.0, description="seconds to wait for an answer, or for the end of the connection")

    @model_validator(mode="after")
    def _one(self) -> "Send":
        if bool(self.text) == bool(self.hex):
            raise ValueError("send either text or hex")
        if self.hex:
            try:
                bytes.fromhex(self.hex)
            except ValueError:
                raise ValueError("hex is pairs of hexadecimal digits") from None
        return self


class Step(Strict):
    """One thing that is done, and what must be so then. ``expect`` alone only looks."""

    VERBS: ClassVar = ("command", "register", "unregister", "reboot", "enter_pin", "configure", "wait", "send", "pass")

    note: Text = Field("", description="what this step shows")
    command: Text | None = Field(None, description="an operator's line; an empty one is left out")
    register_: Annotated[WithPin, BeforeValidator(_named)] | None = Field(
        None, alias="register", description="a phone's user presses the logon key"
    )
    unregister: Annotated[OfPhone, BeforeValidator(_named)] | None = Field(None, description="the logoff key")
    reboot: Annotated[OfPhone, BeforeValidator(_named)] | None = Field(None, description="power off and on")
    enter_pin: WithPin | None = Field(None, description="the user answers the prompt, or tries again")
    configure: WithFile | None = Field(None, description="put another configuration file in the phone's place")
    wait: Wait | None = Field(None, description="wait for an event, or for a phone")
    send: Send | None = Field(None, description="send octets as they are")
    pass_: Seconds | None = Field(None, alias="pass", description="let so many seconds pass, at once")
    expect: Expect | None = Field(None, description="what must be so then")

    @model_validator(mode="after")
    def _one(self) -> "Step":
        if len(self.verbs) > 1:
            raise ValueError(f"a step does one thing, not {' and '.join(self.verbs)}")
        if not self.verbs and self.expect is None:
            raise ValueError(f"a step needs one of {', '.join(self.VERBS)}, or expect")
        return self

    @property
    def verbs(self) -> list[str]:
        """What the step does: one verb, or none."""
        given = {"register": self.register_, "pass": self.pass_}
        return [verb for verb in self.VERBS if given.get(verb, getattr(self, verb, None)) is not None]

    @property
    def phone(self) -> str:
        """The name of the phone the step is about; empty when it is about none."""
        doing = (self.register_, self.unregister, self.reboot, self.enter_pin, self.configure, self.wait)
        for part in (self.expect, *doing):
            if part is not None and part.phone:
                return part.phone
        return ""


class Leftover(Strict):
    """What no operator's command leads to, as a backup of an older release may bring it in."""

    policy: Annotated[int, Field(ge=0, le=3)] = Field(description="the policy in force, as sec_policy -set numbers it")
    exceptions: list[Number] = Field([], description="extensions that have a security exception all the same")


class Scenario(Strict):
    """A scripted registration, or many from a table of cases. ``${name}`` stands for a variable's value."""

    scenario: Text = Field(description="its title")
    about: Text = Field("", description="what it shows, and by which section of the requirement")
    tags: list[Text] = Field([], description="words to select it by: registrar run --tag")
    variables: dict[Text, Any] = Field({}, description="values by name, for ${name}")
    cases: list[dict[Text, Any]] = Field([], description="one run each, with these variables")
    settings: dict[Text, Any] = Field({}, description="settings of the registrar, see docs/settings.md")
    certificate: Literal["good", "expired", "not yet valid", "wrong name"] = Field(
        "good", description="the registrar's own; the lab CA has signed it in any case"
    )
    leftover: Leftover | None = Field(None, description="what was there before the first command")
    system: list[Text] = Field([], description="operator's commands before the first step; they must be executed")
    phones: dict[Text, Phone] = Field({}, description="the terminals, by names for the steps")
    steps: list[Step] = Field(min_length=1, description="what happens, in order; the first that does not hold ends it")
