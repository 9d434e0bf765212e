"""The JSON Schema of bundles is current."""

import json

from app.models.bundle import json_schema
from tests.support.cluster import ROOT


def test_json_schema_is_current() -> None:
    """docs/bundle.schema.json is what the model says."""
    committed = json.loads((ROOT / "docs" / "bundle.schema.json").read_text())
    assert committed == json_schema(), "Write it: make types"
