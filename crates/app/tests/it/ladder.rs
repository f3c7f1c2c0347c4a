//! Clocks and their rungs: once, whoever climbs.

use gongzhi_app::cases::Act;
use gongzhi_store::cases::{self, Key};
use gongzhi_store::events;

use crate::house::{NOON, houses, open};

#[tokio::test(flavor = "multi_thread")]
async fn every_rung_fires_once_with_two_workers_and_a_restart() {
    for house in houses().await {
        let mut ids = Vec::new();
        for i in 0..6 {
            let id = house.hazard(&format!("rung {i}")).await;
            house.act("dispatcher", &id, "dispatch", Act { unit: Some("urban-management".into()), ..Act::default() }).await.unwrap();
            house.act("clerk", &id, "sign", Act::default()).await.unwrap();
            ids.push(id);
        }
        assert_eq!(house.app.fire_rungs().await.unwrap(), 0, "nothing is due yet");
        let second = open(&house.place).await;
        for hours in [24 * 9, 24 * 9, 24 * 9, 24 * 30] {
            house.later(hours);
            second.clock.set(house.app.clock.now());
            let (a, b) = tokio::join!(
                tokio::spawn({
                    let app = house.app.clone();
                    async move { app.fire_rungs().await }
                }),
                tokio::spawn({
                    let app = second.clone();
                    async move { app.fire_rungs().await }
                })
            );
            let fired = [a.unwrap(), b.unwrap()];
            assert!(fired.iter().any(Result::is_ok), "{fired:?}");
            // Whoever lost a race tries again, as the job loop does.
            house.app.fire_rungs().await.unwrap();
            second.fire_rungs().await.unwrap();
        }
        let third = open(&house.place).await;
        third.clock.set(house.app.clock.now());
        assert_eq!(third.fire_rungs().await.unwrap(), 0, "{}: a restart finds nothing left", house.place.kind());
        for id in &ids {
            let rungs: Vec<String> = events::stream(&house.app.database, &format!("case:{id}"))
                .await
                .unwrap()
                .into_iter()
                .filter(|e| e.kind == "hazard.rung")
                .map(|e| serde_json::from_str::<serde_json::Value>(&e.body).unwrap()["event"]["rung"]["claim"].to_string())
                .collect();
            let mut distinct = rungs.clone();
            distinct.sort();
            distinct.dedup();
            assert!(rungs.len() >= 5, "reminders, urging, supervision and listing came: {rungs:?}");
            assert_eq!(distinct.len(), rungs.len(), "none twice");
            let row = cases::find(&house.app.database, Key::Id(id)).await.unwrap().unwrap();
            assert!(row.due_at.unwrap() > NOON.0, "the due date stands; being late is derived");
        }
        assert!(house.app.verify_ledger().await.unwrap().ok);
    }
}
