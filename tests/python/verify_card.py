"""Reads and verifies a Type 2 or MIFARE Classic card with code that is not ours: NDEF by ndeflib, COSE by pycose.

    verify_card.py DUMP UID KEY KID     DUMP is the card's whole memory from its start, or - for stdin; the rest is hex

Prints one JSON document when the record verifies for this card, and exits 1 with a sentence when anything is wrong:
{"claims": the claims as they stand on the card, "credential": the same in Seam's field names}. In "claims", map keys are
text and a byte string is {"bytes": hex}. Knows the layout from its description only, and shares no code with the drivers.
"""

import io
import json
import sys
import uuid
from pathlib import Path

import cbor2
import ndef
from pycose.algorithms import HMAC25664
from pycose.exceptions import CoseException
from pycose.headers import KID, Algorithm
from pycose.keys import SymmetricKey
from pycose.messages import CoseMessage, Mac0Message

EXP, NBF, IAT, CTI, CARD = 4, 5, 6, 7, -65537

VISIONLINE = {
    1: "card_function_type",
    2: "joiner_acs_credential_ids",
    3: "guest_acs_entrance_ids",
    4: "common_acs_entrance_ids",
    5: "is_valid",
    6: "auto_join",
    7: "card_id",
    8: "credential_id",
}
VOSTIO = {
    1: "auto_join",
    2: "override_guest_acs_entrance_ids",
    3: "key_id",
    4: "key_issuing_request_id",
    5: "door_names",
    6: "endpoint_id",
}
MANUFACTURERS = {
    1: ("visionline_card", "visionline_metadata", VISIONLINE),
    2: ("assa_abloy_vostio_key", "assa_abloy_vostio_metadata", VOSTIO),
}
SECTORS = {320: 5, 1024: 16, 4096: 40}
PUBLIC_MAD = bytes.fromhex("a0a1a2a3a4a5")
PUBLIC_NDEF = bytes.fromhex("d3f7d3f7d3f7")
NFC = bytes.fromhex("03e1")
FUNCTION_TYPES = {0: "guest", 1: "staff"}


class Bad(Exception):
    """What is wrong with the card."""


def main(dump: str, uid: str, key: str, kid: str) -> None:
    memory = sys.stdin.buffer.read() if dump == "-" else Path(dump).read_bytes()
    uid, key, kid = bytes.fromhex(uid), bytes.fromhex(key), bytes.fromhex(kid)
    claims = verified_claims(record_in(ndef_message(memory, uid)), uid, key, kid)
    json.dump({"claims": shown(claims), "credential": credential(claims)}, sys.stdout)
    print()


def ndef_message(memory: bytes, uid: bytes) -> bytes:
    return (classic_message if len(memory) in SECTORS else type2_message)(memory, uid)


def type2_message(memory: bytes, uid: bytes) -> bytes:
    if memory[0:3] + memory[4:8] != uid:
        raise Bad("the dump is of a card with another UID")
    magic, version, size, access = memory[12:16]
    if magic != 0xE1 or version >> 4 != 1 or access >> 4 != 0:
        raise Bad(f"page 3 is no capability container of a readable NDEF tag: {memory[12:16].hex()}")
    area = memory[16 : 16 + size * 8]
    if len(area) != size * 8:
        raise Bad("the dump is shorter than its capability container says")
    return ndef_value(area)


def classic_message(memory: bytes, uid: bytes) -> bytes:
    """AN10787 and AN1304: the sectors that the directories give to NDEF, as anybody with the public keys A reads them."""
    if memory[: len(uid)] != uid:
        raise Bad("the dump is of a card with another UID")
    sectors = [memory[at : at + size] for at, size in sector_places(SECTORS[len(memory)])]
    gpb = public_gpb(sectors, 0, PUBLIC_MAD)
    if gpb not in (0xC1, 0xC2):
        raise Bad(f"sector 0 has no application directory: {gpb:02x}")
    applications = dict(zip(range(1, 16), directory(sectors[0][16:48])))
    if gpb == 0xC2:
        public_gpb(sectors, 16, PUBLIC_MAD)
        applications |= dict(zip(range(17, 40), directory(sectors[16][:48])))
    of_ndef = [sector for sector, application in applications.items() if application == NFC]
    area = b""
    for sector in of_ndef:
        if public_gpb(sectors, sector, PUBLIC_NDEF) >> 4 != 4:
            raise Bad(f"sector {sector} is of another mapping version")
        area += sectors[sector][:-16]
    return ndef_value(area)


def sector_places(count: int) -> list[tuple[int, int]]:
    return [(sector * 64, 64) if sector < 32 else (2048 + (sector - 32) * 256, 256) for sector in range(count)]


def directory(blocks: bytes) -> list[bytes]:
    if mad_crc(blocks[1:]) != blocks[0]:
        raise Bad("the checksum of an application directory does not hold")
    return [blocks[at : at + 2] for at in range(2, len(blocks), 2)]


def mad_crc(data: bytes) -> int:
    crc = 0xC7
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x11D) if crc & 0x80 else crc << 1
    return crc


def public_gpb(sectors: list[bytes], sector: int, key_a: bytes) -> int:
    """The general purpose byte of a sector that everybody may read and nobody without key B may change."""
    trailer = sectors[sector][-16:]
    if trailer[:6] != key_a:
        raise Bad(f"key A of sector {sector} is not the public one")
    if trailer[10:] in (key_a, b"\xff" * 6, bytes(6)):
        raise Bad(f"everybody knows key B of sector {sector}")
    c1, c2, c3 = trailer[7] >> 4, trailer[8] & 15, trailer[8] >> 4
    if trailer[6] != (c2 << 4 | c1) ^ 0xFF or trailer[7] & 15 != c3 ^ 15:
        raise Bad(f"the access bits of sector {sector} are inconsistent")
    groups = [(c1 >> group & 1, c2 >> group & 1, c3 >> group & 1) for group in range(4)]
    if groups != [(1, 0, 0)] * 3 + [(0, 1, 1)]:
        raise Bad(f"the access conditions of sector {sector} are others: {groups}")
    return trailer[9]


def ndef_value(area: bytes) -> bytes:
    stream = io.BytesIO(area)
    while tag := stream.read(1):
        if tag == b"\x00":
            continue
        if tag == b"\xfe":
            break
        length = int.from_bytes(stream.read(1), "big")
        if length == 0xFF:
            length = int.from_bytes(stream.read(2), "big")
        value = stream.read(length)
        if len(value) != length:
            raise Bad("a TLV runs past the data area")
        if tag == b"\x03":
            if stream.read(1) not in (b"\xfe", b""):
                raise Bad("no terminator behind the NDEF message")
            return value
    raise Bad("no NDEF message on the card")


def record_in(message: bytes) -> bytes:
    try:
        records = list(ndef.message_decoder(message))
    except ndef.DecodeError as error:
        raise Bad(f"ndeflib: {error}") from error
    if [record.type for record in records] != ["application/cwt"]:
        raise Bad(f"not one application/cwt record: {records}")
    return records[0].data


def verified_claims(record: bytes, uid: bytes, key: bytes, kid: bytes) -> dict:
    try:
        message = CoseMessage.decode(record)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Bad(f"pycose: {error}") from error
    try:
        if not isinstance(message, Mac0Message):
            raise Bad(f"not a COSE_Mac0: {message}")
        if message.phdr != {Algorithm: HMAC25664}:
            raise Bad(f"unexpected protected header: {message.phdr}")
        if message.uhdr != {KID: kid}:
            raise Bad(f"unexpected unprotected header: {message.uhdr}")
        message.key = SymmetricKey(k=key)
        message.external_aad = uid
        if not message.verify_tag():
            raise Bad("the tag does not verify")
    except CoseException as error:
        raise Bad(f"pycose: {error}") from error
    claims = cbor2.loads(message.payload)
    if cbor2.dumps(claims, canonical=False) != message.payload:
        raise Bad("the claims are not in their shortest form")
    return claims


def credential(claims: dict) -> dict:
    card = claims[CARD]
    number = card[1]
    fields = {
        "acs_credential_id": id_text(claims[CTI]),
        "card_number": number.hex() if isinstance(number, bytes) else number,
        "starts_at": claims.get(NBF),
        "ends_at": claims.get(EXP),
        "written_at": claims[IAT],
    }
    if 2 in card:
        external_type, name, keys = MANUFACTURERS[card[2]]
        fields["external_type"] = external_type
        if 3 in card:
            fields[name] = {keys[key]: metadata_value(keys[key], value) for key, value in card[3].items()}
    return {name: value for name, value in fields.items() if value is not None}


def metadata_value(name: str, value: object) -> object:
    if name == "card_function_type":
        return FUNCTION_TYPES.get(value, value)
    if name.endswith("_ids"):
        return [id_text(entry) for entry in value]
    return value


def id_text(value: object) -> object:
    return str(uuid.UUID(bytes=value)) if isinstance(value, bytes) else value


def shown(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): shown(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [shown(entry) for entry in value]
    return {"bytes": value.hex()} if isinstance(value, bytes) else value


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except Bad as bad:
        sys.exit(f"verify_card.py: {bad}")
