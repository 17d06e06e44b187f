//! `/acs/credentials`: the means of access in access control systems.

mod credential;
mod requests;

use serde::Serialize;

pub use credential::{
    AcsCredential, CardFunctionType, CredentialExternalType, CredentialIssue, CredentialWarning,
    CredentialWarningCode,
};
pub use requests::{
    CreateAcsCredential, CredentialHolder, Holder, HotekOptions, ListAcsCredentials,
    SaltoSpaceOptions, UpdateAcsCredential, VisionlineOptions, VostioOptions,
};

use super::call::Call;
use super::client::Client;
use super::entrances::AcsEntrance;
use super::error::SeamError;
use super::page::Page;
use super::pages::Pages;

/// The calls under `/acs/credentials`.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a>(&'a Client);

/// A request that names a credential and no more.
#[derive(Serialize)]
struct Named<'a> {
    acs_credential_id: &'a str,
}

/// A request that names a credential and whom it goes to or comes from.
#[derive(Serialize)]
struct Assignment<'a> {
    acs_credential_id: &'a str,
    #[serde(flatten)]
    holder: &'a Holder,
}

impl Client {
    /// `/acs/credentials`
    #[must_use]
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials(self)
    }
}

impl Credentials<'_> {
    /// Creates a credential. Sent once: after a time-out look with [`list`](Self::list) whether it is there.
    ///
    /// # Errors
    /// [`SeamError`]; see [`SeamError::may_have_happened`].
    pub async fn create(&self, request: &CreateAcsCredential) -> Result<AcsCredential, SeamError> {
        self.0
            .call(
                Call::create("/acs/credentials/create"),
                request,
                "acs_credential",
            )
            .await
    }

    /// One credential.
    ///
    /// # Errors
    /// [`SeamError`]; [`SeamError::is_not_found`] when there is none, or no longer.
    pub async fn get(&self, acs_credential_id: &str) -> Result<AcsCredential, SeamError> {
        self.0
            .call(
                Call::read("/acs/credentials/get"),
                &Named { acs_credential_id },
                "acs_credential",
            )
            .await
    }

    /// The credentials of the workspace.
    #[must_use]
    pub fn list(&self, filters: &ListAcsCredentials) -> Pages<AcsCredential> {
        Pages::new(
            self.0,
            Call::read("/acs/credentials/list"),
            filters,
            "acs_credentials",
        )
    }

    /// Changes the code or the end of a credential.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn update(&self, request: &UpdateAcsCredential) -> Result<(), SeamError> {
        self.0
            .done(Call::change("/acs/credentials/update"), request)
            .await
    }

    /// Gives a credential to a user.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn assign(&self, acs_credential_id: &str, holder: &Holder) -> Result<(), SeamError> {
        let request = Assignment {
            acs_credential_id,
            holder,
        };
        self.0
            .done(Call::change("/acs/credentials/assign"), &request)
            .await
    }

    /// Takes a credential from a user.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn unassign(
        &self,
        acs_credential_id: &str,
        holder: &Holder,
    ) -> Result<(), SeamError> {
        let request = Assignment {
            acs_credential_id,
            holder,
        };
        self.0
            .done(Call::change("/acs/credentials/unassign"), &request)
            .await
    }

    /// Deletes a credential.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn delete(&self, acs_credential_id: &str) -> Result<(), SeamError> {
        self.0
            .done(
                Call::change("/acs/credentials/delete"),
                &Named { acs_credential_id },
            )
            .await
    }

    /// The entrances that a credential opens.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn list_accessible_entrances(
        &self,
        acs_credential_id: &str,
    ) -> Result<Page<AcsEntrance>, SeamError> {
        const CALL: Call = Call::read("/acs/credentials/list_accessible_entrances");
        self.0
            .list(CALL, &Named { acs_credential_id }, "acs_entrances")
            .await
    }
}
