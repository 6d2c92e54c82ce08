//! The authority as the use cases know it: it signs the certificates of operators.

use std::sync::Arc;

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::OperatorName;
use tokenfleet_domain::ports::{Entropy, Timestamp};
use tokenfleet_domain::reject::Rejection;

use super::authority::{Authority, AuthorityError, expires_at, requested_key};
use super::tls::Tls;
use crate::app::operator::{CertificateSigner, PublicKey, SignedCertificate};

/// Signs with the fleet's authority.
pub struct Signer {
    authority: Authority,
    tls: Arc<Tls>,
    entropy: Arc<dyn Entropy>,
}

impl Signer {
    /// A signer for the server that shows `tls`.
    pub fn new(authority: Authority, tls: Arc<Tls>, entropy: Arc<dyn Entropy>) -> Self {
        Self { authority, tls, entropy }
    }
}

impl CertificateSigner for Signer {
    fn requested_key(&self, request_pem: &str) -> Result<PublicKey, Rejection> {
        requested_key(request_pem).map_err(|why| refusal(&why))
    }

    fn sign(&self, name: &OperatorName, request_pem: &str, now: Timestamp) -> Result<SignedCertificate, Rejection> {
        let certificate_pem =
            self.authority.sign_request(name, request_pem, now, &*self.entropy).map_err(|why| refusal(&why))?;
        let expires_at = expires_at(&certificate_pem).ok_or(Reason::Internal)?;
        Ok(SignedCertificate {
            certificate_pem,
            authority_pem: self.authority.certificate_pem().to_owned(),
            expires_at,
        })
    }

    fn server_certificate_expires_at(&self) -> Timestamp {
        self.tls.expires_at()
    }
}

/// A request that can't be used is the caller's mistake; the rest is ours.
fn refusal(why: &AuthorityError) -> Rejection {
    match why {
        AuthorityError::Request(_) => Rejection::from(Reason::CsrInvalid).in_field("certificate_request_pem"),
        AuthorityError::Entropy(_)
        | AuthorityError::Name(_)
        | AuthorityError::Unreadable(_)
        | AuthorityError::KeyMismatch
        | AuthorityError::Date
        | AuthorityError::Make(_) => {
            tracing::error!(%why, "the authority can't sign");
            Reason::Internal.into()
        }
    }
}
