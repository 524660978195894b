"""The digest: published vectors, what a proof is bound to, and what is remembered of it."""

from hashlib import md5, sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.model.attempt import Verdict
from registrar.model.extension import Rac
from registrar.sip.digest import (
    MAX_USUAL,
    DigestCredentials,
    DigestProof,
    challenge,
    is_digest,
    parse_authorization,
    proof_of,
)
from registrar.sip.errors import SipError
from registrar.sip.message import Known
from registrar.sip.nonces import Nonces
from tests.lab import NOW
from tests.sip.road import REGISTER, digest, request, with_lines

REALM = "lab.example"
URI = "sip:lab.example"
HERE = "192.0.2.10"


def nonces() -> Nonces:
    return Nonces(b"a key of 16 octs")


def parse(line: str) -> DigestCredentials:
    return parse_authorization(line.removeprefix("Authorization: "))


def verdict(line: str, known: Nonces, number: str = "12345", pin: str = "4711", rac: Rac | None = None) -> Verdict:
    proof = DigestProof(parse(line), "REGISTER", URI, known, HERE)
    return proof.verify(rac or Rac(number, pin), number, NOW)


# -- published vectors ----------------------------------------------------------------------------------------------


def published(number: str, pin: str, method: str, uri: str, value: str) -> Verdict:
    """What becomes of a digest somebody published: ``STALE`` when all of it is right but the nonce, which is of old."""
    known = nonces()
    known.issued_at = lambda nonce, source: 1  # type: ignore[method-assign]
    return DigestProof(parse_authorization(value), method, uri, known, HERE).verify(Rac(number, pin), number, NOW)


RFC_7616 = (
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
    'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="{}", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


@pytest.mark.interpreted
@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_vectors_of_rfc_7616_section_3_9_1(algorithm: str, response: str) -> None:
    sent = RFC_7616.format(algorithm, response)
    assert published("Mufasa", "Circle of Life", "GET", "/dir/index.html", sent) is Verdict.STALE
    assert published("Mufasa", "Circle of life", "GET", "/dir/index.html", sent) is Verdict.WRONG


@pytest.mark.interpreted
def test_the_vector_of_rfc_2617_section_3_5() -> None:
    sent = (
        'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", '
        'response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    assert published("Mufasa", "Circle Of Life", "GET", "/dir/index.html", sent) is Verdict.STALE


@pytest.mark.interpreted
def test_the_vector_of_rfc_2069_as_corrected() -> None:
    """Section 2.4 with its erratum: a response without quality of protection."""
    sent = (
        'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'uri="/dir/index.html", response="1949323746fe6a43ef61f9606e7febea"'
    )
    assert published("Mufasa", "CircleOfLife", "GET", "/dir/index.html", sent) is Verdict.STALE


# -- challenges -----------------------------------------------------------------------------------------------------


def test_a_challenge() -> None:
    assert challenge(REALM, "n") == 'Digest realm="lab.example", nonce="n", qop="auth", algorithm=MD5'
    assert challenge(REALM, "n", "SHA-256", stale=True).endswith(", algorithm=SHA-256, stale=true")


@pytest.mark.parametrize("realm", ['a"b', "a\\b"])
def test_a_realm_is_written_without_escapes(realm: str) -> None:
    with pytest.raises(ValueError, match="realm"):
        challenge(realm, "n")


# -- credentials ----------------------------------------------------------------------------------------------------


def test_credentials_in_their_parts_whatever_their_order_and_spelling() -> None:
    value = (
        'dIGEST  URI="sip:h",nc=0000000a , CNONCE="c",qop="auth",algorithm=md5,  realm = "r" ,username="u", '
        f'nonce="n",response="{"AB" * 16}",opaque="",x="\\"quoted\\", y"'
    )
    assert parse_authorization(value) == DigestCredentials(
        "u", "r", "n", "sip:h", "ab" * 16, "MD5", "auth", "0000000a", "c"
    )


@pytest.mark.parametrize(
    "change",
    [
        ('username="12345", ', ""),
        (f'realm="{REALM}", ', ""),
        ('nonce="n", ', ""),
        (f'uri="{URI}", ', ""),
        ('response="', 'response="0'),
        ('response="', 'response="'[:-1]),
        ("response=", "x="),
        ("qop=auth", "qop=auth-int"),
        ("nc=00000001", "nc=1"),
        ("nc=00000001", "nc=0000000g"),
        (', cnonce="0a4f113b"', ""),
        ("nc=00000001, ", ""),
        ("qop=auth", "qop=auth, qop=auth"),
        ("qop=auth", "QOP=auth, qop=auth"),
        ("qop=auth", 'qop="auth'),
        ("qop=auth", "qop"),
        ("Digest ", "Digest ,"),
        (", qop", " qop"),
    ],
)
def test_malformed_credentials_are_refused(change: tuple[str, str]) -> None:
    line = digest("12345", "4711", "REGISTER", URI, "n")
    assert parse(line)
    with pytest.raises(SipError, match=r"^400 Bad Authorization$"):
        parse(line.replace(*change))


@pytest.mark.parametrize(
    ("value", "is_one"), [("Digest x", True), ("digest\tx", True), ("Basic x", False), ("Digest", False), ("", False)]
)
def test_other_schemes_are_no_credentials(value: str, is_one: bool) -> None:
    assert is_digest(value) is is_one
    with pytest.raises(SipError, match=r"^400 Bad Authorization$"):
        parse_authorization(value)


def test_of_several_credentials_those_for_our_realm_count() -> None:
    ours = digest("12345", "4711", "REGISTER", URI, "n")
    lines = "\n".join(["Authorization: Bearer x", digest("1", "1", "REGISTER", URI, "m", realm="elsewhere"), ours])
    proof = proof_of(request(with_lines(REGISTER) + "\n" + lines), HERE, REALM, nonces())
    assert proof is not None
    assert proof.credentials == parse(ours)
    assert proof_of(request(REGISTER), HERE, REALM, nonces()) is None
    assert proof_of(request(with_lines(REGISTER, ours)), HERE, REALM, nonces(), ("SHA-256",)) is None


def test_credentials_show_neither_response_nor_nonce() -> None:
    line = digest("12345", "4711", "REGISTER", URI, "n0nce")
    proof = DigestProof(parse(line), "REGISTER", URI, nonces(), HERE)
    assert "n0nce" not in repr(proof)
    assert parse(line).response not in repr(proof)


# -- verdicts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("qop", ["auth", ""])
def test_the_right_pin_is_right_once(algorithm: str, qop: str) -> None:
    known = nonces()
    line = digest("12345", "4711", "REGISTER", URI, known.issue(HERE, NOW), algorithm=algorithm, qop=qop)
    assert verdict(line, known) is Verdict.RIGHT
    assert verdict(line, known) is Verdict.STALE


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"pin": "4712"}, Verdict.WRONG),
        ({"pin": ""}, Verdict.WRONG),
        ({"method": "SUBSCRIBE"}, Verdict.WRONG),
        ({"uri": "sip:elsewhere.example"}, Verdict.WRONG),
        ({"username": "12346"}, Verdict.NOT_OWNER),
        ({"username": "12345@x"}, Verdict.RIGHT),
        ({"nonce": "theirs"}, Verdict.FOREIGN),
        ({"uri": "sip:lab.example:9"}, Verdict.RIGHT),
    ],
)
def test_a_digest_is_bound_to_all_it_was_made_of(changed: dict[str, str], expected: Verdict) -> None:
    known = nonces()
    made = {
        "username": "12345",
        "pin": "4711",
        "method": "REGISTER",
        "uri": URI,
        "nonce": known.issue(HERE, NOW),
    } | changed
    assert verdict(digest(**made), known) is expected


@pytest.mark.parametrize("pin", ["4711", "4712"])
@pytest.mark.parametrize("username", ["12345", "12346"])
def test_to_an_address_that_was_not_challenged_right_and_wrong_are_the_same(pin: str, username: str) -> None:
    known = nonces()
    line = digest(username, pin, "REGISTER", URI, known.issue("192.0.2.11", NOW))
    assert verdict(line, known) is Verdict.FOREIGN


def test_a_wrong_digest_uses_no_count_up() -> None:
    known = nonces()
    nonce = known.issue(HERE, NOW)
    assert verdict(digest("12345", "wrong", "REGISTER", URI, nonce), known) is Verdict.WRONG
    assert verdict(digest("12345", "4711", "REGISTER", URI, nonce), known) is Verdict.RIGHT


@given(st.text(alphabet="0123456789abcdef", min_size=32, max_size=64))
def test_no_made_up_response_is_right(response: str) -> None:
    known = nonces()
    line = digest("12345", "4711", "REGISTER", URI, known.issue(HERE, NOW))
    right = parse(line).response
    if len(response) in (32, 64) and response != right:
        assert verdict(line.replace(right, response), known) is Verdict.WRONG


def test_a_pin_of_any_text_is_hashed_in_utf_8() -> None:
    known = nonces()
    assert verdict(digest("12345", "påße", "REGISTER", URI, known.issue(HERE, NOW)), known, pin="påße") is Verdict.RIGHT


# -- what is remembered ---------------------------------------------------------------------------------------------


def test_the_hash_of_name_and_pin_is_kept_with_the_rac() -> None:
    known, rac = nonces(), Rac("12345", "4711")
    for algorithm in ("MD5", "SHA-256"):
        line = digest("12345", "4711", "REGISTER", URI, known.issue(HERE, NOW), algorithm=algorithm)
        assert verdict(line, known, rac=rac) is Verdict.RIGHT
    text = b"12345:lab.example:4711"
    assert rac.ha1 == {
        ("MD5", "12345", REALM): md5(text).hexdigest(),
        ("SHA-256", "12345", REALM): sha256(text).hexdigest(),
    }
    rac.ha1["MD5", "12345", REALM] = md5(b"12345:lab.example:changed").hexdigest()
    assert verdict(digest("12345", "changed", "REGISTER", URI, known.issue(HERE, NOW)), known, rac=rac) is Verdict.RIGHT


def test_a_new_pin_has_nothing_of_the_old_one() -> None:
    known, old, new = nonces(), Rac("12345", "4711"), Rac("12345", "4712")
    assert verdict(digest("12345", "4711", "REGISTER", URI, known.issue(HERE, NOW)), known, rac=old) is Verdict.RIGHT
    assert verdict(digest("12345", "4711", "REGISTER", URI, known.issue(HERE, NOW)), known, rac=new) is Verdict.WRONG
    assert verdict(digest("12345", "4712", "REGISTER", URI, known.issue(HERE, NOW)), known, rac=new) is Verdict.RIGHT


def test_guesses_under_many_names_fill_nothing() -> None:
    known, rac = nonces(), Rac("12345", "4711")
    for n in range(50):
        for name in (f"12345@{n}", f"12345@{'x' * 500}{n}", f"{n}"):
            verdict(digest(name, "wrong", "REGISTER", URI, known.issue(HERE, NOW)), known, rac=rac)
    assert len(rac.ha1) <= 8
    assert all(len(name) <= 256 for _, name, _ in rac.ha1)


@pytest.mark.interpreted
def test_a_wrong_pin_is_the_same_work_for_numbers_in_use_numbers_at_rest_and_a_decoy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, used = nonces(), Rac("12345", "4711")
    assert verdict(digest("12345", "4711", "REGISTER", URI, known.issue(HERE, NOW)), known, rac=used) is Verdict.RIGHT
    line = parse(digest("12345", "wrong", "REGISTER", URI, known.issue(HERE, NOW)))
    hashes: list[str] = []

    def noted(text: str, _algorithm: str) -> str:
        hashes.append(text)
        return md5(text.encode()).hexdigest()

    monkeypatch.setattr("registrar.sip.digest.hashed", noted)
    counts = []
    for rac in (used, Rac("12345", "4711"), Rac("", "nobody knows")):
        for _ in range(2):
            hashes.clear()
            assert DigestProof(line, "REGISTER", URI, known, HERE).verify(rac, "12345", NOW) is Verdict.WRONG
            counts.append(len(hashes))
    assert counts == [2] * 6


@given(
    st.permutations(
        ['username="1"', 'realm="r"', 'nonce="n"', 'uri="u"', f'response="{"0" * 32}"', "qop=auth", "nc=00000001"]
    ),
    st.sampled_from(
        ["", ', cnonce="c"', ", cnonce=c", ', cnonce="c", algorithm=MD5', ', algorithm="md5", cnonce="\\"c"']
    ),
    st.sampled_from([", ", ",", " , ", '", ', "="]),
)
def test_credentials_are_read_alike_whether_their_shape_was_met_before_or_not(
    params: list[str], ending: str, comma: str
) -> None:
    value = "Digest " + comma.join(params) + ending

    def read(text: str, known: Known | None = None) -> object:
        try:
            return parse_authorization(text, known)
        except SipError as error:
            return error.status, error.phrase

    of_a_terminal = Known()
    assert read(value) == read(value) == read(value + " " * MAX_USUAL)
    assert read(value) == read(value, of_a_terminal) == read(value, of_a_terminal)


def test_a_terminal_that_writes_its_credentials_in_another_way_is_read_anew() -> None:
    known = Known()
    for value in (
        f'Digest username="1", realm="r", nonce="n", uri="u", response="{"0" * 32}"',
        f'Digest realm="r", username="1", nonce="n", uri="u", response="{"0" * 32}"',
    ):
        credentials = parse_authorization(value, known)
        assert (credentials.username, credentials.realm) == ("1", "r")


def test_a_value_outside_of_quotes_is_no_place_of_another() -> None:
    with pytest.raises(SipError, match="Bad Authorization"):
        parse_authorization(
            'Digest username="1", realm="r", nonce="n", uri="sip:h", response=\x004, x="' + "0" * 32 + '"'
        )
