//! The ordinary work: every credential that waits, and then one for each type of card that none of them came to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cardbridge_drivers::contract::{DriverError, Model};

use super::desk::{Desk, unexpected};
use super::served::Served;
use super::show;
use crate::cli::Failure;
use crate::desk::notice::{Notice, Observer};
use crate::desk::target::Selection;
use crate::desk::{DeskError, IssueError};
use crate::encoder::Tray;
use crate::issuance::entry::Issuance;
use crate::issuance::refusal::Refusal;

impl Desk {
    /// Places one blank card after another on the encoder until no credential waits any more.
    pub(super) async fn serve_queue(&mut self) -> Result<(), Failure> {
        let waiting = self
            .agent
            .queue()
            .waiting(self.agent.journal())
            .await
            .map_err(IssueError::from)?;
        if waiting.is_empty() {
            return Ok(());
        }
        self.names.extend(
            waiting
                .into_iter()
                .map(|credential| (credential.acs_credential_id, credential.display_name)),
        );
        let mut model = self.next_model()?;
        loop {
            let error = match self.serve(model).await? {
                Ok(served) => {
                    self.keep(served)?;
                    model = self.next_model()?;
                    continue;
                }
                Err(error) => error,
            };
            match &*error {
                DeskError::Issue(IssueError::NothingWaiting) => return Ok(()),
                DeskError::Issue(IssueError::Refused(Refusal::Card(DriverError::TooSmall {
                    smallest: Some(smallest),
                    ..
                }))) => {
                    self.too_small += 1;
                    model = Tray::models()
                        .find(|model| model.title == *smallest)
                        .unwrap_or(model);
                }
                error => return Err(error.into()),
            }
        }
    }

    /// Makes a credential for each type of card that the queue did not come to, and puts it on one.
    pub(super) async fn serve_other_models(&mut self) -> Result<(), Failure> {
        let is_served = |model| self.served.iter().any(|served| served.model == model);
        let others: Vec<_> = Tray::models().filter(|model| !is_served(*model)).collect();
        for model in others {
            let id = self.new_credential().await?;
            let error = match self.serve(model).await? {
                Ok(served) => {
                    self.keep(served)?;
                    continue;
                }
                Err(error) => error,
            };
            match &*error {
                DeskError::Issue(IssueError::Refused(Refusal::Card(DriverError::TooSmall {
                    ..
                }))) => {
                    self.hold_none.push(model.title);
                    self.client.credentials().delete(&id).await?;
                }
                error => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// One blank card: placed, served, removed.
    async fn serve(
        &mut self,
        model: &'static Model,
    ) -> Result<Result<Served, Arc<DeskError>>, Failure> {
        let uid = self.blank_card(model)?;
        let before = self.commands();
        self.place(uid).await?;
        let passed_over = Arc::<AtomicUsize>::default();
        let observer = counting(self.observer(), Arc::clone(&passed_over));
        let outcome = self.encode(Selection::Next, observer).await;
        self.passed_over += passed_over.load(Ordering::Relaxed);
        self.remove().await?;
        Ok(outcome.map(|issuance| self.served(model, issuance, before)))
    }

    /// What became of a card; `before`: the encoder's count of commands when its turn began.
    pub(super) fn served(
        &self,
        model: &'static Model,
        issuance: Issuance,
        before: usize,
    ) -> Served {
        Served {
            name: self.name(&issuance.acs_credential_id),
            model,
            issuance,
            commands: self.commands().saturating_sub(before),
        }
    }

    fn keep(&mut self, served: Served) -> Result<(), Failure> {
        if self.served.is_empty() {
            self.say(&show::head())?;
        }
        self.say(&show::row(&served))?;
        self.served.push(served);
        Ok(())
    }

    /// The models in turn, so that the table shows them all.
    fn next_model(&mut self) -> Result<&'static Model, Failure> {
        let next = self.taken;
        self.taken += 1;
        Tray::models()
            .cycle()
            .nth(next)
            .ok_or_else(|| unexpected("no driver is built in"))
    }
}

/// Counts what is passed over for each card, which would fill the screen: the tray has many small cards.
fn counting(observer: Observer, passed_over: Arc<AtomicUsize>) -> Observer {
    Arc::new(move |notice| match notice {
        Notice::PassedOver { .. } => {
            passed_over.fetch_add(1, Ordering::Relaxed);
        }
        notice => observer(notice),
    })
}
