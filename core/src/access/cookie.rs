//! What a granter remembers of requests without keeping anything: a secret that is renewed
//! every 30 s, from which its ephemeral key, its nonces and its cookies come
//! (`PROTOCOL.md` §12.3).
//!
//! One ephemeral key serves all exchanges under one secret (RFC 7296 §2.12, RFC 6989), so that
//! a challenge costs hashes only, whoever asks. Both go when the secret goes.

use zeroize::Zeroizing;

use crate::access::engines::ephemeral;
use crate::access::message::{COOKIE_LEN, Challenge, NONCE_LEN, Request};
use crate::crypto::kdf::hmac_of;
use crate::crypto::p256::{Entropy, EphemeralKey, GenerateP256};
use crate::ct;
use crate::error::Error;

/// How long a secret makes cookies, in µs; they are good for as long again.
pub(crate) const RENEWED: u64 = 30_000_000;

/// The most bytes of a transport source.
pub(crate) const MAX_SOURCE: usize = 64;

/// A secret, and what comes from it.
struct Secret {
    key: Zeroizing<[u8; 32]>,
    ephemeral: EphemeralKey,
    /// The tick of its first cookie.
    since: u64,
}

/// The secret that makes cookies and the one before.
pub(crate) struct Cookies {
    current: Option<Secret>,
    previous: Option<Secret>,
    /// The last cookie's tick: no two cookies have one.
    last: u64,
}

impl Cookies {
    pub(crate) const fn new() -> Self {
        Self { current: None, previous: None, last: 0 }
    }

    /// The last cookie's tick.
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    /// Forgets what is too old at `tick`.
    pub(crate) fn age(&mut self, tick: u64) {
        if self.current.as_ref().is_some_and(|secret| age(secret, tick) >= RENEWED) {
            self.previous = self.current.take();
        }
        if self
            .previous
            .as_ref()
            .is_some_and(|secret| age(secret, tick) >= RENEWED.saturating_mul(2))
        {
            self.previous = None;
        }
    }

    /// A challenge to `request`, which `asked_in` is the bytes of.
    pub(crate) fn challenge(
        &mut self,
        request: &Request<'_>,
        asked_in: &[u8],
        source: &[u8],
        tick: u64,
        generate: &impl GenerateP256,
        entropy: &mut impl Entropy,
    ) -> Result<Challenge, Error> {
        self.age(tick);
        let issued = tick.max(self.last.saturating_add(1));
        if self.current.is_none() {
            let mut key = Zeroizing::new([0; 32]);
            entropy.fill(key.as_mut_slice())?;
            let ephemeral = ephemeral(generate, &key, b"sealwire/1 access ephemeral")?;
            self.current = Some(Secret { key, ephemeral, since: issued });
        }
        let secret = self.current.as_ref().ok_or(Error::NoEntropy)?;
        self.last = issued;
        Ok(secret.challenge(request, asked_in, source, issued))
    }

    /// The challenge that was given for this request to this source.
    ///
    /// # Errors
    /// [`Error::CookieWrong`], [`Error::CookieExpired`].
    pub(crate) fn given(
        &mut self,
        request: &Request<'_>,
        asked_in: &[u8],
        source: &[u8],
        tick: u64,
        issued: u64,
        cookie: &[u8; COOKIE_LEN],
    ) -> Result<Challenge, Error> {
        self.age(tick);
        if issued > self.last {
            return Err(Error::CookieWrong);
        }
        let secret = self.secret_of(issued).ok_or(Error::CookieExpired)?;
        let challenge = secret.challenge(request, asked_in, source, issued);
        if !ct::eq(&challenge.cookie, cookie) {
            return Err(Error::CookieWrong);
        }
        Ok(challenge)
    }

    /// The key in the challenges of that tick.
    pub(crate) fn ephemeral(&self, issued: u64) -> Option<&EphemeralKey> {
        self.secret_of(issued).map(|secret| &secret.ephemeral)
    }

    fn secret_of(&self, issued: u64) -> Option<&Secret> {
        [&self.current, &self.previous].into_iter().flatten().find(|secret| issued >= secret.since)
    }
}

fn age(secret: &Secret, tick: u64) -> u64 {
    tick.saturating_sub(secret.since)
}

impl Secret {
    fn challenge(
        &self,
        request: &Request<'_>,
        asked_in: &[u8],
        source: &[u8],
        issued: u64,
    ) -> Challenge {
        let nonce = self.mac::<NONCE_LEN>(b"sealwire/1 access nonce", asked_in, source, issued);
        let cookie = self.mac::<COOKIE_LEN>(b"sealwire/1 access cookie", asked_in, source, issued);
        Challenge::new(request.nonce, nonce, self.ephemeral.public(), issued, cookie)
    }

    fn mac<const N: usize>(
        &self,
        label: &[u8],
        asked_in: &[u8],
        source: &[u8],
        issued: u64,
    ) -> [u8; N] {
        let source_len = u8::try_from(source.len()).unwrap_or(u8::MAX);
        let tag =
            hmac_of(&self.key, &[label, &issued.to_be_bytes(), &[source_len], source, asked_in]);
        tag.first_chunk().copied().unwrap_or([0; N])
    }
}
