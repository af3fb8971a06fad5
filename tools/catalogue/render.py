"""The files that are made from the catalogue, and how they differ from those of the tree."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from models.catalogue.forms import declaration
from models.catalogue.model import ModelKind
from models.catalogue.names import NOT_LISTED
from models.catalogue.tables import offered, table, written_in
from tools.catalogue.page import models_page

ROOT = Path(__file__).parents[2]
_MADE = "# Made from models/catalogue by `python -m tools.catalogue render`: change it there.\n"
_FOLDERS: dict[ModelKind, Path] = {
    "llm": Path("models/llm/openai"),
    "text-embedding": Path("models/text_embedding/openai"),
    "speech2text": Path("models/speech2text/openai"),
    "moderation": Path("models/moderation/openai"),
    "tts": Path("models/tts/openai"),
}
_AZURE_FORM = Path("provider/azure_openai.yaml")
_BEGIN, _END = "      # {{ The catalogue's base models\n", "      # }}\n"


def rendered() -> Mapping[Path, str]:
    """Return the text of every made file by its path in the tree."""
    files = {}
    for kind, folder in _FOLDERS.items():
        for model in offered(kind):
            files[folder / f"{model.name}.yaml"] = _MADE + _yaml(declaration(model))
        files[folder / "_position.yaml"] = _MADE + _yaml([model.name for model in offered(kind)])
    files[_AZURE_FORM] = _with_base_models((ROOT / _AZURE_FORM).read_text(encoding="utf-8"))
    files[Path("docs/models.md")] = models_page()
    return files


def differences() -> Iterator[str]:
    """Yield a sentence for each file of the tree that is not as the catalogue has it."""
    files = rendered()
    for path, text in files.items():
        file = ROOT / path
        if not file.exists():
            yield f"{path} is missing."
        elif file.read_text(encoding="utf-8") != text:
            yield f"{path} is not as the catalogue has it."
    for path in _left_over(files):
        yield f"{path} is of no model that the catalogue offers."


def write() -> None:
    """Write every made file into the tree, and remove those of models that are gone."""
    files = rendered()
    for path in _left_over(files):
        (ROOT / path).unlink()
    for path, text in files.items():
        (ROOT / path).write_text(text, encoding="utf-8")


def _left_over(files: Mapping[Path, str]) -> list[Path]:
    found = (file for folder in _FOLDERS.values() for file in (ROOT / folder).glob("*.yaml"))
    return sorted(path for file in found if (path := file.relative_to(ROOT)) not in files)


def _with_base_models(form: str) -> str:
    before, _, rest = form.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    names = table("azure_openai").models
    options = [{"value": NOT_LISTED, "label": written_in("labels")["not_listed"]}]
    options += [{"value": name, "label": {"en_US": name}} for name in names]
    made = "".join(f"      {line}\n" for line in _yaml({"options": options}).splitlines())
    return f"{before}{_BEGIN}{made}{_END}{after}"


def _yaml(value: Any) -> str:
    return str(yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=10_000))
