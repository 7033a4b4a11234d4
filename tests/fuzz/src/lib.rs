//! A receiver and a sender that every target shares, and frames changed by the fuzzer.

use sealwire::*;

pub const PUMP: [u8; 16] = [0xa0; 16];
pub const PANEL: [u8; 16] = [0xb0; 16];

pub fn now() -> Option<Timestamp> {
    Some(Timestamp::from_secs(1_763_000_000))
}

pub fn context() -> Context<'static> {
    Context::topic(b"pump/pressure").unwrap()
}

pub fn secret() -> PeerSecret {
    PeerSecret::from_slice(&[7; 32]).unwrap()
}

/// A sealer of level 4 whose next nonce is `nonce`.
pub fn sealer(nonce: u64, tag: TagLength) -> Sealer {
    let (pump, panel) = (ModuleId::new(PUMP).unwrap(), ModuleId::new(PANEL).unwrap());
    let start = NonceStart::Reserved { from: nonce, until: nonce + 1 };
    let id = if tag == TagLength::Full { KeyId(1) } else { KeyId(2) };
    Sealer::hmac(id, pump, Audience::Peer(panel), &secret(), tag, start).unwrap()
}

/// A receiver that takes level 4 of the pump, tags of 32 bytes under key 1.
pub fn receiver(restart: Restart<'_>) -> Result<Validator<[Slot; 4], [NonceEntry; 8]>, Error> {
    let slots = [const { Slot::EMPTY }; 4];
    let nonces = [NonceEntry::EMPTY; 8];
    let panel = ModuleId::new(PANEL).unwrap();
    let mut validator = Validator::with_storage(panel, Limits::DEFAULT, restart, slots, nonces)?;
    let pump = ModuleId::new(PUMP).unwrap();
    let key = secret();
    validator.register(&PeerKey::hmac(KeyId(1), pump, &key, TagLength::Full))?;
    Ok(validator)
}

/// `original` with the changes that `data` asks for: where, and what to flip; then cut or longer.
pub fn changed(original: &[u8], data: &[u8]) -> Vec<u8> {
    let mut frame = original.to_vec();
    let (pairs, rest) = data.as_chunks::<3>();
    for [high, low, flip] in pairs {
        let at = usize::from(u16::from_be_bytes([*high, *low])) % frame.len();
        frame[at] ^= flip;
    }
    match rest {
        [cut] => frame.truncate(frame.len() - usize::from(*cut) % frame.len()),
        [more, byte] => frame.resize(frame.len() + usize::from(*more) % 8, *byte),
        _ => {}
    }
    frame
}
