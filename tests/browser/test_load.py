"""A page that is looked at while 2,000 phones are registered and 200 more register every second."""

import time

import pytest
from playwright.sync_api import expect

from benchmarks.load import over_udp
from benchmarks.terminal import PIN
from tests.browser.conftest import Console
from tests.interop.running import Running

pytestmark = pytest.mark.interop("chromium")

REGISTERED = [str(number) for number in range(30_000, 32_000)]
RATE, SECONDS = 200, 5
LONGEST_TASK = 200.0
"""Milliseconds that the page may be busy at once."""
WATCH = """() => {
  window.longTasks = [];
  new PerformanceObserver((list) => { for (const task of list.getEntries()) longTasks.push(task.duration); })
    .observe({ type: "longtask", buffered: true });
}"""


@pytest.mark.parametrize(
    ("path", "shows", "words"),
    [
        ("/registrations", ".pager", "2,000 registrations"),
        ("/", ".stat", "2,000"),
        ("/trace", ".exchanges a", REGISTERED[RATE * SECONDS - 1]),
    ],
)
def test_the_page_keeps_up(console: Console, registrar: Running, path: str, shows: str, words: str) -> None:
    numbers = f"{REGISTERED[0]}..{REGISTERED[-1]}"
    registrar.execute(f"auth_code -i -d {numbers} --auth-code {PIN}")
    registrar.execute(f"extension -i -d {numbers} --csp 1 --lim 1 --security-exception no")
    assert over_udp(registrar.address("sip_udp"), REGISTERED) == len(REGISTERED)
    page = console.see(path)
    page.evaluate(WATCH)
    began = time.monotonic()
    for turn in range(SECONDS * 10):
        first = turn * RATE // 10
        over_udp(registrar.address("sip_udp"), REGISTERED[first : first + RATE // 10])
        page.wait_for_timeout(max(0.0, (began + (turn + 1) / 10 - time.monotonic()) * 1000))
    expect(page.locator(shows).filter(has_text=words).first).to_be_visible()
    assert max(page.evaluate("longTasks"), default=0.0) <= LONGEST_TASK
