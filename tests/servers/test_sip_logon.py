"""Who may log on: the digest from the challenge to the lock, as a phone and as a thief meet it."""

import pytest

from registrar.core.limits import Limits
from registrar.model.events import LockEvent, RefusalEvent
from registrar.model.flow import Address
from registrar.model.reason import Reason
from tests.lab import NOW
from tests.servers.playbook import PHONE, Memory, Phone, Playbook, challenge_in, with_extensions
from tests.sip.road import SETTINGS, digest, header, octets, status, with_lines


async def challenged(
    book: Playbook, number: str = "12345", pin: str = "4711", call_id: str = "call-1", source: Address = PHONE
) -> Phone:
    """A phone that has been asked for its PIN."""
    phone = Phone(book, number, pin, call_id=call_id, source=source)
    phone.take_challenge(await phone.send(phone.request()))
    return phone


async def guess(phone: Phone) -> str:
    """The answer to a digest made with a wrong PIN, for the challenge that the phone has."""
    phone.pin = "wrong"
    return await phone.send(phone.request("REGISTER", phone.credentials()))


def is_stale(answer: str) -> bool:
    return status(answer) == "401 Unauthorized" and challenge_in(answer).get("stale") == "true"


def reasons(book: Playbook) -> list[tuple[str, Reason | None, int]]:
    """Refusals in their order: the number, why, how often."""
    subjects = [event.subject for event in book.events()]
    return [(s.attempt.number, s.outcome.reason, s.times) for s in subjects if isinstance(s, RefusalEvent)]


# -- whose name -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["12345", "12345@lab.example", "12345@", "12345@elsewhere.example"])
async def test_phones_name_themselves_in_several_ways(username: str) -> None:
    phone = await challenged(await with_extensions())
    line = digest(username, "4711", "REGISTER", "sip:lab.example", phone.nonce)
    assert status(await phone.send(phone.request("REGISTER", line))) == "200 OK"


@pytest.mark.parametrize("username", ["", "@lab.example", "1234", "12345 ", "sip:12345@lab.example", "012345"])
async def test_other_names_are_not_the_numbers(username: str) -> None:
    book = await with_extensions()
    phone = await challenged(book)
    line = digest(username, "4711", "REGISTER", "sip:lab.example", phone.nonce)
    assert status(await phone.send(phone.request("REGISTER", line))) == "401 Unauthorized"
    assert reasons(book) == [("12345", Reason.NOT_OWNER, 1)]


async def test_the_pin_of_one_number_does_not_register_another() -> None:
    book = await with_extensions()
    thief = await challenged(book, "12345")
    line = digest("12346", "4712", "REGISTER", "sip:lab.example", thief.nonce)
    assert status(await thief.send(thief.request("REGISTER", line))) == "401 Unauthorized"
    assert book.contacts("12345") == []


async def test_the_same_pin_for_two_numbers_does_not_make_them_one() -> None:
    book = await (await with_extensions()).execute("auth_code -c -d 12346 --auth-code 4711")
    thief = await challenged(book, "12345")
    line = digest("12346", "4711", "REGISTER", "sip:lab.example", thief.nonce)
    assert status(await thief.send(thief.request("REGISTER", line))) == "401 Unauthorized"


# -- what was signed ------------------------------------------------------------------------------------------------


async def test_a_digest_moved_to_another_number_is_worthless() -> None:
    book = await with_extensions()
    phone = await challenged(book)
    stolen = with_lines(phone.request("REGISTER", phone.credentials()), "To: <sip:12346@lab.example>")
    assert status(await phone.send(stolen)) == "401 Unauthorized"
    assert book.contacts("12346") == []


@pytest.mark.parametrize("uri", ["sip:127.0.0.1", "sip:12345@lab.example", "sips:lab.example"])
async def test_a_digest_moved_to_another_uri_is_worthless(uri: str) -> None:
    book = await with_extensions()
    phone = await challenged(book)
    stolen = phone.request("REGISTER", phone.credentials(), uri=uri)
    assert status(await phone.send(stolen)) == "401 Unauthorized"
    assert reasons(book) == [("12345", Reason.WRONG_PIN, 1)]


async def test_a_digest_moved_to_another_method_is_worthless() -> None:
    book = await with_extensions()
    phone = await challenged(book)
    line = digest("12345", "4711", "SUBSCRIBE", "sip:lab.example", phone.nonce)
    assert status(await phone.send(phone.request("REGISTER", line))) == "401 Unauthorized"


@pytest.mark.parametrize("sent", ["sip:lab.example", "sip:lab.example:50", "sip:LAB.example:5060"])
async def test_the_port_is_not_looked_at_since_some_phones_cut_it(sent: str) -> None:
    phone = await challenged(await with_extensions())
    line = digest("12345", "4711", "REGISTER", "sip:lab.example:5060", phone.nonce)
    assert status(await phone.send(phone.request("REGISTER", line, uri=sent))) == "200 OK"


# -- which digest ---------------------------------------------------------------------------------------------------


async def test_the_challenge_is_one_and_md5() -> None:
    phone = Phone(await with_extensions())
    challenge = challenge_in(await phone.send(phone.request()))
    assert {**challenge, "nonce": ""} == {"realm": "lab.example", "nonce": "", "qop": "auth", "algorithm": "MD5"}


async def test_sha_256_where_it_is_asked_for() -> None:
    settings = SETTINGS._replace(number_algorithms={"12345": ("SHA-256", "MD5")})
    book = await with_extensions(Playbook(settings=settings))
    phone = Phone(book)
    answer = await phone.send(phone.request())
    offered = [line for line in answer.splitlines() if line.startswith("WWW-Authenticate")]
    assert [line.rpartition("=")[2] for line in offered] == ["SHA-256", "MD5"]
    nonce = offered[0].split('nonce="')[1].partition('"')[0]
    for nc, algorithm in ((1, "SHA-256"), (2, "MD5")):
        line = digest("12345", "4711", "REGISTER", "sip:lab.example", nonce, algorithm=algorithm, nc=f"{nc:08x}")
        assert status(await phone.send(phone.request("REGISTER", line))) == "200 OK"


async def test_an_algorithm_that_was_not_offered_is_no_answer_to_the_challenge() -> None:
    phone = await challenged(await with_extensions())
    line = digest("12345", "4711", "REGISTER", "sip:lab.example", phone.nonce, algorithm="SHA-256")
    assert status(await phone.send(phone.request("REGISTER", line))) == "401 Unauthorized"


async def test_a_digest_without_qop_counts_once() -> None:
    phone = await challenged(await with_extensions())
    line = digest("12345", "4711", "REGISTER", "sip:lab.example", phone.nonce, qop="")
    assert status(await phone.send(phone.request("REGISTER", line))) == "200 OK"
    assert is_stale(await phone.send(phone.request("REGISTER", line)))


# -- how old, how often ---------------------------------------------------------------------------------------------


async def test_a_nonce_serves_until_it_is_too_old() -> None:
    book = await with_extensions()
    phone = await challenged(book)
    for _ in range(3):
        assert status(await phone.send(phone.request("REGISTER", phone.credentials()))) == "200 OK"
        book.now += 100
    book.now += 0.001
    late = await phone.send(phone.request("REGISTER", phone.credentials()))
    assert is_stale(late)
    assert challenge_in(late)["nonce"] != phone.nonce
    phone.take_challenge(late)
    assert status(await phone.send(phone.request("REGISTER", phone.credentials()))) == "200 OK"


@pytest.mark.parametrize("nc", [1, 2, 3])
async def test_a_nonce_count_must_rise(nc: int) -> None:
    book = await with_extensions()
    phone = await challenged(book)
    phone.nc = 2
    assert status(await phone.send(phone.request("REGISTER", phone.credentials()))) == "200 OK"
    phone.nc = nc - 1
    assert is_stale(await phone.send(phone.request("REGISTER", phone.credentials())))
    assert reasons(book) == []


async def test_a_recorded_logon_played_back_registers_nothing() -> None:
    book = await with_extensions()
    phone = await challenged(book)
    await phone.send(phone.request("REGISTER", phone.credentials()))
    recorded = phone.last
    await phone.register("Contact: *", "Expires: 0")
    for source in (("127.0.0.1", 40000), ("10.6.6.6", 6666)):
        replayed = with_lines(recorded, "CSeq: 99 REGISTER", f"Via: SIP/2.0/UDP {source[0]};branch=z9hG4bK66;rport")
        assert is_stale(await book.ask(replayed, source))
    assert book.contacts() == []


async def test_a_recorded_logon_played_back_after_a_restart_registers_nothing() -> None:
    memory = Memory()
    phone = await challenged(await with_extensions(Playbook(memory)))
    phone.book = Playbook(memory, nonce_key=b"another one each time")
    assert is_stale(await phone.send(phone.request("REGISTER", phone.credentials())))
    assert phone.book.contacts() == []


async def test_a_nonce_made_up_is_worthless() -> None:
    book = await with_extensions()
    phone = await challenged(book)
    phone.nonce = f"{int(NOW * 1e6):014x}" + "0" * 24
    answer = await phone.send(phone.request("REGISTER", phone.credentials()))
    assert is_stale(answer)
    assert challenge_in(answer)["nonce"] != phone.nonce


# -- whose challenge ------------------------------------------------------------------------------------------------


async def test_who_writes_the_address_of_somebody_else_locks_out_neither_number_nor_address() -> None:
    """He has a challenge that was sent to his own address; what is sent to the phone's he cannot see."""
    book = await with_extensions(Playbook(limits=Limits(lockout_failures=3, lockout_source_failures=3)))
    own = await challenged(book, source=("10.6.6.6", 6666), call_id="his-own")
    for number in range(20):
        liar = Phone(book, call_id=f"lie-{number}")
        liar.nonce = own.nonce if number % 2 else f"{int(NOW * 1e6):014x}" + "0" * 24
        assert is_stale(await guess(liar))
        book.now += 11
    assert reasons(book) == []
    assert await Phone(book).register()


async def test_to_an_address_that_was_not_challenged_every_number_and_pin_looks_the_same() -> None:
    book = await with_extensions()
    answers = set()
    for number, pin in (("12345", "4711"), ("12345", "4712"), ("99999", "4711")):
        own = await challenged(book, number, source=("10.6.6.6", 6666), call_id=f"{number}-{pin}")
        liar = Phone(book, number, pin, call_id=f"lie-{number}-{pin}")
        liar.nonce = own.nonce
        answer = await liar.send(liar.request("REGISTER", liar.credentials()))
        for own_words in (challenge_in(answer)["nonce"], liar.call_id, number, (header(answer, "To") or "")[-16:]):
            answer = answer.replace(own_words, "")
        answers.add(answer)
    assert len(answers) == 1
    assert is_stale(answer)


async def test_what_answers_a_challenge_shows_unread_that_its_address_is_no_lie() -> None:
    book = await with_extensions()
    phone = await challenged(book, pin="whatever it is")
    answer = octets(phone.request("REGISTER", phone.credentials()))
    assert book.sip.shown(answer, PHONE[0])
    assert not book.sip.shown(answer, "10.6.6.6")
    assert not book.sip.shown(octets(phone.request()), PHONE[0])
    book.now += SETTINGS.nonce_lifetime + 1
    assert book.sip.shown(answer, PHONE[0]), "as phones say first when they refresh"


async def test_a_phone_whose_address_changes_between_challenge_and_answer_is_challenged_once_more() -> None:
    book = await with_extensions()
    phone = await challenged(book)
    phone.source = ("127.0.0.77", 40000)
    asked = await phone.send(phone.request("REGISTER", phone.credentials()))
    assert is_stale(asked)
    phone.take_challenge(asked)
    assert status(await phone.send(phone.request("REGISTER", phone.credentials()))) == "200 OK"
    phone.source = ("127.0.0.77", 40001)  # an address translator that gives another port
    assert status(await phone.send(phone.request("REGISTER", phone.credentials()))) == "200 OK"


# -- wrong PINs -----------------------------------------------------------------------------------------------------


async def test_a_wrong_pin_is_asked_again_by_the_same_nonce_then_refused_for_the_call() -> None:
    book = await with_extensions()
    phone = await challenged(book)
    first = await guess(phone)
    assert (status(first), challenge_in(first)["nonce"]) == ("401 Unauthorized", phone.nonce)
    assert "stale" not in first
    for _ in range(14):
        answer = await guess(phone)
        assert status(answer) == "403 Wrong Number Or PIN"
        assert header(answer, "WWW-Authenticate") is None
    book.tick(1)
    assert reasons(book) == [("12345", Reason.WRONG_PIN, 15)]


async def test_the_right_pin_is_welcome_after_a_wrong_one() -> None:
    phone = await challenged(await with_extensions())
    await guess(phone)
    phone.pin = "4711"
    assert status(await phone.send(phone.request("REGISTER", phone.credentials()))) == "200 OK"


async def test_a_burst_is_one_failure_and_five_of_them_lock() -> None:
    book = await with_extensions(Playbook(limits=Limits(lockout_failures=3, lockout_seconds=300)))
    phone = await challenged(book)
    for _ in range(2):
        for _ in range(16):
            await guess(phone)
        book.now += 50
    assert not [event for event in book.events() if isinstance(event.subject, LockEvent)]
    await guess(phone)
    locked = [event.subject for event in book.events() if isinstance(event.subject, LockEvent)]
    assert [(lock.number, lock.source, lock.until) for lock in locked] == [("12345", "127.0.0.1", book.now + 300)]
    phone.pin = "4711"
    answer = await phone.send(phone.request("REGISTER", phone.credentials()))
    assert (status(answer), header(answer, "Retry-After")) == ("403 Locked Out", "300")
    assert header(answer, "WWW-Authenticate") is None


async def test_whoever_knocks_during_a_lock_does_not_prolong_it() -> None:
    book = await with_extensions(Playbook(limits=Limits(lockout_failures=1, lockout_seconds=100)))
    phone = await challenged(book)
    await guess(phone)
    for _ in range(9):
        book.now += 10
        assert status(await guess(phone)) == "403 Locked Out"
    book.now += 10
    phone.pin = "4711"
    assert status(await phone.ask()) == "200 OK"


async def test_a_lock_is_one_numbers_alone() -> None:
    book = await with_extensions(Playbook(limits=Limits(lockout_failures=1)))
    await guess(await challenged(book, "12345"))
    assert await Phone(book, "12346", "4712", call_id="other").register()


async def test_a_source_that_tries_many_numbers_is_locked_itself() -> None:
    book = await with_extensions(Playbook(limits=Limits(lockout_source_failures=3)))
    for number in ("1", "2", "3"):
        await guess(await challenged(book, number, call_id=number))
        book.now += 2
    assert status(await Phone(book).ask()) == "403 Locked Out"
    assert await Phone(book, source=("127.0.0.2", 40000)).register()


# -- slowing down ---------------------------------------------------------------------------------------------------


async def guesser(book: Playbook, wrong: int) -> Phone:
    """Somebody at another address who guessed so often, each time as soon as it was heard."""
    source = ("127.0.0.66", 6666)
    for number in range(wrong):
        phone = await challenged(book, call_id=f"guess-{number}", source=source)
        assert status(await guess(phone)) == "401 Unauthorized"
        if number < wrong - 1:
            book.now += 2.0**number
    return Phone(book, "12345", "4711", source=source, call_id="and-again")


async def test_whoever_guesses_again_too_soon_is_told_when_to_come_even_with_the_right_pin() -> None:
    book = await with_extensions()
    phone = await guesser(book, 4)
    for _ in range(2):
        answer = await phone.ask()
        assert (status(answer), header(answer, "Retry-After")) == ("403 Wait After Wrong PIN", "1")
        book.now += 0.5
    assert await phone.register(), "what came too soon has not prolonged it"


async def test_whoever_guesses_on_too_soon_is_locked_out_as_soon_as_anybody() -> None:
    book = await with_extensions()
    phone = await guesser(book, 4)
    assert status(await guess(await challenged(book, call_id="guess-5", source=phone.source))) == (
        "403 Wait After Wrong PIN"
    )
    assert status(await phone.ask()) == "403 Locked Out"


async def test_three_typing_errors_are_followed_by_no_wait() -> None:
    book = await with_extensions()
    phone = await guesser(book, 3)
    assert await phone.register()


async def test_the_phone_itself_is_heard_at_once_while_somebody_elsewhere_guesses() -> None:
    book = await with_extensions()
    phone = await guesser(book, 4)
    assert await Phone(book).register()
    assert await phone.register(), "with the right PIN the count is gone, and the wait with it"


async def test_a_registered_number_does_not_wait_for_what_others_at_its_address_guessed() -> None:
    book = await with_extensions(Playbook(limits=Limits(lockout_source_failures=10)))
    phone, other = Phone(book), Phone(book, "12346", "4712", call_id="other")
    await phone.register()
    for number in range(8):
        await guess(await challenged(book, f"9{number}", call_id=f"9{number}"))
        book.now += 5
    book.now -= 5
    assert status(await other.ask()) == "403 Wait After Wrong PIN"
    assert await phone.register()


async def test_the_printout_shows_who_waits_and_the_operator_ends_it() -> None:
    book = await with_extensions()
    phone = await guesser(book, 4)
    printout = (await book.system.execute("ip_extension -p --state locked", book.now)).printout
    assert printout.splitlines() == [
        "NOTHING IS LOCKED",
        "",
        "SLOWED DOWN  KIND    WRONG PINS  HEARD IN",
        "12345        number           4       1 s",
    ]
    await book.execute("ip_extension -u -d 12345")
    assert await phone.register()


# -- numbers that do not exist --------------------------------------------------------------------------------------


async def test_an_unknown_number_is_met_like_a_known_one_to_the_octet() -> None:
    """From the first request to the lock, over two nodes on which the number does and does not exist."""
    limits = Limits(lockout_failures=5)
    there = await with_extensions(Playbook(limits=limits))
    absent = await Playbook(limits=limits).execute("sec_policy -remove")
    conversations: list[list[bytes]] = []
    for book in (there, absent):
        heard: list[bytes] = []
        phone = Phone(book, pin="wrong")
        for burst in range(7):
            for line in ((), ("Contact: *", "Expires: 0"), ("Contact:",)):
                text = phone.request("REGISTER", *line)
                heard.append(await book.exchange(octets(text)))
                if heard[-1].startswith(b"SIP/2.0 401"):
                    phone.take_challenge(heard[-1].decode().replace("\r\n", "\n"))
                heard.append(await book.exchange(octets(phone.request("REGISTER", *line, phone.credentials()))))
            book.now += 20 * (burst > 0)  # the first two within one burst
        conversations.append(heard)
    known, unknown = conversations
    assert known == unknown
    assert {answer[:11] for answer in known} == {b"SIP/2.0 401", b"SIP/2.0 403"}
    assert {reason for _, reason, _ in reasons(there)} == {Reason.WRONG_PIN, Reason.SLOWED_DOWN, Reason.LOCKED_OUT}
    assert {reason for _, reason, _ in reasons(absent)} == {
        Reason.UNKNOWN_NUMBER,
        Reason.SLOWED_DOWN,
        Reason.LOCKED_OUT,
    }


async def test_an_unknown_number_is_met_like_a_known_one_under_each_policy() -> None:
    for policy in ("-remove", "-set 1", "-set 2", "-set 3"):
        books = [await Playbook().execute(f"sec_policy {policy}") for _ in range(2)]
        await books[0].execute(
            "auth_code -i -d 12345 --auth-code 4711", "extension -i -d 12345 --csp 1 --lim 1 --security-exception no"
        )
        for agent in ("Mitel 6930 SIP/5.1.0", "softphone"):
            answers = {await Phone(book, agent=agent).send(Phone(book, agent=agent).request()) for book in books}
            assert len(answers) == 1, (policy, agent, answers)


async def test_on_a_closed_bench_an_unknown_number_may_be_named() -> None:
    book = Playbook(limits=Limits(reveal_unknown=True), settings=SETTINGS._replace(reveal_unknown=True))
    assert status(await Phone(book).ask()) == "404 Unknown Number"


async def test_a_number_longer_than_any_is_told_so() -> None:
    book = await with_extensions()
    phone = Phone(book, "9" * 65)
    assert status(await phone.send(phone.request())) == "404 Number Too Long In To"
