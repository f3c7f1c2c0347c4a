//! Photos and films of a case: for those who may see it.

use gongzhi_app::cases::Act;
use serde_json::json;

use crate::house::{code, houses};

fn film() -> Vec<u8> {
    let one = |name: &[u8; 4], body: &[u8]| [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], name, body].concat();
    [one(b"ftyp", b"isom\0\0\0\0"), one(b"moov", &one(b"udta", b"+30.0050+120.5780/")), one(b"mdat", b"frames")].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_in_the_office_needs_a_case_that_one_may_see() {
    for house in houses().await {
        let id = house.hazard("photo").await;
        let photo = house.page("dispatcher", &id).await["photos"][0]["hash"].as_str().unwrap().to_owned();
        let (dispatcher, clerk) = (house.who("dispatcher").await, house.who("clerk").await);
        house.app.office_photo(&dispatcher, &photo).await.unwrap();
        assert_eq!(code(house.app.office_photo(&clerk, &photo).await), "not_found", "a digest alone opens nothing");
        house.act("dispatcher", &id, "dispatch", Act { unit: Some("urban-management".into()), ..Act::default() }).await.unwrap();
        house.app.office_photo(&clerk, &photo).await.unwrap();
        // What was uploaded and not yet sent is the sender's own.
        let jpeg = gongzhi_app::photo::encode_rgb(32, 24, &[9; 32 * 24 * 3]).unwrap();
        let own = house.app.take_photo(jpeg, &clerk.person).await.unwrap()["hash"].as_str().unwrap().to_owned();
        house.app.office_photo(&clerk, &own).await.unwrap();
        assert_eq!(code(house.app.office_photo(&house.who("other").await, &own).await), "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_is_evidence_and_tells_nothing_of_the_phone() {
    for house in houses().await {
        let clerk = house.who("clerk").await;
        let view = house.app.take_attachment(film(), "../路口 1.mp4", &clerk.person).await.unwrap();
        assert_eq!(
            (view["kind"].as_str(), view["media"].as_str(), view["name"].as_str()),
            (Some("video"), Some("video/mp4"), Some("路口 1.mp4"))
        );
        let hash = view["hash"].as_str().unwrap().to_owned();
        let id = house.hazard("film").await;
        house.act("dispatcher", &id, "dispatch", Act { unit: Some("urban-management".into()), ..Act::default() }).await.unwrap();
        house.act("clerk", &id, "sign", Act::default()).await.unwrap();
        let act = Act {
            fields: json!({ "measure": "repair", "done": "已更换灯具" }),
            photos: vec![house.photo("after film").await, hash.clone()],
            ..Act::default()
        };
        house.act("clerk", &id, "submit", act).await.unwrap();
        let served = house.app.attachment(&house.who("officer").await, &hash).await.unwrap();
        assert_eq!(served.bytes.len(), film().len());
        assert!(!served.bytes.windows(9).any(|w| w == b"+120.5780"), "the place of the camera stays in the sealed original");
        assert_eq!(code(house.app.attachment(&house.who("other").await, &hash).await), "not_found");
        let shown = house.page("officer", &id).await["after_photos"].as_array().unwrap().clone();
        assert!(shown.iter().any(|p| p["kind"] == "video" && p["hash"] == hash.as_str()), "{shown:?}");
        assert_eq!(code(house.app.take_attachment(b"MZ program".to_vec(), "a.mp4", "x").await), "attachment_unknown_kind");
        let unknown = Act { reason: Some("x".into()), photos: vec!["0".repeat(64)], ..Act::default() };
        assert_eq!(code(house.act("officer", &id, "note", unknown).await), "photo_unknown");
    }
}
