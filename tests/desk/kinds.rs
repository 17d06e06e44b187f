//! An encoder of another kind is listed beside the readers: chosen by id or name, shown, and given one job at a time.

use std::sync::Arc;
use std::time::Duration;

use cardbridge::desk::job::Job;
use cardbridge::desk::problem::Problem;
use cardbridge::desk::target::{
    EncodeOrder, EncodeTarget, Encoded, EncoderInfo, EncoderKind, Opens, Scan, Target, Which,
    WipeOrder, Wiped,
};
use cardbridge::desk::{DeskError, Manner};
use cardbridge::encoder::{EncoderError, EncoderName, Tray};
use futures_util::future::BoxFuture;
use serde_json::json;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::stage::{PATIENCE, Stage, next, until};

/// An encoder that scans for as long as it is not asked to end.
#[derive(Debug)]
struct Slow {
    id: Uuid,
    name: &'static str,
    ends: Notify,
}

impl Slow {
    fn new(id: u128, name: &'static str) -> Arc<Self> {
        Arc::new(Self {
            id: Uuid::from_u128(id),
            name,
            ends: Notify::new(),
        })
    }
}

impl EncodeTarget for Slow {
    fn info(&self) -> EncoderInfo {
        EncoderInfo {
            acs_encoder_id: self.id,
            name: EncoderName(self.name.to_owned()),
            kind: EncoderKind::Seam,
            opens: Opens::VendorCard,
            acs_system_id: Some("s".to_owned()),
            problem: self
                .name
                .starts_with("Gone")
                .then(|| Problem::new("acs_encoder_removed", "it was removed".to_owned())),
        }
    }

    fn encode<'a>(
        &'a self,
        _: EncodeOrder,
        _: &'a Job,
    ) -> BoxFuture<'a, Result<Encoded, DeskError>> {
        Box::pin(async { Err(DeskError::Over) })
    }

    fn scan<'a>(&'a self, _: Duration, job: &'a Job) -> BoxFuture<'a, Result<Scan, DeskError>> {
        Box::pin(async move {
            job.unless_ended(self.ends.notified()).await?;
            Err(DeskError::Over)
        })
    }

    fn wipe<'a>(&'a self, _: WipeOrder, _: &'a Job) -> BoxFuture<'a, Result<Wiped, DeskError>> {
        Box::pin(async { Err(DeskError::Over) })
    }
}

fn manner(targets: Vec<Arc<dyn EncodeTarget>>) -> Manner {
    Manner {
        targets,
        ..Manner::default()
    }
}

fn on(which: Which) -> Target {
    Target {
        encoder: Some(which),
        patience: PATIENCE,
    }
}

#[tokio::test]
async fn it_is_in_the_snapshot_with_its_job_and_takes_one_at_a_time() {
    let [slow, gone] = [Slow::new(1, "Front desk"), Slow::new(2, "Gone desk")];
    let stage = Stage::new(manner(vec![slow.clone(), gone])).await;
    let mut events = stage.desk.events();
    next(&mut events).await;
    until(&mut events, "encoder_added").await;
    let mut first = stage.desk.scan(&on(Which::Id(slow.id))).unwrap();
    let began = next(&mut events).await;
    assert_eq!(began["event"], "job_began");
    assert_eq!(began["encoder"], "Front desk");
    let encoders = json!(stage.desk.snapshot().encoders);
    let names = encoders.as_array().unwrap().iter();
    let names: Vec<_> = names.map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Front desk", "Gone desk", Tray::ENCODER]);
    assert_eq!(encoders[0]["acs_encoder_id"], slow.id.to_string());
    assert_eq!(encoders[0]["job"]["kind"], "scan");
    assert_eq!(encoders[0]["kind"], "seam");
    assert_eq!(encoders[0]["opens"], "vendor_card");
    assert_eq!(encoders[0]["online"], true);
    assert_eq!(encoders[1]["online"], false);
    assert_eq!(encoders[1]["problem"]["code"], "acs_encoder_removed");
    assert_eq!(encoders[2]["kind"], "local");
    assert_eq!(encoders[2]["opens"], "own_record");
    assert_eq!(encoders[2]["online"], true);
    let part = Which::Name("front".to_owned());
    let busy = stage.desk.scan(&on(part.clone())).unwrap_err();
    assert_eq!(busy.code(), "encoder_busy");
    slow.ends.notify_one();
    first.outcome().await.unwrap_err();
    let again = stage.desk.scan(&on(part)).unwrap();
    stage.desk.cancel(again.id()).await.unwrap();
}

#[tokio::test]
async fn a_part_of_a_name_means_a_reader_first_and_never_two() {
    let targets = [1, 2].map(|id| Slow::new(id, ["", "Desk one", "Desk two"][id as usize]));
    let [one, two] = targets;
    let stage = Stage::with_encoders(["Reader of desk one"], manner(vec![one, two])).await;
    let mut events = stage.desk.events();
    next(&mut events).await;
    until(&mut events, "encoder_added").await;
    let scan = |name: &str| stage.desk.scan(&on(Which::Name(name.to_owned())));
    // The whole name of one, though a part of a reader's.
    let whole = scan("Desk one").unwrap();
    assert_eq!(next(&mut events).await["encoder"], "Desk one");
    stage.desk.cancel(whole.id()).await.unwrap();
    until(&mut events, "job_ended").await;
    // A part of a reader's and of two others'.
    let mut part = scan("desk").unwrap();
    stage.desk.cancel(part.id()).await.unwrap();
    let error = part.outcome().await.unwrap_err();
    assert!(matches!(*error, DeskError::Cancelled), "{error}");
    let stage = Stage::with_encoders(["Reader"], stage_of_two()).await;
    let error = stage.desk.scan(&on(Which::Name("desk".to_owned())));
    assert!(matches!(
        error,
        Err(DeskError::Encoder(EncoderError::Ambiguous { .. }))
    ));
}

fn stage_of_two() -> Manner {
    manner(vec![Slow::new(1, "Desk one"), Slow::new(2, "Desk two")])
}
