"""Phones that register with a running program, in processes of their own."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.interop.running import PROGRAM, Running


def sipp(registrar: Running, count: int = 1, rate: int = 10) -> None:
    """Let SIPp register the demonstration extensions' numbers over UDP, as the banner says."""
    host, port = registrar.address("sip_udp")
    samples = registrar.data / "clients/sipp"
    run = [
        "sipp",
        f"{host}:{port}",
        "-i",
        host,
        "-sf",
        str(samples / "register.xml"),
        "-inf",
        str(samples / "users.csv"),
    ]
    subprocess.run(
        [*run, "-m", str(count), "-r", str(rate), "-nostdin"],
        check=True,
        timeout=60,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"TERM": "dumb"},
    )


def asks(registrar: Running, number: str, agent: str, name: str = "", *headers: str) -> bytes:
    """The answer to a REGISTER without credentials, whose sender may call itself anything."""
    lines = [
        "REGISTER sip:127.0.0.1 SIP/2.0",
        "Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKasks",
        f'From: "{name}" <sip:{number}@127.0.0.1>;tag=asks',
        f"To: <sip:{number}@127.0.0.1>",
        f"Call-ID: asks-{number}",
        "CSeq: 1 REGISTER",
        f"Contact: <sip:{number}@127.0.0.1:5999>",
        f"User-Agent: {agent}",
        *headers,
        "Content-Length: 0",
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(20)
        udp.sendto("\r\n".join([*lines, "", ""]).encode(), registrar.address("sip_udp"))
        return udp.recv(65535)


def sipsak(registrar: Running, number: str, pin: str) -> str:
    """One registration attempt by sipsak."""
    host, port = registrar.address("sip_udp")
    run = ["sipsak", "-U", "-i", "-u", number, "-a", pin, "-s", f"sip:{number}@{host}", "-r", str(port)]
    done = subprocess.run([*run, "-C", f"sip:{number}@{host}:5999", "-x", "300"], capture_output=True, timeout=30)
    return done.stdout.decode(errors="replace")


@contextmanager
def phone(registrar: Running, number: str, profile: str, pin: str = "", *options: str) -> Iterator[Path]:
    """A simulated terminal; yields the file it prints to."""
    printed = registrar.data.with_name(f"phone-{number}.log")
    with printed.open("wb") as out:
        process = subprocess.Popen(
            [PROGRAM, "phone", number, "--profile", profile, "--data", str(registrar.data), *options],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            env=os.environ | ({"REGISTRAR_PIN": pin} if pin else {}),
        )
        try:
            yield printed
        finally:
            process.terminate()
            process.communicate(timeout=20)
