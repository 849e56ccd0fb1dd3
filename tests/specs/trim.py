#!/usr/bin/env python3
"""Cuts an API description (OpenAPI 3 or Swagger 2) down to some operations and what they refer to.

    trim.py DESCRIPTION SOURCE 'GET /repos/{owner}/{repo}/pulls' … > tests/specs/NAME.json

SOURCE (where the description comes from, and its version) is written into the result. Prose and
examples are left out: only what a request or an answer can break is kept.
"""

import json
import sys

PROSE = {"description", "summary", "example", "examples", "externalDocs", "tags", "x-github", "title"}


def without_prose(node, names_are_data=False):
    """Removes prose, except where a key is the name of a property or a parameter."""
    if isinstance(node, list):
        return [without_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {k: v for k, v in node.items() if names_are_data or k not in PROSE}
    data = {"properties", "schemas", "definitions", "responses", "parameters"}
    return {k: without_prose(v, names_are_data=not names_are_data and k in data) for k, v in kept.items()}


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from references(item)


def look_up(document, reference):
    for part in reference.removeprefix("#/").split("/"):
        document = document[part.replace("~1", "/").replace("~0", "~")]
    return document


def insert(document, reference, value):
    *parents, name = reference.removeprefix("#/").split("/")
    for part in parents:
        document = document.setdefault(part, {})
    document[name] = value


def main(path, source, *operations):
    whole = json.load(open(path))
    result = {"x-source": source}
    for key in ("openapi", "swagger", "basePath"):
        if key in whole:
            result[key] = whole[key]
    result["paths"] = {}
    for operation in operations:
        method, template = operation.split(" ", 1)
        item = whole["paths"][template]
        trimmed = result["paths"].setdefault(template, {})
        if "parameters" in item:
            trimmed["parameters"] = without_prose(item["parameters"])
        trimmed[method.lower()] = without_prose(item[method.lower()])
    wanted, seen = list(references(result)), set()
    while wanted:
        reference = wanted.pop()
        if reference in seen:
            continue
        seen.add(reference)
        value = without_prose(look_up(whole, reference))
        insert(result, reference, value)
        wanted.extend(references(value))
    json.dump(result, sys.stdout, indent=1, sort_keys=True)
    print()


main(*sys.argv[1:])
