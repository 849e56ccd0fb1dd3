#!/usr/bin/env python3
"""cut.py CRD.yaml ORIGIN: the schema of the newest version of a CRD as JSON, without descriptions."""
import json
import sys

import yaml


def cut(schema):
    if isinstance(schema, dict):
        return {key: cut(value) for key, value in schema.items()
                if not (key == "description" and isinstance(value, str))}
    if isinstance(schema, list):
        return [cut(value) for value in schema]
    return schema


crd = yaml.safe_load(open(sys.argv[1]))
version = [version for version in crd["spec"]["versions"] if version["storage"]][0]
print(json.dumps({"x-source": sys.argv[2], "x-version": f"{crd['spec']['group']}/{version['name']}",
                  **cut(version["schema"]["openAPIV3Schema"])}, indent=1))
