//! Lists that come in pages.

use std::pin::pin;

use cardbridge::seam::{InvalidResponse, ListAcsCredentials, SeamError};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::api::{Api, Reply};
use crate::schema;

/// A page with one credential, named by its number.
fn page(number: usize, next: &Value, has_next_page: bool) -> Reply {
    let mut credential = schema::full(schema::component("acs_credential"));
    credential["acs_credential_id"] = json!(number.to_string());
    credential["acs_system_id"] = json!("s");
    Reply::json(
        200,
        &json!({
            "acs_credentials": [credential],
            "pagination": {"has_next_page": has_next_page, "next_page_cursor": next, "next_page_url": null},
            "ok": true,
        }),
    )
}

async fn three_pages() -> Api {
    Api::start(|number, _| match number {
        0 | 1 => page(number, &json!(format!("cursor {number}")), true),
        _ => page(number, &Value::Null, false),
    })
    .await
}

fn cursors(api: &Api) -> Vec<Value> {
    api.seen()
        .iter()
        .map(|seen| seen.json()["page_cursor"].clone())
        .collect()
}

#[tokio::test]
async fn every_page_is_asked_for_with_the_same_filters() {
    let api = three_pages().await;
    let filters = ListAcsCredentials {
        acs_system_id: Some("s".to_owned()),
        limit: Some(1),
        ..Default::default()
    };
    let items = api.client().credentials().list(&filters).into_items();
    let ids: Vec<_> = items
        .map(|credential| credential.unwrap().acs_credential_id)
        .collect()
        .await;
    assert_eq!(ids, ["0", "1", "2"]);
    assert_eq!(
        cursors(&api),
        [Value::Null, json!("cursor 0"), json!("cursor 1")]
    );
    for seen in api.seen() {
        assert_eq!(seen.json()["acs_system_id"], "s");
        assert_eq!(seen.json()["limit"], 1);
    }
}

#[tokio::test]
async fn a_page_is_fetched_when_it_is_wanted_and_not_before() {
    let api = three_pages().await;
    let mut stream = pin!(
        api.client()
            .credentials()
            .list(&ListAcsCredentials::default())
            .into_stream()
    );
    assert!(api.seen().is_empty());
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(first.next_page_cursor.as_deref(), Some("cursor 0"));
    assert_eq!(api.seen().len(), 1);
}

#[tokio::test]
async fn a_list_can_be_taken_up_where_it_was_left() {
    let api = three_pages().await;
    let filters = ListAcsCredentials {
        page_cursor: Some("cursor 7".to_owned()),
        ..Default::default()
    };
    api.client()
        .credentials()
        .list(&filters)
        .next_page()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(cursors(&api), [json!("cursor 7")]);
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_come_to_an_end() {
    for length in [1, 2, 3, 7] {
        let api =
            Api::start(move |number, _| page(number, &json!((number % length).to_string()), true))
                .await;
        let mut pages = api
            .client()
            .credentials()
            .list(&ListAcsCredentials::default());
        let error = loop {
            match pages.next_page().await.unwrap() {
                Ok(_) => assert!(api.seen().len() < 50, "a circle of {length} goes on and on"),
                Err(error) => break error,
            }
        };
        assert!(
            matches!(
                error,
                SeamError::Unusable {
                    fault: InvalidResponse::PagesInACircle,
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(pages.next_page().await.is_none());
    }
}

#[tokio::test]
async fn a_promise_without_a_cursor_is_an_error_and_not_the_end() {
    let api = Api::start(|number, _| page(number, &Value::Null, true)).await;
    let items = api
        .client()
        .credentials()
        .list(&ListAcsCredentials::default())
        .into_items();
    let items: Vec<_> = items.collect().await;
    assert!(
        matches!(
            items.as_slice(),
            [Err(SeamError::Unusable {
                fault: InvalidResponse::PageWithoutCursor,
                ..
            })]
        ),
        "{items:?}"
    );
}

#[tokio::test]
async fn a_cursor_on_the_last_page_is_not_followed() {
    let api = Api::start(|number, _| page(number, &json!("more"), false)).await;
    let pages = api
        .client()
        .credentials()
        .list(&ListAcsCredentials::default())
        .into_stream();
    assert_eq!(pages.count().await, 1);
}

#[tokio::test]
async fn a_list_without_pages_is_one_page() {
    let credential = schema::full(schema::component("acs_credential"));
    let api = Api::always(move || {
        Reply::json(200, &json!({"acs_credentials": [credential], "ok": true}))
    })
    .await;
    let items = api
        .client()
        .credentials()
        .list(&ListAcsCredentials::default())
        .into_items();
    assert_eq!(items.count().await, 1);
}

#[tokio::test]
async fn an_error_comes_once_and_ends_the_list() {
    let api = Api::start(|number, _| match number {
        0 => page(number, &json!("next"), true),
        _ => Reply::new(401, &[], b""),
    })
    .await;
    let mut pages = api
        .client()
        .credentials()
        .list(&ListAcsCredentials::default());
    assert!(pages.next_page().await.unwrap().is_ok());
    assert_eq!(
        pages.next_page().await.unwrap().unwrap_err().status(),
        Some(401)
    );
    assert!(pages.next_page().await.is_none());
    assert_eq!(api.seen().len(), 2);
}

/// A page on which one object has a null where none was expected, as the API has given one.
fn odd_page() -> serde_json::Value {
    let good = |id: &str, access_method: Value| {
        json!({
            "acs_credential_id": id,
            "acs_system_id": "00000000-0000-4000-8000-0000000000aa",
            "connected_account_id": "00000000-0000-4000-8000-0000000000bb",
            "workspace_id": "00000000-0000-4000-8000-0000000000cc",
            "display_name": "Guest card",
            "access_method": access_method,
            "card_number": null,
            "is_issued": false,
            "issued_at": null,
            "external_type": "visionline_card",
            "is_managed": true,
            "created_at": "2026-11-01T12:00:00Z",
            "errors": [],
            "warnings": [],
        })
    };
    json!({
        "acs_credentials": [good("odd", Value::Null), good("fine", json!("card")), 7],
        "ok": true,
        "pagination": {"has_next_page": false, "next_page_cursor": null, "next_page_url": null},
    })
}

#[tokio::test]
async fn an_odd_object_does_not_take_its_page_with_it() {
    let api = Api::always(|| Reply::json(200, &odd_page())).await;
    let mut pages = api
        .client()
        .credentials()
        .list(&ListAcsCredentials::default());
    let page = pages.next_page().await.unwrap().unwrap();
    let ids: Vec<_> = page
        .items
        .iter()
        .map(|one| &one.acs_credential_id)
        .collect();
    assert_eq!(ids, ["fine"]);
    let odd: Vec<_> = page.odd.iter().map(ToString::to_string).collect();
    assert_eq!(
        odd,
        [
            "odd is not as the API describes it: at acs_credentials[0].access_method: invalid type: null, expected a string",
            "an object is not as the API describes it: at acs_credentials[2]: invalid type: integer, expected struct AcsCredential",
        ]
    );
    assert!(pages.next_page().await.is_none());
}

#[tokio::test]
async fn a_list_of_a_system_that_was_not_asked_for_is_no_answer() {
    let api = Api::always(|| Reply::json(200, &odd_page())).await;
    let filters = ListAcsCredentials {
        acs_system_id: Some("another".to_owned()),
        ..Default::default()
    };
    let mut pages = api.client().credentials().list(&filters);
    let error = pages.next_page().await.unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "/acs/credentials/list: the answer is about acs_system_id 00000000-0000-4000-8000-0000000000aa, \
         but another was asked for (status 200)"
    );
    assert!(pages.next_page().await.is_none());
}
