//! Taking a command APDU apart, as a reader does (ISO/IEC 7816-3, 12.1.3, the short cases).

/// A command APDU: header, data, expected length.
pub(super) struct Apdu<'a> {
    pub(super) header: [u8; 4],
    pub(super) data: &'a [u8],
    pub(super) expected: Option<u8>,
}

impl<'a> Apdu<'a> {
    /// `None` when the bytes are no short APDU: too few, or a wrong Lc.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&header, body) = bytes.split_first_chunk()?;
        let (data, expected): (&[u8], _) = match body {
            [] => (&[], None),
            [expected] => (&[], Some(*expected)),
            [0, ..] => return None,
            [length, rest @ ..] => {
                let (data, tail) = rest.split_at_checked(usize::from(*length))?;
                match tail {
                    [] => (data, None),
                    [expected] => (data, Some(*expected)),
                    _ => return None,
                }
            }
        };
        Some(Self {
            header,
            data,
            expected,
        })
    }
}
