"""The parts of prompt messages: which are text, and what is refused with a way out."""

import re
from collections.abc import Sequence

from dify_plugin.entities.model.message import (
    DocumentPromptMessageContent,
    ImagePromptMessageContent,
    MultiModalPromptMessageContent,
    PromptMessage,
    PromptMessageContent,
    TextPromptMessageContent,
)
from dify_plugin.errors.model import InvokeBadRequestError

from models.failures.failure import bad_request
from models.llm.media_types import format_of, media_type_of
from models.turns import give_way

# As `llm_result` writes them, or wrote them before a blank line followed; Dify may have trimmed
# the end of a message.
_THINK = "<think>\n"
_THOUGHT = re.compile(r"\n</think>(\n{1,2}|\Z)")


def parts_of(message: PromptMessage) -> Sequence[PromptMessageContent]:
    """Return the parts of a message; a plain text is one part, an empty one none."""
    give_way()
    if isinstance(message.content, str):
        return (TextPromptMessageContent(data=message.content),) if message.content else ()
    return message.content or ()


def only_text_of(message: PromptMessage) -> str | None:
    """Return the text of a message that has nothing else, None if it has other parts."""
    if all(isinstance(part, TextPromptMessageContent) for part in parts_of(message)):
        return message.get_text_content()
    return None


def text_of(message: PromptMessage) -> str:
    """Return the text of a message that can only be text.

    Raises InvokeBadRequestError for any other part: dropping it would change what was said.
    """
    for part in parts_of(message):
        if not isinstance(part, TextPromptMessageContent):
            role = message.role.value
            raise bad_request(
                f"A message of the role {role!r} can only have text, and this one has a part of "
                f"the type {kind_of(part)!r}; put it into a user message"
            )
    return message.get_text_content()


def spoken_text_of(message: PromptMessage) -> str:
    """Return the text of an assistant message without the reasoning that Dify kept in it.

    Summaries are shown between think tags; handed back, the model would take them for its answer.
    """
    text = text_of(message)
    kept: list[str] = []
    end = 0
    while (begin := text.find(_THINK, end)) >= 0:
        thought = _THOUGHT.search(text, begin + len(_THINK))
        if thought is None:
            break
        kept.append(text[end:begin])
        end = thought.end()
        give_way()
    return "".join([*kept, text[end:]])


def kind_of(part: PromptMessageContent) -> str:
    """Return the type of a part as Dify names it."""
    return str(getattr(part, "type", type(part).__name__))


def unsupported(part: PromptMessageContent, way_out: str) -> InvokeBadRequestError:
    """Return the error for a part that an API does not take."""
    return bad_request(f"Input of the type {kind_of(part)!r} cannot be sent; {way_out}")


def data_uri_of(part: MultiModalPromptMessageContent) -> str:
    """Return a file's bytes as an address; Dify may name a URL beside them."""
    return f"data:{media_type_of(part)};base64,{part.base64_data}"


def address_of(part: ImagePromptMessageContent) -> str:
    """Return where a picture is: its URL, as it was given, or its bytes."""
    return part.url or data_uri_of(part)


def filename_of(part: DocumentPromptMessageContent) -> str:
    """Return a document's file name; the services ask for one."""
    return part.filename or f"document.{format_of(part) or 'pdf'}"
