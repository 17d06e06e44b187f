// Does with the card on a reader what it is told to, by nfc-pcsc alone, and prints what came of each step as JSON:
//
//   node steps.mjs READER UID '[["read", 4, 16], ["write", 5, "01020304"], ["authenticate", 4, "A", "ffffffffffff"], …]'
//
// Bytes are hex. A step that the reader refuses gives "refused". A fourth number is the size of a block: 4, or 16 on MIFARE Classic.

import assert from 'node:assert/strict'
import nfcPcsc from 'nfc-pcsc'

const { NFC, KEY_TYPE_A, KEY_TYPE_B } = nfcPcsc
const [readerName, uid, steps] = process.argv.slice(2)

const does = {
  read: async (reader, block, bytes, size = 4) => reader.read(block, bytes, size),
  write: async (reader, block, bytes, size = 4) => {
    await reader.write(block, Buffer.from(bytes, 'hex'), size)
    return Buffer.alloc(0)
  },
  authenticate: async (reader, block, kind, key) => {
    await reader.authenticate(block, kind === 'A' ? KEY_TYPE_A : KEY_TYPE_B, key)
    return Buffer.alloc(0)
  },
  transmit: async (reader, command) => reader.transmit(Buffer.from(command, 'hex'), 64),
}

const nfc = new NFC()
nfc.on('error', fail)
nfc.on('reader', (reader) => {
  if (reader.name !== readerName) return
  reader.on('error', fail)
  reader.on('card', async (card) => {
    try {
      assert.equal(card.uid, uid)
      const results = []
      for (const [step, ...arguments_] of JSON.parse(steps)) {
        try {
          results.push((await does[step](reader, ...arguments_)).toString('hex'))
        } catch (error) {
          if (!['ReadError', 'WriteError', 'AuthenticationError', 'LoadAuthenticationKeyError'].includes(error.name)) throw error
          results.push('refused')
        }
      }
      await reader.disconnect()
      process.stdout.write(JSON.stringify(results), () => process.exit(0))
    } catch (error) {
      fail(error)
    }
  })
})

function fail(error) {
  console.error(error)
  process.exit(1)
}
