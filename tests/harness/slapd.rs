//! A real LDAP server, OpenLDAP's `slapd`: a process of its own on addresses of its own of this machine, with
//! its own folder, certificate and people. Where there is no `slapd` a test says that it was not run.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU8, Ordering};

use data_encoding::BASE64;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

/// Below which entry everything is.
pub const BASE: &str = "ou=people,dc=example,dc=ac,dc=jp";
/// The password of the one who may read people.
pub const PASSWORD: &str = "correct horse battery staple";
/// The most entries that are answered at once; whoever asks page by page may have all.
pub const ANSWER_MAX: usize = 50;

/// Its ports: with TLS from the first byte, and without.
const TLS_PORT: u16 = 6360;
const PLAIN_PORT: u16 = 3890;

/// What the schemas that come with slapd lack, under numbers that nobody else has.
const SCHEMA: &str = "
attributetype ( 1.3.6.1.4.1.32473.1.1 NAME 'eduPersonPrimaryAffiliation' SUP name SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.32473.1.2 NAME 'lastDay' SUP name SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.32473.1.3 NAME 'mergedInto' SUP name SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.32473.1.4 NAME 'member' SUP top AUXILIARY
    MAY ( eduPersonPrimaryAffiliation $ lastDay $ mergedInto ) )
";

/// A person as the server has them: the ID, and further attributes, `name: value` a line.
pub struct LdapPerson {
    user: String,
    attributes: String,
}

impl LdapPerson {
    /// Somebody whose Latin name is given; further attributes are added as they are.
    pub fn new(user: &str, latin: &str, attributes: &str) -> Self {
        Self { user: user.to_owned(), attributes: format!("cn: {latin}\nsn: {latin}\n{attributes}\n") }
    }

    /// Somebody in all three scripts.
    pub fn named(user: &str, kanji: &str, kana: &str, latin: &str, attributes: &str) -> Self {
        let names = format!("displayName;lang-ja: {kanji}\ndisplayName;lang-ja;phonetic: {kana}\n{attributes}");
        Self::new(user, latin, &names)
    }
}

/// The server.
pub struct Slapd {
    folder: TempDir,
    address: Ipv4Addr,
    /// Where it answers too, which its certificate does not name.
    other_address: Ipv4Addr,
    child: Option<Child>,
}

impl Slapd {
    /// Serves these people; None where there is no `slapd`, which is said.
    pub fn start(people: &[LdapPerson]) -> Option<Self> {
        if env::var_os("TOKENFLEET_NO_LDAP").is_some() || program("slapd").is_none() {
            say_not_run();
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let [address, other_address] = free_addresses();
        make_certificates(folder.path(), address);
        write_private(&folder.path().join("ldap.password"), &format!("{PASSWORD}\n"));
        fs::write(folder.path().join("slapd.conf"), configuration(folder.path())).unwrap();
        let mut slapd = Self { folder, address, other_address, child: None };
        slapd.serve(people);
        Some(slapd)
    }

    /// Serves these people in the place of those before.
    pub fn serve(&mut self, people: &[LdapPerson]) {
        self.stop();
        drop(fs::remove_dir_all(self.path("db")));
        fs::create_dir(self.path("db")).unwrap();
        fs::write(self.path("people.ldif"), ldif(people)).unwrap();
        let loaded = Command::new(program("slapadd").unwrap())
            .arg("-q")
            .arg("-f")
            .arg(self.path("slapd.conf"))
            .arg("-l")
            .arg(self.path("people.ldif"))
            .output()
            .unwrap();
        assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
        let listen = [self.url(), self.plain_url(), self.other_url()].join(" ");
        let mut child = Command::new(program("slapd").unwrap())
            .args(["-d", "conns", "-h", &listen, "-f"])
            .arg(self.path("slapd.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        // It says that it is starting before it listens; that it waits on its listeners is the first sign.
        let mut said = Vec::new();
        let listens = log.by_ref().inspect(|line| said.push(line.clone())).any(|line| line.contains(": listen="));
        assert!(listens, "{said:?}");
        // Whoever writes a log that nobody reads stands still.
        std::thread::spawn(move || log.for_each(drop));
        self.child = Some(child);
    }

    /// Ends the server.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// `[directory.ldap]` for this server, with TLS from the first byte.
    pub fn section(&self) -> String {
        let path = |name| self.path(name).display().to_string();
        format!(
            "\n[directory.ldap]\nurl = \"{}\"\nca = \"{}\"\nbind_dn = \"cn=tokenfleet,dc=example,dc=ac,dc=jp\"\n\
             password_file = \"{}\"\nbase = \"{BASE}\"\npage_size = {ANSWER_MAX}\n",
            self.url(),
            path("ca.pem"),
            path("ldap.password"),
        )
    }

    /// Where it answers with TLS from the first byte.
    pub fn url(&self) -> String {
        format!("ldaps://{}:{TLS_PORT}", self.address)
    }

    /// Where it answers in the clear, and with StartTLS.
    pub fn plain_url(&self) -> String {
        format!("ldap://{}:{PLAIN_PORT}", self.address)
    }

    /// Where it answers with TLS, by an address that its certificate does not name.
    pub fn other_url(&self) -> String {
        format!("ldaps://{}:{TLS_PORT}", self.other_address)
    }

    /// A file of the server's folder, or a place for a new one.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Says once that these tests were not run, past the test harness, which keeps the output of tests that pass.
fn say_not_run() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        let words =
            b"the directory from LDAP was not run: there is no slapd here (package slapd), or it is not asked for\n";
        std::io::stderr().write_all(words).unwrap();
    });
}

/// Writes a file that its owner alone may read.
pub fn write_private(path: &Path, text: &str) {
    let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

/// A program of the package; Debian keeps them where only root's PATH leads.
fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Two addresses of this machine that nobody else has, so that a server that starts again finds its ports free.
fn free_addresses() -> [Ipv4Addr; 2] {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    let [_, _, high, low] = std::process::id().to_be_bytes();
    [(); 2].map(|()| Ipv4Addr::new(127, 1 + NEXT.fetch_add(1, Ordering::Relaxed) % 250, high, low))
}

fn make_certificates(folder: &Path, address: Ipv4Addr) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new([address.to_string()]).unwrap().signed_by(&key, &authority).unwrap();
    fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    fs::write(folder.join("server.pem"), server.pem()).unwrap();
    write_private(&folder.join("server.key"), &key.serialize_pem());
}

fn configuration(folder: &Path) -> String {
    fs::write(folder.join("own.schema"), SCHEMA).unwrap();
    let folder = folder.display();
    format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include {folder}/own.schema
attributeoptions lang- phonetic
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix dc=example,dc=ac,dc=jp
directory {folder}/db
limits * size.soft={ANSWER_MAX} size.hard={ANSWER_MAX} size.pr={ANSWER_MAX} size.prtotal=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact=cn=tokenfleet,dc=example,dc=ac,dc=jp read by * none
"
    )
}

fn ldif(people: &[LdapPerson]) -> String {
    let mut text = format!(
        "dn: dc=example,dc=ac,dc=jp\nobjectClass: domain\ndc: example\n\n\
         dn: cn=tokenfleet,dc=example,dc=ac,dc=jp\nobjectClass: person\ncn: tokenfleet\nsn: tokenfleet\n\
         userPassword: {PASSWORD}\n\n\
         dn: {BASE}\nobjectClass: organizationalUnit\nou: people\n\n"
    );
    for LdapPerson { user, attributes } in people {
        write!(text, "dn: uid={user},{BASE}\nobjectClass: inetOrgPerson\nobjectClass: member\n").unwrap();
        // The values of an attribute stand together, else slapadd makes several attributes of them.
        let mut lines: Vec<_> = attributes.lines().filter_map(|line| line.split_once(": ")).collect();
        lines.push(("uid", user));
        lines.sort_unstable();
        for (name, value) in lines {
            // Whatever is not ASCII is Base64 in LDIF.
            writeln!(text, "{name}:: {}", BASE64.encode(value.as_bytes())).unwrap();
        }
        text.push('\n');
    }
    text
}
