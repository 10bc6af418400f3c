//! A real OpenLDAP server for one test, on free ports of this machine. Needs Debian's slapd, ldap-utils and openssl, which
//! `tests/run.sh` installs.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

pub const BASE: &str = "dc=example,dc=org";
const ROOT_PASSWORD: &str = "root-secret";

/// What a server has besides people.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    /// Entries `uid=user0001,ou=people`, whose password is `pw-user0001`.
    pub people: usize,
    /// A schema to include.
    pub schema: Option<&'a str>,
    /// The most entries of a search in pages.
    pub limit: &'a str,
    /// Entries that the server starts with.
    pub ldif: &'a str,
    /// Who may read: `users` who bound, or `*` for everybody.
    pub readers: &'a str,
}

impl Default for Shape<'_> {
    fn default() -> Self {
        Self { people: 0, schema: None, limit: "unlimited", ldif: "", readers: "users" }
    }
}

/// Stops when it is dropped.
pub struct Slapd {
    running: Child,
    folder: TempDir,
    pub port: u16,
    pub tls_port: u16,
}

impl Slapd {
    pub fn start(people: usize) -> Self {
        Self::shaped(Shape { people, ..Shape::default() })
    }

    /// A search that is not paged is cut off after 50 entries; a name without a password is bound as nobody, with success, as
    /// some products do. What groups of names list is kept in `memberOf` of their members. The certificate `client.pem` may
    /// read as `cn=reader` does.
    pub fn shaped(shape: Shape<'_>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the directory");
        let at = folder.path();
        std::fs::create_dir(at.join("db")).expect("a folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/ldap/certificates.sh");
        finished(Command::new("bash").arg(script).arg(at));
        std::fs::write(at.join("slapd.conf"), configuration(&at.display().to_string(), &shape)).expect("written");
        std::fs::write(at.join("tree.ldif"), tree(shape.people) + shape.ldif).expect("written");
        finished(
            Command::new("/usr/sbin/slapadd").args(["-q", "-f"]).arg(at.join("slapd.conf")).arg("-l").arg(at.join("tree.ldif")),
        );
        let (port, tls_port) = (free_port(), free_port());
        let running = run(at, port, tls_port);
        Self { running, folder, port, tls_port }
    }

    pub fn plain(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    pub fn encrypted(&self) -> String {
        format!("ldaps://127.0.0.1:{}", self.tls_port)
    }

    /// The path of `ca.pem`, `other-ca.pem`, `client.pem` or `client.key`.
    pub fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Changes the tree by LDIF.
    pub fn change(&self, ldif: &str) {
        let mut command = Command::new("ldapmodify");
        command.args(["-x", "-H", &self.plain(), "-D", &format!("cn=root,{BASE}"), "-w", ROOT_PASSWORD]);
        let mut changing = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("ldap-utils is installed");
        changing.stdin.take().expect("piped").write_all(ldif.as_bytes()).expect("it reads");
        assert!(changing.wait().expect("it ends").success(), "{ldif}");
    }

    /// Makes a group `cn=…,ou=groups` of members by their whole names.
    pub fn group(&self, cn: &str, members: &[String]) {
        let lines: String = members.iter().map(|member| format!("member: {member}\n")).collect();
        self.change(&format!("dn: {}\nchangetype: add\nobjectClass: groupOfNames\ncn: {cn}\n{lines}", group_dn(cn)));
    }

    /// Takes an entry away for good.
    pub fn remove(&self, dn: &str) {
        self.change(&format!("dn: {dn}\nchangetype: delete\n"));
    }

    pub fn stop(&mut self) {
        self.running.kill().expect("it runs");
        self.running.wait().expect("it ends");
    }

    /// After [`Slapd::stop`], as it was.
    pub fn start_again(&mut self) {
        self.running = run(self.folder.path(), self.port, self.tls_port);
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        // Either may have happened before.
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

/// The whole name of a person by their number.
pub fn user_dn(number: usize) -> String {
    format!("uid=user{number:04},ou=people,{BASE}")
}

/// The whole name of a group.
pub fn group_dn(cn: &str) -> String {
    format!("cn={cn},ou=groups,{BASE}")
}

/// A port where nobody listens.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}

fn run(at: &Path, port: u16, tls_port: u16) -> Child {
    let addresses = format!("ldap://127.0.0.1:{port}/ ldaps://127.0.0.1:{tls_port}/");
    let mut command = Command::new("/usr/sbin/slapd");
    command.args(["-d", "0", "-h", &addresses, "-f"]).arg(at.join("slapd.conf"));
    let running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("slapd is installed");
    let listens = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        TcpStream::connect(("127.0.0.1", tls_port)).is_ok()
    });
    assert!(listens, "slapd does not start");
    running
}

fn finished(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; tests/run.sh installs what is needed"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn configuration(at: &str, shape: &Shape<'_>) -> String {
    let Shape { limit, readers, .. } = shape;
    let schema = shape.schema.map(|path| format!("include {path}\n")).unwrap_or_default();
    format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
{schema}modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {at}/slapd.pid
argsfile {at}/slapd.args
TLSCertificateFile {at}/server.pem
TLSCertificateKeyFile {at}/server.key
TLSCACertificateFile {at}/ca.pem
TLSVerifyClient allow
authz-regexp ^cn=reader$ cn=reader,{BASE}
allow bind_anon_dn
sizelimit size.soft=50 size.hard=50 size.prtotal={limit}
database mdb
maxsize 67108864
suffix {BASE}
rootdn cn=root,{BASE}
rootpw {ROOT_PASSWORD}
directory {at}/db
dbnosync
access to attrs=userPassword by anonymous auth by * none
access to * by {readers} read by * none
overlay memberof
memberof-group-oc groupOfNames
memberof-refint TRUE
"
    )
}

fn tree(people: usize) -> String {
    let mut ldif = format!(
        "dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n\
         dn: ou=people,{BASE}\nobjectClass: organizationalUnit\nou: people\n\n\
         dn: ou=groups,{BASE}\nobjectClass: organizationalUnit\nou: groups\n\n\
         dn: cn=reader,{BASE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\n\
         userPassword: reader-pw\n\n"
    );
    for number in 1..=people {
        let uid = format!("user{number:04}");
        write!(
            ldif,
            "dn: uid={uid},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: User {number}\nsn: {number}\n\
             mail: {uid}@example.org\nuserPassword: pw-{uid}\n\n"
        )
        .expect("a String takes any text");
    }
    ldif
}
