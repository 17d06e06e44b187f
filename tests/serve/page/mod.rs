//! The page in a real browser.

mod changes;
mod hostile;
mod kiosk;
mod looks;
mod many;
mod morning;
mod newcomer;
mod opening;
mod pulled;
mod tabs;
mod tray;
