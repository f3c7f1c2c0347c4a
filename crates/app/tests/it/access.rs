//! Logging in, and who may do what.

use gongzhi_app::access::require;
use gongzhi_app::people::GivenPerson;
use gongzhi_civic::permission::Permission;
use gongzhi_civic::text::Language;

use crate::house::{code, houses};

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_passwords_rest_the_account_and_a_session_ends_with_it() {
    for house in houses().await {
        let (token, actor) = house.app.log_in("Clerk ", "a long password", "test").await.unwrap();
        assert_eq!(house.app.actor(&token).await.unwrap().unwrap(), actor);
        assert!(house.app.actor("no such token").await.unwrap().is_none());
        assert_eq!(code(house.app.log_in("nobody", "x", "test").await), "login_failed");
        for _ in 0..5 {
            assert_eq!(code(house.app.log_in("clerk", "wrong", "test").await), "login_failed");
        }
        assert_eq!(code(house.app.log_in("clerk", "a long password", "test").await), "login_resting");
        house.later(1);
        assert!(house.app.log_in("clerk", "a long password", "test").await.is_ok());
        house.later(13);
        assert!(house.app.actor(&token).await.unwrap().is_none(), "twelve hours without use end a login");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_makes_and_ends_accounts_and_has_no_right_over_cases() {
    for house in houses().await {
        let admin = house.who("admin").await;
        let id = house.hazard("x").await;
        assert_eq!(code(house.app.case(&admin, &id, Language::Zh).await), "forbidden");
        let given = GivenPerson {
            name: Some("新人".into()),
            login: Some("new".into()),
            password: Some("a long password".into()),
            unit: Some("transport".into()),
            roles: Some(vec!["clerk".into()]),
            ..Default::default()
        };
        let made = house.app.put_person(&admin, None, given.clone(), Language::Zh).await.unwrap();
        assert_eq!(code(house.app.put_person(&admin, None, given.clone(), Language::Zh).await), "login_taken");
        assert_eq!(
            code(
                house
                    .app
                    .put_person(
                        &admin,
                        None,
                        GivenPerson { login: Some("n2".into()), password: Some("short".into()), ..given.clone() },
                        Language::Zh
                    )
                    .await
            ),
            "password_short"
        );
        assert_eq!(
            code(
                house
                    .app
                    .put_person(&admin, None, GivenPerson { login: Some("n3".into()), unit: Some("nowhere".into()), ..given }, Language::Zh)
                    .await
            ),
            "unit_unknown"
        );
        let (token, _) = house.app.log_in("new", "a long password", "test").await.unwrap();
        let off = GivenPerson { active: Some(false), ..Default::default() };
        house.app.put_person(&admin, made["id"].as_str(), off, Language::Zh).await.unwrap();
        assert!(house.app.actor(&token).await.unwrap().is_none(), "a deactivated person is out at once");
        assert_eq!(code(house.app.log_in("new", "a long password", "test").await), "login_failed");
        assert_eq!(code(require(&house.who("clerk").await, Permission::DirectoryWrite)), "forbidden");
        assert_eq!(code(house.app.list_events(&house.who("clerk").await, &Default::default()).await), "forbidden");
    }
}
