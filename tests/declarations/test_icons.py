"""The icons: present for light and dark, the right shape, and complete in themselves."""

from xml.etree import ElementTree

import pytest

from tests.declarations.declaration_files import ASSETS, MANIFEST, PROVIDERS, read_declaration

SMALL, LARGE = "0 0 48 48", "0 0 160 48"
ICONS = {
    f"icon_{name}{dark}.svg": view_box
    for name, view_box in {
        "suite": SMALL,
        "openai": SMALL,
        "openai_large": LARGE,
        "azure_openai": SMALL,
        "azure_openai_large": LARGE,
    }.items()
    for dark in ("", "_dark")
}
SVG = "{http://www.w3.org/2000/svg}"
DRAWING = {"svg", "mask", "g", "path", "circle", "text"}


def named_icons() -> set[str]:
    """Collect the icon files that the manifest and the providers name."""
    manifest = read_declaration(MANIFEST)
    names = {manifest["icon"], manifest["icon_dark"]}
    for path in PROVIDERS.values():
        provider = read_declaration(path)
        for key in ("icon_small", "icon_small_dark", "icon_large", "icon_large_dark"):
            names.add(provider[key]["en_US"])
    return names


def test_the_icons_named_are_the_icons_there() -> None:
    assert named_icons() == set(ICONS)
    assert {path.name for path in ASSETS.glob("icon*")} == set(ICONS)


@pytest.mark.parametrize(("name", "view_box"), ICONS.items(), ids=str)
def test_an_icon_is_a_plain_drawing_of_its_shape(name: str, view_box: str) -> None:
    root = ElementTree.parse(ASSETS / name).getroot()  # noqa: S314 (our own file)
    assert root.get("viewBox") == view_box
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= DRAWING
    values = [value for element in root.iter() for value in element.attrib.values()]
    assert not any("http" in value or "data:" in value for value in values)


@pytest.mark.parametrize("name", [name for name in ICONS if "_dark" in name])
def test_the_dark_icon_differs_from_the_light_one(name: str) -> None:
    light = ASSETS / name.replace("_dark", "")
    assert (ASSETS / name).read_bytes() != light.read_bytes()
