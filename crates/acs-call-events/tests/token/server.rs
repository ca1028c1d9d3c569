//! A key server on loopback, as the service has one.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::signer::{Signer, jwks};

pub(crate) const METADATA: &str = "/calling/.well-known/acsopenidconfiguration";
pub(crate) const KEYS: &str = "/calling/keys";

type Page = (StatusCode, BTreeMap<&'static str, String>, String);

#[derive(Default)]
struct Pages {
    by_path: Mutex<BTreeMap<String, Page>>,
    asked: Mutex<Vec<String>>,
}

/// Serves until it is dropped.
pub(crate) struct KeyServer {
    pub(crate) origin: String,
    pages: Arc<Pages>,
    task: JoinHandle<()>,
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl KeyServer {
    pub(crate) async fn start(signers: &[Signer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let pages = Arc::new(Pages::default());
        let task = tokio::spawn(serve(listener, Arc::clone(&pages)));
        let server = Self { origin, pages, task };
        server.show_metadata(&format!("{}{KEYS}", server.origin));
        server.show(KEYS, &jwks(signers));
        server
    }

    pub(crate) fn metadata_url(&self) -> String {
        format!("{}{METADATA}", self.origin)
    }

    pub(crate) fn show_metadata(&self, jwks_uri: &str) {
        let metadata = json!({ "issuer": "https://issuer.test", "jwks_uri": jwks_uri });
        self.show(METADATA, &metadata.to_string());
    }

    pub(crate) fn show(&self, path: &str, body: &str) {
        self.answer(path, StatusCode::OK, &[], body);
    }

    pub(crate) fn answer(
        &self,
        path: &str,
        status: StatusCode,
        headers: &[(&'static str, &str)],
        body: &str,
    ) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let page = (status, headers.collect(), body.to_owned());
        self.pages.by_path.lock().unwrap().insert(path.to_owned(), page);
    }

    /// The paths that were asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.pages.asked.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, pages: Arc<Pages>) {
    // Dropped with the server, and the connections with it.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let pages = Arc::clone(&pages);
        let service = service_fn(move |request: Request<Incoming>| {
            let page = page(&pages, request.uri().path());
            async move { Ok::<_, Infallible>(page) }
        });
        connections.spawn(async move {
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // A client that goes away is its own affair.
            let _ended = connection.await;
        });
    }
}

fn page(pages: &Pages, path: &str) -> Response<Full<Bytes>> {
    pages.asked.lock().unwrap().push(path.to_owned());
    let page = pages.by_path.lock().unwrap().get(path).cloned();
    let (status, headers, body) = page.unwrap_or((StatusCode::NOT_FOUND, BTreeMap::new(), String::new()));
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Full::from(body)).unwrap()
}
