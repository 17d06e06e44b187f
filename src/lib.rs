//! cardbridge: the agent beside a card encoder.
//!
//! ```text
//! queue ───┐
//!          ├─► issuance ─► journal ─► driver writes ─► read back ─► journal ─► report
//! encoder ─┘
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`seam`] | a client for the Seam API |
//! | [`encoder`] | readers: PC/SC and simulated; the one door between async and card I/O |
//! | [`issuance`] | state machine and policy; the journal; writing and verifying a card |
//! | [`queue`] | what waits for a card, and the claim on it |
//! | [`report`] | telling the outside world |
//! | [`desk`] | what every front end talks to |
//! | `rpc` | Seam's manner of calls, for those who answer them |
//! | [`serve`] | the desk over HTTP: the page, its events, the local Seam-compatible API |
//! | [`sim`] | the simulated Seam API and its report receiver |
//! | [`config`] | flags, environment and file made into one checked configuration |
//! | [`compose`] | puts the parts together |
//! | [`text`] | what to do after an error |
//! | [`cli`] | a file per subcommand |

pub mod cli;
pub mod compose;
pub mod config;
pub mod desk;
pub mod encoder;
pub mod issuance;
pub mod queue;
pub mod report;
mod rpc;
pub mod seam;
pub mod serve;
pub mod sim;
pub mod text;
