"""Drives a DESFire card with a client that is not ours: python-desfire, which checks CMAC and CRC of every answer.

    desfire_client.py READER UID     READER is a PC/SC reader with a card fresh from the factory on it; UID is hex

The client's native commands go out wrapped in APDUs, through libpcsclite. Prints one JSON document, the names of the steps
that went as they must, and exits 1 at the first that does not. The card is as fresh as it was when all is done.

Where python-desfire 0.1.5 and recorded sessions with real cards differ, the card here sides with the recording
(drivers/vectors/desfire-ev1-session.json) and with libfreefare and proxmark3; `Corrected` is the client without the fault:
- A MAC on a command is the first 8 bytes of the CMAC. The client sends the last 8.
- An answer carries a MAC in plain communication too, once authenticated. The client takes it for data.
- `DeleteFile` carries no MAC. The client sends one.
- `FormatPICC` is answered with a MAC. The client leaves its chain where it was.
Triple DES is beyond it: it gives its cipher an initial value of the key's length.
"""

import ctypes
import json
import sys

from desfire import DESFire, DESFireKey
from desfire.devices.base import Device
from desfire.enums import DESFireCommand, DESFireCommunicationMode, DESFireFileType, DESFireKeySettings, DESFireKeyType
from desfire.exceptions import DESFireCommunicationError
from desfire.schemas import FilePermissions, FileSettings, KeySettings

PLAIN, MAC, FULL = (
    DESFireCommunicationMode.PLAIN,
    DESFireCommunicationMode.CMAC,
    DESFireCommunicationMode.ENCRYPTED,
)
INTEGRITY, LENGTH, AUTHENTICATION, NO_CHANGES, DUPLICATE = 0x1E, 0x7E, 0xAE, 0x0C, 0xDE
AID = [0xF4, 0x8E, 0x10]
# What fits into one frame of this client.
FULL_SLICE, MAC_SLICE, PLAIN_SLICE = 44, 40, 48


class Protocol(ctypes.Structure):
    _fields_ = [("protocol", ctypes.c_ulong), ("length", ctypes.c_ulong)]


class Reader(Device):
    """A card on a PC/SC reader: native commands in, native answers out."""

    def __init__(self, name: str):
        self.library = ctypes.CDLL("libpcsclite.so.1")
        self.context, self.card, self.protocol = ctypes.c_long(), ctypes.c_long(), ctypes.c_ulong()
        self.call("SCardEstablishContext", ctypes.c_ulong(2), None, None, ctypes.byref(self.context))
        shared, any_protocol = ctypes.c_ulong(2), ctypes.c_ulong(3)
        name, card, protocol = name.encode(), ctypes.byref(self.card), ctypes.byref(self.protocol)
        self.call("SCardConnect", self.context, name, shared, any_protocol, card, protocol)

    def call(self, function: str, *arguments: object) -> None:
        code = getattr(self.library, function)(*arguments) & 0xFFFFFFFF
        if code:
            raise OSError(f"{function}: {code:08x}")

    def transceive(self, bytes: list[int]) -> list[int]:
        instruction, data = bytes[0], bytes[1:]
        answer = self.transmit([0x90, instruction, 0, 0, *([len(data), *data] if data else []), 0])
        if answer[-2] != 0x91:
            raise OSError(f"not a native answer: {answer}")
        return [answer[-1], *answer[:-2]]

    def transmit(self, apdu: list[int]) -> list[int]:
        command, answer = bytes(apdu), ctypes.create_string_buffer(258)
        length = ctypes.c_ulong(len(answer))
        protocol = Protocol(self.protocol.value, ctypes.sizeof(Protocol))
        self.call(
            "SCardTransmit",
            self.card,
            ctypes.byref(protocol),
            command,
            ctypes.c_ulong(len(command)),
            None,
            answer,
            ctypes.byref(length),
        )
        return list(answer.raw[: length.value])


class Corrected(DESFire):
    """The client, without what recorded sessions contradict."""

    def _preprocess(self, apdu_cmd, tx_mode, disable_crc=False, encryption_offset=1):
        if tx_mode == MAC and self.is_authenticated:
            return apdu_cmd + self.session_key.calculate_cmac(apdu_cmd)[:8]
        return super()._preprocess(apdu_cmd, tx_mode, disable_crc, encryption_offset)

    def order(self, command: DESFireCommand, *parameters: int) -> list[int]:
        """A command that the client knows by name only."""
        answer = MAC if self.is_authenticated else PLAIN
        return self._transceive([command.value, *parameters], PLAIN, answer)

    def delete_file(self, file_id):
        self.order(DESFireCommand.DELETE_FILE, file_id)

    def format_card(self):
        self.order(DESFireCommand.FORMAT_PICC)


def key(kind: DESFireKeyType, data: str) -> DESFireKey:
    # The client makes of the key that it authenticates with the session key: a fresh one for each use.
    return DESFireKey(KeySettings(key_type=kind), data)


def aes(byte: str) -> DESFireKey:
    return key(DESFireKeyType.DF_KEY_AES, byte * 16)


def des() -> DESFireKey:
    return key(DESFireKeyType.DF_KEY_2K3DES, "00" * 8)


def refused(status: int, action, *arguments: object) -> None:
    try:
        action(*arguments)
    except DESFireCommunicationError as error:
        assert error.status_code == status, error
    else:
        raise AssertionError(f"not refused with {status:02x}")


def settings(*wanted: DESFireKeySettings) -> KeySettings:
    return KeySettings(settings=list(wanted), key_type=DESFireKeyType.DF_KEY_AES)


def file(communication: DESFireCommunicationMode, size: int, permissions: FilePermissions) -> FileSettings:
    return FileSettings(communication, DESFireFileType.MDFT_STANDARD_DATA_FILE, permissions, size)


def pattern(length: int) -> list[int]:
    return [place * 7 % 251 for place in range(length)]


def write(card: DESFire, number: int, communication: DESFireCommunicationMode, slice: int, data: list[int]) -> None:
    for start in range(0, len(data), slice):
        card.write_file_data(number, start, communication, data[start : start + slice])


def identity(card: Corrected, uid: list[int]) -> None:
    version = card.get_card_version()
    assert version.uid == uid, version
    assert (version.hardware_vendor_id, version.hardware_type) == (0x04, 0x01), version
    refused(AUTHENTICATION, card.order, DESFireCommand.GET_CARD_UID)
    card.authenticate(0, des())
    assert card.get_card_version().uid == uid
    assert card.get_real_uid() == uid
    # Its answer was enciphered; the chain must go on from there.
    assert card.get_key_version(0) == 0


def master_keys(card: Corrected) -> None:
    """DES to AES, and AES to AES: each the key in use, so that each ends the session."""
    now = des()
    for byte, version in (("11", 0x21), ("22", 0x22)):
        card.authenticate(0, now)
        card.change_key(0, now, aes(byte), version)
        refused(AUTHENTICATION, card.order, DESFireCommand.GET_CARD_UID)
        card.authenticate(0, aes(byte))
        assert card.get_key_version(0) == version
        assert card.get_key_setting().key_type == DESFireKeyType.DF_KEY_AES
        now = aes(byte)
    refused(AUTHENTICATION, card.authenticate, 0, aes("11"))
    refused(AUTHENTICATION, card.authenticate, 0, des())


def free_memory(card: Corrected) -> int:
    return int.from_bytes(bytes(card.order(DESFireCommand.FREE_MEM)), "little")


def applications(card: Corrected) -> None:
    card.authenticate(0, aes("22"))
    free = free_memory(card)
    wanted = settings(
        DESFireKeySettings.KS_ALLOW_CHANGE_MK,
        DESFireKeySettings.KS_LISTING_WITHOUT_MK,
        DESFireKeySettings.KS_CONFIGURATION_CHANGEABLE,
    )
    others = [[number, 0, 1] for number in range(20)]
    for aid in [AID, *others]:
        card.create_application(aid, wanted, 3 if aid == AID else 1)
    # The answer needs two frames. What they took comes back only with formatting, so a small card has no room for many more.
    assert card.get_application_ids() == [AID, *others]
    for aid in others:
        card.delete_application(aid)
    assert card.get_application_ids() == [AID]
    assert free_memory(card) < free
    refused(DUPLICATE, card.create_application, AID, wanted, 3)


def application_keys(card: Corrected) -> None:
    card.select_application(AID)
    assert card.order(DESFireCommand.GET_KEY_SETTINGS) == [0x0B, 0x83]
    card.authenticate(0, aes("00"))
    card.change_key(1, aes("00"), aes("a1"), 1)
    card.change_key(2, aes("00"), aes("b2"), 2)
    card.change_key(1, aes("a1"), aes("a3"), 3)
    assert [card.get_key_version(number) for number in range(3)] == [0, 3, 2]
    refused(INTEGRITY, card.change_key, 1, aes("a1"), aes("a4"), 4)
    card.authenticate(0, aes("00"))
    card.change_key(0, aes("00"), aes("c0"), 7)
    card.authenticate(0, aes("c0"))
    card.change_key_settings([DESFireKeySettings.KS_ALLOW_CHANGE_MK, DESFireKeySettings.KS_CONFIGURATION_CHANGEABLE])
    assert card.order(DESFireCommand.GET_KEY_SETTINGS) == [0x09, 0x83]
    card.select_application(AID)
    refused(AUTHENTICATION, card.get_file_ids)
    card.authenticate(1, aes("a3"))
    # Only the master key changes keys here.
    refused(AUTHENTICATION, card.change_key, 2, aes("b2"), aes("b3"), 3)


def enciphered_file(card: Corrected) -> None:
    rights = FilePermissions(read_key=2, write_key=1, read_write_key=0, change_key=0)
    full = file(FULL, 200, rights)
    card.authenticate(0, aes("c0"))
    card.create_standard_file(1, full)
    assert card.get_file_ids() == [1]
    told = card.get_file_settings(1)
    assert (told.encryption, told.file_size) == (FULL, 200)
    assert told.permissions.get_permissions() == rights.get_permissions()
    data = pattern(200)
    write(card, 1, FULL, FULL_SLICE, data)
    # Answers of 64 bytes and more come in two frames.
    assert card.read_file_data(1, full) == data
    card.authenticate(1, aes("a3"))
    write(card, 1, FULL, FULL_SLICE, data[::-1])
    refused(AUTHENTICATION, card.read_file_data, 1, full)
    card.authenticate(2, aes("b2"))
    assert card.read_file_data(1, full) == data[::-1]
    refused(AUTHENTICATION, write, card, 1, FULL, FULL_SLICE, data)
    card.authenticate(1, aes("a3"))
    refused(LENGTH, write, card, 1, PLAIN, FULL_SLICE, data)


def file_with_macs(card: Corrected) -> None:
    rights = FilePermissions(read_key=2, write_key=1, read_write_key=0, change_key=0)
    with_macs = file(MAC, 100, rights)
    card.authenticate(0, aes("c0"))
    card.create_standard_file(2, with_macs)
    write(card, 2, MAC, MAC_SLICE, pattern(100))
    assert card.read_file_data(2, with_macs) == pattern(100)
    card.is_authenticated = False
    stock = DESFire(card.device)
    stock.last_selected_application = AID
    stock.authenticate(0, aes("c0"))
    refused(INTEGRITY, stock.write_file_data, 2, 0, MAC, pattern(8))


def plain_file(card: Corrected) -> None:
    rights = FilePermissions(read_key=0xE, write_key=1, read_write_key=0, change_key=0)
    plain = file(PLAIN, 100, rights)
    card.authenticate(0, aes("c0"))
    card.create_standard_file(3, plain)
    write(card, 3, PLAIN, PLAIN_SLICE, pattern(100))
    # The answer has a MAC here too; asked for, it is right.
    assert card.read_file_data(3, file(MAC, 100, rights)) == pattern(100)
    assert len(card.read_file_data(3, file(PLAIN, 20, rights))) == 28
    card.select_application(AID)
    assert card.read_file_data(3, plain) == pattern(100)
    refused(AUTHENTICATION, write, card, 3, PLAIN, PLAIN_SLICE, pattern(100))


def backup_file(card: Corrected) -> None:
    rights = FilePermissions(read_key=2, write_key=1, read_write_key=1, change_key=0)
    full = file(FULL, 100, rights)
    card.authenticate(0, aes("c0"))
    card.order(DESFireCommand.CREATE_BACKUP_DATA_FILE, 4, FULL.value, *rights.get_permissions(), 100, 0, 0)

    def contents() -> list[int]:
        return card.read_file_data(4, full)

    card.authenticate(1, aes("a3"))
    write(card, 4, FULL, FULL_SLICE, pattern(100))
    assert contents() == [0] * 100
    card.order(DESFireCommand.COMMIT_TRANSACTION)
    assert contents() == pattern(100)
    refused(NO_CHANGES, card.order, DESFireCommand.COMMIT_TRANSACTION)
    for lost in (
        lambda: card.select_application(AID),
        lambda: refused(LENGTH, card.order, DESFireCommand.GET_KEY_VERSION),
    ):
        card.authenticate(1, aes("a3"))
        write(card, 4, FULL, FULL_SLICE, [0xFF] * 100)
        lost()
        card.authenticate(1, aes("a3"))
        refused(NO_CHANGES, card.order, DESFireCommand.COMMIT_TRANSACTION)
        card.authenticate(1, aes("a3"))
        assert contents() == pattern(100)


def deleted_file(card: Corrected) -> None:
    card.authenticate(0, aes("c0"))
    stock = DESFire(card.device)
    stock.session_key, stock.is_authenticated = card.session_key, True
    stock.last_selected_application = AID
    refused(LENGTH, stock.delete_file, 3)
    card.authenticate(0, aes("c0"))
    card.delete_file(3)
    assert card.get_file_ids() == [1, 2, 4]


def random_uid(card: Corrected, uid: list[int]) -> None:
    card.select_application([0, 0, 0])
    card.authenticate(0, aes("22"))
    card._transceive([DESFireCommand.SET_CONFIGURATION.value, 0, 2], FULL, MAC, encryption_offset=2)
    assert card.get_real_uid() == uid
    assert card.get_card_version().uid != uid
    card.select_application([0, 0, 0])
    assert card.get_card_version().uid == [0] * 7


def emptied(card: Corrected) -> None:
    card.authenticate(0, aes("22"))
    card.format_card()
    assert card.get_application_ids() == []
    # The key of the card outlives it. Of the old key the client takes no more than its kind, which must be DES here.
    card.last_selected_application = None
    card.change_key(0, des(), key(DESFireKeyType.DF_KEY_2K3DES, "00" * 16))
    card.authenticate(0, des())
    assert card.get_key_setting().key_type == DESFireKeyType.DF_KEY_2K3DES


def main(reader: str, uid: str) -> None:
    card, uid = Corrected(Reader(reader)), list(bytes.fromhex(uid))
    done = []
    for step in (
        lambda: identity(card, uid),
        lambda: master_keys(card),
        lambda: applications(card),
        lambda: application_keys(card),
        lambda: enciphered_file(card),
        lambda: file_with_macs(card),
        lambda: plain_file(card),
        lambda: backup_file(card),
        lambda: deleted_file(card),
        lambda: random_uid(card, uid),
        lambda: emptied(card),
    ):
        step()
        done.append(step.__code__.co_names[0])
    json.dump({"done": done}, sys.stdout)
    print()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
