"""Properties here are tried as often as those of tests/properties: one profile for all."""

import tests.properties.conftest  # noqa: F401 - loads the profile
