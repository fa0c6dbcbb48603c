"""Checks an export of the audit log, or the proof of one entry, with nothing but Python's standard library.

    python verify_audit.py export audit.ndjson
    python verify_audit.py export audit.ndjson --sealed 1204:9f3a…    (a head that you kept)
    python verify_audit.py proof proof.json --root 71bc…              (a sealed root that you kept)

An entry's hash is sha256(hash before it ‖ canonical JSON of the entry). A whole export must be one unbroken chain;
an organization's export has gaps where others acted, and each of its entries must still have its own hash. A proof
leads from an entry to the root of a hash tree (RFC 6962) that its day's seal keeps. Status 0: all holds; 1: something
does not, and the first break is named; 2: the file cannot be read.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

HASHED = ("number", "at", "action", "target", "organization", "actor", "before", "after")
START = "00" * 32


class Broken(Exception):
    """What does not hold, in words."""


def hash_of(entry: dict[str, Any]) -> str:
    """The hash that the entry must have, in hex."""
    facts = {name: entry[name] for name in HASHED}
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(bytes.fromhex(entry["previous_hash"]) + canonical).hexdigest()


def check_entry(entry: dict[str, Any], before: dict[str, Any] | None) -> None:
    """Refuses an entry that was changed, or does not follow the one before it.

    Raises:
        Broken: with the entry's number.
    """
    number = entry["number"]
    if hash_of(entry) != entry["hash"]:
        raise Broken(f"entry {number} was changed after it was written")
    if before is not None and number <= before["number"]:
        raise Broken(f"entry {number} stands behind entry {before['number']}")
    follows = number == (before["number"] + 1 if before else 1)
    if follows and entry["previous_hash"] != (before["hash"] if before else START):
        raise Broken(f"entry {number} does not point to the entry before it")


def check_export(lines: list[str], sealed: dict[int, str]) -> str:
    """What holds of an export.

    Raises:
        Broken: the first entry that does not, or a sealed head that is not in it.
    """
    before, gaps = None, 0
    for line in lines:
        entry: dict[str, Any] = json.loads(line)
        check_entry(entry, before)
        gaps += entry["number"] != (before["number"] + 1 if before else 1)
        if sealed.pop(entry["number"], entry["hash"]) != entry["hash"]:
            raise Broken(f"entry {entry['number']} is not the one that was sealed")
        before = entry
    if sealed:
        raise Broken(f"entry {min(sealed)} was sealed and is missing")
    whole = "one unbroken chain from the first" if not gaps else f"each unchanged, with {gaps} gap(s) between"
    return f"{len(lines)} entries hold: {whole}"


def root_from(proof: dict[str, Any]) -> str:
    """The root to which the proof's path leads, in hex."""
    found = hashlib.sha256(b"\x00" + bytes.fromhex(proof["entry"]["hash"])).digest()
    for step in proof["path"]:
        other = bytes.fromhex(step["hash"])
        pair = other + found if step["side"] == "left" else found + other
        found = hashlib.sha256(b"\x01" + pair).digest()
    return found.hex()


def check_proof(proof: dict[str, Any], root: str | None) -> str:
    """What holds of a proof.

    Raises:
        Broken: the entry was changed, or the path leads elsewhere.
    """
    entry, seal = proof["entry"], proof["seal"]
    check_entry(entry, None)
    reached = root_from(proof)
    wanted = root or (seal or proof)["root"]
    if reached != wanted:
        raise Broken(f"entry {entry['number']} does not lead to the root {wanted}")
    if seal is None:
        return f"entry {entry['number']} holds; its day is not sealed yet"
    kept = (
        "the root that you kept"
        if root
        else f"the root of {seal['day']} in the file; compare it with one that you kept"
    )
    return f"entry {entry['number']} holds and leads to {kept}"


def sealed_head(text: str) -> tuple[int, str]:
    """A head written as NUMBER:HASH.

    Raises:
        ValueError: another form.
    """
    number, _, digest = text.partition(":")
    return int(number), bytes.fromhex(digest).hex()


def main(words: list[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(description="Check the audit log without a database.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    export = kinds.add_parser("export", help="an export in JSON lines")
    export.add_argument("file", type=Path)
    export.add_argument("--sealed", type=sealed_head, action="append", default=[], metavar="NUMBER:HASH")
    proof = kinds.add_parser("proof", help="the proof of one entry")
    proof.add_argument("file", type=Path)
    proof.add_argument("--root", help="the sealed root that you kept")
    asked = parser.parse_args(words)
    try:
        text = asked.file.read_text(encoding="utf-8")
        if asked.kind == "export":
            told = check_export([line for line in text.split("\n") if line.strip()], dict(asked.sealed))
        else:
            told = check_proof(json.loads(text), asked.root)
    except Broken as broken:
        sys.stderr.write(f"broken: {broken}\n")
        return 1
    except (OSError, ValueError, KeyError, TypeError) as fault:
        sys.stderr.write(f"this is not an export or a proof of the audit log: {fault!r}\n")
        return 2
    sys.stdout.write(f"{told}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
