"""Makes `sam_policies.json` from the installed package `aws-sam-translator`: `python -m …build_sam_tables`.

The policy templates and connector profiles are AWS's own (Apache-2.0): policy_templates.json and profiles.json of the
package, parameters and statements only.
"""

import importlib.metadata
import importlib.resources
import json
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("sam_policies.json")


def build() -> str:
    """Return the table as JSON text, the same for the same package."""
    package = importlib.resources.files("samtranslator")
    templates = json.loads((package / "policy_templates_data" / "policy_templates.json").read_text("utf-8"))
    profiles = json.loads((package / "model" / "connector_profiles" / "profiles.json").read_text("utf-8"))
    table = {
        "source": f"aws-sam-translator {importlib.metadata.version('aws-sam-translator')}",
        "templates": {name: _template(entry) for name, entry in sorted(templates["Templates"].items())},
        "connectors": {
            f"{source} {destination}": _connector(entry["Properties"])
            for source, destinations in sorted(profiles["Permissions"].items())
            for destination, entry in sorted(destinations.items())
            if entry["Type"] == "AWS_IAM_ROLE_MANAGED_POLICY"
        },
    }
    return json.dumps(table, indent=1, sort_keys=True) + "\n"


def _template(entry: dict[str, Any]) -> dict[str, Any]:
    return {"parameters": sorted(entry["Parameters"]), "statements": entry["Definition"]["Statement"]}


def _connector(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "of": "source" if properties.get("SourcePolicy") else "destination",
        "access": {name: policy["Statement"] for name, policy in properties["AccessCategories"].items()},
    }


if __name__ == "__main__":
    TABLE.write_text(build(), encoding="utf-8")
