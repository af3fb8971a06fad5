"""What the settings tell a model of what it will hear: languages, words, and a text to go by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from models.catalogue.model import Model
from models.failures.failure import bad_request
from models.failures.words import shown

LANGUAGE, KEYWORDS, PROMPT = (
    "transcription_language",
    "transcription_keywords",
    "transcription_prompt",
)
# ISO 639-1 and 639-3; a region behind it (`en-US`) is left out, for the service takes none.
_CODE = re.compile(r"([A-Za-z]{2,3})([-_][A-Za-z]{2,4})?")


@dataclass(frozen=True, slots=True)
class Hints:
    """What a model is told before it listens."""

    languages: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    prompt: str = ""

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, str]) -> "Hints":
        """Read the three settings. Raises InvokeBadRequestError for what is no language."""
        written = _listed(credentials.get(LANGUAGE) or "")
        codes = [_CODE.fullmatch(language) for language in written]
        if None in codes:
            language = written[codes.index(None)]
            raise bad_request(
                f"The language {shown(language)[:40]!r} of the speech settings is none that the "
                "service takes; write its code, such as en or de, several with commas"
            )
        languages = [code[1].lower() for code in codes if code]
        return cls(
            tuple(dict.fromkeys(languages)),
            tuple(_listed(credentials.get(KEYWORDS) or "")),
            (credentials.get(PROMPT) or "").strip(),
        )

    def fields(self, listener: Model) -> dict[str, JsonValue]:
        """Return the request's fields, as far as a model takes them.

        One that takes a single language is told none where there are several, and finds out by
        itself. Keywords are a part of the prompt of one that takes only that.
        """
        fields: dict[str, JsonValue] = {}
        prompt = self.prompt
        if listener.several_hints:
            fields |= {"languages": [*self.languages], "keywords": [*self.keywords]}
        else:
            fields["language"] = self.languages[0] if len(self.languages) == 1 else ""
            prompt = "\n".join(filter(None, (prompt, ", ".join(self.keywords))))
        if listener.takes_prompt:
            fields["prompt"] = prompt
        return {name: value for name, value in fields.items() if value}


def _listed(text: str) -> list[str]:
    return [part for part in (part.strip() for part in re.split(r"[,;\n]", text)) if part]
