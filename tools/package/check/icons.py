"""The icons that a manifest or a provider names.

Sources: the daemon's `decoder/helper.go` (light icons, when packing) and
`media_transport/assets.go` (all icons, at upload). The SDK sends only the top level of `_assets`
when it debugs remotely; the marketplace refuses the template's icon.
"""

from tools.package.check.fields import Field
from tools.package.check.package import Package
from tools.package.check.translations import check_translations

_FOLDER = "_assets"
_TEMPLATE_MARK = b"DIFY_MARKETPLACE_TEMPLATE_ICON_DO_NOT_USE"
_NAME_CHARACTERS = 128
PROVIDER_ICONS = ("icon_small", "icon_small_dark", "icon_large", "icon_large_dark")


def check_icon(package: Package, icon: Field) -> None:
    """Check that the file which `icon` names lies in `_assets` and is drawn."""
    name = icon.text(_NAME_CHARACTERS)
    if name is None:
        return
    content = package.files.get(f"{_FOLDER}/{name}")
    if "/" in name:
        rule = f"{name!r} lies in a folder, which remote debugging does not send"
        icon.problem(rule, f"move the file to {_FOLDER} and write its name")
    elif content is None:
        icon.problem(f"{name!r} is not in {_FOLDER}", f"add {_FOLDER}/{name} or name another file")
    elif not content.strip():
        icon.problem(f"{_FOLDER}/{name} is empty", "draw the icon")
    elif _TEMPLATE_MARK in content:
        rule = f"{_FOLDER}/{name} is the template's icon, which the marketplace refuses"
        icon.problem(rule, "draw your own")


def check_provider_icons(package: Package, provider: Field) -> None:
    """Check every icon of a provider, light and dark, in every language."""
    for key in PROVIDER_ICONS:
        for icon in check_translations(provider.optional(key)):
            check_icon(package, icon)
