"""What all pages have in common: one style, escapes, what may run, and paper."""

import pytest
from browser import Browser
from jinja2 import UndefinedError
from markupsafe import Markup
from PIL import Image

from ce_plugin.pages.run.page import RunFacts, result_page
from ce_plugin.pages.templates import STYLE, page

HOSTILE = "<script>window.hacked = 1</script>\"'&"


def write(folder, body, **kinds):
    text = f'{{% extends "base.html" %}}{{% block main %}}{body}{{% endblock %}}'
    (folder / "page.html").write_text(text)
    for kind, content in kinds.items():
        (folder / f"page.{kind}").write_text(content)


def test_strings_are_escaped_and_markup_is_not(tmp_path):
    write(tmp_path, '<b title="{{ a }}">{{ a }}</b>{{ b }}')
    text = "".join(page(tmp_path, title=HOSTILE, a=HOSTILE, b=Markup("<i>x</i>")))
    assert "<script" not in text and text.count("&lt;script") == 3
    assert "<i>x</i>" in text and STYLE in text


def test_a_name_without_a_value_is_an_error(tmp_path):
    write(tmp_path, "{{ lost }}")
    with pytest.raises(UndefinedError, match="lost"):
        list(page(tmp_path, title="x"))


def test_pieces_are_read_as_the_page_gets_to_them(tmp_path):
    write(tmp_path, "{% for row in rows %}{{ row }}{% endfor %}")
    read = []

    def rows():
        for i in range(2000):
            read.append(i)
            yield f"row {i} "

    pieces = page(tmp_path, title="x", rows=rows())
    assert "<!doctype html>" in next(pieces) and not read
    assert "row 1999 " in "".join(pieces)


def test_only_the_page_s_own_style_and_script_count(tmp_path):
    folder = tmp_path / "template"
    folder.mkdir()
    write(
        folder,
        "{{ given }}",
        css="p { color: rgb(1, 2, 3); }",
        js="window.ours = document.title;",
    )
    given = Markup("<p style='color: red' onclick='x()'>a</p><script>bad = 1</script>")
    path = tmp_path / "page.html"
    path.write_text("".join(page(folder, title="<&>", given=given)))
    with Browser() as browser:
        browser.open(path)
        assert browser.look("window.ours") == "<&>"
        assert browser.look("window.bad") is None
        ink = "getComputedStyle(document.querySelector('p')).color"
        assert browser.look(ink) == "rgb(1, 2, 3)"


def test_colours_and_paper(tmp_path):
    """The switch needs no script; paper is white whatever is chosen."""
    path = tmp_path / "run.html"
    path.write_text(result_page(RunFacts(title="run", facts=[("a", "b")])))
    with Browser() as browser:
        browser.open(path)

        def ground(media="screen", scheme="light"):
            feature = dict(name="prefers-color-scheme", value=scheme)
            browser.send("Emulation.setEmulatedMedia", media=media, features=[feature])
            return browser.look("getComputedStyle(document.body).backgroundColor")

        light, dark = ground(), ground(scheme="dark")
        assert light != dark
        browser.look("document.getElementById('theme').value = 'dark'")
        assert ground() == dark
        browser.look("document.getElementById('theme').value = 'light'")
        assert ground(scheme="dark") == light
        browser.look("document.getElementById('theme').value = 'dark'")
        assert ground("print", "dark") == "rgb(255, 255, 255)"
        shown = "getComputedStyle(document.getElementById('theme')).display"
        assert browser.look(shown) == "none"
        ink = browser.look("getComputedStyle(document.querySelector('td')).color")
        assert max(map(int, ink[4:-1].split(","))) < 80
        ground()
        browser.picture(tmp_path / "page.png", width=400)
        assert Image.open(tmp_path / "page.png").width == 400
        assert browser.complaints() == []
