"""
Writes fixtures.json: events in Avro as Python's fastavro encodes them, beside the same events in JSON.

    python3 -m venv venv && venv/bin/pip install fastavro==1.12.1 cramjam==2.14.0 zstandard==0.25.0
    venv/bin/python test/interop/fastavro/write-fixtures.py

The tests read the committed file and need no Python.
"""

import base64
import copy
import io
import json
import pathlib

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form

HERE = pathlib.Path(__file__).parent
SHIPPED = json.loads((HERE / "../../../schemas/event.avsc").read_text())
JSON_TEXT = ("params", "result", "context")

MINIMAL = {"event_id": "f-1", "type": "step", "session_id": "s-1", "occurred_at": "2025-06-03T08:00:00Z"}
CALL = {
    **MINIMAL,
    "event_id": "f-2",
    "type": "tool_call",
    "occurred_at": 1748937605123,
    "call_id": "c-1",
    "run_id": "r-1",
    "step_id": "st-1",
    "tenant_id": "größe",
    "agent_id": "代理 🤖",
    "parent_session_id": "s-0",
    "tool": "shell",
    "params": {"command": "curl https://example.org", "big": 12345678901234567890, "deep": [[{"a": None}], 1.5, True]},
    "phase": "pre",
    "usage": {"input_tokens": 12, "cost_usd": 0.25, "estimate": True},
    "mode": "auto",
    "approval_profile": "strict",
    "approvals": ["sha256:1", {"digest": "sha256:2", "by": "ann"}],
    "material": {"name": "m", "kind": "sbom", "content": "text"},
    "context": {"branch": "main"},
}
RESULT = {**MINIMAL, "event_id": "f-3", "type": "tool_result", "tool": "shell", "params": None, "result": "ok\n", "phase": "post"}


def record_of(event):
    """The record of the shipped schema: JSON text where any JSON value may stand."""
    record = {key: json.dumps(value) if key in JSON_TEXT else value for key, value in event.items()}
    if "approvals" in record:
        record["approvals"] = [json.dumps(item) for item in record["approvals"]]
    return record


def encode(schema, record):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(copy.deepcopy(schema)), record)
    return out.getvalue()


def fingerprint_of(schema):
    """Fastavro writes the bytes as they go on the wire, little-endian."""
    return bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))


def single_object(schema, record):
    return b"\xc3\x01" + fingerprint_of(schema) + encode(schema, record)


def registered(schema_id, schema, record):
    return b"\x00" + schema_id.to_bytes(4, "big") + encode(schema, record)


def field(name, kind, **rest):
    return {"name": name, "type": kind, **rest}


# An older writer: fewer members, another namespace, other types that ours can be read from, other orders.
OLDER = {
    "type": "record",
    "name": "FleetEvent",
    "namespace": "com.example.fleet",
    "doc": "not part of the canonical form",
    "fields": [
        field("session_id", "string"),
        field("event_id", {"type": "string", "avro.java.string": "String"}),
        field("occurred_at", {"type": "long", "logicalType": "timestamp-millis"}),
        field("type", "string"),
        field("tool", ["string", "null"]),
        field("params", "bytes"),
        field(
            "usage",
            [
                "null",
                {
                    "type": "record",
                    "name": "Usage",
                    "fields": [field("input_tokens", "int"), field("output_tokens", "long"), field("cost_usd", "float")],
                },
            ],
        ),
    ],
}

# A newer writer: members that the shipped schema does not have, of every kind of type.
NEWER = {
    **SHIPPED,
    "fields": [
        *SHIPPED["fields"],
        field("trace", ["null", "string"], default=None),
        field("sequence", "long"),
        field("huge", "long"),
        field("ratio", "double"),
        field("checksum", {"type": "fixed", "name": "Checksum", "size": 4}),
        field("blob", "bytes"),
        field("level", {"type": "enum", "name": "Level", "symbols": ["LOW", "HIGH"]}),
        field("labels", {"type": "map", "values": ["null", "string", "long"]}),
        field(
            "tree",
            {
                "type": "record",
                "name": "Node",
                "fields": [field("value", "int"), field("children", {"type": "array", "items": "Node"})],
            },
        ),
    ],
}


OLDER_EVENT = {
    **MINIMAL,
    "event_id": "f-4",
    "type": "tool_call",
    "occurred_at": 1748937605123,
    "tool": "shell",
    "params": {"command": "ls"},
    "usage": {"input_tokens": 3, "output_tokens": 4, "cost_usd": 0.5},
}
OLDER_RECORD = {**OLDER_EVENT, "params": json.dumps(OLDER_EVENT["params"]).encode()}


def cases():
    events = [MINIMAL, CALL, RESULT]
    for event in events:
        record = record_of(event)
        yield "plain", event, encode(SHIPPED, record), {}
        yield "single object", event, single_object(SHIPPED, record), {}
        yield "registered", event, registered(7, SHIPPED, record), {"id": 7, "schema": SHIPPED}
    yield "registered", OLDER_EVENT, registered(8, OLDER, OLDER_RECORD), {"id": 8, "schema": OLDER}
    yield "single object", OLDER_EVENT, single_object(OLDER, OLDER_RECORD), {"schema": OLDER}
    tree = {"value": 1, "children": [{"value": 2, "children": []}]}
    added = {
        "sequence": 9007199254740991,
        "huge": 9223372036854775807,
        "ratio": -0.5,
        "level": "HIGH",
        "labels": {"team": "red", "none": None, "size": 9007199254740993},
        "tree": tree,
    }
    newer = {**CALL, "event_id": "f-5", **added, "checksum": base64.b64encode(b"\x00\xff\x01\xfe").decode(), "blob": base64.b64encode(b"blob").decode()}
    newer_record = {**record_of({**CALL, "event_id": "f-5"}), **added, "checksum": b"\x00\xff\x01\xfe", "blob": b"blob"}
    yield "registered", newer, registered(9, NEWER, newer_record), {"id": 9, "schema": NEWER}
    yield "single object", newer, single_object(NEWER, newer_record), {"schema": NEWER}


def container(schema, records, codec, sync_interval):
    out = io.BytesIO()
    parsed = fastavro.parse_schema(copy.deepcopy(schema))
    # A marker that is not random, so that the bytes are the same each time.
    fastavro.writer(out, parsed, records, codec, sync_interval, sync_marker=b"a sync marker of")
    return out.getvalue()


def containers():
    events = [MINIMAL, CALL, RESULT]
    records = [record_of(event) for event in events]
    for codec in ("null", "deflate", "snappy", "zstandard"):
        yield f"{codec}.avro", events, container(SHIPPED, records, codec, 16_000)
    yield "blocks.avro", events, container(SHIPPED, records, "deflate", 1)
    yield "empty.avro", [], container(SHIPPED, [], "null", 16_000)
    yield "older.avro", [OLDER_EVENT], container(OLDER, [OLDER_RECORD], "null", 16_000)


def main():
    records = [
        {
            "framing": framing,
            **({"id": rest["id"]} if "id" in rest else {}),
            **({"schema": json.dumps(rest["schema"])} if "schema" in rest else {}),
            "event": json.dumps(event),
            "value": base64.b64encode(value).decode(),
        }
        for framing, event, value, rest in cases()
    ]
    schemas = [
        SHIPPED,
        OLDER,
        NEWER,
        {"type": "record", "name": "a.b.C", "aliases": ["X"], "fields": [field("x", "int", order="ignore", default=1)]},
        {"type": "record", "name": "Outer", "namespace": "o", "fields": [field("i", {"type": "record", "name": "Inner", "fields": [field("again", ["null", "Outer", "Inner"])]}), field("f", {"type": "fixed", "name": "q.F", "size": 16}), field("g", ["q.F", {"type": "enum", "name": "E", "symbols": ["A", "B"]}])]},
    ]
    fingerprints = [{"schema": json.dumps(schema), "wire": fingerprint_of(schema).hex()} for schema in schemas]
    files = [
        {"name": name, "events": [json.dumps(event) for event in events], "bytes": base64.b64encode(value).decode()}
        for name, events, value in containers()
    ]
    made = {"made_by": f"fastavro {fastavro.__version__}", "records": records, "fingerprints": fingerprints, "files": files}
    (HERE / "fixtures.json").write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n")


main()
