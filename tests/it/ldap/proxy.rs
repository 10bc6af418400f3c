//! A way through TCP to a real server that goes wrong as networks and servers do.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What happens to what the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// After so many bytes nothing comes any more, and the connection stays.
    Hang,
    /// After so many bytes the connection ends.
    Drop,
    /// After so many bytes some are left out, and the rest goes on.
    Truncate,
    /// Every piece comes late.
    Delay,
}

const FAULTS: [Fault; 5] = [Fault::None, Fault::Hang, Fault::Drop, Fault::Truncate, Fault::Delay];

/// How late a piece comes.
const LATE: Duration = Duration::from_millis(20);
/// How many bytes are left out.
const LEFT_OUT: usize = 40;

/// Listens until the process ends; its threads wait for connections.
pub struct Proxy {
    port: u16,
    fault: Arc<AtomicU8>,
    after: Arc<AtomicUsize>,
}

impl Proxy {
    /// To the port of a server on this machine.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let proxy = Self { port: listener.local_addr().expect("bound").port(), fault: Arc::default(), after: Arc::default() };
        let (fault, after) = (Arc::clone(&proxy.fault), Arc::clone(&proxy.after));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", port));
                // A server that is down is a connection that ends.
                let Ok(server) = server else { continue };
                let fault = FAULTS[usize::from(fault.load(Ordering::SeqCst))];
                connect(client, server, fault, after.load(Ordering::SeqCst));
            }
        });
        proxy
    }

    pub fn plain(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// From the next connection on.
    pub fn set(&self, fault: Fault, after: usize) {
        let place = FAULTS.iter().position(|known| *known == fault).expect("all are listed");
        self.after.store(after, Ordering::SeqCst);
        self.fault.store(u8::try_from(place).expect("there are few"), Ordering::SeqCst);
    }
}

fn connect(client: TcpStream, server: TcpStream, fault: Fault, after: usize) {
    let (mut asks, mut asked) = (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
    thread::spawn(move || {
        // Either side may end first.
        let _ = std::io::copy(&mut asks, &mut asked);
        let _ = asked.shutdown(Shutdown::Write);
    });
    thread::spawn(move || answer(server, client, fault, after));
}

fn answer(mut server: TcpStream, mut client: TcpStream, fault: Fault, after: usize) {
    let mut buffer = [0; 4096];
    let (mut passed, mut left_out) = (0, 0);
    loop {
        let read = match server.read(&mut buffer) {
            Ok(read) if read > 0 => read,
            _ => break,
        };
        let mut piece = buffer[..read].to_vec();
        let room = after.saturating_sub(passed).min(read);
        match fault {
            Fault::None => {}
            Fault::Delay => thread::sleep(LATE),
            Fault::Hang | Fault::Drop => piece.truncate(room),
            Fault::Truncate if room < read && left_out < LEFT_OUT => {
                let until = (room + LEFT_OUT - left_out).min(read);
                left_out += until - room;
                piece.drain(room..until);
            }
            Fault::Truncate => {}
        }
        passed += read;
        if client.write_all(&piece).is_err() {
            break;
        }
        if fault == Fault::Drop && passed > after {
            break;
        }
    }
    if fault == Fault::Hang {
        // Until the other side gives up.
        let _ = client.read(&mut buffer);
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}
