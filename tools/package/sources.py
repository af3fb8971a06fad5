"""Which files of the tree a provider's package holds, each under its path in the package.

Code is what the entry point and the provider's own sources import; nothing is listed by hand. Data
is what the provider's YAML names and the models' YAML of its types.
"""

import re
from collections.abc import Iterator

from tools.package.declaration import Provider, Tree
from tools.package.imports import with_imported_files

# Dify shows a README in another language only under such a name.
_LANGUAGE = re.compile(r"([a-z]{2}_[A-Za-z]{2,})\.md")


def source_files(tree: Tree, provider: Provider) -> dict[str, bytes]:
    """Return what a package takes from the tree as it stands: path in the package -> content.

    Raises:
        PackagerFailure: a file that is named or imported is not there.
    """
    python = provider.extra.python
    entry_point = f"{tree.manifest.meta.runner.entrypoint.replace('.', '/')}.py"
    code = with_imported_files(
        tree.root, [entry_point, python.provider_source, *python.model_sources]
    )
    data = {path: tree.file(path) for path in _data_paths(tree, provider)}
    return code | data | _texts(tree, provider)


def _data_paths(tree: Tree, provider: Provider) -> Iterator[str]:
    yield provider.path
    for icon in provider.icons:
        yield f"_assets/{icon}"
    for folder in provider.model_folders:
        yield from tree.files(f"models/{folder}/{provider.name}/*.yaml")
        yield from tree.files(f"models/{folder}/generic/*.yaml")
    for models in provider.models.values():
        for pattern in models.predefined:
            # A pattern without a match is a file that nobody has: reading it says so.
            yield from list(tree.files(pattern)) or [pattern]
        if models.position:
            yield models.position


def _texts(tree: Tree, provider: Provider) -> dict[str, bytes]:
    """Return the texts for people; a provider's READMEs stand beside its YAML."""
    readme = f"provider/README_{provider.name}"
    texts = {
        "README.md": tree.file(f"{readme}.md"),
        tree.manifest.privacy: tree.file(tree.manifest.privacy),
        "LICENSE": tree.file("LICENSE"),
        "CHANGELOG.md": tree.file("CHANGELOG.md"),
    }
    for path in tree.files(f"{readme}_*.md"):
        if language := _LANGUAGE.fullmatch(path.removeprefix(f"{readme}_")):
            texts[f"readme/README_{language[1]}.md"] = tree.file(path)
    return texts
