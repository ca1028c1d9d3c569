//! TLS for the REST face: an authority that exists for one run, a certificate of it for this machine, and the
//! listener that speaks it.
//!
//! The private key of the authority is dropped as soon as the one certificate is signed. Who trusts the
//! authority trusts this run of the emulator, and nothing else can ever be signed with it.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::http::AllowedHost;
use crate::{Error, ErrorKind};

/// How long a client may take to say what it can.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// Connections whose handshake is done and that wait for the server.
const BACKLOG: usize = 64;

/// What `https` takes.
#[derive(Clone)]
pub(crate) struct Https {
    /// The certificate of the authority, for clients to trust.
    pub(crate) ca_pem: String,
    settings: Arc<ServerConfig>,
}

impl Https {
    /// Makes an authority and a certificate for `localhost`, `127.0.0.1`, `::1`, the address that is listened
    /// on and the hosts that are allowed, good for a year.
    pub(crate) fn generate(
        listens: IpAddr,
        allowed: &[AllowedHost],
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let (authority, issuer) = authority(now)?;
        let mut names = BTreeSet::from([
            "localhost".to_owned(),
            Ipv4Addr::LOCALHOST.to_string(),
            Ipv6Addr::LOCALHOST.to_string(),
        ]);
        if !listens.is_unspecified() {
            names.insert(listens.to_string());
        }
        names.extend(allowed.iter().map(ToString::to_string));
        let mut params = params(names.into_iter().collect(), "Local Call Automation emulator", now)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&key, &issuer).map_err(failed)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let settings =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(failed)?
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key)
                .map_err(failed)?;
        Ok(Self {
            ca_pem: authority,
            settings: Arc::new(settings),
        })
    }

    /// Speaks TLS on a listener.
    pub(crate) fn listen(&self, listener: TcpListener) -> io::Result<TlsListener> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(BACKLOG);
        let acceptor = TlsAcceptor::from(Arc::clone(&self.settings));
        tokio::spawn(accept(listener, acceptor, sender));
        Ok(TlsListener { ready, address })
    }
}

impl std::fmt::Debug for Https {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Https").finish_non_exhaustive()
    }
}

/// The certificate of a new authority in PEM, and what signs with it.
fn authority(now: DateTime<Utc>) -> Result<(String, Issuer<'static, KeyPair>), Error> {
    let mut params = params(
        Vec::new(),
        "Local Call Automation emulator, authority of one run",
        now,
    )?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    Ok((certificate.pem(), Issuer::new(params, key)))
}

fn params(names: Vec<String>, name: &str, now: DateTime<Utc>) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(names).map_err(failed)?;
    params.distinguished_name.push(DnType::CommonName, name);
    // Whole days, and one to spare for clocks that are behind.
    let day = |time: DateTime<Utc>| (time.year(), time.month(), time.day());
    let (from, until) = (day(now - TimeDelta::days(1)), day(now + TimeDelta::days(365)));
    let small = |number: u32| u8::try_from(number).unwrap_or(1);
    params.not_before = date_time_ymd(from.0, small(from.1), small(from.2));
    params.not_after = date_time_ymd(until.0, small(until.1), small(until.2));
    Ok(params)
}

fn failed(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::InvalidConfig, "https: no certificate can be made").with_source(source)
}

/// Hands handshakes to tasks of their own, so that a slow client keeps nobody else waiting.
async fn accept(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    ready: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    loop {
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = ready.closed() => return,
        };
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        tokio::spawn(async move {
            // An answer is small and is waited for.
            drop(stream.set_nodelay(true));
            match tokio::time::timeout(HANDSHAKE_PATIENCE, acceptor.accept(stream)).await {
                // The emulator may have ended meanwhile; then nobody takes the connection.
                Ok(Ok(stream)) => drop(ready.send((stream, peer)).await),
                Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS handshake"),
                Err(_) => tracing::debug!(%peer, "no TLS handshake in time"),
            }
        });
    }
}

/// Connections whose handshake is done.
#[derive(Debug)]
pub(crate) struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // Only when the runtime ends: there is no further connection.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_has_an_authority_of_its_own() {
        let listens = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let [one, two] = [(); 2].map(|()| Https::generate(listens, &[], Utc::now()).unwrap());
        assert!(
            one.ca_pem.starts_with("-----BEGIN CERTIFICATE-----"),
            "{}",
            one.ca_pem
        );
        assert_ne!(one.ca_pem, two.ca_pem);
        assert!(!format!("{one:?}").contains("PRIVATE"));
    }
}
