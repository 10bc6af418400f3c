//! Two people at once: whatever comes first, what is left makes sense.

use serde_json::json;

use crate::lab::{Lab, names};

#[actix_web::test]
async fn an_invitation_that_is_accepted_twice_at_once_gives_one_seat() {
    for _ in 0..5 {
        let lab = Lab::open().await;
        let (status, asked) =
            lab.post("/teams/vision/invitations", &lab.bob, json!({ "people": ["eve"], "role": "member" })).await;
        assert_eq!(status, 200, "{asked}");
        let id = asked["items"][0]["invitation"]["id"].as_i64().expect("an id");
        let path = format!("/invitations/{id}/accept");
        let (one, other) = tokio::join!(lab.post(&path, &lab.eve, json!({})), lab.post(&path, &lab.eve, json!({})));
        let mut statuses = [one.0, other.0];
        statuses.sort_unstable();
        assert!(statuses[0] < 300 && [404, 409].contains(&statuses[1]), "{one:?} {other:?}");
        let (_, members) = lab.get("/teams/vision/members", &lab.bob).await;
        assert_eq!(names(&members, "username").iter().filter(|name| **name == "eve").count(), 1);
        let (_, told) = lab.get("/audit?action=team.add_member", &lab.ada).await;
        let eve = told["items"].as_array().expect("a list").iter().filter(|one| one["details"]["member"] == "eve").count();
        assert_eq!(eve, 1, "{told}");
    }
}

#[actix_web::test]
async fn two_admins_that_demote_each_other_at_once_leave_one() {
    for _ in 0..5 {
        let lab = Lab::open().await;
        assert_eq!(lab.put("/teams/vision/members/cyd", &lab.bob, json!({ "role": "admin" })).await.0, 200);
        let member = || json!({ "role": "member" });
        let (one, other) = tokio::join!(
            lab.put("/teams/vision/members/cyd", &lab.bob, member()),
            lab.put("/teams/vision/members/bob", &lab.cyd, member()),
        );
        let mut statuses = [one.0, other.0];
        statuses.sort_unstable();
        assert!(statuses[0] == 200 && [403, 409].contains(&statuses[1]), "{one:?} {other:?}");
        let (_, members) = lab.get("/teams/vision/members", &lab.ada).await;
        let admins = members["items"].as_array().expect("a list").iter().filter(|one| one["role"] == "admin").count();
        assert_eq!(admins, 1, "{members}");
    }
}

#[actix_web::test]
async fn the_last_two_admins_that_leave_at_once_do_not_both_go() {
    for _ in 0..5 {
        let lab = Lab::open().await;
        assert_eq!(lab.put("/teams/vision/members/cyd", &lab.bob, json!({ "role": "admin" })).await.0, 200);
        let (one, other) =
            tokio::join!(lab.delete("/teams/vision/members/bob", &lab.bob), lab.delete("/teams/vision/members/cyd", &lab.cyd),);
        let mut statuses = [one.0, other.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "{one:?} {other:?}");
    }
}
