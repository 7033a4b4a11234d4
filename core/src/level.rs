//! The five levels, the algorithms, and which belong together (`PROTOCOL.md` §2).

use crate::error::Error;

/// How much a frame proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Level {
    /// The frame is well formed. Nothing else.
    None = 1,
    /// It names a module that is known. Anybody can do that.
    BasicAuth = 2,
    /// It is fresh and no repetition, unless somebody wrote it himself.
    Timestamp = 3,
    /// HMAC-SHA256 by the holder of the key, fresh, once.
    Hmac = 4,
    /// ECDSA P-256 by the sender, fresh, once.
    DigitalSignature = 5,
}

impl Level {
    /// All levels, by rising number.
    pub const ALL: [Self; 5] =
        [Self::None, Self::BasicAuth, Self::Timestamp, Self::Hmac, Self::DigitalSignature];

    /// 1 to 5, as it stands on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::None => 1,
            Self::BasicAuth => 2,
            Self::Timestamp => 3,
            Self::Hmac => 4,
            Self::DigitalSignature => 5,
        }
    }

    /// The name in upper case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::BasicAuth => "BASIC_AUTH",
            Self::Timestamp => "TIMESTAMP",
            Self::Hmac => "HMAC",
            Self::DigitalSignature => "DIGITAL_SIGNATURE",
        }
    }

    /// The level with this number.
    ///
    /// # Errors
    /// [`Error::UnknownLevel`].
    pub const fn from_number(number: u8) -> Result<Self, Error> {
        match number {
            1 => Ok(Self::None),
            2 => Ok(Self::BasicAuth),
            3 => Ok(Self::Timestamp),
            4 => Ok(Self::Hmac),
            5 => Ok(Self::DigitalSignature),
            _ => Err(Error::UnknownLevel),
        }
    }

    /// Whether a tag proves what the frame says: levels 4 and 5.
    #[must_use]
    pub const fn is_proven(self) -> bool {
        matches!(self, Self::Hmac | Self::DigitalSignature)
    }
}

/// What makes the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Algorithm {
    /// No tag: levels 1 to 3.
    None = 0,
    /// HMAC-SHA256, all 32 bytes.
    HmacSha256 = 1,
    /// HMAC-SHA256, the first 16 bytes.
    HmacSha256Short = 2,
    /// ECDSA over P-256 with SHA-256, r ‖ s.
    EcdsaP256 = 3,
    /// The same over the root of a tree of frames.
    EcdsaP256Burst = 4,
}

impl Algorithm {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::HmacSha256 => 1,
            Self::HmacSha256Short => 2,
            Self::EcdsaP256 => 3,
            Self::EcdsaP256Burst => 4,
        }
    }

    /// The name, as it stands in the docs and the vectors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::HmacSha256Short => "HMAC-SHA256-128",
            Self::EcdsaP256 => "ECDSA-P256",
            Self::EcdsaP256Burst => "ECDSA-P256-BURST",
        }
    }

    /// Bytes of a tag: 0, 32, 16 or 64; of a burst's, those around its path: 66.
    #[must_use]
    pub const fn tag_len(self) -> usize {
        match self {
            Self::None => 0,
            Self::HmacSha256 => 32,
            Self::HmacSha256Short => 16,
            Self::EcdsaP256 => 64,
            Self::EcdsaP256Burst => 66,
        }
    }

    /// The algorithm with this number.
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`] for the one that is set aside (5, RSA-SHA256),
    /// [`Error::UnknownAlgorithm`] for the rest.
    pub const fn from_number(number: u8) -> Result<Self, Error> {
        match number {
            0 => Ok(Self::None),
            1 => Ok(Self::HmacSha256),
            2 => Ok(Self::HmacSha256Short),
            3 => Ok(Self::EcdsaP256),
            4 => Ok(Self::EcdsaP256Burst),
            5 => Err(Error::UnsupportedAlgorithm),
            _ => Err(Error::UnknownAlgorithm),
        }
    }

    /// Whether frames of `level` are made with this algorithm.
    #[must_use]
    pub const fn belongs_to(self, level: Level) -> bool {
        matches!(
            (level, self),
            (Level::None | Level::BasicAuth | Level::Timestamp, Self::None)
                | (Level::Hmac, Self::HmacSha256 | Self::HmacSha256Short)
                | (Level::DigitalSignature, Self::EcdsaP256 | Self::EcdsaP256Burst)
        )
    }
}
