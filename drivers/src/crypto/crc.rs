//! The checksums of DESFire.

/// CRC-32 of DESFire EV1 and later: the reflected polynomial 04C11DB7, preset FFFFFFFF, no final inversion; sent with the
/// lowest byte first.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}

/// CRC-16 of the original DESFire: that of ISO/IEC 14443-3 type A, preset 6363; sent with the lowest byte first.
#[must_use]
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0x6363, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0x8408
            } else {
                crc >> 1
            }
        })
    })
}
