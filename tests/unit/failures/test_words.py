"""No key, organisation or project id leaves in an error."""

import pytest

from models.failures.words import advice_for, shown


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        (
            "Incorrect API key provided: sk-proj-abcDEF_123-xyz.",
            "Incorrect API key provided: [key]",
        ),
        (
            "Incorrect API key provided: sk-1****************cdef.",
            "Incorrect API key provided: [key]",
        ),
        ("key <not-a-r****key> is wrong", "key <[key]> is wrong"),
        ("in organization org-AbC123 on", "in organization [organization] on"),
        ("Project proj_A1b2C3d4 is archived", "Project [project] is archived"),
        ("subscription 0123456789abcdef0123456789abcdef", "subscription [key]"),
        ("a" * 84, "[key]"),
        ("two\nlines\t and  spaces", "two lines and spaces"),
    ],
)
def test_what_must_not_be_shown_is_masked(message: str, masked: str) -> None:
    assert shown(message).rstrip(".") == masked


def test_the_requests_own_key_is_masked_whatever_it_looks_like() -> None:
    assert shown("bad token: swordfish-9", ["Bearer swordfish-9"]) == "bad token: [key]"


def test_a_long_message_is_cut() -> None:
    assert shown("word " * 1000).endswith("…")
    assert len(shown("word " * 1000)) == 801


def test_ordinary_words_stay() -> None:
    message = "The model gpt-4o-mini-2024-07-18 does not exist (resp_0123456789abcdef)"
    assert shown(message) == message


def test_advice_names_the_address_of_a_wrong_path() -> None:
    assert advice_for(None, 404, "https://host/v1/x").endswith("went to https://host/v1/x.")
    assert advice_for(None, 503) == advice_for("server_error")
    assert advice_for("never heard of", 400) == ""


def test_a_long_quotation_is_masked_at_once() -> None:
    # Each pattern has to be linear: with a quadratic one this text takes hours.
    assert shown("x" * 5_000_000).startswith("xxx")
    assert shown(f"key {'y' * 30}*** {'x' * 5_000_000}").startswith("key [key] xxx")
