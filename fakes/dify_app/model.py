"""The model behind an app: one stored chat completion that carries the app's id, as a tagging
plugin sends it, so that an evaluation can be joined with what the model's service keeps."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from fakes.dify_app.answers import Script
from fakes.dify_app.errors import DifyError
from fakes.dify_app.store import EndUser, Message
from fakes.openai.json_types import JsonObject
from fakes.openai.steps import InvalidStepError, in_words

_SETTINGS = frozenset({"base_url", "key", "name", "user"})
_USER_FORMS = ("none", "digest", "plain")
_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class UpstreamModel:
    """Where an app's model is; `user` says how the end user's id is sent: none, digest, plain."""

    base_url: str
    key: str
    name: str
    user: str

    def metadata(self, user: EndUser) -> dict[str, str]:
        """Return the pairs that a request of this end user carries."""
        pairs = {"dify_app_id": user.app, "dify_source": "dify"}
        if self.user == "digest":
            pairs["dify_user"] = hashlib.sha256(user.id.encode()).hexdigest()
        elif self.user == "plain":
            pairs["dify_user"] = user.id
        return pairs

    async def answer(self, user: EndUser, history: Sequence[Message], query: str) -> Script:
        """Return the model's answer; raise Dify's `completion_request_error` when there is none."""
        body: JsonObject = {
            "model": self.name,
            "messages": [*_to_messages(history), {"role": "user", "content": query}],
            "store": True,
            "metadata": self.metadata(user),
        }
        # A proxy that the environment names cannot reach this machine's own address.
        async with httpx2.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            try:
                response = await client.post(
                    f"{self.base_url.rstrip('/')}/chat/completions",
                    headers={"authorization": f"Bearer {self.key}"},
                    json=body,
                )
                message = response.raise_for_status().json()["choices"][0]["message"]
                return Script(in_words(message["content"] or ""))
            except (httpx2.HTTPError, ValueError, LookupError) as error:
                reason = f"The model did not answer: {type(error).__name__}."
                raise DifyError(400, "completion_request_error", reason) from None


def parse_model(settings: JsonObject | None) -> UpstreamModel | None:
    """Return an app's model, None for the rules; raise InvalidStepError for a wrong setting."""
    if settings is None:
        return None
    unknown = sorted(set(settings) - _SETTINGS)
    if unknown:
        raise InvalidStepError(f"`model` does not know {unknown[0]!r}.")
    missing = sorted({"base_url", "key"} - set(settings))
    if missing:
        raise InvalidStepError(f"`model` lacks {missing[0]!r}.")
    user = settings.get("user", "none")
    if user not in _USER_FORMS:
        raise InvalidStepError(f"`model.user` is one of {', '.join(_USER_FORMS)}, not {user!r}.")
    name = settings.get("name", "gpt-4o-mini")
    return UpstreamModel(settings["base_url"], settings["key"], name, user)


def _to_messages(history: Sequence[Message]) -> list[JsonObject]:
    return [
        {"role": role, "content": text}
        for message in history
        for role, text in (("user", message.query), ("assistant", message.answer))
        if text
    ]
