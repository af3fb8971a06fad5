"""Moderations: every input is harmless; a recording or a raw step says otherwise."""

import uuid

from fakes.openai.call import Call
from fakes.openai.errors import chat_model_not_found
from fakes.openai.json_types import JsonObject
from fakes.openai.replies import json_reply
from fakes.openai.rules import Rule, apply, known_model, published, words
from fakes.openai.wire import Reply

_CATEGORIES = ("properties", "results", "items", "properties", "categories")
RULES = (
    *known_model(chat_model_not_found, "error-404-chat"),
    published("CreateModerationRequest"),
    Rule(
        lambda asked: pictures if (pictures := _pictures(asked.body["input"])) > 1 else 0,
        words("Number of images ({}) exceeds maximum of 1", "input", "too_many_images"),
        "https://github.com/antiwork/gumroad/pull/4709",
    ),
)


def moderations(call: Call) -> Reply:
    """Answer POST /moderations."""
    body: JsonObject = {"model": "omni-moderation-latest", **call.json_object()}
    model = apply(RULES, call, body).model
    sent = body["input"]
    texts = isinstance(sent, list) and all(isinstance(item, str) for item in sent)
    names = call.state.schema.properties("CreateModerationResponse", *_CATEGORIES)
    harmless = {
        "flagged": False,
        "categories": dict.fromkeys(names, False),
        "category_scores": dict.fromkeys(names, 0.0001),
        "category_applied_input_types": {name: ["text"] for name in names},
    }
    results = [harmless] * (len(sent) if texts else 1)
    return json_reply(call, {"id": f"modr-{uuid.uuid4().hex}", "model": model, "results": results})


def _pictures(sent: object) -> int:
    items = sent if isinstance(sent, list) else []
    return sum(isinstance(item, dict) and item["type"] == "image_url" for item in items)
