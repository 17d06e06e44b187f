"""The whole life of a credential, lived by the official Python SDK against the simulated API.

Run by tests/sdk.rs, which starts `cardbridge sim-api` and sets SEAM_ENDPOINT and SEAM_API_KEY, the variables that the SDK itself reads.
Every assertion states what the hosted API would answer. life.mjs is the same for the JavaScript SDKs: change both.
"""

import os
from datetime import datetime, timedelta, timezone
from uuid import UUID

from seam import Seam
from seam.exceptions import (
    SeamActionAttemptFailedError,
    SeamHttpApiError,
    SeamHttpInvalidInputError,
    SeamHttpUnauthorizedError,
)

# A card that the access system of the seeded hotel knows beforehand.
REGISTERED_CARD = "1234abc"
NOWHERE = "00000000-0000-4000-8000-000000000000"


def main() -> None:
    seam = Seam()
    hotel = Hotel(seam)
    people(seam, hotel)
    codes_and_keys(seam, hotel)
    cards(seam, hotel)
    pages(seam, hotel)
    encoding(seam, hotel)
    scanning(seam, hotel)
    access_methods(seam, hotel)
    mistakes(seam, hotel)


class Hotel:
    """What the seeded hotel offers: both access systems, their entrances and their encoders."""

    def __init__(self, seam: Seam) -> None:
        workspace = seam.workspaces.get()
        assert workspace.is_sandbox, "the simulate endpoints work in a sandbox only"
        self.started_at = rfc3339(datetime.now(timezone.utc) - timedelta(days=1))

        systems = {system.external_type: system for system in seam.acs.systems.list()}
        self.visionline = systems["visionline_system"]
        self.vostio = systems["assa_abloy_vostio"]
        assert seam.acs.systems.get(acs_system_id=self.vostio.acs_system_id).name == self.vostio.name

        entrances = seam.acs.entrances.list(acs_system_id=self.visionline.acs_system_id)
        categories = {entrance.visionline_metadata.door_category for entrance in entrances}
        assert len(entrances) >= 3 and {"guest", "common"} <= categories, categories
        self.guest_doors = [e for e in entrances if e.visionline_metadata.door_category == "guest"]
        door = self.guest_doors[0]
        assert seam.acs.entrances.get(acs_entrance_id=door.acs_entrance_id).display_name == door.display_name
        assert len(seam.acs.entrances.list(acs_system_id=self.vostio.acs_system_id)) >= 3

        self.encoder = seam.acs.encoders.list(acs_system_id=self.visionline.acs_system_id)[0]
        again = seam.acs.encoders.get(acs_encoder_id=self.encoder.acs_encoder_id)
        assert (again.display_name, again.acs_system_id) == (self.encoder.display_name, self.visionline.acs_system_id)
        both = seam.acs.encoders.list(acs_system_ids=[self.visionline.acs_system_id, self.vostio.acs_system_id])
        assert len({encoder.acs_system_id for encoder in both}) == 2

        self.starts_at = rfc3339(datetime.now(timezone.utc) + timedelta(hours=1))
        self.ends_at = rfc3339(datetime.now(timezone.utc) + timedelta(days=3))

    def card(self, seam: Seam, **changes):
        """A waiting Visionline card of the guest."""
        wanted = dict(
            access_method="card",
            acs_user_id=self.guest.acs_user_id,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            allowed_acs_entrance_ids=[self.guest_doors[0].acs_entrance_id],
            visionline_metadata={"card_function_type": "guest", "card_format": "rfid48", "auto_join": True},
        )
        return seam.acs.credentials.create(**{**wanted, **changes})


def people(seam: Seam, hotel: Hotel) -> None:
    identity = seam.user_identities.create(full_name="Ada Nolan", email_address="ada.nolan@example.com")
    UUID(identity.user_identity_id)
    assert seam.user_identities.get(user_identity_id=identity.user_identity_id).full_name == "Ada Nolan"
    assert identity.user_identity_id in {i.user_identity_id for i in seam.user_identities.list()}

    hotel.guest = seam.acs.users.create(
        acs_system_id=hotel.visionline.acs_system_id,
        full_name="Ada Nolan",
        email_address="ada.nolan@example.com",
        user_identity_id=identity.user_identity_id,
    )
    assert hotel.guest.user_identity_id == identity.user_identity_id
    assert seam.acs.users.get(acs_user_id=hotel.guest.acs_user_id).full_name == "Ada Nolan"
    of_identity = seam.acs.users.list(user_identity_id=identity.user_identity_id)
    assert [user.acs_user_id for user in of_identity] == [hotel.guest.acs_user_id]
    assert seam.acs.users.list(search="ada nol", acs_system_id=hotel.visionline.acs_system_id)

    hotel.colleague = seam.acs.users.create(acs_system_id=hotel.visionline.acs_system_id, full_name="Ben Osei")
    hotel.vostio_guest = seam.acs.users.create(acs_system_id=hotel.vostio.acs_system_id, full_name="Cleo Park")


def codes_and_keys(seam: Seam, hotel: Hotel) -> None:
    code = seam.acs.credentials.create(
        access_method="code", acs_user_id=hotel.guest.acs_user_id, code="4711", ends_at=hotel.ends_at
    )
    assert (code.access_method, code.code, code.acs_user_id) == ("code", "4711", hotel.guest.acs_user_id)

    later = rfc3339(datetime.now(timezone.utc) + timedelta(days=5))
    seam.acs.credentials.update(acs_credential_id=code.acs_credential_id, code="0815", ends_at=later)
    code = seam.acs.credentials.get(acs_credential_id=code.acs_credential_id)
    assert code.code == "0815" and moment(code.ends_at) == moment(later)

    phones = seam.acs.credentials.create(
        access_method="mobile_key", acs_user_id=hotel.guest.acs_user_id, is_multi_phone_sync_credential=True
    )
    assert phones.is_multi_phone_sync_credential is True
    synced = seam.acs.credentials.list(acs_user_id=hotel.guest.acs_user_id, is_multi_phone_sync_credential=True)
    assert [c.acs_credential_id for c in synced] == [phones.acs_credential_id]

    seam.acs.credentials.delete(acs_credential_id=phones.acs_credential_id)
    refused(404, "acs_credential_not_found", seam.acs.credentials.get, acs_credential_id=phones.acs_credential_id)


def cards(seam: Seam, hotel: Hotel) -> None:
    first = hotel.card(seam)
    UUID(first.acs_credential_id)
    assert first.external_type == "visionline_card" and first.acs_system_id == hotel.visionline.acs_system_id
    assert not first.is_issued and first.issued_at is None and first.card_number is None
    assert "waiting_to_be_issued" in {warning.warning_code for warning in first.warnings}
    assert first.visionline_metadata.card_function_type == "guest"
    assert "card_format" not in first.visionline_metadata, "accepted by create, never returned"
    assert hotel.guest_doors[0].acs_entrance_id in first.visionline_metadata.guest_acs_entrance_ids

    joiner = hotel.card(
        seam,
        visionline_metadata={"card_format": "TLCode", "joiner_acs_credential_ids": [first.acs_credential_id]},
    )
    assert joiner.visionline_metadata.joiner_acs_credential_ids == [first.acs_credential_id]

    vostio_door = seam.acs.entrances.list(acs_system_id=hotel.vostio.acs_system_id)[0]
    key = seam.acs.credentials.create(
        access_method="card",
        acs_user_id=hotel.vostio_guest.acs_user_id,
        ends_at=hotel.ends_at,
        allowed_acs_entrance_ids=[vostio_door.acs_entrance_id],
        assa_abloy_vostio_metadata={"override_guest_acs_entrance_ids": [vostio_door.acs_entrance_id]},
    )
    assert key.external_type == "assa_abloy_vostio_key"
    assert key.assa_abloy_vostio_metadata.override_guest_acs_entrance_ids == [vostio_door.acs_entrance_id]

    doors = seam.acs.credentials.list_accessible_entrances(acs_credential_id=first.acs_credential_id)
    assert hotel.guest_doors[0].acs_entrance_id in {door.acs_entrance_id for door in doors}

    seam.acs.credentials.assign(acs_credential_id=first.acs_credential_id, acs_user_id=hotel.colleague.acs_user_id)
    assert seam.acs.credentials.get(acs_credential_id=first.acs_credential_id).acs_user_id == hotel.colleague.acs_user_id
    seam.acs.credentials.unassign(acs_credential_id=first.acs_credential_id, acs_user_id=hotel.colleague.acs_user_id)
    assert seam.acs.credentials.get(acs_credential_id=first.acs_credential_id).acs_user_id is None

    seam.acs.credentials.delete(acs_credential_id=joiner.acs_credential_id)
    left = seam.acs.credentials.list(acs_user_id=hotel.guest.acs_user_id)
    assert joiner.acs_credential_id not in {credential.acs_credential_id for credential in left}
    deleted = seam.events.list(since=hotel.started_at, acs_credential_id=joiner.acs_credential_id)
    assert [event.event_type for event in deleted] == ["acs_credential.deleted"]


def pages(seam: Seam, hotel: Hotel) -> None:
    every = seam.acs.credentials.list()
    pager = seam.create_paginator(seam.acs.credentials.list, {"limit": 5})
    page, pagination = pager.first_page()
    assert len(page) == 5 and pagination.has_next_page and pagination.next_page_cursor
    paged = pager.flatten_to_list()
    assert [c.acs_credential_id for c in paged] == [c.acs_credential_id for c in every]
    assert len({c.acs_credential_id for c in paged}) == len(paged) >= 12

    one = seam.acs.credentials.list(search=every[0].acs_credential_id)
    assert [c.acs_credential_id for c in one] == [every[0].acs_credential_id]
    none_yet = seam.acs.credentials.list(created_before="2001-01-01T00:00:00.000Z")
    assert none_yet == []


def encoding(seam: Seam, hotel: Hotel) -> None:
    encoder = {"acs_encoder_id": hotel.encoder.acs_encoder_id}
    card = hotel.card(seam)
    this = {"acs_credential_id": card.acs_credential_id}

    # The attempt starts pending; the waiter of the SDK sees it through.
    seam.acs.encoders.simulate.next_credential_encode_will_fail(**encoder, error_code="no_credential_on_encoder")
    try:
        seam.acs.encoders.encode_credential(**encoder, **this)
        raise AssertionError("the encoding was to fail")
    except SeamActionAttemptFailedError as failure:
        assert failure.code == "no_credential_on_encoder"
    assert not seam.acs.credentials.get(**this).is_issued

    seam.acs.encoders.simulate.next_credential_encode_will_succeed(**encoder)
    attempt = seam.acs.encoders.encode_credential(**encoder, **this)
    assert (attempt.action_type, attempt.status) == ("ENCODE_CREDENTIAL", "success")
    assert attempt.result.acs_credential_id == card.acs_credential_id and attempt.result.is_issued
    issued = seam.acs.credentials.get(**this)
    assert issued.is_issued and issued.issued_at and issued.card_number
    assert "waiting_to_be_issued" not in {warning.warning_code for warning in issued.warnings}
    found = seam.acs.credentials.list(search=issued.card_number)
    assert [c.acs_credential_id for c in found] == [card.acs_credential_id]

    again = seam.action_attempts.get(action_attempt_id=attempt.action_attempt_id)
    assert again.status == "success"
    attempts = seam.action_attempts.list(action_attempt_ids=[attempt.action_attempt_id])
    assert [a.action_attempt_id for a in attempts] == [attempt.action_attempt_id]
    events = seam.events.list(since=hotel.started_at, event_type="acs_credential.issued", **this)
    assert len(events) == 1 and events[0].acs_credential_id == card.acs_credential_id

    # Without waiting the attempt comes back as it is, and polling it later is up to the caller.
    seam.acs.encoders.simulate.next_credential_encode_will_succeed(**encoder)
    pending = seam.acs.encoders.encode_credential(
        **encoder, acs_credential_id=hotel.card(seam).acs_credential_id, wait_for_action_attempt=False
    )
    assert (pending.status, pending.result, pending.error) == ("pending", None, None)


def scanning(seam: Seam, hotel: Hotel) -> None:
    encoder = {"acs_encoder_id": hotel.encoder.acs_encoder_id}
    card = hotel.card(seam)
    seam.acs.encoders.simulate.next_credential_encode_will_succeed(**encoder)
    seam.acs.encoders.encode_credential(**encoder, acs_credential_id=card.acs_credential_id)

    seam.acs.encoders.simulate.next_credential_scan_will_succeed(
        **encoder, scenario="credential_exists_on_seam", acs_credential_id_on_seam=card.acs_credential_id
    )
    scan = seam.acs.encoders.scan_credential(**encoder).result
    assert scan.acs_credential_on_seam.acs_credential_id == card.acs_credential_id
    assert scan.acs_credential_on_encoder.card_number and scan.warnings == []

    seam.acs.encoders.simulate.next_credential_scan_will_succeed(**encoder, scenario="credential_on_encoder_is_empty")
    scan = seam.acs.encoders.scan_credential(**encoder).result
    assert scan.acs_credential_on_seam is None

    seam.acs.encoders.simulate.next_credential_scan_will_fail(**encoder)
    try:
        seam.acs.encoders.scan_credential(**encoder)
        raise AssertionError("the scan was to fail")
    except SeamActionAttemptFailedError as failure:
        assert failure.code == "no_credential_on_encoder"

    seam.acs.encoders.simulate.next_credential_scan_will_succeed(**encoder)
    attempt = seam.acs.encoders.scan_to_assign_credential(**encoder, acs_user_id=hotel.colleague.acs_user_id)
    assert (attempt.action_type, attempt.status) == ("SCAN_TO_ASSIGN_CREDENTIAL", "success")
    assert attempt.result.acs_user_id == hotel.colleague.acs_user_id


def access_methods(seam: Seam, hotel: Hotel) -> None:
    methods = [
        method
        for system in (hotel.visionline, hotel.vostio)
        for door in seam.acs.entrances.list(acs_system_id=system.acs_system_id)
        for method in seam.access_methods.list(acs_entrance_id=door.acs_entrance_id)
    ]
    to_encode = next(m for m in methods if m.mode == "card" and m.is_encoding_required and not m.is_issued)
    method = {"access_method_id": to_encode.access_method_id}
    assert seam.access_methods.get(**method).display_name == to_encode.display_name

    batch = seam.access_methods.get_related(access_method_ids=[to_encode.access_method_id], include=["acs_credentials"])
    behind = batch.acs_credentials[0]  # plain dicts, here
    encoder = seam.acs.encoders.list(acs_system_id=behind["acs_system_id"])[0]

    seam.acs.encoders.simulate.next_credential_encode_will_succeed(acs_encoder_id=encoder.acs_encoder_id)
    attempt = seam.access_methods.encode(**method, acs_encoder_id=encoder.acs_encoder_id)
    assert (attempt.action_type, attempt.status) == ("ENCODE_CREDENTIAL", "success")
    assert seam.access_methods.get(**method).is_issued
    assert seam.acs.credentials.get(acs_credential_id=behind["acs_credential_id"]).is_issued

    to_assign = next(m for m in methods if m.mode == "card" and m.is_assignment_required and not m.is_issued)
    method = {"access_method_id": to_assign.access_method_id}
    try:
        seam.access_methods.assign_card(**method, card_number="not registered anywhere")
        raise AssertionError("an unknown card was to be refused")
    except SeamActionAttemptFailedError as failure:
        assert failure.code == "credential_not_found"
    attempt = seam.access_methods.assign_card(**method, card_number=REGISTERED_CARD)
    assert (attempt.action_type, attempt.status) == ("ASSIGN_CREDENTIAL", "success")
    assigned = seam.access_methods.get(**method)
    assert assigned.is_issued and not assigned.is_assignment_required
    batch = seam.access_methods.get_related(access_method_ids=[to_assign.access_method_id], include=["acs_credentials"])
    assert batch.acs_credentials[0]["card_number"] == REGISTERED_CARD


def mistakes(seam: Seam, hotel: Hotel) -> None:
    refused(404, "acs_credential_not_found", seam.acs.credentials.get, acs_credential_id=NOWHERE)
    refused(404, "acs_user_not_found", seam.acs.users.get, acs_user_id=NOWHERE)
    refused(404, "acs_system_not_found", seam.acs.systems.get, acs_system_id=NOWHERE)
    refused(404, "acs_entrance_not_found", seam.acs.entrances.get, acs_entrance_id=NOWHERE)
    refused(404, "acs_encoder_not_found", seam.acs.encoders.get, acs_encoder_id=NOWHERE)
    refused(404, "action_attempt_not_found", seam.action_attempts.get, action_attempt_id=NOWHERE)

    invalid("code", seam.acs.credentials.create, access_method="code", acs_user_id=hotel.guest.acs_user_id, code="12 ab")
    invalid("access_method", seam.acs.credentials.create, access_method="teleport", acs_user_id=hotel.guest.acs_user_id)
    invalid("acs_credential_id", seam.acs.credentials.get, acs_credential_id="not a uuid")
    invalid(None, seam.acs.encoders.list)
    invalid(None, seam.acs.credentials.create, access_method="card")
    invalid(None, hotel.card, seam, starts_at=hotel.ends_at, ends_at=hotel.starts_at)

    stranger = Seam(api_key="seam_test_this_key_is_nobodys", endpoint=os.environ["SEAM_ENDPOINT"])
    try:
        stranger.workspaces.get()
        raise AssertionError("an unknown key was to be refused")
    except SeamHttpUnauthorizedError as error:
        assert error.status_code == 401 and error.request_id


def refused(status: int, code: str, call, **parameters) -> None:
    try:
        call(**parameters)
    except SeamHttpApiError as error:
        assert (error.status_code, error.code) == (status, code), (error.status_code, error.code, str(error))
        assert error.request_id and str(error)
        return
    raise AssertionError(f"{call.__qualname__} with {parameters} was to be refused")


def invalid(field: str | None, call, *arguments, **parameters) -> None:
    try:
        call(*arguments, **parameters)
    except SeamHttpInvalidInputError as error:
        assert error.status_code == 400 and str(error)
        assert field is None or error.get_validation_error_messages(field), error.validation_errors
        return
    raise AssertionError(f"{call.__qualname__} with {parameters} was to be refused")


def rfc3339(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


if __name__ == "__main__":
    main()
