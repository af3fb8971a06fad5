"""No key, organisation or project id leaves in an error."""

import pytest

from models.failures.words import advice_for, name_of, shown


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
        ("Failed to parse: http://user:hunter2@h:9", "Failed to parse: http://h:9"),
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


@pytest.mark.parametrize(
    ("secret", "quoted"),
    [
        ("Basic dXNlcjpodW50ZXIy", "got dXNlcjpodW50ZXIy"),
        ("a/key+with=signs", "got client_secret=a%2Fkey%2Bwith%3Dsigns&x=1"),
        ("two words here", "got two+words+here or two%20words%20here"),
        ('a "quoted\\ key', r'got {"key": "a \"quoted\\ key"}'),
    ],
)
def test_a_secret_is_masked_in_every_form_that_it_is_quoted_in(secret: str, quoted: str) -> None:
    said = shown(quoted, [secret])
    assert "[key]" in said
    assert not [part for part in ("dXNl", "signs", "words", "quoted") if part in said]


def test_a_signed_token_is_masked_also_where_it_is_not_ours() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl-_"
    assert shown(f"token {token} has expired") == "token [token] has expired"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, None),
        ("req_0123456789abcdef", "req_0123456789abcdef"),
        # As OpenAI's own ids look, which support asks for.
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
        ("sk-proj-of-somebody-else", "[key]"),
        ("gateway/own-secret-0123/7", "gateway/[key]/7"),
        ("tell me about my illness", None),
        ("x" * 201, None),
    ],
)
def test_a_name_that_a_service_gives_is_neither_a_key_nor_a_text(
    given: str | None, told: str | None
) -> None:
    assert name_of(given, ["Bearer own-secret-0123"]) == told


def test_a_long_message_is_cut() -> None:
    assert shown("word " * 1000).endswith("…")
    assert len(shown("word " * 1000)) == 801


KEYS = {
    "pattern": "sk-proj-abcDEF_123-xyz-0123456789",
    "hexadecimal": "0123456789abcdef0123456789abcdef",
    "own": "swordfish/of+a.test=with~signs",
    "own-with-a-pattern": "sk-proj-abc/of+a.test=with~signs",
}


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("limit", [800, 20_000])
@pytest.mark.parametrize("filler", [" ", "word ", "\n\n", "[sk-1***2] ", "x/"])
def test_a_key_that_a_limit_cuts_shows_no_half_of_it(name: str, limit: int, filler: str) -> None:
    key = KEYS[name]
    secrets = (f"Bearer {key}",) if name.startswith("own") else ()
    for shift in range(1, len(key) + 2, 4):
        before = (filler * limit)[: limit - shift]
        for text in (f"{before} {key} and more", f"{before}({key}/and {'more ' * 20}"):
            sentence = shown(text, secrets)
            parts = [key[at : at + 6] for at in range(8, len(key) - 6)]
            assert not [part for part in (key[:7], *parts) if part in sentence]


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
