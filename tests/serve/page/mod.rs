//! The page in a real browser.

mod changes;
mod hostile;
mod hung;
mod kiosk;
mod looks;
mod many;
mod meant;
mod morning;
mod newcomer;
mod opening;
mod phone;
mod pulled;
mod tabs;
mod tray;
mod whose;
