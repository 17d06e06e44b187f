"""A program that was written for Seam, with the official Python SDK, at a desk of its own: nothing is changed but endpoint and key.

Run by tests/front_desk/sdks.rs beside a pcscd, which sets SEAM_ENDPOINT and SEAM_API_KEY to those of the local API, and is the hands: it places
and removes cards as it is asked to. desk.mjs is the same for the JavaScript SDKs: change both.
"""

import json
from datetime import datetime, timedelta, timezone

from seam import Seam
from seam.exceptions import SeamActionAttemptFailedError, SeamHttpApiError, SeamHttpUnauthorizedError

seam = Seam(wait_for_action_attempt={"timeout": 60, "polling_interval": 0.05})


def hands(*what):
    """Has something done to the cards."""
    print(json.dumps(what), flush=True)
    return json.loads(input())


def failed(code, encode):
    try:
        encode()
    except SeamActionAttemptFailedError as error:
        assert error.code == code, (error.code, code, error.action_attempt.error.message)
        return error.action_attempt
    raise AssertionError(f"it did not fail with {code}")


system = next(s for s in seam.acs.systems.list() if s.external_type == "visionline_system")
encoders = seam.acs.encoders.list(acs_system_id=system.acs_system_id)
desk, kiosk = ({"acs_encoder_id": e.acs_encoder_id} for e in encoders if e.display_name in ("Desk 00 00", "Kiosk 00 00"))
assert seam.acs.encoders.get(**desk).display_name == "Desk 00 00"
door = seam.acs.entrances.list(acs_system_id=system.acs_system_id)[0]
guest = seam.acs.users.create(acs_system_id=system.acs_system_id, full_name="Ada Nolan")


def new_card():
    credential = seam.acs.credentials.create(
        access_method="card",
        acs_user_id=guest.acs_user_id,
        ends_at=(datetime.now(timezone.utc) + timedelta(days=3)).isoformat(),
        allowed_acs_entrance_ids=[door.acs_entrance_id],
        visionline_metadata={"card_function_type": "guest", "card_format": "rfid48", "auto_join": True},
    )
    return {"acs_credential_id": credential.acs_credential_id}


# Encode, wait, and everything that comes of it.
card = new_card()
pending = seam.acs.encoders.encode_credential(**desk, **card, wait_for_action_attempt=False)
assert (pending.status, pending.action_type) == ("pending", "ENCODE_CREDENTIAL"), pending
uid = hands("place", 0, "ntag215")
encoded = seam.action_attempts.get(action_attempt_id=pending.action_attempt_id, wait_for_action_attempt=True)
assert encoded.result.acs_credential_id == card["acs_credential_id"], encoded.result
assert encoded.result.is_issued and encoded.result.card_number == uid, encoded.result
issued = seam.acs.credentials.get(**card)
assert issued.is_issued and issued.card_number == uid, issued
events = seam.events.list(since="2020-01-01T00:00:00Z", event_type="acs_credential.issued", **card)
assert len(events) == 1, events

# What is on the card, and what Seam has beside it.
scanned = seam.acs.encoders.scan_credential(**desk).result
assert scanned.acs_credential_on_encoder.card_number == uid, scanned
assert scanned.acs_credential_on_seam.acs_credential_id == card["acs_credential_id"], scanned
assert scanned.warnings == [], scanned
given = seam.acs.encoders.scan_to_assign_credential(**desk, acs_user_id=guest.acs_user_id).result
assert given.acs_user_id == guest.acs_user_id, given
hands("remove", 0)

# A card that is too small, none at all, and one that is removed too early.
hands("place", 0, "ultralight-ev1-48")
failed("incompatible_card_format", lambda: seam.acs.encoders.encode_credential(**desk, **new_card()))
hands("remove", 0)
failed("no_credential_on_encoder", lambda: seam.acs.encoders.encode_credential(**desk, **new_card()))
torn = new_card()
hands("pulled", "ntag215")
interrupted = failed("encoding_interrupted", lambda: seam.acs.encoders.encode_credential(**desk, **torn))
assert seam.action_attempts.list(action_attempt_ids=[interrupted.action_attempt_id])[0].status == "error"
hands("back")
assert seam.acs.encoders.encode_credential(**desk, **torn).status == "success"
hands("off")

# Two encoders at once.
two = [new_card(), new_card()]
attempts = [seam.acs.encoders.encode_credential(**at, **what, wait_for_action_attempt=False) for at, what in zip((desk, kiosk), two)]
numbers = [hands("place", 1, "ntag216"), hands("place", 0, "desfire-ev2-2k")][::-1]
done = [seam.action_attempts.get(action_attempt_id=a.action_attempt_id, wait_for_action_attempt=True) for a in attempts]
assert [a.result.card_number for a in done] == numbers, done
assert [a.result.acs_credential_id for a in done] == [c["acs_credential_id"] for c in two], done
hands("remove", 0)
hands("remove", 1)

# The answer to an encode is lost on the way, and the program asks again.
hands("place", 0, "ntag215")
lost = new_card()
hands("lose")
try:
    seam.acs.encoders.encode_credential(**desk, **lost)
    raise AssertionError("the answer was not lost")
except SeamHttpApiError:
    raise
except Exception as error:
    assert not isinstance(error, AssertionError), error
again = seam.acs.encoders.encode_credential(**desk, **lost)
assert again.status == "success" and again.result.acs_credential_id == lost["acs_credential_id"], again
of_card = [a for a in seam.action_attempts.list() if a.result and getattr(a.result, "acs_credential_id", None) == lost["acs_credential_id"]]
assert [a.action_attempt_id for a in of_card] == [again.action_attempt_id], of_card
assert len(seam.events.list(since="2020-01-01T00:00:00Z", event_type="acs_credential.issued", **lost)) == 1

# An access method, by either call; and mistakes.
grant = next(g for g in seam.access_grants.list() if g.access_grant_key == "reservation-1001")
method = seam.access_methods.list(access_grant_id=grant.access_grant_id)[0]
hands("remove", 0)
hands("place", 0, "ntag216")
assert seam.access_methods.encode(**desk, access_method_id=method.access_method_id).status == "success"
assert seam.access_methods.get(access_method_id=method.access_method_id).is_issued
nowhere = "00000000-0000-4000-8000-000000000000"
for code, call in (
    ("acs_credential_not_found", lambda: seam.acs.encoders.encode_credential(**desk, acs_credential_id=nowhere)),
    ("acs_encoder_not_found", lambda: seam.acs.encoders.get(acs_encoder_id=nowhere)),
    ("action_attempt_not_found", lambda: seam.action_attempts.get(action_attempt_id=nowhere)),
    ("invalid_input", lambda: seam.acs.encoders.list()),
    ("not_found", lambda: seam.devices.list()),
):
    try:
        call()
        raise AssertionError(f"{code} did not come")
    except SeamHttpApiError as error:
        assert error.code == code and error.request_id, error
try:
    Seam(api_key="seam_local_nonsense").acs.systems.list()
    raise AssertionError("let in with another key")
except SeamHttpUnauthorizedError as error:
    assert error.request_id
