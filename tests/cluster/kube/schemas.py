"""JSON schemas for kubeconform, made of what the API server says of itself."""

import json
import ssl
import urllib.request
from pathlib import Path

from kube.node import CLUSTER

KEYS = CLUSTER / "state/keys"
# How kubeconform finds the file of a kind: see its README.
LOCATION = "{{.ResourceKind}}{{.KindSuffix}}.json"


def _ask(path: str) -> dict:
    context = ssl.create_default_context(cafile=KEYS / "authority.crt")
    context.load_cert_chain(KEYS / "admin.crt", KEYS / "admin.key")
    with urllib.request.urlopen(f"https://10.200.0.1:6443{path}", context=context, timeout=60) as answer:
        return json.load(answer)


def _strict(schema):
    """With members that are not named forbidden, as the API server forbids them."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _strict(value) for name, value in schema.items()}
    if reference := made.get("$ref"):
        made["$ref"] = reference.replace("#/components/schemas/", "#/definitions/")
    is_open = made.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in made
    if isinstance(made.get("properties"), dict) and not is_open:
        made["additionalProperties"] = False
    return made


def _file_name(kind: dict) -> str:
    group = kind["group"].split(".")[0]
    return "-".join(part.lower() for part in (kind["kind"], group, kind["version"]) if part) + ".json"


def write_schemas(folder: Path, kinds: set[tuple[str, str]]) -> str:
    """A file for each of these (apiVersion, kind); returns where, for kubeconform."""
    folder.mkdir(parents=True, exist_ok=True)
    for version in {version for version, _ in kinds}:
        prefix = "apis" if "/" in version else "api"
        schemas = _ask(f"/openapi/v3/{prefix}/{version}")["components"]["schemas"]
        definitions = _strict(schemas)
        for name, schema in schemas.items():
            for kind in schema.get("x-kubernetes-group-version-kind", []):
                full_version = "/".join(part for part in (kind["group"], kind["version"]) if part)
                if (full_version, kind["kind"]) in kinds:
                    root = {"$ref": f"#/definitions/{name}", "definitions": definitions}
                    (folder / _file_name(kind)).write_text(json.dumps(root))
    return str(folder / LOCATION)
