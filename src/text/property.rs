//! After errors of the property's database.

use super::{Advice, Front, Hint, UPKEEP};
use crate::queue::{PropertyError, UrlFault};

impl Hint for PropertyError {
    fn advice(&self, at: Front) -> Advice {
        if at == Front::Page {
            return match self {
                Self::Unreachable(_) | Self::Failed(_) => {
                    "try again in a minute; cards that were begun can be finished meanwhile".into()
                }
                _ => UPKEEP.into(),
            };
        }
        let hint = match self {
            Self::Unreachable(_) | Self::Failed(_) => {
                "see that the database server runs and that this machine reaches it, then try again; cards that were begun are finished and reported meanwhile"
            }
            Self::LoginRefused(_) => {
                "correct user and password in the file of `postgres_file`, or in CARDBRIDGE_POSTGRES; the server's pg_hba.conf says who may connect from where"
            }
            Self::NoDatabase(_) => "create it with `createdb`, or name the right one in the URL",
            Self::NotTrusted(_) => {
                "set `ca_file` in section [property] to the certificate that signs the server's, and name the server as its certificate does"
            }
            Self::NoTls => "turn on `ssl` at the server: a password must not travel unencrypted",
            Self::Certificates { .. } => {
                "set `ca_file` in section [property] to a PEM file with the certificate that signs the server's"
            }
            Self::TooOld { .. } => "use PostgreSQL 13 or newer",
            Self::Newer { .. } => {
                "update cardbridge at this desk to the version of the other desks"
            }
            Self::NoRights(_) => {
                "start one desk once as the owner of the database; a role then needs USAGE on schema cardbridge and its sequences, and SELECT, INSERT and UPDATE on its tables"
            }
            Self::ReadOnly(_) => "name the primary server in the URL, not a standby",
            Self::Url(fault) => return fault.advice(at),
        };
        hint.into()
    }
}

impl Hint for UrlFault {
    fn advice(&self, at: Front) -> Advice {
        if at == Front::Page {
            return UPKEEP.into();
        }
        let hint = match self {
            Self::Unencrypted => "remove `sslmode=disable` from the URL",
            Self::NotOne | Self::NoHost | Self::NoUser | Self::NoDatabase => {
                "write it as postgresql://USER:PASSWORD@HOST/DATABASE, with %40 for an @ in the password"
            }
        };
        hint.into()
    }
}
