"""Sizes that a host or the marketplace sets, and how much of a package is read at all.

Sources: the daemon's `internal/types/app/default.go` (upload sizes), the marketplace's package
validation (number of files). `DECLARATION_BYTES` and `PROJECT_BYTES` are ours: real files
have a tenth of that, and reading stays bounded.
"""

PACKAGE_BYTES = 52_428_800  # of the upload, and of everything in it decompressed
BUNDLE_BYTES = 12 * PACKAGE_BYTES
MOST_FILES = 5_000
DECLARATION_BYTES = 524_288  # of one YAML or Python file
PROJECT_BYTES = 4_194_304  # of pyproject.toml, uv.lock, requirements.txt or a README
IDENTIFIER_CHARACTERS = 255
PROVIDER_CHARACTERS = 127
