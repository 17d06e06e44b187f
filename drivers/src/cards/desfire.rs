//! MIFARE DESFire EV1, EV2 and EV3: an application of our own, one backup file under AES keys.
//!
//! | file | holds |
//! |---|---|
//! | `models` | the chips: memory, `GetVersion` |
//! | `wire` | codes and fields of the native commands |
//! | `card_key` | a key of a card, of any of its ciphers |
//! | `session_keys` | what an authentication makes of a key |
//! | `simulated` | the card itself, simulated |

mod card_key;
mod models;
mod session_keys;
mod simulated;
mod wire;
