//! cardbridge: the agent beside a card encoder.
//!
//! ```text
//! intake ──┐
//!          ├─► issuance ─► journal ─► driver writes ─► read back ─► journal ─► report
//! encoder ─┘
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`seam`] | a client for the Seam API |
//! | [`encoder`] | readers: PC/SC and simulated; the one door between async and card I/O |
//! | [`agent`] | the issuance, its journal, its report, and the loop that ties them together |
//! | [`sim`] | the simulated Seam API and its report receiver |
//! | [`config`] | flags, environment and file made into one checked configuration |
//! | [`cli`] | a file per subcommand |

pub mod agent;
pub mod cli;
pub mod config;
pub mod encoder;
pub mod seam;
pub mod sim;
