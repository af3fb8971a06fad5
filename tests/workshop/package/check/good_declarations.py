"""The YAML files of the good package: manifest, provider, models."""

from typing import Final

MANIFEST: Final = """\
version: "1.2.3"
type: "plugin"
author: "acme"
name: "acme_models"
label:
  en_US: "Acme"
  zh_Hans: "Acme 模型"
description:
  en_US: "Models from Acme."
icon: "icon.svg"
icon_dark: "icon_dark.svg"
created_at: "2026-01-31T00:00:00Z"
resource:
  memory: 1048576
  permission:
    model:
      enabled: true
      llm: true
    storage:
      enabled: true
      size: 1048576
plugins:
  models:
    - "provider/acme.yaml"
tags:
  - "utilities"
meta:
  version: "0.0.1"
  arch:
    - "amd64"
    - "arm64"
  runner:
    language: "python"
    version: "3.12"
    entrypoint: "main"
  minimum_dify_version: "1.16.0"
privacy: "PRIVACY.md"
repo: "https://code.example/acme/acme"
contact: "people@acme.example"
"""

PROVIDER: Final = """\
provider: "acme"
label:
  en_US: "Acme"
description:
  en_US: "Models from Acme."
icon_small:
  en_US: "icon.svg"
icon_small_dark:
  en_US: "icon_dark.svg"
background: "#E6F4F1"
help:
  title:
    en_US: "Get a key"
  url:
    en_US: "https://acme.example/keys"
supported_model_types:
  - "llm"
  - "text-embedding"
configurate_methods:
  - "predefined-model"
  - "customizable-model"
provider_credential_schema:
  credential_form_schemas:
    - variable: "api_key"
      label:
        en_US: "Key"
      type: "secret-input"
      required: true
      max_length: 200
model_credential_schema:
  model:
    label:
      en_US: "Model name"
    placeholder:
      en_US: "Enter the name"
  credential_form_schemas:
    - variable: "sign_in"
      label:
        en_US: "Sign in with"
      type: "select"
      required: true
      default: "key"
      options:
        - value: "key"
          label:
            en_US: "A key"
        - value: "token"
          label:
            en_US: "A token"
          show_on:
            - variable: "__model_type"
              value: "llm"
    - variable: "secret"
      label:
        en_US: "Key"
      type: "secret-input"
      required: false
      show_on:
        - variable: "sign_in"
          value: "key"
    - variable: "secret"
      label:
        en_US: "Token"
      type: "secret-input"
      required: false
      show_on:
        - variable: "sign_in"
          value: "token"
    - variable: "stream"
      label:
        en_US: "Stream"
      type: "switch"
      required: false
models:
  llm:
    predefined:
      - "models/llm/*.yaml"
    position: "models/llm/_position.yaml"
  text_embedding:
    predefined:
      - "models/text_embedding/*.yaml"
extra:
  python:
    provider_source: "provider/acme.py"
    model_sources:
      - "models/llm/llm.py"
      - "models/text_embedding/text_embedding.py"
"""

LARGE: Final = """\
model: "acme-large"
label:
  en_US: "Acme large"
model_type: "llm"
features:
  - "vision"
  - "tool-call"
fetch_from: "predefined-model"
model_properties:
  mode: "chat"
  context_size: 128000
parameter_rules:
  - name: "temperature"
    use_template: "temperature"
    label:
      en_US: "Temperature"
  - name: "effort"
    label:
      en_US: "Effort"
    type: "string"
    required: false
    default: "low"
    options:
      - "low"
      - "high"
  - name: "max_tokens"
    use_template: "max_tokens"
    label:
      en_US: "Most tokens"
    default: 4096
    min: 1
    max: 8192
pricing:
  input: "0.50"
  output: "1.50"
  unit: "0.000001"
  currency: "USD"
"""

SMALL: Final = """\
model: "acme-small"
label:
  en_US: "Acme small"
model_type: "llm"
model_properties:
  mode: "chat"
"""

EMBEDDING: Final = """\
model: "acme-embedding"
label:
  en_US: "Acme embedding"
model_type: "text-embedding"
model_properties:
  context_size: 8192
  max_chunks: 16
"""
