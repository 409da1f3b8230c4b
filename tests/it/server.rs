//! A local HTTPS server that publishes files as curl and IANA do, misbehaves on demand, and keeps a log of requests.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};
use scratch_bundle::digest::Sha256;

/// The server; it runs until the test program ends.
pub(crate) struct Server {
    port: u16,
    folder: tempfile::TempDir,
    site: Arc<Site>,
}

/// What the threads of one server share.
struct Site {
    identity: Identity,
    tls: Arc<ServerConfig>,
    pages: Mutex<BTreeMap<String, Page>>,
    log: Mutex<Vec<String>>,
}

impl Server {
    /// A server that a client with `--tls-ca` [`Server::ca`] trusts.
    pub(crate) fn start() -> Self {
        Self::with(Identity::Good)
    }

    pub(crate) fn with(identity: Identity) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Arc::new(Site {
            identity,
            tls: Arc::new(tls_config(identity, &folder.path().join("ca.pem"))),
            pages: Mutex::default(),
            log: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self {
            port,
            folder,
            site: Arc::clone(&site),
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let site = Arc::clone(&site);
                // A client that goes away is part of some tests.
                thread::spawn(move || drop(site.serve(stream.unwrap())));
            }
        });
        server
    }

    /// The certificate that signed the server's.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// The same place under another host name.
    pub(crate) fn other_host_url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    /// Puts `page` at `path`.
    pub(crate) fn put(&self, path: &str, page: Page) {
        self.site
            .pages
            .lock()
            .unwrap()
            .insert(path.to_owned(), page);
    }

    pub(crate) fn remove(&self, path: &str) {
        self.site.pages.lock().unwrap().remove(path).unwrap();
    }

    /// Publishes certificates as curl does on `date`: `/ca/cacert.pem`, its dated copy, and the digest of each.
    pub(crate) fn publish_certificates(&self, date: &str, pem: &[u8]) {
        let page = Page::file(pem).modified(date);
        for name in ["cacert.pem".to_owned(), format!("cacert-{date}.pem")] {
            let digest = format!("{}  {name}\n", Sha256::of(pem));
            self.put(&format!("/ca/{name}"), page.clone());
            self.put(&format!("/ca/{name}.sha256"), Page::file(digest.as_bytes()));
        }
    }

    /// Publishes time zone data as IANA does.
    pub(crate) fn publish_release(&self, version: &str, archive: &[u8]) {
        self.put("/tz/tzdata-latest.tar.gz", Page::file(archive));
        self.put(
            &format!("/tz/releases/tzdata{version}.tar.gz"),
            Page::file(archive),
        );
    }

    /// The requests since the last call, such as `GET /ca/cacert.pem 200`, in alphabetical order, for two sources are
    /// asked side by side.
    pub(crate) fn requests(&self) -> Vec<String> {
        let mut requests = std::mem::take(&mut *self.site.log.lock().unwrap());
        requests.sort();
        requests
    }
}

/// Who the server says it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Identity {
    Good,
    Expired,
    OtherHost,
    /// Is not signed by [`Server::ca`].
    Stranger,
    /// Answers every handshake as a server does that knows nothing newer than TLS 1.1.
    Tls11,
}

/// What is at an address.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    length: usize,
    stop: Stop,
}

/// Where an answer stops for good, without the connection being closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stop {
    Nowhere,
    BeforeHeader,
    InBody,
}

impl Page {
    pub(crate) fn file(body: &[u8]) -> Self {
        Self {
            status: "200 OK",
            headers: vec![(
                "ETag",
                format!("\"{:x}-{}\"", body.len(), Sha256::of(body).short()),
            )],
            body: body.to_vec(),
            length: body.len(),
            stop: Stop::Nowhere,
        }
    }

    pub(crate) fn status(status: &'static str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            ..Self::file(b"oops")
        }
    }

    pub(crate) fn redirect(target: &str) -> Self {
        Self::status("302 Found").header("Location", target)
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Last changed on `date`, at the hour of curl's daily job.
    pub(crate) fn modified(self, date: &str) -> Self {
        let date: jiff::civil::Date = date.parse().unwrap();
        self.header(
            "Last-Modified",
            &date.strftime("%a, %d %b %Y 03:12:02 GMT").to_string(),
        )
    }

    /// Promises `length` bytes, whatever the body has; a shorter body breaks off.
    pub(crate) fn promising(mut self, length: usize) -> Self {
        self.length = length;
        self
    }

    pub(crate) fn stalled_header(mut self) -> Self {
        self.stop = Stop::BeforeHeader;
        self
    }

    pub(crate) fn stalled_body(mut self) -> Self {
        self.stop = Stop::InBody;
        self
    }

    fn etag(&self) -> Option<&str> {
        let (_, etag) = self.headers.iter().find(|(name, _)| *name == "ETag")?;
        Some(etag)
    }

    fn write(&self, stream: &mut impl Write, with_body: bool) -> io::Result<()> {
        if self.stop == Stop::BeforeHeader {
            stall();
        }
        let (status, length) = (self.status, self.length);
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n"
        )?;
        for (name, value) in &self.headers {
            write!(stream, "{name}: {value}\r\n")?;
        }
        stream.write_all(b"\r\n")?;
        if with_body {
            let (first, second) = self.body.split_at(self.body.len() / 2);
            stream.write_all(first)?;
            stream.flush()?;
            if self.stop == Stop::InBody {
                stall();
            }
            stream.write_all(second)?;
        }
        stream.flush()
    }
}

impl Site {
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        if self.identity == Identity::Tls11 {
            // Alert (21), TLS 1.1, two bytes: fatal (2), protocol_version (70).
            stream.read_exact(&mut [0; 64])?;
            return stream.write_all(&[21, 3, 2, 0, 2, 2, 70]);
        }
        let connection = ServerConnection::new(Arc::clone(&self.tls)).unwrap();
        let mut stream = BufReader::new(StreamOwned::new(connection, stream));
        let mut request = String::new();
        while !request.ends_with("\r\n\r\n") {
            if stream.read_line(&mut request)? == 0 {
                return Ok(());
            }
        }
        self.answer(&request, stream.get_mut())
    }

    fn answer(&self, request: &str, stream: &mut impl Write) -> io::Result<()> {
        let mut words = request.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let asked_etag = request
            .lines()
            .find_map(|line| line.strip_prefix("if-none-match: "));
        let found = self.pages.lock().unwrap().get(path).cloned();
        let mut page = found.unwrap_or_else(|| Page::status("404 Not Found"));
        if asked_etag.is_some() && page.etag() == asked_etag {
            page = Page {
                status: "304 Not Modified",
                body: Vec::new(),
                length: 0,
                ..page
            };
        }
        let status = &page.status[..3];
        self.log
            .lock()
            .unwrap()
            .push(format!("{method} {path} {status}"));
        page.write(stream, method == "GET")
    }
}

/// Longer than any client waits in these tests.
fn stall() -> ! {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

fn tls_config(identity: Identity, ca: &Path) -> ServerConfig {
    let _ = rustls::crypto::ring::default_provider().install_default();

    let ca_key = KeyPair::generate().unwrap();
    let mut ca_params = CertificateParams::default();
    ca_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca_params
        .distinguished_name
        .push(DnType::CommonName, "Test CA");
    fs::write(ca, ca_params.self_signed(&ca_key).unwrap().pem()).unwrap();
    if identity == Identity::Stranger {
        ca_params
            .distinguished_name
            .push(DnType::OrganizationName, "Stranger");
    }

    let names = match identity {
        Identity::OtherHost => vec!["example.org".to_owned()],
        _ => vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
    };
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(names).unwrap();
    if identity == Identity::Expired {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    }
    let certificate = params
        .signed_by(&key, &Issuer::new(ca_params, ca_key))
        .unwrap();

    ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap()
}

/// A bundle of the first `count` built-in roots.
pub(crate) fn certificates(count: usize) -> Vec<u8> {
    let roots = &webpki_root_certs::TLS_SERVER_ROOT_CERTS[..count];
    let blocks = roots
        .iter()
        .map(|der| pem::Pem::new("CERTIFICATE", der.to_vec()));
    pem::encode_many(&blocks.collect::<Vec<_>>()).into_bytes()
}

/// A release of time zone data as IANA packs it, whose only zones are in `source`.
pub(crate) fn release(version: &str, source: &str) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let version = format!("{version}\n");
    for name in [
        "NEWS",
        "version",
        "africa",
        "antarctica",
        "asia",
        "australasia",
        "europe",
        "northamerica",
        "southamerica",
        "etcetera",
        "factory",
        "backward",
        "iso3166.tab",
        "leapseconds",
        "zone.tab",
        "zone1970.tab",
    ] {
        let text = match name {
            "version" => version.as_str(),
            "europe" => source,
            _ => "# nothing\n",
        };
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, name, text.as_bytes())
            .unwrap();
    }
    gzip(&archive.into_inner().unwrap())
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut gzip = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor.gzip_compress(bytes, &mut gzip).unwrap();
    gzip.truncate(length);
    gzip
}
