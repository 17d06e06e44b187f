// Writes an NDEF area onto the NTAG215 on a reader and reads it back, by nfc-pcsc:  node nfc-pcsc.mjs READER NDEF-HEX

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const { NFC } = createRequire(new URL('../../../tests/nfc-pcsc/package.json', import.meta.url))('nfc-pcsc')
const [readerName, hex] = process.argv.slice(2)
const ndef = Buffer.from(hex, 'hex')

const GET_VERSION = Buffer.from('ff00000003d44260', 'hex')
const DYNAMIC_LOCK = 0x82

const nfc = new NFC()
nfc.on('error', fail)
nfc.on('reader', (reader) => {
  if (reader.name !== readerName) return
  reader.on('error', fail)
  // The library has asked for the UID by then.
  reader.on('card', async () => {
    try {
      const version = await reader.transmit(GET_VERSION, 64)
      assert.equal(version.toString('hex', 3, 10), '00040402010011')
      const begin = await reader.read(2, 8 + ndef.length, 4)
      assert.equal(begin.readUInt16BE(2), 0, 'locked')
      const lock = await reader.read(DYNAMIC_LOCK, 16, 4)
      assert.equal(lock.readUIntBE(0, 3), 0, 'locked')
      await reader.write(4, Buffer.concat([Buffer.from([3, 0, 0xfe]), ndef.subarray(3, 4)]), 4)
      await reader.write(5, ndef.subarray(4), 4)
      await reader.write(4, ndef.subarray(0, 4), 4)
      const back = await reader.read(2, 8 + ndef.length, 4)
      assert.deepEqual(back.subarray(8, 8 + ndef.length), ndef)
      process.exit(0)
    } catch (error) {
      fail(error)
    }
  })
})

function fail(error) {
  console.error(error)
  process.exit(1)
}
