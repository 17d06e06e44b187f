/**
 * A program that was written for Seam, with an official JavaScript SDK, at a desk of its own: nothing is changed but endpoint and key.
 *
 *     node desk.mjs seam-1.160|seam-1.245
 *
 * Run by tests/front_desk/sdks.rs beside a pcscd, which sets SEAM_ENDPOINT and SEAM_API_KEY to those of the local API, and is the hands: it
 * places and removes cards as it is asked to. desk.py is the same for the Python SDK: change both.
 */

import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'

const version = process.argv[2]
const { Seam, isSeamActionAttemptFailedError, isSeamHttpApiError, isSeamHttpInvalidInputError, isSeamHttpUnauthorizedError } = await import(version)
const repeatsPosts = version === 'seam-1.160'
const seam = new Seam({ waitForActionAttempt: { timeout: 60_000, pollingInterval: 50 } })
const later = { waitForActionAttempt: false }

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
/** Has something done to the cards. */
const hands = async (...what) => {
  console.log(JSON.stringify(what))
  return JSON.parse((await answers.next()).value)
}
const failed = async (code, encode) => {
  try {
    await encode()
  } catch (error) {
    assert.ok(isSeamActionAttemptFailedError(error), error)
    assert.equal(error.code, code)
    return error.actionAttempt
  }
  assert.fail(`it did not fail with ${code}`)
}

const system = (await seam.acs.systems.list()).find((each) => each.external_type === 'visionline_system')
const { acs_system_id } = system
const encoders = await seam.acs.encoders.list({ acs_system_id })
const named = (name) => ({ acs_encoder_id: encoders.find((each) => each.display_name === name).acs_encoder_id })
const [desk, kiosk] = [named('Desk 00 00'), named('Kiosk 00 00')]
assert.equal((await seam.acs.encoders.get(desk)).display_name, 'Desk 00 00')
const [door] = await seam.acs.entrances.list({ acs_system_id })
const guest = await seam.acs.users.create({ acs_system_id, full_name: 'Ada Nolan' })

const newCard = async () => {
  const { acs_credential_id } = await seam.acs.credentials.create({
    access_method: 'card',
    acs_user_id: guest.acs_user_id,
    ends_at: new Date(Date.now() + 72 * 3_600_000).toISOString(),
    allowed_acs_entrance_ids: [door.acs_entrance_id],
    visionline_metadata: { card_function_type: 'guest', card_format: 'rfid48', auto_join: true },
  })
  return { acs_credential_id }
}
const encode = (at, what, options) => seam.acs.encoders.encodeCredential({ ...at, ...what }, options)
const issuedEvents = (of) => seam.events.list({ since: '2020-01-01T00:00:00Z', event_type: 'acs_credential.issued', ...of })

// Encode, wait, and everything that comes of it.
const card = await newCard()
const pending = await encode(desk, card, later)
assert.deepEqual([pending.status, pending.action_type], ['pending', 'ENCODE_CREDENTIAL'])
const uid = await hands('place', 0, 'ntag215')
const { action_attempt_id } = pending
const encoded = await seam.actionAttempts.get({ action_attempt_id }, { waitForActionAttempt: true })
assert.equal(encoded.result.acs_credential_id, card.acs_credential_id)
assert.ok(encoded.result.is_issued)
assert.equal(encoded.result.card_number, uid)
const issued = await seam.acs.credentials.get(card)
assert.ok(issued.is_issued)
assert.equal(issued.card_number, uid)
assert.equal((await issuedEvents(card)).length, 1)

// What is on the card, and what Seam has beside it.
const scanned = (await seam.acs.encoders.scanCredential(desk)).result
assert.equal(scanned.acs_credential_on_encoder.card_number, uid)
assert.equal(scanned.acs_credential_on_seam.acs_credential_id, card.acs_credential_id)
assert.deepEqual(scanned.warnings, [])
if (seam.acs.encoders.scanToAssignCredential) {
  const given = await seam.acs.encoders.scanToAssignCredential({ ...desk, acs_user_id: guest.acs_user_id })
  assert.equal(given.result.acs_user_id, guest.acs_user_id)
}
await hands('remove', 0)

// A card that is too small, none at all, and one that is removed too early.
await hands('place', 0, 'ultralight-ev1-48')
const small = await newCard()
await failed('incompatible_card_format', () => encode(desk, small))
await hands('remove', 0)
await failed('no_credential_on_encoder', () => encode(desk, small))
const torn = await newCard()
await hands('pulled', 'ntag215')
const interrupted = await failed('encoding_interrupted', () => encode(desk, torn))
assert.equal((await seam.actionAttempts.get({ action_attempt_id: interrupted.action_attempt_id }, later)).status, 'error')
await hands('back')
assert.equal((await encode(desk, torn)).status, 'success')
await hands('off')

// Two encoders at once.
const two = [await newCard(), await newCard()]
const attempts = await Promise.all([encode(desk, two[0], later), encode(kiosk, two[1], later)])
const second = await hands('place', 1, 'ntag216')
const numbers = [await hands('place', 0, 'desfire-ev2-2k'), second]
const done = await Promise.all(
  attempts.map((each) => seam.actionAttempts.get({ action_attempt_id: each.action_attempt_id }, { waitForActionAttempt: true })),
)
assert.deepEqual(done.map((each) => each.result.card_number), numbers)
assert.deepEqual(done.map((each) => each.result.acs_credential_id), two.map((each) => each.acs_credential_id))
await hands('remove', 0)
await hands('remove', 1)

// The answer to an encode is lost on the way. SDK 1.160 sends it again by itself; with the other the program does.
await hands('place', 0, 'ntag215')
const lost = await newCard()
await hands('lose')
let again
if (repeatsPosts) {
  again = await encode(desk, lost)
} else {
  await assert.rejects(() => encode(desk, lost))
  again = await encode(desk, lost)
}
assert.equal(again.status, 'success')
assert.equal(again.result.acs_credential_id, lost.acs_credential_id)
const ofLost = (await seam.actionAttempts.list({})).filter((each) => each.result?.acs_credential_id === lost.acs_credential_id)
assert.deepEqual(ofLost.map((each) => each.action_attempt_id), [again.action_attempt_id])
assert.equal((await issuedEvents(lost)).length, 1)

// An access method; and mistakes.
const grant = (await seam.accessGrants.list()).find((each) => each.access_grant_key === 'reservation-1001')
const [method] = await seam.accessMethods.list({ access_grant_id: grant.access_grant_id })
const { access_method_id } = method
await hands('remove', 0)
await hands('place', 0, 'ntag216')
assert.equal((await seam.accessMethods.encode({ ...desk, access_method_id })).status, 'success')
assert.ok((await seam.accessMethods.get({ access_method_id })).is_issued)

const nowhere = '00000000-0000-4000-8000-000000000000'
const refused = async (code, call) => {
  try {
    await call()
  } catch (error) {
    assert.ok(isSeamHttpApiError(error), error)
    assert.equal(error.code, code)
    assert.ok(error.requestId)
    return error
  }
  assert.fail(`${code} did not come`)
}
await refused('acs_credential_not_found', () => encode(desk, { acs_credential_id: nowhere }))
await refused('acs_encoder_not_found', () => seam.acs.encoders.get({ acs_encoder_id: nowhere }))
await refused('action_attempt_not_found', () => seam.actionAttempts.get({ action_attempt_id: nowhere }))
await refused('not_found', () => seam.devices.list())
const invalid = await refused('invalid_input', () => seam.acs.encoders.get({ acs_encoder_id: 'nonsense' }))
assert.ok(isSeamHttpInvalidInputError(invalid))
assert.deepEqual(invalid.getValidationErrorMessages('acs_encoder_id'), ['Invalid uuid'])
await assert.rejects(
  () => new Seam({ apiKey: 'seam_local_nonsense' }).acs.systems.list(),
  (error) => isSeamHttpUnauthorizedError(error),
)
process.exit(0)
