"""For whoever delivers batch files: makes keys, and packs a table with its manifest, encrypted and signed. Writes files, says nothing.

    python -m plugins.big_data_check.packing keys FOLDER
    python -m plugins.big_data_check.packing pack manifest.json table.csv OUT --receiver KEY --signing-key FILE

`keys` makes `encryption.key`, `encryption.pub`, `signing.key`, `signing.pub` (Base64, 32 bytes each). `pack` fills in
`format`, `sha256` and, when it is missing, `rows`, and makes `manifest.json`, `table.zbe` and `signature.txt`.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from plugins.big_data_check import envelope
from plugins.big_data_check.batch_file import check, read_manifest
from plugins.big_data_check.tables import IN_PIECES, rows


def make_keys(folder: Path) -> None:
    """Raises FileExistsError rather than replacing a key."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    encryption, signing = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    for name, private, public in (
        ("encryption", envelope.as_text(encryption), envelope.as_text(encryption.public_key())),
        ("signing", envelope.as_text(signing), envelope.as_text(signing.public_key())),
    ):
        secret = folder / f"{name}.key"
        with secret.open("x") as out:
            secret.chmod(0o600)
            out.write(private)
        (folder / f"{name}.pub").write_text(public)


def pack(manifest: dict[str, Any], table: Path, out: Path, receiver: str, signing_key: str) -> None:
    """Raises BrokenDelivery for what the receiver would refuse anyway: better told before it is sent. Memory is bounded."""
    made = {**manifest, "format": table.suffix.lstrip("."), "sha256": _sha256(table)}
    with table.open("rb") as file:
        if "rows" not in made:
            heading_and_rows = (row for row in rows(made["format"], file, IN_PIECES) if any(row))
            made["rows"] = sum(1 for _ in heading_and_rows) - 1
        known = read_manifest(made)
        check(known, file)
        file.seek(0)
        out.mkdir(parents=True, exist_ok=True)
        with (out / "table.zbe").open("wb") as sealed:
            envelope.seal(file, sealed, envelope.public_key(receiver))
    (out / "manifest.json").write_bytes(known.canonical())
    digest = bytes.fromhex(_sha256(out / "table.zbe"))
    signature = envelope.sign_digest(envelope.signing_key(signing_key), known.canonical(), digest)
    (out / "signature.txt").write_text(signature)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m plugins.big_data_check.packing")
    ways = parser.add_subparsers(dest="way", required=True)
    keys = ways.add_parser("keys")
    keys.add_argument("folder", type=Path)
    packing = ways.add_parser("pack")
    for name in ("manifest", "table", "out"):
        packing.add_argument(name, type=Path)
    packing.add_argument("--receiver", required=True, help="the district's public key, as its page shows it")
    packing.add_argument("--signing-key", type=Path, required=True)
    given = parser.parse_args(arguments)
    if given.way == "keys":
        make_keys(given.folder)
    else:
        manifest = msgspec.json.decode(given.manifest.read_bytes(), type=dict[str, Any])
        pack(manifest, given.table, given.out, given.receiver, given.signing_key.read_text())


if __name__ == "__main__":
    main()
