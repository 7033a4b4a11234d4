//! A sealer as records describe it.

use firmware::engine::Signer;
use sealwire::{
    Audience, BurstItem, Context, Error, KeyId, Level, NonceStart, PeerSecret, Sealer, SignP256,
    TagLength, Timestamp, burst_nodes,
};

use crate::fields::{Digest, Fields};

/// The longest frame that a record can contain.
const FRAME: usize = 1024;

/// The most frames of a burst in the vectors.
const ITEMS: usize = 32;

pub enum Sender {
    Plain(Sealer),
    Signing(Sealer<Signer>),
}

impl Sender {
    /// SEALER.
    pub fn make(body: &mut Fields<'_>) -> Option<Result<Self, Error>> {
        let level = Level::from_number(body.u8()?).ok()?;
        let algorithm = body.u8()?;
        let sender = body.id()?;
        let kind = body.u8()?;
        let audience = body.id()?;
        let id = KeyId(body.u32()?);
        let counter_only = body.u8()? != 0;
        let start = body.u8()?;
        let (from, until) = (body.u64()?, body.u64()?);
        let material = body.short()?;
        Some((|| {
            let start = match start {
                0 => NonceStart::Fresh,
                1 => NonceStart::Reserved { from, until },
                _ => NonceStart::FromClock(Timestamp::from_micros(from)?),
            };
            let to = if kind == 2 { Audience::Group(audience?) } else { Audience::Peer(audience?) };
            let hmac = |tag| {
                let secret = PeerSecret::from_slice(material)?;
                Sealer::hmac(id, sender?, to, &secret, tag, start)
            };
            let plain = match algorithm {
                0 => Sealer::unproven(level, sender?, start)?,
                1 => hmac(TagLength::Full)?,
                2 => hmac(TagLength::Short)?,
                _ => {
                    let signer = Signer::from_secret(material)?;
                    let sealer = Sealer::ecdsa(id, sender?, to, signer, start)?;
                    return Ok(Self::Signing(clocked(sealer, counter_only)?));
                }
            };
            Ok(Self::Plain(clocked(plain, counter_only)?))
        })())
    }

    /// SEAL: the digest of the frame.
    pub fn seal(&mut self, body: &mut Fields<'_>) -> Option<Result<u64, Error>> {
        match self {
            Self::Plain(sealer) => seal(sealer, body),
            Self::Signing(sealer) => seal(sealer, body),
        }
    }

    /// SEAL_BURST: the digest of all frames.
    pub fn seal_burst(&mut self, body: &mut Fields<'_>) -> Option<Result<u64, Error>> {
        match self {
            Self::Plain(sealer) => seal_burst(sealer, body),
            Self::Signing(sealer) => seal_burst(sealer, body),
        }
    }
}

fn clocked<S: SignP256>(sealer: Sealer<S>, counter_only: bool) -> Result<Sealer<S>, Error> {
    if counter_only { sealer.counter_only() } else { Ok(sealer) }
}

fn seal<S: SignP256>(sealer: &mut Sealer<S>, body: &mut Fields<'_>) -> Option<Result<u64, Error>> {
    let flags = body.u8()?;
    let form = body.u8()?;
    let now = if flags & 1 == 0 { None } else { Some(body.time()?) };
    let context = body.context()?;
    let payload = body.long()?;
    Some((|| {
        let (mut frame, mut stream) = ([0; FRAME], [0; FRAME]);
        let mut out = frame.as_mut_slice();
        let mut len = if form == 1 {
            sealer.seal_detached(payload, &context?, now, out)?.len()
        } else {
            sealer.seal(payload, &context?, now, out)?.len()
        };
        if form == 2 {
            let packet = out.get(..len).ok_or(Error::BufferTooSmall)?;
            len = sealwire::encode_stream(packet, &mut stream)?;
            out = stream.as_mut_slice();
        }
        let mut digest = Digest::new();
        digest.add(out.get(..len).ok_or(Error::BufferTooSmall)?);
        Ok(digest.0)
    })())
}

fn seal_burst<S: SignP256>(
    sealer: &mut Sealer<S>,
    body: &mut Fields<'_>,
) -> Option<Result<u64, Error>> {
    let nothing = BurstItem { payload: &[], context: Context::topic(b"").ok()?, now: None };
    let mut items = [nothing; ITEMS];
    let items = items.get_mut(..body.u8()?.into())?;
    for item in &mut *items {
        let flags = body.u8()?;
        let now = if flags & 1 == 0 { None } else { Some(body.time()?) };
        let context = body.context()?.ok()?;
        *item = BurstItem { payload: body.long()?, context, now };
    }
    let mut nodes = [[0; 32]; burst_nodes(ITEMS)];
    Some((|| {
        let burst = sealer.seal_burst(items, &mut nodes)?;
        let (mut frame, mut digest) = ([0; FRAME], Digest::new());
        for index in 0..burst.len() {
            let len = burst.write(index, &mut frame)?;
            digest.add(frame.get(..len).ok_or(Error::BufferTooSmall)?);
        }
        Ok(digest.0)
    })())
}
