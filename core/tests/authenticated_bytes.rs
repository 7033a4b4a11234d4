//! Claim: what a tag covers can be taken apart in one way only, so two different inputs never
//! give the same bytes; and it is what `PROTOCOL.md` §4 and §5 say, by another HMAC and HKDF.

use crate::common::*;
use sealwire::*;

use std::sync::Mutex;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// All that is signed, with a length to each part that varies, as the decoder finds it.
#[derive(Debug, PartialEq, Eq, Clone)]
struct Signed {
    algorithm: u8,
    audience_kind: u8,
    sender: [u8; 16],
    audience: [u8; 16],
    binder: [u8; 16],
    metadata: Vec<u8>,
    payload: Vec<u8>,
    kind: u8,
    name: Vec<u8>,
    request_tag: Vec<u8>,
}

fn take<'b>(bytes: &mut &'b [u8], len: usize) -> Option<&'b [u8]> {
    let (part, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(part)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Metadata, payload, kind, name, request's tag.
type Parts = (Vec<u8>, Vec<u8>, u8, Vec<u8>, Vec<u8>);

/// Takes metadata ‖ payload ‖ context apart, written from `PROTOCOL.md` alone.
fn invert_frame(mut bytes: &[u8]) -> Option<Parts> {
    let whole = bytes;
    let head = take(&mut bytes, 1)?[0];
    take(&mut bytes, 1)?;
    if head & 15 >= 4 {
        varint(&mut bytes)?;
    } else {
        take(&mut bytes, 16)?;
    }
    varint(&mut bytes)?;
    varint(&mut bytes)?;
    let payload_len = usize::try_from(varint(&mut bytes)?).ok()?;
    let metadata = whole[..whole.len() - bytes.len()].to_vec();
    let payload = take(&mut bytes, payload_len)?.to_vec();
    let kind = take(&mut bytes, 1)?[0];
    let name_len = take(&mut bytes, 1)?[0];
    let name = take(&mut bytes, name_len.into())?.to_vec();
    let mut request_tag = vec![];
    if kind == 3 {
        let tag_len = take(&mut bytes, 1)?[0];
        request_tag = take(&mut bytes, tag_len.into())?.to_vec();
    }
    bytes.is_empty().then_some((metadata, payload, kind, name, request_tag))
}

fn invert(bytes: &[u8]) -> Option<Signed> {
    let mut rest = bytes.strip_prefix(b"sealwire/1 frame")?;
    let [algorithm, audience_kind] = take(&mut rest, 2)?.try_into().ok()?;
    let mut sixteen = || take(&mut rest, 16)?.try_into().ok();
    let (sender, audience, binder) = (sixteen()?, sixteen()?, sixteen()?);
    let (metadata, payload, kind, name, request_tag) = invert_frame(rest)?;
    Some(Signed {
        algorithm,
        audience_kind,
        sender,
        audience,
        binder,
        metadata,
        payload,
        kind,
        name,
        request_tag,
    })
}

/// Keeps all that it is asked to sign.
struct Recorder<'a>(&'a Mutex<Vec<u8>>);

impl SignP256 for Recorder<'_> {
    fn public_key(&self) -> PublicKey {
        PublicKey::from_xy([1; 64])
    }

    fn sign(&mut self, message: &[&[u8]]) -> Result<Signature, Error> {
        *self.0.lock().unwrap() = message.concat();
        Ok(Signature::from_bytes([1; 64]))
    }
}

struct Input {
    sender: ModuleId,
    audience: Audience,
    key: u32,
    nonce: u64,
    now: Timestamp,
    payload: Vec<u8>,
    kind: ContextKind,
    name: Vec<u8>,
    request_tag: Vec<u8>,
}

impl Input {
    /// Bytes that look like lengths and kinds are frequent, so that parts could be mistaken.
    fn random(random: &mut Random) -> Self {
        let text = |random: &mut Random, len: usize| -> Vec<u8> {
            (0..len).map(|_| random.below(5).to_le_bytes()[0]).collect()
        };
        let kind = ContextKind::from_number(1 + random.below(4).to_le_bytes()[0]).unwrap();
        let tag_len = if kind == ContextKind::Response { [16, 32, 64][random.index(3)] } else { 0 };
        let audience = id(1 + random.below(3).to_le_bytes()[0]);
        let payload_len = [0, 1, 2, 3, 17, 130][random.index(6)];
        let name_len = [0, 1, 2, 3, 24, 255][random.index(6)];
        Self {
            sender: id(10 + random.below(2).to_le_bytes()[0]),
            audience: if random.one_in(2) {
                Audience::Peer(audience)
            } else {
                Audience::Group(audience)
            },
            key: u32::try_from(random.below(3) * 77).unwrap(),
            nonce: random.any_length(10) & 0x1ff,
            now: stamp(random.any_length(60)),
            payload: text(random, payload_len),
            kind,
            name: text(random, name_len),
            request_tag: text(random, tag_len),
        }
    }

    fn context(&self) -> Context<'_> {
        Context::new(self.kind, &self.name, &self.request_tag).unwrap()
    }

    fn start(&self) -> NonceStart {
        NonceStart::Reserved { from: self.nonce, until: 1 << 63 }
    }

    /// What a signer gets to sign, and the frame's metadata.
    fn signed(&self) -> (Vec<u8>, Vec<u8>) {
        let record = Mutex::new(vec![]);
        let signer = Recorder(&record);
        let mut sealer =
            Sealer::ecdsa(KeyId(self.key), self.sender, self.audience, signer, self.start())
                .unwrap();
        let frame = seal_about(&mut sealer, &self.payload, &self.context(), Some(self.now));
        let metadata = frame[..frame.len() - 64 - self.payload.len()].to_vec();
        drop(sealer);
        (record.into_inner().unwrap(), metadata)
    }

    fn expected(&self, metadata: Vec<u8>) -> Signed {
        Signed {
            algorithm: 3,
            audience_kind: self.audience.kind(),
            sender: *self.sender.as_bytes(),
            audience: *self.audience.id().as_bytes(),
            binder: [0; 16],
            metadata,
            payload: self.payload.clone(),
            kind: self.kind.number(),
            name: self.name.clone(),
            request_tag: self.request_tag.clone(),
        }
    }
}

#[test]
fn a_decoder_gets_back_every_input_from_what_is_signed() {
    let mut random = Random::new(5);
    let mut seen = std::collections::HashMap::new();
    for _ in 0..20_000 {
        let input = Input::random(&mut random);
        let (signed, metadata) = input.signed();
        let expected = input.expected(metadata);
        assert_eq!(invert(&signed), Some(expected.clone()));
        let other = seen.insert(signed, expected.clone());
        assert!(other.is_none_or(|other| other == expected), "two inputs, one string");
    }
}

#[test]
fn parts_cannot_be_moved_between_payload_name_and_tag() {
    // Each pair has the same bytes if parts were joined without lengths.
    let joined = |payload: &[u8], context: Context<'_>| {
        let record = Mutex::new(vec![]);
        let to = Audience::Peer(PANEL);
        let mut sealer =
            Sealer::ecdsa(KeyId(1), PUMP, to, Recorder(&record), NonceStart::Fresh).unwrap();
        seal_about(&mut sealer, payload, &context, at(0));
        drop(sealer);
        record.into_inner().unwrap()
    };
    let tag = [7; 48];
    let pairs = [
        (
            joined(b"ab", Context::topic(b"c").unwrap()),
            joined(b"a", Context::topic(b"bc").unwrap()),
        ),
        (joined(b"", Context::topic(b"c").unwrap()), joined(b"c", Context::topic(b"").unwrap())),
        (
            joined(b"", Context::response(&tag[..16], &tag[..32]).unwrap()),
            joined(b"", Context::response(&tag[..32], &tag[..16]).unwrap()),
        ),
        (
            joined(b"\x01\x01a\x01\x01b", Context::topic(b"").unwrap()),
            joined(b"\x01\x01a", Context::topic(b"b").unwrap()),
        ),
    ];
    for (one, other) in pairs {
        assert_ne!(one, other);
    }
}

/// The tag, by other implementations of HMAC and HKDF, from `PROTOCOL.md` §4.1 and §5.
fn reference_tag(input: &Input, secret: &[u8; 32], tag: TagLength, covered: &[u8]) -> Vec<u8> {
    let tag_len = if tag == TagLength::Full { 32 } else { 16 };
    let info = [
        b"frame".as_slice(),
        &[if tag == TagLength::Full { 1 } else { 2 }, tag_len],
        &[input.audience.kind()],
        input.sender.as_bytes(),
        input.audience.id().as_bytes(),
    ]
    .concat();
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(b"sealwire/1 key"), secret).expand(&info, &mut key).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(covered);
    mac.finalize().into_bytes()[..tag_len.into()].to_vec()
}

#[test]
fn a_tag_is_what_another_hmac_makes_of_metadata_payload_and_context() {
    let mut random = Random::new(6);
    for round in 0..3_000 {
        let input = Input::random(&mut random);
        let bytes: [u8; 32] = random.bytes(32).try_into().unwrap();
        let secret = PeerSecret::from_slice(&bytes).unwrap();
        let tag = if round % 2 == 0 { TagLength::Full } else { TagLength::Short };
        let mut sealer = Sealer::hmac(
            KeyId(input.key),
            input.sender,
            input.audience,
            &secret,
            tag,
            input.start(),
        )
        .unwrap();
        let mut detached = [0; 100];
        let context = input.context();
        let frame = {
            let mut again = Sealer::hmac(
                KeyId(input.key),
                input.sender,
                input.audience,
                &secret,
                tag,
                input.start(),
            )
            .unwrap();
            let sealed = again
                .seal_detached(&input.payload, &context, Some(input.now), &mut detached)
                .unwrap();
            assert_eq!(detached[sealed.len()..], [0; 100][sealed.len()..]);
            seal_about(&mut sealer, &input.payload, &context, Some(input.now))
        };
        let tag_len = tag.algorithm().tag_len();
        let (front, ours) = frame.split_at(frame.len() - tag_len);
        let mut covered = front.to_vec();
        covered.extend([input.kind.number(), u8::try_from(input.name.len()).unwrap()]);
        covered.extend(&input.name);
        if input.kind == ContextKind::Response {
            covered.push(u8::try_from(input.request_tag.len()).unwrap());
            covered.extend(&input.request_tag);
        }
        assert_eq!(ours, reference_tag(&input, &bytes, tag, &covered));
        let (metadata, payload, kind, name, request_tag) = invert_frame(&covered).unwrap();
        assert_eq!(payload, input.payload);
        assert_eq!((kind, name), (input.kind.number(), input.name.clone()));
        assert_eq!(request_tag, input.request_tag);
        assert_eq!(detached[..metadata.len() + tag_len], [&metadata, ours].concat());
    }
}

#[test]
fn contexts_have_borders() {
    let long = [b'a'; 256];
    let named = [Context::topic, Context::request, Context::resource];
    for (make, kind) in
        named.into_iter().zip([ContextKind::Topic, ContextKind::Request, ContextKind::Resource])
    {
        assert_eq!(make(&long), Err(Error::InvalidContext));
        let context = make(&long[..255]).unwrap();
        assert_eq!((context.name().len(), context.kind()), (MAX_CONTEXT_NAME, kind));
        assert_eq!(Context::new(kind, b"a", b""), make(b"a"));
        assert_eq!(Context::new(kind, b"a", &[0; 16]), Err(Error::InvalidContext));
    }
    for len in 0..100 {
        let tag = vec![1; len];
        let expected = matches!(len, 16 | 32 | 64);
        assert_eq!(Context::response(b"a", &tag).is_ok(), expected);
        assert_eq!(Context::new(ContextKind::Response, b"a", &tag).is_ok(), expected);
    }
    assert_eq!(Context::response(&long, &[1; 16]), Err(Error::InvalidContext));
    for number in 0..=255 {
        let kind = ContextKind::from_number(number);
        assert_eq!(kind.map(ContextKind::number).ok(), (1..=4).contains(&number).then_some(number));
    }
}
