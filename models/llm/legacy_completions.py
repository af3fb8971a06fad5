"""The models of legacy completions, of which a call is refused with a clear sentence.

Both services have ended them (developers.openai.com/api/docs/deprecations; Microsoft Learn, model
retirements). What the services themselves say of such a name, that it is none or no chat model,
does not tell that.
"""

import re

from models.llm.families import model_line

# As both services write the names. A bare `ada` or `davinci` may be anybody's deployment.
_LEGACY = re.compile(
    r"gpt-3\.?5-turbo-instruct(-\d{4})?|text-(davinci|curie|babbage|ada)-\d{3}|(davinci|babbage)-002"
)


def is_legacy_completion(model: str) -> bool:
    """Return whether a name, a fine-tune's or a gateway's too, stands for such a model."""
    return _LEGACY.fullmatch(model_line(model).lower()) is not None
