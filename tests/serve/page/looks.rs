//! The page from a phone to a wall, dark and light, in both languages: nothing is cut off, and everyone can use it.

use serde_json::json;

use super::tray::Tray;
use crate::agent::Agent;
use crate::browser::{Browser, ENTER, Look};

#[tokio::test(flavor = "multi_thread")]
async fn it_fits_every_screen() {
    let agent = Agent::start(&["--simulated", "ntag215", "ntag215"]).await;
    let tray = Tray::of(&agent).await;
    let german = Look {
        language: "de-DE",
        ..Look::default()
    };
    let browser = Browser::at(&agent, german).await;
    browser.until_shown("Ada Lindqvist").await;
    let sizes = [(320, 568), (1280, 660), (1280, 800), (3840, 2160)];
    let each = async |state: &str| {
        for size in sizes {
            for dark in [false, true] {
                let look = Look {
                    size,
                    dark,
                    ..german
                };
                browser.look(look).await;
                let name = format!("{state}-{}{}", size.0, if dark { "-dark" } else { "" });
                let wide = "document.documentElement.scrollWidth - innerWidth";
                // The scroll bar is not part of the document.
                assert!(browser.value(wide).await.as_i64() <= Some(0), "{name}");
                if size.0 > 1000 {
                    let cut = "document.getElementById('big').scrollHeight - document.getElementById('big').clientHeight";
                    assert_eq!(browser.value(cut).await, json!(0), "{name}");
                }
                browser.is_accessible(&name).await;
                browser.picture(&name).await;
            }
        }
    };
    each("looks-idle").await;
    browser.keys("fern").await;
    browser.until_shown("Karte erstellen").await;
    each("looks-typed").await;
    browser.keys(ENTER).await;
    browser.until_phase("place").await;
    each("looks-place").await;
    tray.pull_after(&agent, 6).await;
    let card = tray.place_new(&agent, "ntag216").await;
    browser.until_phase("put_back").await;
    each("looks-put-back").await;
    tray.place(&agent, &card).await;
    browser.until_phase("done").await;
    each("looks-done").await;
    for view in ["encoders", "today"] {
        browser.value(&format!("location.hash = '#{view}'")).await;
        browser
            .until(&format!("!document.getElementById('{view}').hidden"))
            .await;
        each(&format!("looks-{view}")).await;
    }
}
