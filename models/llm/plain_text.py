"""The text of a prompt message, and a clear refusal of what is not text."""

from dify_plugin.entities.model.message import (
    AssistantPromptMessage,
    PromptMessage,
    TextPromptMessageContent,
    ToolPromptMessage,
)

from models.errors import bad_request


def text_of(message: PromptMessage) -> str:
    """Return a message's text, "" for an empty one.

    Raises InvokeBadRequestError for images, files, tool calls and their results, which this
    version does not carry: dropping them would change the question without a word.
    """
    if isinstance(message, ToolPromptMessage) or (
        isinstance(message, AssistantPromptMessage) and message.tool_calls
    ):
        raise bad_request("Tool calls are not supported yet; remove the tools from the app")
    if isinstance(message.content, list):
        for part in message.content:
            if not isinstance(part, TextPromptMessageContent):
                raise bad_request(
                    f"Messages with {part.type.value} content are not supported yet; send text"
                )
    return message.get_text_content()
