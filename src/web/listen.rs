//! Where the server listens, and what mends it if it cannot.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use crate::config::Listen;

/// Connections that wait to be taken. The kernel's own limit (`net.core.somaxconn`) is 4096.
const BACKLOG: i32 = 1024;

/// A proxy is in nightkeep's group: what it says of others is believed.
const OUR_GROUP: u32 = 0o660;
/// Every user of this machine has jobs.
const EVERYBODY: u32 = 0o666;

/// An open socket that connections come to.
#[derive(Debug)]
pub enum Listener {
    /// On an address and port.
    Tcp(TcpListener),
    /// On a path.
    Unix(UnixListener),
    /// On a path, only for pings.
    Pings(UnixListener),
}

/// One connection.
#[derive(Debug)]
pub enum Stream {
    /// Over TCP.
    Tcp(TcpStream),
    /// By a Unix socket.
    Unix(UnixStream),
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Somebody there.
    Address(IpAddr),
    /// Somebody on this machine, by a Unix socket.
    Local,
    /// This user of this machine, by the socket for pings.
    User(u32),
}

impl Peer {
    /// From where, if that is an address.
    pub fn address(self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(address),
            Self::Local | Self::User(_) => None,
        }
    }
}

/// Why it cannot listen, and what mends it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}; {mend}")]
pub struct CannotListen {
    /// What is wrong.
    pub why: String,
    /// What to do.
    pub mend: String,
}

impl Listener {
    /// Opens it.
    ///
    /// # Errors
    /// Says what mends it.
    pub fn open(listen: &Listen) -> Result<Self, CannotListen> {
        let opened = match listen {
            Listen::Tcp(address) => tcp(*address).map(Self::Tcp),
            Listen::Unix(path) => unix(path, OUR_GROUP).map(Self::Unix),
            Listen::Pings(path) => unix(path, EVERYBODY).map(Self::Pings),
        };
        opened.map_err(|error| explain(listen, &error))
    }

    /// The next connection.
    ///
    /// # Errors
    /// When this one could not be taken; the next may be.
    pub async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // An answer is one write; waiting for more only delays it.
                stream.set_nodelay(true)?;
                Ok((Stream::Tcp(stream), Peer::Address(peer.ip().to_canonical())))
            }
            Self::Unix(listener) => Ok((Stream::Unix(listener.accept().await?.0), Peer::Local)),
            Self::Pings(listener) => {
                let stream = listener.accept().await?.0;
                let user = stream.peer_cred()?.uid();
                Ok((Stream::Unix(stream), Peer::User(user)))
            }
        }
    }
}

fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
    // A server that was just restarted need not wait for the connections of the one before.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    if let SocketAddr::V6(v6) = address
        && v6.ip().is_unspecified()
    {
        // Whatever the machine's default is: `[::]` means everybody.
        sockopt::set_ipv6_v6only(&socket, false)?;
    }
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    TcpListener::from_std(std::net::TcpListener::from(socket))
}

fn unix(path: &Path, mode: u32) -> io::Result<UnixListener> {
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(io::ErrorKind::AddrInUse.into());
    }
    let is_socket = fs::symlink_metadata(path)
        .is_ok_and(|file| std::os::unix::fs::FileTypeExt::is_socket(&file.file_type()));
    if is_socket {
        // What a killed watch left behind.
        fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    Ok(listener)
}

fn explain(listen: &Listen, error: &io::Error) -> CannotListen {
    use io::ErrorKind as Kind;
    let (why, mend) = match (listen, error.kind()) {
        (Listen::Tcp(address), Kind::AddrInUse) => (
            "another program listens there",
            format!("which: ss -ltnp 'sport = :{}'; or choose another port", address.port()),
        ),
        (Listen::Unix(_) | Listen::Pings(_), Kind::AddrInUse) => (
            "another program listens there, or a file of that name is in the way",
            String::from("choose another path"),
        ),
        (Listen::Tcp(address), Kind::PermissionDenied) if address.port() < 1024 => (
            "ports below 1024 are root's",
            String::from(
                "take one from 1024 on behind a proxy or mail server, or let it: systemctl edit \
                 nightkeep, with [Service] AmbientCapabilities=CAP_NET_BIND_SERVICE and \
                 CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
            ),
        ),
        (Listen::Unix(path) | Listen::Pings(path), Kind::PermissionDenied | Kind::NotFound) => {
            let directory = path.parent().unwrap_or(path).display();
            (
                "its directory is not there, or not this user's to write",
                format!("{directory} is not: choose a path below /run/nightkeep, which is"),
            )
        }
        (_, Kind::AddrNotAvailable) => {
            ("this machine has no such address", String::from("those it has: ip address"))
        }
        _ => ("the kernel refuses", error.to_string()),
    };
    CannotListen { why: format!("cannot listen on {listen}: {why}"), mend }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn says_what_mends_it() {
        let first = Listener::open(&Listen::Tcp("127.0.0.1:0".parse().unwrap())).unwrap();
        let Listener::Tcp(listener) = &first else { panic!("tcp") };
        let taken = Listen::Tcp(listener.local_addr().unwrap());
        let error = Listener::open(&taken).unwrap_err().to_string();
        assert!(error.contains("another program") && error.contains("ss -ltnp"), "{error}");
        let elsewhere = Listen::Tcp("192.0.2.1:8466".parse().unwrap());
        let error = Listener::open(&elsewhere).unwrap_err().to_string();
        assert!(error.contains("no such address"), "{error}");
        let directory = tempfile::tempdir().unwrap();
        let missing = Listen::Unix(directory.path().join("not/there.sock"));
        let error = Listener::open(&missing).unwrap_err().to_string();
        assert!(error.contains("/run/nightkeep"), "{error}");
    }

    #[tokio::test]
    async fn a_socket_left_behind_is_no_trouble_but_a_live_one_or_a_file_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("web.sock");
        let listen = Listen::Unix(path.clone());
        let first = Listener::open(&listen).unwrap();
        assert!(Listener::open(&listen).is_err());
        drop(first);
        drop(Listener::open(&listen).unwrap());
        fs::remove_file(&path).unwrap();
        fs::write(&path, "precious").unwrap();
        assert!(Listener::open(&listen).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }
}
