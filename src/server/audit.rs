//! Tells the audit log elsewhere: to a file, and to a collector that speaks syslog. Entries wait in the database until they are
//! told; after a crash the last may be told twice, never none.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _, UdpSocket};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::api::App;
use crate::api::rest::AuditRecord;
use crate::config::{self, Syslog};
use crate::db::Db;
use crate::domain::audit::{self, Record};
use crate::error::{Error, Result};
use crate::outbound;

/// Entries that are told at a time.
const BATCH: usize = 500;
/// One datagram takes not much more; of an entry with more the details are left out.
const DATAGRAM_BYTES: usize = 60_000;
/// "Log audit" and "informational" of RFC 5424.
const PRIORITY: u8 = 13 * 8 + 6;
/// How long a collector may take to connect, and to take a batch.
const PATIENCE: Duration = Duration::from_secs(10);

/// A place that the log is told to.
#[derive(Clone, Debug)]
pub(super) enum Output {
    File(PathBuf),
    Syslog(Syslog),
}

/// Those that are configured.
pub(super) fn outputs(config: &config::Audit) -> Vec<Output> {
    let file = config.file.clone().map(Output::File);
    file.into_iter().chain(config.syslog.clone().map(Output::Syslog)).collect()
}

/// Makes those that are configured the places that the log is told to.
///
/// # Errors
/// The database cannot be written.
pub(super) async fn configure(db: &Db, config: &config::Audit) -> Result<()> {
    let names: Vec<String> = outputs(config).iter().map(Output::name).collect();
    db.write(move |tx| audit::set_outputs(tx, &names)).await
}

/// Tells what was not told yet; returns how many entries. A place that cannot be reached does not keep the others waiting.
///
/// # Errors
/// In words for the operator: of the first place that could not be told.
pub(super) async fn tell(app: Data<App>, outputs: Vec<Output>) -> Result<usize> {
    let mut told = Ok(0);
    for output in outputs {
        match tell_one(&app.db, output).await {
            Ok(count) => told = told.map(|sum| sum + count),
            Err(error) => told = told.and(Err(error)),
        }
    }
    told
}

async fn tell_one(db: &Db, output: Output) -> Result<usize> {
    let name = output.name();
    let mut count = 0;
    loop {
        let asked = name.clone();
        let records = db.read(move |reader| audit::untold(reader, &asked, BATCH)).await?;
        let Some(last) = records.last().map(|record| record.id) else { return Ok(count) };
        count += records.len();
        let output = output.clone();
        tokio::task::spawn_blocking(move || output.take(records)).await.map_err(Error::internal)??;
        let noted = name.clone();
        db.write(move |tx| audit::note_told(tx, &noted, last)).await?;
    }
}

impl Output {
    /// By which it is known, as people read it.
    fn name(&self) -> String {
        match self {
            Self::File(path) => format!("file {}", path.display()),
            Self::Syslog(to) => format!("syslog {to}"),
        }
    }

    fn take(&self, records: Vec<Record>) -> Result<()> {
        let words = |error: io::Error| Error::invalid(format!("the audit log cannot be told to {}: {error}", self.name()));
        match self {
            Self::File(path) => append(path, records).map_err(words),
            Self::Syslog(to) => send(to, records).map_err(words),
        }
    }
}

/// The file is opened anew each time, so that it may be moved away.
fn append(path: &Path, records: Vec<Record>) -> io::Result<()> {
    let mut lines = String::new();
    for record in records {
        lines.push_str(&AuditRecord::from(record).line(usize::MAX).map_err(io::Error::other)?);
        lines.push('\n');
    }
    let mut file = OpenOptions::new().create(true).append(true).mode(0o640).open(path)?;
    file.write_all(lines.as_bytes())?;
    file.sync_data()
}

fn send(to: &Syslog, records: Vec<Record>) -> io::Result<()> {
    match to {
        Syslog::Socket(path) => {
            let socket = UnixDatagram::unbound()?;
            socket.set_write_timeout(Some(PATIENCE))?;
            socket.connect(path)?;
            for record in records {
                // A collector of this machine knows the moment and the name of the machine itself.
                let line = AuditRecord::from(record).line(DATAGRAM_BYTES).map_err(io::Error::other)?;
                socket.send(format!("<{PRIORITY}>runstead[{}]: {line}", std::process::id()).as_bytes())?;
            }
            Ok(())
        }
        Syslog::Udp(address) => {
            let to = address.to_socket_addrs()?.next().ok_or_else(|| io::Error::other("the name has no address"))?;
            let socket = UdpSocket::bind(if to.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" })?;
            socket.connect(to)?;
            records.into_iter().try_for_each(|record| socket.send(message(record, DATAGRAM_BYTES)?.as_bytes()).map(|_| ()))
        }
        Syslog::Tcp(address) => {
            let mut stream = connect(address)?;
            stream.write_all(framed(records)?.as_bytes())?;
            stream.shutdown(std::net::Shutdown::Write)
        }
        Syslog::Tls(address) => {
            let mut stream = connect_encrypted(address)?;
            stream.write_all(framed(records)?.as_bytes())?;
            stream.conn.send_close_notify();
            stream.flush()
        }
    }
}

/// Messages as one text: before each stands its length, which says where it ends (RFC 6587, and RFC 5425 for TLS).
fn framed(records: Vec<Record>) -> io::Result<String> {
    let mut framed = String::new();
    for record in records {
        let message = message(record, usize::MAX)?;
        framed.push_str(&format!("{} {message}", message.len()));
    }
    Ok(framed)
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let mut failed = io::Error::other("the name has no address");
    for to in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&to, PATIENCE) {
            Ok(stream) => {
                stream.set_write_timeout(Some(PATIENCE))?;
                stream.set_read_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// A connection to a collector that shows a certificate of its name, which somebody vouches for whom this server trusts.
fn connect_encrypted(address: &str) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']']);
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let tls = outbound::tls(None).map_err(|error| io::Error::other(error.cause()))?;
    let connection = ClientConnection::new(Arc::new(tls), name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, connect(address)?))
}

/// As RFC 5424 has it.
fn message(record: Record, most: usize) -> io::Result<String> {
    let (at, action) = (record.at, record.action.clone());
    let line = AuditRecord::from(record).line(most).map_err(io::Error::other)?;
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Ok(format!("<{PRIORITY}>1 {at} {host} runstead {} {action:.32} - {line}", std::process::id()))
}
