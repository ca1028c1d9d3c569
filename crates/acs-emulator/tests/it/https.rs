//! TLS, and what goes over it only: bearer tokens, and the manners of a strict emulator.

use std::time::{Duration, SystemTime};

use acs_emulator::{BearerTokenOptions, Emulator, EmulatorBuilder, ErrorKind};
use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Sending, VERSION, soon};

async fn start(builder: EmulatorBuilder) -> (Emulator, Client) {
    let emulator = builder.start().await.unwrap();
    let client = Client::new(&emulator);
    (emulator, client)
}

/// A request that is answered 404 once it is let in.
fn target() -> String {
    format!("/calling/callConnections/none?{VERSION}")
}

async fn with_token(client: &Client, token: &str) -> Answer {
    let target = target();
    let sending = Sending::new("GET", &target, None).header("authorization", format!("Bearer {token}"));
    client.send(sending).await
}

#[tokio::test]
async fn every_address_in_an_answer_is_https() {
    let (emulator, client) = start(Emulator::builder().https(true)).await;
    let endpoint = emulator.endpoint().base().to_owned();
    assert!(endpoint.starts_with("https://127.0.0.1:"), "{endpoint}");
    assert!(emulator.connection_string().starts_with("endpoint=https://"));
    assert_eq!(client.get("/calling/callConnections/none").await.status, 404);

    let (_, health) = client.plain("/emulator/health").await;
    let (_, openid) = client.plain("/calling/.well-known/acsopenidconfiguration").await;
    let unknown = client
        .get("/calling/callConnections?api-version=1999-01-01")
        .await;
    for address in [&health["endpoint"], &openid["issuer"], &openid["jwks_uri"]] {
        let address = address.as_str().unwrap();
        assert!(address.starts_with(&endpoint), "{address}");
    }
    assert_eq!(
        unknown.status, 405,
        "the path is known with other methods: {unknown:?}"
    );
}

#[tokio::test]
async fn the_certificate_is_for_hosts_that_are_allowed_too() {
    let builder = Emulator::builder().https(true);
    let (emulator, _) = start(builder.allow_host("box.lan".parse().unwrap())).await;
    let address: std::net::SocketAddr = emulator.endpoint().authority().parse().unwrap();
    let client = |host: &str| {
        let tls = acs_common::tls::with_roots(emulator.ca_pem().unwrap()).unwrap();
        let builder = reqwest::Client::builder()
            .no_proxy()
            .tls_backend_preconfigured(tls);
        builder.resolve(host, address).build().unwrap()
    };
    for (host, reached) in [("box.lan", true), ("other.lan", false)] {
        let url = format!("https://{host}:{}/emulator/health", address.port());
        let answer = client(host).get(url).send().await;
        assert_eq!(
            answer.is_ok_and(|answer| answer.status() == 200),
            reached,
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_authority_gets_no_answer() {
    let (emulator, client) = start(Emulator::builder().https(true)).await;
    let (other, _) = start(Emulator::builder().https(true)).await;
    assert_ne!(emulator.ca_pem(), other.ca_pem());
    let address = emulator.endpoint().authority();
    for url in [
        format!("https://{address}/emulator/health"),
        format!("http://{address}/emulator/health"),
    ] {
        for stranger in [Client::trusting(None), Client::trusting(other.ca_pem())] {
            assert!(stranger.get(&url).send().await.is_err(), "{url}");
        }
    }
    // A connection that says nothing keeps nobody waiting.
    let silent = tokio::net::TcpStream::connect(address).await.unwrap();
    assert_eq!(client.plain("/emulator/health").await.0, 200);
    drop(silent);
    assert!(Emulator::start().await.unwrap().ca_pem().is_none());
}

#[tokio::test]
async fn localhost_is_a_name_of_it() {
    let (emulator, _) = start(Emulator::builder().https(true)).await;
    let port = emulator
        .endpoint()
        .authority()
        .rsplit_once(':')
        .unwrap()
        .1
        .to_owned();
    let client = Client::trusting(emulator.ca_pem());
    let answer = client
        .get(format!("https://localhost:{port}/emulator/health"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn shutting_down_ends_the_listener() {
    let (emulator, client) = start(Emulator::builder().https(true)).await;
    let address = emulator.endpoint().authority().to_owned();
    assert_eq!(client.plain("/emulator/health").await.0, 200);
    emulator.shutdown().await;
    let stranger = Client::trusting(None);
    assert!(stranger.get(format!("https://{address}/")).send().await.is_err());
    assert!(tokio::net::TcpListener::bind(address).await.is_ok());
}

#[tokio::test]
async fn a_token_of_the_authority_lets_in() {
    let (emulator, client) = start(Emulator::builder().https(true)).await;
    let token = emulator.bearer_token(&BearerTokenOptions::new()).unwrap();
    assert_eq!(with_token(&client, token.token().expose()).await.status, 404);

    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    let good = BearerTokenOptions::new();
    for (options, part) in [
        (
            good.clone()
                .valid_from(hour_ago)
                .lifetime(Duration::from_secs(60)),
            "it has expired",
        ),
        (
            good.clone()
                .valid_from(SystemTime::now() + Duration::from_secs(3600)),
            "it is not good yet",
        ),
        (
            good.clone().scope("https://graph.microsoft.com/.default"),
            "its audience is not",
        ),
    ] {
        let token = emulator.bearer_token(&options).unwrap();
        let answer = with_token(&client, token.token().expose()).await;
        assert_eq!((answer.status, answer.error().0), (401, "7501"), "{answer:?}");
        assert!(answer.error().1.contains(part), "{answer:?}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    let error = emulator.bearer_token(&good.scope("everything")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn the_token_endpoint_is_that_of_a_tenant() {
    let (emulator, client) = start(Emulator::builder().https(true)).await;
    let (status, metadata) = client
        .plain("/contoso.example/v2.0/.well-known/openid-configuration")
        .await;
    assert_eq!(status, 200);
    let endpoint = format!("{}/contoso.example/oauth2/v2.0/token", emulator.endpoint().base());
    assert_eq!(metadata["token_endpoint"], endpoint.as_str());
    let keys = metadata["jwks_uri"].as_str().unwrap();
    let (_, keys) = client
        .plain(keys.strip_prefix(emulator.endpoint().base()).unwrap())
        .await;
    assert_eq!(keys["keys"][0]["alg"], "RS256");

    let ask = async |form: &[(&str, &str)]| {
        let http = Client::trusting(emulator.ca_pem());
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        let body = text.extend_pairs(form).finish();
        let request = http
            .post(&endpoint)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let grant = ("grant_type", "client_credentials");
    let scope = (
        "scope",
        "https://communication.azure.com//.default openid profile",
    );
    let (status, given) = ask(&[grant, scope, ("client_id", "me"), ("client_secret", "hunter2")]).await;
    assert_eq!(
        (status, &given["token_type"], &given["expires_in"]),
        (200, &json!("Bearer"), &json!(3600))
    );
    let token = given["access_token"].as_str().unwrap();
    assert_eq!(with_token(&client, token).await.status, 404);

    for (form, error, part) in [
        (vec![scope], "unsupported_grant_type", "grant_type"),
        (vec![grant], "invalid_request", "scope"),
        (vec![grant, ("scope", "all")], "invalid_scope", "scope"),
        (
            vec![grant, scope, ("expires_in", "soon")],
            "invalid_request",
            "expires_in",
        ),
    ] {
        let (status, body) = ask(&form).await;
        assert_eq!((status, &body["error"]), (400, &json!(error)), "{body}");
        assert!(
            body["error_description"].as_str().unwrap().starts_with(part),
            "{body}"
        );
    }
    let journal = serde_json::to_string(&emulator.journal()).unwrap();
    assert!(journal.contains("/contoso.example/oauth2/v2.0/token"));
    assert!(!journal.contains("hunter2") && !journal.contains(token));
}

#[tokio::test]
async fn a_strict_emulator_takes_what_the_service_takes() {
    let lenient = start(Emulator::builder()).await;
    let strict = start(Emulator::builder().strict(true)).await;
    let owned = strict.0.phone_numbers()[0].as_str().to_owned();
    let call = |callback: &str, number: &str| {
        json!({
            "targets": [{"phoneNumber": {"value": "+16045550123"}}],
            "sourceCallerIdNumber": {"value": number},
            "callbackUri": callback,
        })
    };
    let http = call("http://127.0.0.1:9/events", &owned);
    let stranger = call("https://127.0.0.1:9/events", "+16045550199");
    let good = call("https://127.0.0.1:9/events", &owned);
    for (body, expected) in [
        (&http, (400, Some(("400", "The field CallbackUri is invalid")))),
        (&stranger, (403, Some(("7507", "Call source identity invalid.")))),
        (&good, (201, None)),
    ] {
        let answer = lenient.1.post("/calling/callConnections", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let answer = strict.1.post("/calling/callConnections", body).await;
        assert_eq!(answer.status, expected.0, "{answer:?}");
        if let Some(error) = expected.1 {
            assert_eq!(answer.error(), error);
        }
    }
    // Signatures over something else than what was sent.
    let target = target();
    let anew = format!("/calling/callConnections/none?{VERSION}&x=a%20b");
    let signed_anew = format!("/calling/callConnections/none?{VERSION}&x=a+b");
    for (client, expected) in [(&lenient.1, 404), (&strict.1, 401)] {
        let slash = format!("{}/", client.authority);
        let mut sending = Sending::new("GET", &target, None);
        sending.signed_host = Some(&slash);
        assert_eq!(client.send(sending).await.status, expected);
        let mut sending = Sending::new("GET", &anew, None);
        sending.signed_target = Some(&signed_anew);
        assert_eq!(client.send(sending).await.status, expected);
        // As clients ask for the files of recordings.
        let mut sending = Sending::new("GET", &target, None).header("x-ms-host", "contoso.example");
        sending.signed_host = Some("contoso.example");
        assert_eq!(client.send(sending).await.status, 404);
    }
    // Tokens in the clear.
    for ((emulator, client), expected) in [(&lenient, 404), (&strict, 401)] {
        let token = emulator.bearer_token(&BearerTokenOptions::new()).unwrap();
        assert_eq!(with_token(client, token.token().expose()).await.status, expected);
    }
}

#[tokio::test]
async fn a_strict_emulator_streams_over_tls_only() {
    let (emulator, client) = start(Emulator::builder().strict(true)).await;
    let mut journal = emulator.journal_stream();
    let body = json!({
        "targets": [{"phoneNumber": {"value": "+16045550123"}}],
        "sourceCallerIdNumber": {"value": emulator.phone_numbers()[0].as_str()},
        "callbackUri": "https://127.0.0.1:9/events",
        "mediaStreamingOptions": {
            "transportUrl": "ws://127.0.0.1:9/",
            "transportType": "websocket",
            "contentType": "audio",
            "audioChannelType": "mixed",
            "startMediaStreaming": true,
        },
    });
    let made = client.post("/calling/callConnections", &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    soon("the refusal of ws", async {
        while let Some(entry) = journal.next().await {
            if entry
                .detail
                .to_string()
                .contains("a strict emulator takes wss only")
            {
                return;
            }
        }
        panic!("the journal ended");
    })
    .await;
}
