//! The fleet's own certificate authority: makes the certificates of the server and of operators. All keys are ECDSA
//! P-256, since gRPC clients refuse Ed25519. The time and serial numbers are arguments; it writes no files.
//!
//! A certificate is renewed by issuing a new one for the same name. What counts is the operator's row in the database:
//! revoking a name ends all its certificates.

use std::net::IpAddr;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PublicKeyData, SanType, SerialNumber, SignatureAlgorithm,
};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer};
use tokenfleet_domain::ids::OperatorName;
use tokenfleet_domain::ports::{Entropy, NoEntropy, Timestamp};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::SubjectPublicKeyInfo;
use zeroize::Zeroizing;

use crate::app::operator::PublicKey;

/// How long the authority itself lasts.
pub const AUTHORITY_VALIDITY: Duration = days(20 * 365);
/// How long a certificate of the server lasts.
pub const SERVER_VALIDITY: Duration = days(2 * 365);
/// How long a certificate of an operator lasts.
pub const CLIENT_VALIDITY: Duration = days(365);
/// A new certificate is already valid for a desk whose clock is that much behind.
pub const BACKDATED: Duration = Duration::from_hours(1);
/// The names every server certificate has.
pub const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// The last moment a certificate is made at, in seconds: no end may lie beyond the year 9999.
const LATEST: u64 = 200_000_000_000;
/// The largest certificate request that is read, in bytes of PEM.
pub const REQUEST_MAX: usize = 16 * 1024;

/// The authority with its key.
#[derive(Debug)]
pub struct Authority {
    certificate_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its new private key.
pub struct Issued {
    /// The certificate.
    pub certificate_pem: String,
    /// Its key, PKCS #8.
    pub key_pem: Zeroizing<String>,
}

/// Why the authority can't do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// A name that can't stand in a certificate.
    #[error("{0} is no host name or address")]
    Name(String),
    /// The authority's certificate or key can't be read.
    #[error("the authority's certificate or key can't be read: {0}")]
    Unreadable(String),
    /// The certificate is that of another key.
    #[error("the authority's key does not belong to its certificate")]
    KeyMismatch,
    /// The certificate request can't be used.
    #[error("the certificate request can't be used: {0}")]
    Request(&'static str),
    /// A moment that no certificate can hold.
    #[error("the date can't stand in a certificate")]
    Date,
    /// The library failed.
    #[error("the certificate can't be made: {0}")]
    Make(#[from] rcgen::Error),
}

impl Authority {
    /// Makes a new authority. Its key has to be written down and kept private.
    pub fn create(now: Timestamp, entropy: &dyn Entropy) -> Result<(Self, Zeroizing<String>), AuthorityError> {
        let key = new_key()?;
        let mut params = dated(now, AUTHORITY_VALIDITY, entropy)?;
        // Two fleets must not have authorities of one name: clients look them up by it.
        let mut mark = [0; 4];
        entropy.fill(&mut mark)?;
        let name = format!("tokenfleet authority {}", data_encoding::HEXLOWER.encode(&mark));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate_pem = params.self_signed(&key)?.pem();
        let key_pem = Zeroizing::new(key.serialize_pem());
        Ok((Self { certificate_pem, issuer: Issuer::new(params, key) }, key_pem))
    }

    /// Takes up an authority that was made before.
    pub fn load(certificate_pem: &str, key_pem: &str) -> Result<Self, AuthorityError> {
        let unreadable = |why: &dyn std::fmt::Display| AuthorityError::Unreadable(why.to_string());
        let der = CertificateDer::from_pem_slice(certificate_pem.as_bytes()).map_err(|why| unreadable(&why))?;
        let (_, certificate) = X509Certificate::from_der(&der).map_err(|why| unreadable(&why))?;
        // Why a key can't be read is not said: it might quote the key.
        let key = KeyPair::from_pkcs8_pem_and_sign_algo(key_pem, &PKCS_ECDSA_P256_SHA256)
            .map_err(|_| unreadable(&"no ECDSA P-256 key in PKCS #8"))?;
        if certificate.public_key().subject_public_key.data != key.public_key_raw() {
            return Err(AuthorityError::KeyMismatch);
        }
        let issuer = Issuer::from_ca_cert_der(&der, key)?;
        Ok(Self { certificate_pem: certificate_pem.to_owned(), issuer })
    }

    /// The certificate that clients and servers check others with.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// A certificate for a server that is reached as localhost and under these names.
    pub fn server(&self, names: &[String], now: Timestamp, entropy: &dyn Entropy) -> Result<Issued, AuthorityError> {
        let key = new_key()?;
        let mut params = leaf(now, SERVER_VALIDITY, ExtendedKeyUsagePurpose::ServerAuth, entropy)?;
        let local = LOCAL_NAMES.map(str::to_owned);
        let more = names.iter().filter(|name| !local.contains(name));
        params.subject_alt_names = local.iter().chain(more).map(|name| host(name)).collect::<Result<_, _>>()?;
        params.distinguished_name.push(DnType::CommonName, names.first().unwrap_or(&local[0]).as_str());
        self.issue(&params, &key)
    }

    /// A certificate and key for an operator.
    pub fn client(&self, name: &OperatorName, now: Timestamp, entropy: &dyn Entropy) -> Result<Issued, AuthorityError> {
        self.issue(&client_params(name, now, entropy)?, &new_key()?)
    }

    /// A certificate for an operator who keeps the key: only the key of the request is used, never a name in it.
    pub fn sign_request(
        &self,
        name: &OperatorName,
        request_pem: &str,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<String, AuthorityError> {
        let key = RequestedKey::read(request_pem)?;
        Ok(client_params(name, now, entropy)?.signed_by(&key, &self.issuer)?.pem())
    }

    /// The key and name it signs with, for certificates no method makes.
    #[cfg(test)]
    pub(super) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    fn issue(&self, params: &CertificateParams, key: &KeyPair) -> Result<Issued, AuthorityError> {
        let certificate_pem = params.signed_by(key, &self.issuer)?.pem();
        Ok(Issued { certificate_pem, key_pem: Zeroizing::new(key.serialize_pem()) })
    }
}

/// The key of a certificate request whose signature is right.
pub fn requested_key(request_pem: &str) -> Result<PublicKey, AuthorityError> {
    RequestedKey::read(request_pem).map(|key| PublicKey(key.0))
}

/// When the first certificate of a PEM text ends.
pub fn expires_at(certificate_pem: &str) -> Option<Timestamp> {
    let der = CertificateDer::from_pem_slice(certificate_pem.as_bytes()).ok()?;
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    super::certificate::ends(&certificate)
}

fn client_params(
    name: &OperatorName,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<CertificateParams, AuthorityError> {
    let mut params = leaf(now, CLIENT_VALIDITY, ExtendedKeyUsagePurpose::ClientAuth, entropy)?;
    let uri = format!("{}{name}", OperatorName::URI_PREFIX);
    params.subject_alt_names = vec![SanType::URI(uri.try_into()?)];
    // For people who look at the certificate; nothing reads it.
    params.distinguished_name.push(DnType::CommonName, name.as_str());
    Ok(params)
}

fn leaf(
    now: Timestamp,
    validity: Duration,
    purpose: ExtendedKeyUsagePurpose,
    entropy: &dyn Entropy,
) -> Result<CertificateParams, AuthorityError> {
    let mut params = dated(now, validity, entropy)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    Ok(params)
}

fn dated(now: Timestamp, validity: Duration, entropy: &dyn Entropy) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.serial_number = Some(serial(entropy)?);
    let seconds = u64::try_from(now.timestamp()).map_err(|_| AuthorityError::Date)?;
    if seconds > LATEST {
        return Err(AuthorityError::Date);
    }
    let moment = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    params.not_before = moment - BACKDATED;
    params.not_after = moment + validity;
    Ok(params)
}

/// 126 random bits in 16 bytes: positive, and never shorter.
fn serial(entropy: &dyn Entropy) -> Result<SerialNumber, NoEntropy> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes)?;
    bytes[0] = bytes[0] & 0x3f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

fn new_key() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
}

fn host(name: &str) -> Result<SanType, AuthorityError> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let label = |label: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(fits)
    };
    let bad = || AuthorityError::Name(name.to_owned());
    if name.len() > 253 || !name.split('.').all(label) {
        return Err(bad());
    }
    name.try_into().map(SanType::DnsName).map_err(|_| bad())
}

/// The public key of a certificate request whose signature is right.
struct RequestedKey(Vec<u8>);

impl RequestedKey {
    fn read(request_pem: &str) -> Result<Self, AuthorityError> {
        if request_pem.len() > REQUEST_MAX {
            return Err(AuthorityError::Request("it is too large"));
        }
        let der = CertificateSigningRequestDer::from_pem_slice(request_pem.as_bytes())
            .map_err(|_| AuthorityError::Request("it is no PKCS #10 request in PEM"))?;
        let Ok(([], request)) = X509CertificationRequest::from_der(&der) else {
            return Err(AuthorityError::Request("it is no PKCS #10 request"));
        };
        let key = p256_point(&request.certification_request_info.subject_pki)
            .ok_or(AuthorityError::Request("its key is not ECDSA P-256"))?;
        if request.signature_algorithm.algorithm != OID_SIG_ECDSA_WITH_SHA256 {
            return Err(AuthorityError::Request("it is not signed with ECDSA and SHA-256"));
        }
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
            .verify(request.certification_request_info.raw, &request.signature_value.data)
            .map_err(|_| AuthorityError::Request("its signature is wrong"))?;
        Ok(Self(key.to_vec()))
    }
}

/// The uncompressed point of a P-256 key.
fn p256_point<'a>(key: &'a SubjectPublicKeyInfo<'_>) -> Option<&'a [u8]> {
    let curve = key.algorithm.parameters.as_ref()?.as_oid().ok()?;
    let point = key.subject_public_key.data.as_ref();
    let uncompressed = point.len() == 65 && point[0] == 4;
    (key.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == OID_EC_P256 && uncompressed).then_some(point)
}

impl PublicKeyData for RequestedKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

const fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use rcgen::PKCS_ECDSA_P384_SHA384;
    use x509_parser::extensions::GeneralName;

    use super::*;
    use crate::identity::certificate::ClientCertificate;
    use crate::os::SystemEntropy;

    fn now() -> Timestamp {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn authority() -> Authority {
        Authority::create(now(), &SystemEntropy::default()).unwrap().0
    }

    fn der(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
    }

    fn alice() -> OperatorName {
        "alice".parse().unwrap()
    }

    fn request(key: &KeyPair) -> String {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::URI("tokenfleet:operator:mallory".try_into().unwrap())];
        params.serialize_request(key).unwrap().pem().unwrap()
    }

    fn sign(request_pem: &str) -> Result<String, String> {
        let entropy = SystemEntropy::default();
        authority().sign_request(&alice(), request_pem, now(), &entropy).map_err(|no| no.to_string())
    }

    #[test]
    fn an_authority_is_taken_up_again_with_its_own_key_only() {
        let entropy = SystemEntropy::default();
        let (authority, key_pem) = Authority::create(now(), &entropy).unwrap();
        let (_, other_key) = Authority::create(now(), &entropy).unwrap();
        let again = Authority::load(authority.certificate_pem(), &key_pem).unwrap();
        let issued = again.client(&alice(), now(), &entropy).unwrap();
        let ca = der(authority.certificate_pem());
        let (_, ca) = X509Certificate::from_der(&ca).unwrap();
        let leaf = der(&issued.certificate_pem);
        let (_, leaf) = X509Certificate::from_der(&leaf).unwrap();
        assert_eq!(leaf.issuer().to_string(), ca.subject().to_string());
        assert!(leaf.verify_signature(Some(ca.public_key())).is_ok());
        let no = Authority::load(authority.certificate_pem(), &other_key).unwrap_err();
        assert!(matches!(no, AuthorityError::KeyMismatch), "{no}");
        let no = Authority::load(authority.certificate_pem(), "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n").unwrap_err();
        assert!(!no.to_string().contains("c2VjcmV0"), "{no}");
    }

    #[test]
    fn a_client_certificate_names_its_operator_for_a_year() {
        let issued = authority().client(&alice(), now(), &SystemEntropy::default()).unwrap();
        let read = ClientCertificate::read(&der(&issued.certificate_pem));
        assert_eq!(read.identity, Ok(alice()));
        assert_eq!(read.expires_at, now() + TimeDelta::days(365));
        let der = der(&issued.certificate_pem);
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        assert_eq!(certificate.validity().not_before.timestamp(), now().timestamp() - 3600);
        assert_eq!(certificate.raw_serial().len(), 16);
        assert!(!certificate.is_ca());
    }

    #[test]
    fn a_server_certificate_always_has_the_local_names() {
        let names = ["otp.example.ac.jp".to_owned(), "192.0.2.7".to_owned(), "localhost".to_owned()];
        let issued = authority().server(&names, now(), &SystemEntropy::default()).unwrap();
        let der = der(&issued.certificate_pem);
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        let names = &certificate.subject_alternative_name().unwrap().unwrap().value.general_names;
        let dns = |name| names.contains(&GeneralName::DNSName(name));
        assert!(dns("localhost") && dns("otp.example.ac.jp"));
        for address in [&[127, 0, 0, 1][..], &[192, 0, 2, 7], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]] {
            assert!(names.contains(&GeneralName::IPAddress(address)), "{address:?}");
        }
        assert_eq!(names.len(), 5);
        // It is no client's: a stolen server key must not sign in.
        assert_eq!(
            ClientCertificate::read(&der).identity,
            Err(crate::identity::certificate::NoIdentity::NotForClients)
        );
        assert_eq!(expires_at(&issued.certificate_pem), Some(now() + TimeDelta::days(730)));
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        for name in ["", "a b", "a..b", "*.example.org", "https://example.org"] {
            let no = authority().server(&[name.to_owned()], now(), &SystemEntropy::default()).err().unwrap();
            assert!(matches!(no, AuthorityError::Name(_)), "{name}: {no}");
        }
    }

    #[test]
    fn of_a_request_only_the_key_is_used() {
        let key = new_key().unwrap();
        let certificate = der(&sign(&request(&key)).unwrap());
        assert_eq!(ClientCertificate::read(&certificate).identity, Ok(alice()));
        let (_, certificate) = X509Certificate::from_der(&certificate).unwrap();
        assert_eq!(certificate.public_key().subject_public_key.data, key.public_key_raw());
    }

    #[test]
    fn the_key_of_a_request_is_the_one_that_its_certificate_shows() {
        let request = request(&new_key().unwrap());
        let certificate = ClientCertificate::read(&der(&sign(&request).unwrap()));
        assert_eq!(requested_key(&request).unwrap(), certificate.key);
    }

    #[test]
    fn a_request_with_another_kind_of_key_is_refused() {
        let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let ed25519 = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        for key in [p384, ed25519] {
            assert!(sign(&request(&key)).unwrap_err().contains("not ECDSA P-256"));
        }
    }

    #[test]
    fn a_request_whose_signature_is_wrong_is_refused() {
        let pem = request(&new_key().unwrap());
        let mut bytes = CertificateSigningRequestDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec();
        // The version stands at the front; the last bytes are those of the signature.
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let body = data_encoding::BASE64.encode(&bytes);
        let pem = format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n");
        assert!(sign(&pem).unwrap_err().contains("signature is wrong"));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in ["", "hello", authority().certificate_pem(), &"x".repeat(REQUEST_MAX + 1)] {
            assert!(sign(text).is_err());
        }
    }
}
