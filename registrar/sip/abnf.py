"""The grammar's common rules (RFC 3261 section 25.1) as regular expressions for single, unfolded header values.

Every repetition is possessive or ends at a character outside its class, so matching takes linear time. Where real
phones go beyond the rule and nothing depends on it, the rule is widened and says so.
"""

from typing import Final

# alphanum, mark and unreserved, as the inside of a character class
#   unreserved  =  alphanum / mark
#   mark        =  "-" / "_" / "." / "!" / "~" / "*" / "'" / "(" / ")"
UNRESERVED: Final = r"A-Za-z0-9\-_.!~*'()"

#   reserved    =  ";" / "/" / "?" / ":" / "@" / "&" / "=" / "+" / "$" / ","
RESERVED: Final = ";/?:@&=+$,"

#   LWS  =  [*WSP CRLF] 1*WSP ; linear whitespace
#   SWS  =  [LWS] ; sep whitespace
# (folds are undone before values are parsed, so CRLF does not occur)
SWS: Final = r"[ \t]*+"

#   token  =  1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~" )
WORD: Final = r"A-Za-z0-9\-.!%*_+`'~"
TOKEN: Final = rf"[{WORD}]++"

#   quoted-string  =  SWS DQUOTE *(qdtext / quoted-pair ) DQUOTE
#   quoted-pair    =  "\" (%x00-09 / %x0B-0C / %x0E-7F)
QUOTED: Final = r'"[^"\\]*+(?:\\[^\r\n][^"\\]*+)*+"'

#   hostname       =  *( domainlabel "." ) toplabel [ "." ]      ("_" is widened: labs have such names)
#   IPv6reference  =  "[" IPv6address "]"
#   host           =  hostname / IPv4address / IPv6reference
HOST: Final = r"(?:[A-Za-z0-9_][A-Za-z0-9_.\-]*+|\[[0-9A-Fa-f:.]{2,45}+\])"

#   port  =  1*DIGIT
PORT: Final = r"[0-9]{1,5}+"

#   gen-value      =  token / host / quoted-string               ("/@=" are widened: base64 and mail-like tags)
GEN_VALUE: Final = rf"(?:[{WORD}\[\]:/@=]++|{QUOTED})"

#   generic-param  =  token [ EQUAL gen-value ]
GENERIC_PARAM: Final = rf"{TOKEN}(?:{SWS}={SWS}{GEN_VALUE})?+"

#   *( SEMI generic-param )
PARAMS: Final = rf"(?:{SWS};{SWS}{GENERIC_PARAM})*+"

#   scheme  =  ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
SCHEME: Final = r"[A-Za-z][A-Za-z0-9+.\-]*+"
