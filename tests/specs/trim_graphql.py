#!/usr/bin/env python3
"""Cuts GitHub's GraphQL schema down to some fields and what they refer to, as text.

    trim_graphql.py schema.json SOURCE 'PullRequest.timelineItems(last,itemTypes)' … > tests/specs/NAME.graphql

schema.json is the result of an introspection. SOURCE (where it comes from, and its version) is
written into the result. Of a field's arguments those in brackets are kept. Input objects and enums
that these refer to are kept whole; prose is left out.
"""

import json
import re
import sys


def text_of(reference):
    if reference["kind"] == "NON_NULL":
        return text_of(reference["ofType"]) + "!"
    if reference["kind"] == "LIST":
        return f"[{text_of(reference['ofType'])}]"
    return reference["name"]


def main(path, source, *fields):
    types = {kind["name"]: kind for kind in json.load(open(path))["__schema"]["types"]}
    lines, wanted = {}, []

    def line_of(field, arguments=None):
        kept = [a for a in field.get("args") or [] if arguments is None or a["name"] in arguments]
        wanted.extend(a["type"] for a in kept)
        wanted.append(field["type"])
        inside = ", ".join(f"{a['name']}: {text_of(a['type'])}" for a in kept)
        return f"  {field['name']}{f'({inside})' if inside else ''}: {text_of(field['type'])}"

    for field in fields:
        owner, name, arguments = re.fullmatch(r"(\w+)\.(\w+)(?:\(([\w,]*)\))?", field).groups()
        known = next(known for known in types[owner]["fields"] if known["name"] == name)
        lines.setdefault(owner, []).append(line_of(known, (arguments or "").split(",")))
    while wanted:
        reference = wanted.pop()
        while reference.get("ofType"):
            reference = reference["ofType"]
        kind = types[reference["name"]]
        if kind["name"] in lines:
            continue
        if kind["kind"] == "INPUT_OBJECT":
            lines[kind["name"]] = [line_of(field) for field in kind["inputFields"]]
        if kind["kind"] == "ENUM":
            lines[kind["name"]] = ["  " + " ".join(value["name"] for value in kind["enumValues"])]
        if kind["kind"] == "UNION":
            lines[kind["name"]] = [" | ".join(sorted(p["name"] for p in kind["possibleTypes"] if p["name"] in lines))]
    print(f"# {source}: what Towline asks for, without prose.")
    words = {"INPUT_OBJECT": "input", "ENUM": "enum", "OBJECT": "type", "INTERFACE": "interface"}
    for name in sorted(lines):
        kind = types[name]["kind"]
        if kind == "UNION":
            print(f"\nunion {name} = {lines[name][0]}")
        else:
            print("\n".join([f"\n{words[kind]} {name} {{", *lines[name], "}"]))


main(*sys.argv[1:])
