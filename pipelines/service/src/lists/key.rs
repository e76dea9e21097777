//! Ed25519 keys as text: what signs a list, and what a box takes signatures of.

use std::fmt;

use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use super::{ListError, hex};

const PUBLIC_PREFIX: &str = "ed25519:";
const SECRET_PREFIX: &str = "ed25519-secret:";
/// Bytes of a key's SHA-256 that name it.
const ID_BYTES: usize = 8;

/// Signs. Has no `Debug`, so that nothing prints it by chance.
pub(crate) struct SecretKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

/// Verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey([u8; 32]);

impl SecretKey {
    /// A new one, of the system's randomness.
    pub(crate) fn random() -> Result<Self, ListError> {
        let mut seed = [0; 32];
        SystemRandom::new()
            .fill(&mut seed)
            .map_err(|_| ListError::Key("the system gave no random bytes for a key"))?;
        Self::of(seed)
    }

    fn of(seed: [u8; 32]) -> Result<Self, ListError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
            .map_err(|_| ListError::Key("the seed makes no Ed25519 key"))?;
        Ok(Self { seed, pair })
    }

    /// Reads what [`SecretKey::text`] wrote.
    pub(crate) fn parse(text: &str) -> Result<Self, ListError> {
        let expected =
            "expected a line of `ed25519-secret:` and 64 hexadecimal digits, as `cairn lists key` writes it";
        let digits = text.trim_end().strip_prefix(SECRET_PREFIX);
        Self::of(digits.and_then(hex::bytes).ok_or(ListError::Key(expected))?)
    }

    /// As a key file holds it.
    pub(crate) fn text(&self) -> String {
        format!("{SECRET_PREFIX}{}\n", hex::digits(&self.seed))
    }

    pub(crate) fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(bytes)
    }

    pub(super) fn sign(&self, message: &[u8]) -> String {
        hex::digits(self.pair.sign(message).as_ref())
    }
}

impl PublicKey {
    pub(crate) const fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads what [`PublicKey`] displays.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        hex::bytes(text.strip_prefix(PUBLIC_PREFIX)?).map(Self)
    }

    /// What lists call it: the first 16 hexadecimal digits of its SHA-256.
    pub(crate) fn id(&self) -> String {
        hex::digits(&Sha256::digest(self.0)[..ID_BYTES])
    }

    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC_PREFIX}{}", hex::digits(&self.0))
    }
}
