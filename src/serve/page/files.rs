//! The files of the page, embedded into the program: hand-written, and sent as they are.

/// A file, and under which path it is found.
#[derive(Debug, Clone, Copy)]
pub(super) struct File {
    pub(super) path: &'static str,
    pub(super) content_type: &'static str,
    pub(super) bytes: &'static [u8],
}

/// A page: what all of them begin and end with is in files of their own.
macro_rules! page {
    ($file:literal) => {
        concat!(
            include_str!("assets/head.html"),
            include_str!(concat!("assets/", $file)),
            include_str!("assets/drawings.html")
        )
    };
}

macro_rules! files {
    ($($page:literal page $html:literal),+; $($path:literal from $file:literal as $content_type:ident),+ $(,)?) => {
        &[
            $(File { path: $page, content_type: HTML, bytes: page!($html).as_bytes() }),+,
            $(File { path: $path, content_type: $content_type, bytes: include_bytes!(concat!("assets/", $file)) }),+
        ]
    };
}

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const WORDS: &str = "application/json";
const DRAWING: &str = "image/svg+xml";

/// All of them.
pub(super) const FILES: &[File] = files! {
    "/" page "desk.html", "/kiosk" page "kiosk.html";
    "/page/icon.svg" from "icon.svg" as DRAWING,
    "/page/base.css" from "base.css" as STYLE,
    "/page/desk.css" from "desk.css" as STYLE,
    "/page/kiosk.css" from "kiosk.css" as STYLE,
    "/page/js/aloud.js" from "js/aloud.js" as SCRIPT,
    "/page/js/api.js" from "js/api.js" as SCRIPT,
    "/page/js/beside.js" from "js/beside.js" as SCRIPT,
    "/page/js/big.js" from "js/big.js" as SCRIPT,
    "/page/js/card.js" from "js/card.js" as SCRIPT,
    "/page/js/course.js" from "js/course.js" as SCRIPT,
    "/page/js/desk.js" from "js/desk.js" as SCRIPT,
    "/page/js/dialog.js" from "js/dialog.js" as SCRIPT,
    "/page/js/dom.js" from "js/dom.js" as SCRIPT,
    "/page/js/encoder-choice.js" from "js/encoder-choice.js" as SCRIPT,
    "/page/js/encoders.js" from "js/encoders.js" as SCRIPT,
    "/page/js/guest-actions.js" from "js/guest-actions.js" as SCRIPT,
    "/page/js/finding.js" from "js/finding.js" as SCRIPT,
    "/page/js/guests.js" from "js/guests.js" as SCRIPT,
    "/page/js/keyboard.js" from "js/keyboard.js" as SCRIPT,
    "/page/js/kiosk.js" from "js/kiosk.js" as SCRIPT,
    "/page/js/new-credential.js" from "js/new-credential.js" as SCRIPT,
    "/page/js/notices.js" from "js/notices.js" as SCRIPT,
    "/page/js/now.js" from "js/now.js" as SCRIPT,
    "/page/js/ours.js" from "js/ours.js" as SCRIPT,
    "/page/js/picker.js" from "js/picker.js" as SCRIPT,
    "/page/js/snapshot.js" from "js/snapshot.js" as SCRIPT,
    "/page/js/source.js" from "js/source.js" as SCRIPT,
    "/page/js/store.js" from "js/store.js" as SCRIPT,
    "/page/js/times.js" from "js/times.js" as SCRIPT,
    "/page/js/today.js" from "js/today.js" as SCRIPT,
    "/page/js/tray.js" from "js/tray.js" as SCRIPT,
    "/page/js/window.js" from "js/window.js" as SCRIPT,
    "/page/js/words.js" from "js/words.js" as SCRIPT,
    "/page/js/worker.js" from "js/worker.js" as SCRIPT,
    "/page/words/de.json" from "words/de.json" as WORDS,
    "/page/words/en.json" from "words/en.json" as WORDS,
};
