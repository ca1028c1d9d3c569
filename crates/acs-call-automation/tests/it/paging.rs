//! The list of participants, page by page.

use acs_call_automation::{CallConnection, CallParticipant, Error, ErrorKind};
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use crate::server::{Reply, Server};

fn page(names: &[&str], next: Option<&str>) -> Value {
    let value: Vec<Value> = names
        .iter()
        .map(|name| json!({"identifier": {"rawId": format!("8:acs:{name}")}}))
        .collect();
    match next {
        None => json!({"value": value}),
        Some(next) => json!({"value": value, "nextLink": next}),
    }
}

/// Three pages, the second of them empty; a relative link and one with an old version.
async fn three_pages() -> Server {
    Server::start(|request| {
        let body = match request.target.as_str() {
            "/calling/callConnections/call/participants" => page(
                &["a", "b"],
                Some("/calling/callConnections/call/participants?skipToken=2&api-version=2023-03-06"),
            ),
            "/calling/callConnections/call/participants?skipToken=2" => page(
                &[],
                Some("/calling/callConnections/call/participants?skipToken=3"),
            ),
            "/calling/callConnections/call/participants?skipToken=3" => page(&["c"], None),
            other => panic!("{other}"),
        };
        Reply::json(200, &body)
    })
    .await
}

fn call(server: &Server) -> CallConnection {
    server.client().call_connection("call")
}

fn names(participants: &[CallParticipant]) -> Vec<String> {
    participants
        .iter()
        .map(|participant| participant.identifier.raw_id().replace("8:acs:", ""))
        .collect()
}

#[tokio::test]
async fn participants_come_across_pages_and_pages_only_when_needed() {
    let server = three_pages().await;
    let mut list = call(&server).list_participants();
    assert_eq!(server.received().len(), 0);
    let first = list.try_next().await.unwrap().unwrap();
    let second = list.try_next().await.unwrap().unwrap();
    assert_eq!(names(&[first, second]), ["a", "b"]);
    assert_eq!(server.received().len(), 1);
    let rest: Vec<_> = list.by_ref().try_collect().await.unwrap();
    assert_eq!(names(&rest), ["c"]);
    assert_eq!(server.received().len(), 3);
    // Ended is ended.
    assert!(list.next().await.is_none());
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
async fn pages_come_as_the_service_cuts_them() {
    let server = three_pages().await;
    let pages: Vec<_> = call(&server)
        .list_participants()
        .pages()
        .try_collect()
        .await
        .unwrap();
    let pages: Vec<_> = pages.iter().map(|page| names(page)).collect();
    assert_eq!(pages, [vec!["a", "b"], vec![], vec!["c"]]);
}

#[tokio::test]
async fn an_error_ends_the_list() {
    let server = Server::start(|request| {
        if request.target.contains("skipToken") {
            Reply::json(
                404,
                &json!({"error": {"code": "8522", "message": "Call not found."}}),
            )
        } else {
            Reply::json(200, &page(&["a"], Some("?skipToken=2")))
        }
    })
    .await;
    // A relative link is taken from the endpoint, as the official SDKs do.
    let items: Vec<Result<CallParticipant, Error>> = call(&server).list_participants().collect().await;
    assert_eq!(items.len(), 2);
    assert!(items[0].is_ok());
    let error = items[1].as_ref().unwrap_err();
    assert!(error.is_not_found());
    assert!(error.to_string().starts_with("list participants: "), "{error}");
}

#[tokio::test]
async fn a_list_that_leads_to_itself_or_elsewhere_ends() {
    const ITSELF: &str = "/calling/callConnections/call/participants?skipToken=1";
    let server = Server::start(|_| Reply::json(200, &page(&["a"], Some(ITSELF)))).await;
    let items: Vec<_> = call(&server).list_participants().take(9).collect().await;
    let error = items.last().unwrap().as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert_eq!(server.received().len(), 2);

    // A signed request to another host would hand out a signature.
    let server =
        Server::start(|_| Reply::json(200, &page(&["a"], Some("https://elsewhere.example/participants"))))
            .await;
    let items: Vec<_> = call(&server).list_participants().collect().await;
    assert_eq!(items.len(), 2);
    let error = items[1].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_call_without_id_is_not_asked_for() {
    let server = three_pages().await;
    let nowhere = server.client().call_connection("");
    let items: Vec<_> = nowhere.list_participants().collect().await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].as_ref().unwrap_err().field(), Some("call_connection_id"));
    assert!(server.received().is_empty());
}
