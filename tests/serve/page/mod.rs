//! The page in a real browser.

mod hostile;
mod kiosk;
mod looks;
mod many;
mod morning;
mod opening;
mod tabs;
mod tray;
