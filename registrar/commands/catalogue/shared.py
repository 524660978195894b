"""Switches that several commands share."""

from typing import Final

from registrar.commands.grammar import Switch
from registrar.commands.types import CSP_NUMBER, CUSTOMER_NUMBER, NUMBERS

INITIATE: Final[Switch[None]] = Switch("-i", None, "Initiates.", ("--initiate",))
CHANGE: Final[Switch[None]] = Switch("-c", None, "Changes.", ("--change",))
ERASE: Final[Switch[None]] = Switch("-e", None, "Erases.", ("--erase",))
PRINT: Final[Switch[None]] = Switch("-p", None, "Prints.", ("--print",))
VERBOSE: Final[Switch[None]] = Switch("-v", None, "Prints more.", ("--verbose",))
HELP: Final[Switch[None]] = Switch("--help", None, "Prints the command's page.", ("-?",))
DIR: Final = Switch("-d", NUMBERS, "The directory numbers.", ("--dir",))
CSP: Final = Switch("--csp", CSP_NUMBER, "The common service profile.")
CUSTOMER: Final = Switch("--customer", CUSTOMER_NUMBER, "The customer; 0 when not given.")
