//! Where the server listens: at an address, or at a socket in the file system, which only programs of this machine reach.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Begins the name of a socket.
const UNIX: &str = "unix:";
/// The server's user and group connect: a proxy is made a member of the group.
const SOCKET_MODE: u32 = 0o660;

/// The path of the socket that `http.listen` names, if it names one.
pub fn socket_of(listen: &str) -> Option<&Path> {
    listen.strip_prefix(UNIX).map(Path::new)
}

/// A place that was taken.
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

impl Listener {
    /// # Errors
    /// In words for the operator: the address or the path, and what is wrong with it.
    pub fn bind(listen: &str) -> Result<Self> {
        match socket_of(listen) {
            Some(path) => bind_socket(path).map(|socket| Self::Unix(socket, path.to_owned())),
            None => TcpListener::bind(listen).map(Self::Tcp).map_err(|error| {
                Error::invalid(format!(
                    "cannot listen on {listen}: {error}; another program may use the port: choose one with --http.listen"
                ))
            }),
        }
    }

    /// The address; a socket has none.
    pub fn address(&self) -> Result<Option<SocketAddr>> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Some).map_err(Error::internal),
            Self::Unix(..) => Ok(None),
        }
    }

    /// Where it is, for people.
    pub fn place(&self) -> String {
        match self {
            Self::Tcp(listener) => listener.local_addr().map_or_else(|error| error.to_string(), |address| address.to_string()),
            Self::Unix(_, path) => format!("{UNIX}{}", path.display()),
        }
    }

    /// Whether only programs of this machine can connect.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(listener) => listener.local_addr().is_ok_and(|address| address.ip().is_loopback()),
            Self::Unix(..) => true,
        }
    }
}

fn bind_socket(path: &Path) -> Result<UnixListener> {
    let refused = |why: String| Error::invalid(format!("cannot listen on {UNIX}{}: {why}", path.display()));
    if let Ok(found) = std::fs::symlink_metadata(path) {
        if !found.file_type().is_socket() {
            return Err(refused("there is a file that is no socket".to_owned()));
        }
        if UnixStream::connect(path).is_ok() {
            return Err(refused("another program answers there".to_owned()));
        }
        // A server that was killed left it.
        std::fs::remove_file(path).map_err(|error| refused(error.to_string()))?;
    }
    let listener = UnixListener::bind(path).map_err(|error| refused(error.to_string()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(SOCKET_MODE)).map_err(|error| refused(error.to_string()))?;
    listener.set_nonblocking(true).map_err(|error| refused(error.to_string()))?;
    Ok(listener)
}
