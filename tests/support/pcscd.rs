//! Tests that need a PC/SC service: each runs beside a real pcscd of its own, in namespaces of its own (`private-pcscd`),
//! so that they may kill it, and run side by side.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use cardbridge::encoder::virtual_card::{VirtualCard, VirtualCardError, VirtualCardEvent};
use cardbridge_drivers::contract::Uid;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Where `private-pcscd` describes itself to its command.
const MARKER: &str = "PRIVATE_PCSCD";
/// Many times what the longest of these tests takes.
const LONGEST_SECONDS: &str = "600";
/// The port of the first reader's first slot.
const FIRST_PORT: u16 = 35963;

/// Where a card for the first slot of a reader connects to; the first reader is 0.
pub(crate) fn address(reader: u16) -> String {
    format!("127.0.0.1:{}", FIRST_PORT + 2 * reader)
}

/// Runs `test` beside a pcscd with these readers. The test binary calls itself again, inside, for this one test.
pub(crate) fn beside_pcscd<F>(readers: &[&str], test: F)
where
    F: AsyncFnOnce(Pcscd),
{
    if let Some(folder) = env::var_os(MARKER) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(test(Pcscd {
            folder: folder.into(),
        }));
    }
    // A test that waits for what never comes is to fail by itself, whatever runs it.
    let mut inside = Command::new("timeout");
    inside
        .args(["--kill-after=10", LONGEST_SECONDS])
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/support/private-pcscd"
        ));
    for reader in readers {
        inside.args(["--reader", reader]);
    }
    let name = name_of::<F>();
    let output = inside
        .arg("--")
        .arg(env::current_exe().unwrap())
        .args([&name, "--exact", "--nocapture"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{name} inside private-pcscd: {}\n{said}\n{complained}",
        output.status
    );
}

/// The path of the test function whose closure `F` is, as libtest names it.
fn name_of<F>() -> String {
    let path = std::any::type_name::<F>();
    let (_, test) = path.split_once("::").unwrap();
    test.trim_end_matches("::{{closure}}").to_owned()
}

/// The private pcscd.
pub(crate) struct Pcscd {
    folder: PathBuf,
}

impl Pcscd {
    /// Ends pcscd as a crash does.
    pub(crate) fn kill(&self) {
        let pid = fs::read_to_string(self.folder.join("pid")).unwrap();
        let status = Command::new("kill").args(["-9", pid.trim()]).status();
        assert!(status.unwrap().success());
    }

    /// Starts pcscd again, and returns when it listens.
    pub(crate) fn revive(&self) {
        let mut pipe = fs::OpenOptions::new()
            .write(true)
            .open(self.folder.join("revive"))
            .unwrap();
        pipe.write_all(b"now\n").unwrap();
        drop(pipe);
        let answer = fs::read_to_string(self.folder.join("revived")).unwrap();
        assert_eq!(answer, "ready\n");
    }
}

/// A card in the hand of the test.
pub(crate) struct Card {
    stop: oneshot::Sender<()>,
    lies: JoinHandle<(VirtualCard, Result<(), VirtualCardError>)>,
}

impl Card {
    /// Puts a card fresh from the factory on a reader, and returns when it is there.
    pub(crate) async fn place(reader: u16, model: &str, uid: Uid) -> Self {
        Self::put(reader, VirtualCard::open(model, Some(uid), None).unwrap()).await
    }

    /// Puts a card on a reader, and returns when it is there.
    pub(crate) async fn put(reader: u16, mut card: VirtualCard) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (lying, mut lies_there) = mpsc::unbounded_channel();
        let lies = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            let tell = |event| {
                if event == VirtualCardEvent::Inserted {
                    let _ = lying.send(());
                }
            };
            let outcome = card.run(&address(reader), stopped, tell).await;
            (card, outcome)
        });
        lies_there.recv().await.unwrap();
        Self { stop, lies }
    }

    /// Removes the card.
    pub(crate) async fn remove(self) -> VirtualCard {
        let _ = self.stop.send(());
        let (card, outcome) = self.lies.await.unwrap();
        outcome.unwrap();
        card
    }
}
