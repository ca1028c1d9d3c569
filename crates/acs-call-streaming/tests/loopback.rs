//! Both faces over loopback, with a client that does what the service does.

#![cfg(all(feature = "axum", feature = "tungstenite"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::net::SocketAddr;
use std::time::Duration;

use acs_call_streaming::frame::{AudioData, AudioMetadata, DtmfData};
use acs_call_streaming::server::axum::router;
use acs_call_streaming::{
    ApplicationFrame, AudioChunk, Error, ErrorKind, MediaSession, PcmFormat, Refusal, ServiceFrame,
    StreamRequest, StreamingConfig, StreamingServer,
};
use futures::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Sessions = mpsc::UnboundedReceiver<Result<MediaSession, Error>>;

#[derive(Clone, Copy, Debug)]
enum Face {
    Axum,
    Tungstenite,
}

const FACES: [Face; 2] = [Face::Axum, Face::Tungstenite];

/// A server on a free port, and the sessions that it takes.
async fn serve(face: Face, server: StreamingServer) -> (SocketAddr, Sessions) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sessions, taken) = mpsc::unbounded_channel();
    match face {
        Face::Axum => {
            let media = router(server, move |session| {
                let _ = sessions.send(Ok(session));
                async {}
            });
            let app = axum::Router::new().nest("/media", media);
            tokio::spawn(async move { axum::serve(listener, app).await });
        }
        Face::Tungstenite => {
            tokio::spawn(async move {
                while let Ok((connection, _)) = listener.accept().await {
                    let (server, sessions) = (server.clone(), sessions.clone());
                    tokio::spawn(async move { sessions.send(server.accept(connection).await) });
                }
            });
        }
    }
    (address, taken)
}

async fn dial_with(
    address: SocketAddr,
    headers: &[(&'static str, &str)],
) -> Result<Socket, tungstenite::Error> {
    let mut request = format!("ws://{address}/media/call")
        .into_client_request()
        .unwrap();
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    connect_async(request).await.map(|(socket, _)| socket)
}

const IDS: [(&str, &str); 2] = [
    ("x-ms-call-connection-id", "leg"),
    ("X-MS-Call-Correlation-Id", "call"),
];

async fn say(socket: &mut Socket, frame: ServiceFrame) {
    socket.send(Message::text(frame.to_json())).await.unwrap();
}

fn metadata() -> ServiceFrame {
    ServiceFrame::AudioMetadata(AudioMetadata::new("subscription", PcmFormat::Pcm24KMono))
}

/// A session that has said its first frame.
async fn connect(face: Face, server: StreamingServer) -> (Socket, MediaSession) {
    let (address, mut sessions) = serve(face, server).await;
    let mut socket = dial_with(address, &IDS).await.unwrap();
    say(&mut socket, metadata()).await;
    let session = sessions.recv().await.unwrap().unwrap();
    (socket, session)
}

async fn hear(socket: &mut Socket) -> ApplicationFrame {
    loop {
        if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
            return ApplicationFrame::parse(text.as_str()).unwrap();
        }
    }
}

fn status(refused: Result<Socket, tungstenite::Error>) -> u16 {
    match refused {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn frames_and_audio_go_both_ways() {
    for face in FACES {
        let (mut socket, session) = connect(face, StreamingServer::without_authorization()).await;
        assert_eq!(session.request().correlation_id(), &"call");
        assert_eq!(session.format(), PcmFormat::Pcm24KMono);
        let (mut frames, mut sender) = session.split();
        assert_eq!(frames.next().await.unwrap().unwrap(), metadata());

        let spoken = ServiceFrame::AudioData(AudioData::new((0..480).collect()).with_participant("4:+1"));
        say(&mut socket, spoken.clone()).await;
        socket.send(Message::Ping("are you there".into())).await.unwrap();
        socket.send(Message::text("not a frame")).await.unwrap();
        // Services of this kind have been seen to send JSON in binary messages, too.
        let key = ServiceFrame::DtmfData(DtmfData::new("#"));
        socket.send(Message::binary(key.to_json())).await.unwrap();
        assert_eq!(frames.next().await.unwrap().unwrap(), spoken);
        assert!(frames.next().await.unwrap().unwrap_err().is_invalid_frame());
        assert_eq!(frames.next().await.unwrap().unwrap(), key);

        sender.feed((0..700).collect()).await.unwrap();
        sender.close().await.unwrap();
        let mut heard = Vec::new();
        for _ in 0..2 {
            match hear(&mut socket).await {
                ApplicationFrame::AudioData(audio) => heard.extend(audio.samples()),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(heard[..700], (0..700).collect::<Vec<i16>>());
        sender.stop_audio().unwrap();
        assert_eq!(hear(&mut socket).await, ApplicationFrame::StopAudio);

        socket.close(None).await.unwrap();
        assert!(frames.next().await.is_none(), "{face:?}");
        assert!(sender.stop_audio().unwrap_err().is_closed());
    }
}

#[tokio::test]
async fn who_has_no_ids_or_no_proof_gets_no_connection() {
    for face in FACES {
        let server = StreamingServer::new(|request: StreamRequest| async move {
            match request
                .headers()
                .get("authorization")
                .map(http::HeaderValue::as_bytes)
            {
                Some(b"Bearer good") => Ok(()),
                Some(b"Bearer later") => Err(Refusal::Unavailable),
                _ => Err(Refusal::Unauthorized),
            }
        });
        let (address, mut sessions) = serve(face, server).await;
        let token = |token| [IDS[0], IDS[1], ("authorization", token)];
        assert_eq!(status(dial_with(address, &IDS).await), 401);
        assert_eq!(status(dial_with(address, &token("Bearer bad")).await), 401);
        assert_eq!(status(dial_with(address, &token("Bearer later")).await), 503);
        assert_eq!(status(dial_with(address, &token("Bearer good")[1..]).await), 400);
        if let Face::Tungstenite = face {
            for _ in 0..4 {
                let error = sessions.recv().await.unwrap().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Refused);
            }
        }
        let mut socket = dial_with(address, &token("Bearer good")).await.unwrap();
        say(&mut socket, metadata()).await;
        let session = sessions.recv().await.unwrap().unwrap();
        assert_eq!(session.request().call_connection_id(), &"leg");
    }
}

#[tokio::test]
async fn a_message_over_the_limit_ends_the_connection() {
    for face in FACES {
        let config = StreamingConfig::new().max_message_bytes(4096);
        let server = StreamingServer::without_authorization().config(config);
        let (mut socket, mut session) = connect(face, server).await;
        session.next().await.unwrap().unwrap();
        say(
            &mut socket,
            ServiceFrame::AudioData(AudioData::new(AudioChunk::silence(900))),
        )
        .await;
        session.next().await.unwrap().unwrap();
        say(
            &mut socket,
            ServiceFrame::AudioData(AudioData::new(AudioChunk::silence(4096))),
        )
        .await;
        let error = session.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MessageTooLarge, "{face:?}: {error:?}");
        assert!(session.next().await.is_none());
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_is_an_error_and_one_that_is_dropped_closes() {
    for face in FACES {
        let server = StreamingServer::without_authorization();
        let (socket, mut session) = connect(face, server.clone()).await;
        session.next().await.unwrap().unwrap();
        drop(socket);
        let error = session.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{face:?}");

        // Also when there is something unread, the peer sees a close and no reset.
        let (mut socket, session) = connect(face, server).await;
        for _ in 0..50 {
            say(&mut socket, ServiceFrame::DtmfData(DtmfData::new("1"))).await;
        }
        drop(session);
        let last = socket.next().await.unwrap();
        assert!(matches!(last, Ok(Message::Close(_))), "{face:?}: {last:?}");
        assert!(socket.next().await.is_none(), "{face:?}");
    }
}

/// What a bare connection is answered, with an error of which kind.
async fn bare(request: &[u8], config: StreamingConfig) -> (String, ErrorKind) {
    let server = StreamingServer::without_authorization().config(config);
    let (address, mut sessions) = serve(Face::Tungstenite, server).await;
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(request).await.unwrap();
    let error = sessions.recv().await.unwrap().unwrap_err();
    let mut answer = String::new();
    // A reset instead of an end is as good: not all of a request too long was read.
    let _ = connection.read_to_string(&mut answer).await;
    (answer, error.kind())
}

#[tokio::test]
async fn what_is_no_web_socket_request_is_answered_with_400() {
    for request in [
        "GET / HTTP/1.1\r\nx-ms-call-connection-id: a\r\nx-ms-call-correlation-id: b\r\n\r\n",
        "POST / HTTP/1.1\r\n\r\n",
        "\u{1}\u{2}\u{3}\r\n\r\n",
    ] {
        let (answer, kind) = bare(request.as_bytes(), StreamingConfig::new()).await;
        assert!(
            answer.starts_with("HTTP/1.1 400 Bad Request\r\n"),
            "{request:?}: {answer}"
        );
        assert_eq!(kind, ErrorKind::Refused);
    }
    let long = format!("GET / HTTP/1.1\r\nx: {}", "y".repeat(20_000));
    assert_eq!(
        bare(long.as_bytes(), StreamingConfig::new()).await.1,
        ErrorKind::Refused
    );
    let config = StreamingConfig::new().handshake_timeout(Duration::from_millis(50));
    assert_eq!(
        bare(b"GET / HT", config).await,
        (String::new(), ErrorKind::TimedOut)
    );
}
