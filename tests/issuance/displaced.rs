//! A valid credential whose card was overwritten by an issuance that never came to say so: whatever shows that the card holds the
//! other record shows that this one is on no card any more.

use cardbridge::desk::notice::nobody;
use cardbridge::desk::{Agent, IssueError};
use cardbridge::encoder::simulated::{Fault, Loss};
use cardbridge::issuance::entry::Issuance;
use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge::issuance::refusal::Refusal;
use cardbridge::issuance::state::State;
use cardbridge::report::Urgency;
use cardbridge::seam::AcsCredential;
use cardbridge_drivers::contract::Uid;

use crate::desk::{Desk, encoder, history_of, issue};
use crate::wiping::wipe;

const OVERWRITE: Allowed = Allowed {
    reissue: false,
    overwrite: Overwrite::Any,
};

/// A card with a valid credential, pulled at one of the answers of being overwritten with the next.
struct Overwritten {
    desk: Desk,
    agent: Agent,
    card: Uid,
    guest: AcsCredential,
    next: AcsCredential,
}

impl Overwritten {
    /// `None` when there are not as many answers.
    async fn at(answer: usize) -> Option<Self> {
        let mut desk = Desk::new().await;
        let [guest, next] = [desk.credential().await, desk.credential().await];
        let agent = desk.agent();
        let card = desk.card("ntag213");
        let placed = desk.place(card).await;
        issue(&agent, &placed, &guest, Allowed::default())
            .await
            .unwrap();
        desk.tray
            .break_after(&encoder(), answer, Fault::Removed(Loss::Answer))
            .unwrap();
        let outcome = issue(&agent, &placed, &next, OVERWRITE).await;
        drop(placed);
        outcome.err()?;
        desk.removed().await;
        Some(Self {
            desk,
            agent,
            card,
            guest,
            next,
        })
    }

    async fn states_of(&self, credential: &AcsCredential) -> Vec<State> {
        let history = history_of(&self.agent).await;
        let of_credential = history
            .iter()
            .filter(|one| one.acs_credential_id == credential.acs_credential_id);
        of_credential.map(Issuance::state).collect()
    }

    /// The guest's credential is on no card, and that is reported.
    async fn guest_is_displaced(&self, at: usize) {
        assert_eq!(self.states_of(&self.guest).await, [State::Wiped], "at {at}");
        self.agent.report(Urgency::Now, &nobody()).await.unwrap();
        assert_eq!(
            self.desk.event_types_of(&self.guest).await,
            ["acs_credential.issued", "acs_credential.invalidated"],
            "at {at}"
        );
    }
}

#[tokio::test]
async fn by_the_card_being_wiped() {
    for answer in 0.. {
        let Some(mut is) = Overwritten::at(answer).await else {
            assert!(answer > 12, "only {answer} answers were lost");
            return;
        };
        let placed = is.desk.place(is.card).await;
        wipe(&is.agent, &placed)
            .await
            .unwrap_or_else(|error| panic!("at {answer}: {error}"));
        is.guest_is_displaced(answer).await;
        for state in is.states_of(&is.next).await {
            assert_eq!(state, State::Wiped, "at {answer}");
        }
    }
}

#[tokio::test]
async fn by_the_card_being_found_superseded() {
    let mut found = 0;
    for answer in 0.. {
        let Some(mut is) = Overwritten::at(answer).await else {
            assert!(found > 0, "no card was whole");
            return;
        };
        let other = is.desk.card("ntag213");
        let placed = is.desk.place(other).await;
        let reissue = Allowed {
            reissue: true,
            overwrite: Overwrite::Never,
        };
        issue(&is.agent, &placed, &is.next, reissue).await.unwrap();
        drop(placed);
        is.desk.remove().await;
        let placed = is.desk.place(is.card).await;
        match is.agent.finish(&placed, &nobody()).await {
            Err(IssueError::Refused(Refusal::Superseded { .. })) => {
                found += 1;
                is.guest_is_displaced(answer).await;
            }
            // It is the guest's still, or torn.
            outcome => assert!(outcome.unwrap().is_none()),
        }
    }
}

#[tokio::test]
async fn by_a_third_credential_that_takes_the_card_and_is_torn() {
    let mut found = 0;
    for answer in 0.. {
        let Some(mut is) = Overwritten::at(answer).await else {
            assert!(found > 0, "no card was whole");
            return;
        };
        let third = is.desk.credential().await;
        // It is claimed, and the card pulled before it is written to the end.
        let placed = is.desk.place(is.card).await;
        is.desk
            .tray
            .break_after(&encoder(), 10, Fault::Removed(Loss::Command))
            .unwrap();
        issue(&is.agent, &placed, &third, OVERWRITE)
            .await
            .unwrap_err();
        drop(placed);
        is.desk.removed().await;
        if is.states_of(&is.next).await == [State::Reporting] {
            found += 1;
            is.guest_is_displaced(answer).await;
        }
    }
}
