//! The cause of a failed connection.

use std::error::Error;
use std::fmt;
use std::io;

/// The cause of a failed connection, in the words of the network stack and without the request's headers.
#[derive(Debug)]
pub struct TransportError(Box<dyn Error + Send + Sync>);

impl TransportError {
    pub(in crate::seam) fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }

    /// Whether the other side's certificate was not good enough.
    #[must_use]
    pub fn is_mistrust(&self) -> bool {
        is_mistrust(&*self.0)
    }
}

/// Whether a connection failed because the other side's certificate was not good enough.
#[must_use]
pub fn is_mistrust(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // An I/O error leaves what it wraps out of its chain of sources, and wraps other I/O errors.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        cause = match wrapped {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

impl fmt::Display for TransportError {
    /// The whole chain: the first link alone ("error sending request") says nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for TransportError {}
