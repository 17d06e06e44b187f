//! The readers of the desk as Seam's encoders.

use cardbridge::serve::admission::Scope;
use serde_json::{Value, json};

use crate::desk::{
    NOWHERE, READERS, SEAMS_ENCODER, Setup, Stage, VISIONLINE, VOSTIO, WORKSPACE, encoder, reader,
};

fn names(answer: &Value) -> Vec<&str> {
    let encoders = answer["acs_encoders"].as_array().unwrap().iter();
    encoders
        .map(|encoder| encoder["display_name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn readers_are_listed_under_every_system_before_seam_s_encoders() {
    let stage = Stage::new().await;
    for system in [VISIONLINE, VOSTIO] {
        let listed = stage
            .ok("/acs/encoders/list", json!({ "acs_system_id": system }))
            .await;
        assert_eq!(names(&listed)[..2], READERS);
        let first = &listed["acs_encoders"][0];
        assert_eq!(first["acs_system_id"], system);
        assert_eq!(first["workspace_id"], WORKSPACE);
        assert!(listed["acs_encoders"].as_array().unwrap().len() > 2);
        let by_get = stage
            .get(&format!(
                "/acs/encoders/list?_strict=true&acs_system_id={system}"
            ))
            .await;
        assert_eq!(by_get.json(), listed);
    }
    let both = json!({"acs_system_ids": [VOSTIO, VISIONLINE]});
    let listed = stage.ok("/acs/encoders/list", both).await;
    assert_eq!(names(&listed)[..2], READERS);
    let once = names(&listed)
        .into_iter()
        .filter(|name| *name == READERS[0])
        .count();
    assert_eq!(once, 1);
    // One by one, of the desk or of Seam.
    for id in [encoder(1), SEAMS_ENCODER.to_owned()] {
        let body = json!({ "acs_encoder_id": id });
        let got = stage.ok("/acs/encoders/get", body).await;
        assert_eq!(got["acs_encoder"]["acs_encoder_id"], json!(id));
    }
    let ids = json!({"acs_encoder_ids": [SEAMS_ENCODER, encoder(1)]});
    let listed = stage.ok("/acs/encoders/list", ids).await;
    assert_eq!(names(&listed).len(), 2);
    assert_eq!(names(&listed)[0], READERS[1]);
}

#[tokio::test]
async fn with_configured_systems_readers_count_as_theirs_alone() {
    let stage = Stage::with(Setup {
        acs_system_ids: vec![VOSTIO.to_owned()],
        ..Setup::default()
    })
    .await;
    let of = async |system: &str| {
        let body = json!({ "acs_system_id": system });
        let listed = stage.ok("/acs/encoders/list", body).await;
        names(&listed).contains(&READERS[0])
    };
    assert!(of(VOSTIO).await && !of(VISIONLINE).await);
    let body = json!({"acs_encoder_id": encoder(0)});
    let got = stage.ok("/acs/encoders/get", body).await;
    assert_eq!(got["acs_encoder"]["acs_system_id"], VOSTIO);
    // A Visionline credential, which this desk does not write.
    let body = json!({"acs_encoder_id": encoder(0), "acs_credential_id": crate::desk::WAITING});
    let error = stage
        .refused(
            "/acs/encoders/encode_credential",
            body,
            400,
            "invalid_input",
        )
        .await;
    assert!(
        error["validation_errors"]["acs_encoder_id"]["_errors"].is_array(),
        "{error}"
    );
}

#[tokio::test]
async fn a_list_takes_exactly_one_filter() {
    let stage = Stage::new().await;
    for body in [
        json!({}),
        json!({"limit": 1}),
        json!({"acs_system_id": VISIONLINE, "acs_encoder_ids": [SEAMS_ENCODER]}),
        json!({"acs_system_id": "nonsense"}),
    ] {
        stage
            .refused("/acs/encoders/list", body, 400, "invalid_input")
            .await;
    }
    let unknown = json!({ "acs_encoder_id": NOWHERE });
    stage
        .refused("/acs/encoders/get", unknown, 404, "acs_encoder_not_found")
        .await;
}

#[tokio::test]
async fn pages_go_from_the_desk_s_own_to_seam_s_and_repeat_nothing() {
    let stage = Stage::new().await;
    let all = json!({ "acs_system_id": VISIONLINE });
    let all = stage.ok("/acs/encoders/list", all).await;
    let mut seen = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let body = json!({"acs_system_id": VISIONLINE, "limit": 1, "page_cursor": cursor});
        let page = stage.ok("/acs/encoders/list", body).await;
        assert!(page["acs_encoders"].as_array().unwrap().len() <= 1);
        seen.extend(page["acs_encoders"].as_array().unwrap().clone());
        let pagination = &page["pagination"];
        if pagination["has_next_page"] == false {
            break;
        }
        let url = pagination["next_page_url"].as_str().unwrap();
        let target = url.split_once("/acs").unwrap().1;
        stage.get(&format!("/acs{target}")).await.json()["acs_encoders"]
            .as_array()
            .unwrap();
        cursor = pagination["next_page_cursor"].clone();
    }
    assert_eq!(json!(seen), all["acs_encoders"]);
    let body = json!({"acs_system_id": VISIONLINE, "page_cursor": "nonsense"});
    stage
        .refused("/acs/encoders/list", body, 400, "invalid_input")
        .await;
}

#[tokio::test]
async fn a_reader_that_is_unplugged_is_known_and_not_listed() {
    let mut stage = Stage::new().await;
    let system = json!({ "acs_system_id": VISIONLINE });
    let before = stage.ok("/acs/encoders/list", system.clone()).await;
    let mut events = stage.desk().events();
    stage.tray.unplug(&reader(1)).unwrap();
    while stage.desk().snapshot().encoders.len() == READERS.len() {
        events.next().await.unwrap();
    }
    let after = stage.ok("/acs/encoders/list", system).await;
    assert!(!names(&after).contains(&READERS[1]));
    let body = json!({"acs_encoder_id": encoder(1)});
    let got = stage.ok("/acs/encoders/get", body.clone()).await;
    let code = &got["acs_encoder"]["errors"][0]["error_code"];
    assert_eq!(code, "acs_encoder_removed");
    let attempt = stage.encode(1, crate::desk::WAITING).await;
    assert_eq!(stage.error_of(&attempt).await, "encoder_not_online");
    // Also after a restart; and it comes back as the one that it was.
    stage.crash().await;
    stage.tray.plug_in(&reader(1)).unwrap();
    stage.begin_again().await;
    let got = stage.ok("/acs/encoders/get", body).await;
    assert_eq!(got["acs_encoder"], before["acs_encoders"][1]);
}

#[tokio::test]
async fn every_token_sees_encoders_and_each_may_do_what_it_is_for() {
    let stage = Stage::new().await;
    let statuses = async |path: &str, body: Value| {
        let mut statuses = Vec::new();
        for scope in [Scope::Desk, Scope::Kiosk, Scope::ReadOnly] {
            let call = stage.call(scope, "POST", path).json(&body);
            statuses.push(stage.send(call).await.status);
        }
        statuses
    };
    let list = json!({ "acs_system_id": VISIONLINE });
    assert_eq!(statuses("/acs/encoders/list", list).await, [200, 200, 200]);
    let scan = json!({"acs_encoder_id": encoder(0)});
    let scan = statuses("/acs/encoders/scan_credential", scan).await;
    assert_eq!(scan, [200, 200, 403]);
    let guests = statuses("/acs/credentials/list", json!({})).await;
    assert_eq!(guests, [200, 403, 200]);
    let delete = json!({ "acs_credential_id": NOWHERE });
    let delete = statuses("/acs/credentials/delete", delete).await;
    assert_eq!(delete, [404, 403, 403]);
}
