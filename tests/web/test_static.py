"""What is vendored is what its README says; pages ask for nothing from outside."""

import hashlib
import re
from base64 import b64encode
from pathlib import Path

import registrar.web

WEB = Path(registrar.web.__file__).parent
VENDOR = WEB / "static/vendor"


def test_vendored_files_are_the_ones_named_with_version_licence_and_hash() -> None:
    row = r"^\| (\S+\.js) \| \S+ \(npm\) \| ([\d.]+) \| 0BSD \| (\S+) \|$"
    rows = re.findall(row, (VENDOR / "README.md").read_text(), re.MULTILINE)
    assert {name for name, _, _ in rows} == {file.name for file in VENDOR.glob("*.js")}
    for name, _, digest in rows:
        assert b64encode(hashlib.sha384((VENDOR / name).read_bytes()).digest()).decode() == digest


def test_pages_hold_no_script_no_style_and_no_address_of_others() -> None:
    for template in (WEB / "templates").rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"<script(?! src=\"/static/)", text), template
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", text), template
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text), template
        assert "|safe" not in text.replace(" ", ""), template


def test_styles_and_scripts_ask_for_nothing_from_outside() -> None:
    for file in (*(WEB / "static").glob("*.css"), *(WEB / "static/js").glob("*.js")):
        assert not re.search(r"https?://|@import|innerHTML|\beval\b|new Function", file.read_text()), file
