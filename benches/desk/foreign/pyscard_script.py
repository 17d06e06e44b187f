"""Writes an NDEF area onto the NTAG215 on a reader and reads it back, by pyscard:  python pyscard_script.py READER NDEF-HEX"""

import sys

from smartcard.CardRequest import CardRequest
from smartcard.CardType import AnyCardType
from smartcard.System import readers
from smartcard.util import toBytes

UID = "FF CA 00 00 00"
GET_VERSION = "FF 00 00 00 03 D4 42 60"
DYNAMIC_LOCK = 0x82

name, ndef = sys.argv[1], list(bytes.fromhex(sys.argv[2]))
reader = [reader for reader in readers() if str(reader) == name]
service = CardRequest(timeout=60, cardType=AnyCardType(), readers=reader).waitforcard()
connection = service.connection
connection.connect()


def send(command):
    data, sw1, sw2 = connection.transmit(command)
    assert (sw1, sw2) == (0x90, 0), (command, sw1, sw2)
    return data


def read(page, length):
    data = []
    while len(data) < length:
        data += send([0xFF, 0xB0, 0, page + len(data) // 4, 16])
    return data


def write(page, data):
    for at in range(0, len(data), 4):
        send([0xFF, 0xD6, 0, page + at // 4, 4] + data[at : at + 4])


send(toBytes(UID))
assert send(toBytes(GET_VERSION))[3:10] == [0, 4, 4, 2, 1, 0, 0x11]
assert read(2, 8 + len(ndef))[2:4] == [0, 0], "locked"
assert read(DYNAMIC_LOCK, 16)[:3] == [0, 0, 0], "locked"
write(4, [3, 0, 0xFE] + ndef[3:4])
write(5, ndef[4:])
write(4, ndef[:4])
assert read(2, 8 + len(ndef))[8 : 8 + len(ndef)] == ndef
