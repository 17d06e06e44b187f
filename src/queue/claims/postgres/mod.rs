//! The property's database, in PostgreSQL 13 or newer. Nothing outside this folder knows that it is one.
//!
//! Statements have no names on the server, so that a pool of connections (PgBouncer by transaction) may be in between. The database's
//! clock is the only one that decides.
//!
//! | file | holds |
//! |---|---|
//! | `url` | the URL, checked, and never shown |
//! | `tls` | whose certificates are trusted |
//! | `connection` | one connection, made again when it is lost |
//! | `schema` | the tables and their versions |
//! | `claim` | a credential and a card, taken in one transaction |
//! | `steps` | what becomes of them |
//! | `cards` | what one desk finds out about cards of others |
//! | `rows` | a row, as the rest of the program knows it |
//! | `failure` | what an error of the server means |

mod cards;
mod claim;
mod connection;
mod failure;
mod rows;
mod schema;
mod steps;
mod tls;
mod url;

pub(super) use self::connection::Database;
pub(super) use self::url::check;
