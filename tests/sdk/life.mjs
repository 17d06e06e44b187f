/**
 * The whole life of a credential, lived by an official JavaScript SDK against the simulated API.
 *
 *     node life.mjs seam-1.160|seam-1.245
 *
 * Run by tests/sdk.rs, which starts `cardbridge sim-api` and sets SEAM_ENDPOINT and SEAM_API_KEY, the variables that the SDK itself reads.
 * Every assertion states what the hosted API would answer. life.py is the same for the Python SDK: change both.
 */

import assert from 'node:assert/strict'

const version = process.argv[2]
const {
  Seam,
  isSeamActionAttemptFailedError,
  isSeamHttpApiError,
  isSeamHttpInvalidInputError,
  isSeamHttpUnauthorizedError,
} = await import(version)

// The waiter polls once a second unless told otherwise; the simulated encoder is quicker than that.
const seam = new Seam({ waitForActionAttempt: { timeout: 10_000, pollingInterval: 50 } })
const nowhere = '00000000-0000-4000-8000-000000000000'
const hours = (count) => new Date(Date.now() + count * 3_600_000).toISOString()
const [yesterday, startsAt, endsAt] = [hours(-24), hours(1), hours(72)]
const ids = (credentials) => credentials.map((credential) => credential.acs_credential_id)
const warningsOf = (credential) => credential.warnings.map((warning) => warning.warning_code)

// What the seeded hotel offers.
assert.equal((await seam.workspaces.get()).is_sandbox, true)
const systems = await seam.acs.systems.list()
const visionline = systems.find((system) => system.external_type === 'visionline_system')
const vostio = systems.find((system) => system.external_type === 'assa_abloy_vostio')
const ofVisionline = { acs_system_id: visionline.acs_system_id }
const ofVostio = { acs_system_id: vostio.acs_system_id }
assert.equal((await seam.acs.systems.get(ofVostio)).name, vostio.name)

const entrances = await seam.acs.entrances.list(ofVisionline)
const vostioDoors = await seam.acs.entrances.list(ofVostio)
assert.ok(entrances.length >= 3 && vostioDoors.length >= 3)
const guestDoor = entrances.find((entrance) => entrance.visionline_metadata.door_category === 'guest')
assert.ok(entrances.some((entrance) => entrance.visionline_metadata.door_category === 'common'))
assert.equal((await seam.acs.entrances.get({ acs_entrance_id: guestDoor.acs_entrance_id })).display_name, guestDoor.display_name)

const [{ acs_encoder_id, display_name }] = await seam.acs.encoders.list(ofVisionline)
assert.equal((await seam.acs.encoders.get({ acs_encoder_id })).display_name, display_name)
const bothSystems = [visionline.acs_system_id, vostio.acs_system_id]
assert.equal(new Set((await seam.acs.encoders.list({ acs_system_ids: bothSystems })).map((e) => e.acs_system_id)).size, 2)

// People.
const email_address = 'ada.nolan@example.com'
const identity = await seam.userIdentities.create({ full_name: 'Ada Nolan', email_address })
const { user_identity_id } = identity
assert.equal((await seam.userIdentities.get({ user_identity_id })).full_name, 'Ada Nolan')
assert.ok((await seam.userIdentities.list()).some((each) => each.user_identity_id === user_identity_id))
const guest = await seam.acs.users.create({ ...ofVisionline, full_name: 'Ada Nolan', email_address, user_identity_id })
const ofGuest = { acs_user_id: guest.acs_user_id }
assert.equal((await seam.acs.users.get(ofGuest)).full_name, 'Ada Nolan')
assert.deepEqual((await seam.acs.users.list({ user_identity_id })).map((user) => user.acs_user_id), [guest.acs_user_id])
const colleague = { acs_user_id: (await seam.acs.users.create({ ...ofVisionline, full_name: 'Ben Osei' })).acs_user_id }
const vostioGuest = { acs_user_id: (await seam.acs.users.create({ ...ofVostio, full_name: 'Cleo Park' })).acs_user_id }

// A code, and a key that is kept in step on several phones.
const code = await seam.acs.credentials.create({ access_method: 'code', ...ofGuest, code: '4711', ends_at: endsAt })
const later = hours(120)
await seam.acs.credentials.update({ acs_credential_id: code.acs_credential_id, code: '0815', ends_at: later })
const updated = await seam.acs.credentials.get({ acs_credential_id: code.acs_credential_id })
assert.equal(updated.code, '0815')
assert.equal(Date.parse(updated.ends_at), Date.parse(later))

const phones = await seam.acs.credentials.create({ access_method: 'mobile_key', ...ofGuest, is_multi_phone_sync_credential: true })
assert.deepEqual(ids(await seam.acs.credentials.list({ ...ofGuest, is_multi_phone_sync_credential: true })), ids([phones]))
await seam.acs.credentials.delete({ acs_credential_id: phones.acs_credential_id })
await refused(404, 'acs_credential_not_found', () => seam.acs.credentials.get({ acs_credential_id: phones.acs_credential_id }))

// Cards of both systems.
const newCard = (changes) =>
  seam.acs.credentials.create({
    access_method: 'card',
    ...ofGuest,
    starts_at: startsAt,
    ends_at: endsAt,
    allowed_acs_entrance_ids: [guestDoor.acs_entrance_id],
    visionline_metadata: { card_function_type: 'guest', card_format: 'rfid48', auto_join: true },
    ...changes,
  })
const card = await newCard()
const thisCard = { acs_credential_id: card.acs_credential_id }
assert.equal(card.external_type, 'visionline_card')
assert.ok(!card.is_issued && card.issued_at == null && card.card_number == null)
assert.ok(warningsOf(card).includes('waiting_to_be_issued'))
assert.equal(card.visionline_metadata.card_function_type, 'guest')
assert.ok(!('card_format' in card.visionline_metadata), 'accepted by create, never returned')
assert.ok(card.visionline_metadata.guest_acs_entrance_ids.includes(guestDoor.acs_entrance_id))

const joiner = await newCard({ visionline_metadata: { card_format: 'TLCode', joiner_acs_credential_ids: ids([card]) } })
assert.deepEqual(joiner.visionline_metadata.joiner_acs_credential_ids, ids([card]))
const overridden = [vostioDoors[0].acs_entrance_id]
const key = await seam.acs.credentials.create({
  access_method: 'card',
  ...vostioGuest,
  ends_at: endsAt,
  allowed_acs_entrance_ids: overridden,
  assa_abloy_vostio_metadata: { override_guest_acs_entrance_ids: overridden },
})
assert.equal(key.external_type, 'assa_abloy_vostio_key')
assert.deepEqual(key.assa_abloy_vostio_metadata.override_guest_acs_entrance_ids, overridden)

const doors = await seam.acs.credentials.listAccessibleEntrances(thisCard)
assert.ok(doors.some((door) => door.acs_entrance_id === guestDoor.acs_entrance_id))
await seam.acs.credentials.assign({ ...thisCard, ...colleague })
assert.equal((await seam.acs.credentials.get(thisCard)).acs_user_id, colleague.acs_user_id)
await seam.acs.credentials.unassign({ ...thisCard, ...colleague })
assert.ok((await seam.acs.credentials.get(thisCard)).acs_user_id == null)

await seam.acs.credentials.delete({ acs_credential_id: joiner.acs_credential_id })
assert.ok(!ids(await seam.acs.credentials.list(ofGuest)).includes(joiner.acs_credential_id))
const ofJoiner = await seam.events.list({ since: yesterday, acs_credential_id: joiner.acs_credential_id })
assert.deepEqual(ofJoiner.map((event) => event.event_type), ['acs_credential.deleted'])

// Pages.
const every = ids(await seam.acs.credentials.list())
const pager = seam.createPaginator(seam.acs.credentials.list({ limit: 5 }))
const [page, pagination] = await pager.firstPage()
assert.equal(page.length, 5)
assert.ok(pagination.hasNextPage && pagination.nextPageCursor)
assert.deepEqual(ids(await pager.flattenToArray()), every)
assert.ok(every.length >= 12 && new Set(every).size === every.length)
assert.deepEqual(ids(await seam.acs.credentials.list({ search: every[0] })), [every[0]])

// Encoding on the vendor's encoder.
const encoder = { acs_encoder_id }
const { simulate } = seam.acs.encoders
await simulate.nextCredentialEncodeWillFail({ ...encoder, error_code: 'no_credential_on_encoder' })
await failed('no_credential_on_encoder', () => seam.acs.encoders.encodeCredential({ ...encoder, ...thisCard }))
assert.ok(!(await seam.acs.credentials.get(thisCard)).is_issued)

await simulate.nextCredentialEncodeWillSucceed(encoder)
const encoded = await seam.acs.encoders.encodeCredential({ ...encoder, ...thisCard })
assert.equal(encoded.action_type, 'ENCODE_CREDENTIAL')
assert.equal(encoded.status, 'success')
assert.equal(encoded.result.acs_credential_id, card.acs_credential_id)
const issued = await seam.acs.credentials.get(thisCard)
assert.ok(issued.is_issued && issued.issued_at && issued.card_number)
assert.ok(!warningsOf(issued).includes('waiting_to_be_issued'))
const { action_attempt_id } = encoded
assert.equal((await seam.actionAttempts.get({ action_attempt_id })).status, 'success')
assert.equal((await seam.actionAttempts.list({ action_attempt_ids: [action_attempt_id] })).length, 1)
assert.equal((await seam.events.list({ since: yesterday, event_type: 'acs_credential.issued', ...thisCard })).length, 1)

// Scanning.
await simulate.nextCredentialScanWillSucceed({ ...encoder, acs_credential_id_on_seam: card.acs_credential_id })
const scan = (await seam.acs.encoders.scanCredential(encoder)).result
assert.equal(scan.acs_credential_on_seam.acs_credential_id, card.acs_credential_id)
assert.ok(scan.acs_credential_on_encoder.card_number)
await simulate.nextCredentialScanWillSucceed({ ...encoder, scenario: 'credential_on_encoder_is_empty' })
assert.equal((await seam.acs.encoders.scanCredential(encoder)).result.acs_credential_on_seam, null)
await simulate.nextCredentialScanWillFail(encoder)
await failed('no_credential_on_encoder', () => seam.acs.encoders.scanCredential(encoder))

// Access methods.
const methods = []
for (const { acs_entrance_id } of [...entrances, ...vostioDoors]) methods.push(...(await seam.accessMethods.list({ acs_entrance_id })))
const toEncode = methods.find((method) => method.mode === 'card' && method.is_encoding_required && !method.is_issued)
const thisMethod = { access_method_id: toEncode.access_method_id }
assert.equal((await seam.accessMethods.get(thisMethod)).display_name, toEncode.display_name)
const behind = { access_method_ids: [toEncode.access_method_id], include: ['acs_credentials'] }
const [{ acs_system_id }] = (await seam.accessMethods.getRelated(behind)).acs_credentials
const [itsEncoder] = await seam.acs.encoders.list({ acs_system_id })
await simulate.nextCredentialEncodeWillSucceed({ acs_encoder_id: itsEncoder.acs_encoder_id })
assert.equal((await seam.accessMethods.encode({ ...thisMethod, acs_encoder_id: itsEncoder.acs_encoder_id })).status, 'success')
assert.equal((await seam.accessMethods.get(thisMethod)).is_issued, true)

// What only the newer SDK has.
if (version === 'seam-1.245') {
  await simulate.nextCredentialScanWillSucceed(encoder)
  const assigned = await seam.acs.encoders.scanToAssignCredential({ ...encoder, ...colleague })
  assert.equal(assigned.result.acs_user_id, colleague.acs_user_id)
  const toAssign = methods.find((method) => method.mode === 'card' && method.is_assignment_required && !method.is_issued)
  const unknown = { access_method_id: toAssign.access_method_id, card_number: 'not registered anywhere' }
  await failed('credential_not_found', () => seam.accessMethods.assignCard(unknown))
  // This card the access system of the seeded hotel knows beforehand.
  const known = { ...unknown, card_number: '1234abc' }
  assert.equal((await seam.accessMethods.assignCard(known)).action_type, 'ASSIGN_CREDENTIAL')
  assert.equal((await seam.accessMethods.get({ access_method_id: toAssign.access_method_id })).is_issued, true)
}

// Mistakes.
await refused(404, 'acs_user_not_found', () => seam.acs.users.get({ acs_user_id: nowhere }))
await refused(404, 'acs_encoder_not_found', () => seam.acs.encoders.get({ acs_encoder_id: nowhere }))
await refused(404, 'action_attempt_not_found', () => seam.actionAttempts.get({ action_attempt_id: nowhere }))
await invalid('code', () => seam.acs.credentials.create({ access_method: 'code', ...ofGuest, code: '12 ab' }))
await invalid('access_method', () => seam.acs.credentials.create({ access_method: 'teleport', ...ofGuest }))
await invalid('acs_credential_id', () => seam.acs.credentials.get({ acs_credential_id: 'not a uuid' }))
await invalid(null, () => newCard({ starts_at: endsAt, ends_at: startsAt }))
await invalid(null, () => newCard({ acs_user_id: undefined }))
const stranger = new Seam({ apiKey: 'seam_test_this_key_is_nobodys' })
await assert.rejects(stranger.workspaces.get(), (error) => isSeamHttpUnauthorizedError(error) && Boolean(error.requestId))

async function refused(status, code, call) {
  await assert.rejects(call, (error) => {
    assert.ok(isSeamHttpApiError(error), error)
    assert.deepEqual([error.statusCode, error.code], [status, code])
    return Boolean(error.requestId && error.message)
  })
}

async function invalid(field, call) {
  await assert.rejects(call, (error) => {
    assert.ok(isSeamHttpInvalidInputError(error), error)
    return field === null || error.getValidationErrorMessages(field).length > 0
  })
}

async function failed(code, call) {
  await assert.rejects(call, (error) => isSeamActionAttemptFailedError(error) && error.code === code)
}
