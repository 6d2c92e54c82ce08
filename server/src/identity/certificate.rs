//! Whom a client certificate names: the URI `tokenfleet:operator:NAME` among its alternative names, and nothing else.
//! TLS has checked the signature and the validity before; this reads, it does not judge.

use chrono::DateTime;
use tokenfleet_domain::ids::OperatorName;
use tokenfleet_domain::ports::Timestamp;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::app::operator::PublicKey;

/// What a client certificate says of its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The operator it names, or why it names none.
    pub identity: Result<OperatorName, NoIdentity>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The key that it certifies.
    pub key: PublicKey,
}

/// Why a certificate names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoIdentity {
    /// It is no certificate that can be read.
    #[error("the certificate can't be read")]
    Unreadable,
    /// It was not made for clients.
    #[error("the certificate is not one for clients")]
    NotForClients,
    /// No alternative name is one of ours.
    #[error("the certificate has no URI tokenfleet:operator:NAME")]
    Missing,
    /// Two names: nobody can say which counts.
    #[error("the certificate has several URIs tokenfleet:operator:NAME")]
    Several,
    /// What follows the prefix is no operator's name.
    #[error("the certificate's URI holds no operator's name")]
    BadName,
}

impl ClientCertificate {
    /// Reads a certificate. One that can't be read names nobody and has ended.
    pub fn read(der: &[u8]) -> Self {
        let unreadable = Self {
            identity: Err(NoIdentity::Unreadable),
            expires_at: DateTime::UNIX_EPOCH,
            key: PublicKey(Vec::new()),
        };
        match X509Certificate::from_der(der) {
            Ok(([], certificate)) => Self {
                identity: identity(&certificate),
                expires_at: ends(&certificate).unwrap_or(DateTime::UNIX_EPOCH),
                key: PublicKey(certificate.public_key().subject_public_key.data.to_vec()),
            },
            Ok(_) | Err(_) => unreadable,
        }
    }
}

/// When a certificate ends.
pub fn ends(certificate: &X509Certificate<'_>) -> Option<Timestamp> {
    DateTime::from_timestamp(certificate.validity().not_after.timestamp(), 0)
}

fn identity(certificate: &X509Certificate<'_>) -> Result<OperatorName, NoIdentity> {
    if !is_for_clients(certificate)? {
        return Err(NoIdentity::NotForClients);
    }
    let names = certificate.subject_alternative_name().map_err(|_| NoIdentity::Unreadable)?;
    let names = names.map(|extension| extension.value.general_names.as_slice()).unwrap_or_default();
    let mut ours = names.iter().filter_map(operator_part);
    match (ours.next(), ours.next()) {
        (None, _) => Err(NoIdentity::Missing),
        (Some(name), None) => parse_name(name),
        (Some(_), Some(_)) => Err(NoIdentity::Several),
    }
}

fn is_for_clients(certificate: &X509Certificate<'_>) -> Result<bool, NoIdentity> {
    let usage = certificate.extended_key_usage().map_err(|_| NoIdentity::Unreadable)?;
    Ok(usage.is_some_and(|usage| usage.value.client_auth))
}

fn operator_part<'a>(name: &GeneralName<'a>) -> Option<&'a str> {
    if let GeneralName::URI(uri) = name { uri.strip_prefix(OperatorName::URI_PREFIX) } else { None }
}

/// The name alone: what `OperatorName` accepts besides, such as `operators/alice`, has no place in a certificate.
fn parse_name(text: &str) -> Result<OperatorName, NoIdentity> {
    let name: OperatorName = text.parse().map_err(|_| NoIdentity::BadName)?;
    if name.as_str() == text { Ok(name) } else { Err(NoIdentity::BadName) }
}
