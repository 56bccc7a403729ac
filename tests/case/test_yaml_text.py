"""Case files are YAML 1.2 without tags, cycles and endless aliases."""

import pytest

from solver.case.yaml_text import YamlError, read, scalar

PLAIN = {
    "010": 10,  # not octal
    "1:30": "1:30",  # not sexagesimal
    "0x10": "0x10",
    "no": "no",
    "2026-01-01": "2026-01-01",
    "1e3": 1000.0,
    ".5": 0.5,
    "true": True,
    "~": None,
    "": None,
    "=": "=",
    "<<": "<<",
}


@pytest.mark.parametrize(("text", "value"), PLAIN.items())
def test_a_plain_word_is_what_it_looks_like(text, value):
    found = scalar(text)
    assert found == value
    assert type(found) is type(value)


def test_quoted_words_are_text():
    assert read("a: '5'\nb: \"true\"")[0] == {"a": "5", "b": "true"}


def test_keys_and_entries_have_lines_also_through_aliases():
    data, lines = read("a: &a\n  b: [1,\n    2]\nc: *a\n")
    assert data == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}}
    assert lines["a", "b", 1] == lines["c", "b", 1] == 3
    assert lines["c",] == 4


def test_what_an_alias_means_is_a_copy():
    data, _ = read("a: &a {b: 1}\nc: *a\n")
    data["c"]["b"] = 2
    assert data["a"]["b"] == 1


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)
REFUSED = {
    "a: &a [*a]": (1, "stands inside what it means"),
    "a: *b": (1, "no anchor '&b'"),
    BOMB: (6, "more than 200000 values"),
    "[" * 100_000: (1, "not valid YAML"),
    "a: " + "[" * 100 + "]" * 100: (1, "more than 40 lists"),
    "a: 1\nb: \x07": (2, "character U.0007"),
    "a: \x00": (1, "character U.0000"),
    "a: !!python/object:os.system [ls]": (1, "the tag"),
    "a: !!timestamp 2026-01-01": (1, "the tag"),
    "a: 1\n---\nb: 2": (2, "a second document"),
    "? [1]\n: 2": (1, "a key is a word"),
    "a: 1\na: 2": (2, "stands twice"),
    "a: 'x": (1, "not valid YAML"),
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20])
def test_what_a_case_file_has_no_use_for_is_refused(text):
    line, rule = REFUSED[text]
    with pytest.raises(YamlError, match=rule) as caught:
        read(text)
    assert caught.value.line == line
