//! Random keys, from the system.

use zeroize::Zeroizing;

use crate::cli::Failure;

pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Failure> {
    let mut key = Zeroizing::new([0; N]);
    getrandom::fill(key.as_mut()).map_err(|error| Failure::unexpected(&error))?;
    Ok(key)
}
