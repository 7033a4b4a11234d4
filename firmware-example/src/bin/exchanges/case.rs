//! One exchange of the stream: who asks what of whom, with which randomness, and both sides of it.

use firmware::engine::{Agreement, Signer, Verifier};
use sealwire::{
    AccessPlan, AccessRecord, AccessSlot, Credential, Engines, Entropy, Error, Exchange, Granter,
    GranterSettings, GroupKey, KeyId, Level, Limits, ModuleId, NonceEntry, PeerSecret, Restart,
    RoleId, RoleName, Slot, TagLength, TimeRule, Timestamp, Validator,
};

use crate::fields::Fields;

const SECRET: u8 = 1;
/// The one role that the vectors' granter knows.
const OPERATOR: RoleId = RoleId(1);

pub type Keys = Engines<Agreement, Signer, Verifier>;
/// A granter with one module, and the validator beside it.
pub type Side = (Granter<[AccessSlot; 1]>, Validator<[Slot; 2], [NonceEntry; 0], Verifier>);

/// Gives what it was given, and no more.
pub struct Given {
    bytes: [u8; 80],
    at: usize,
}

impl Given {
    fn new(parts: [&[u8]; 3]) -> Self {
        let mut bytes = [0; 80];
        let all = parts.into_iter().flatten();
        bytes.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
        Self { bytes, at: 0 }
    }
}

impl Entropy for Given {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        let end = self.at + out.len();
        out.copy_from_slice(self.bytes.get(self.at..end).ok_or(Error::NoEntropy)?);
        self.at = end;
        Ok(())
    }
}

/// An exchange as the vectors have it.
pub struct Case<'a> {
    pub plan: AccessPlan,
    is_secret: bool,
    seed: &'a [u8],
    nonce: &'a [u8],
    cookie_secret: &'a [u8],
    pub source: &'a [u8],
    /// The granter's tick.
    pub issued: u64,
    pub level: Level,
    granted_key_id: u32,
    life: u32,
    pub time: Option<Timestamp>,
    group: Option<GroupKey>,
    shared: PeerSecret,
    /// The requester's private key and the granter's; any where a secret proves.
    private: [[u8; 32]; 2],
    pub request: &'a [u8],
    pub challenge: &'a [u8],
    pub proof: &'a [u8],
    pub grant: &'a [u8],
    pub unavailable: &'a [u8],
    pub forbidden: &'a [u8],
    /// The session's secret, binder, token and key for HMAC.
    pub derived: [&'a [u8]; 4],
    pub frames: [&'a [u8]; 2],
}

impl<'a> Case<'a> {
    /// Reads it from its record.
    pub fn read(mut body: Fields<'a>) -> Option<Self> {
        let (own, granter) = (body.id()?.ok()?, body.id()?.ok()?);
        let is_secret = body.u8()? == SECRET;
        let wanted = Level::from_number(body.u8()?).ok()?;
        let lowest = Level::from_number(body.u8()?).ok()?;
        let tag = tag(body.u8()?);
        let time = if body.u8()? == 1 { TimeRule::Stamped } else { TimeRule::CounterOnly };
        let key_id = KeyId(body.u32()?);
        let role = RoleName::new(core::str::from_utf8(body.long()?).ok()?).ok()?;
        let plan =
            AccessPlan { role, wanted, lowest, tag, time, ..AccessPlan::new(own, granter, key_id) };
        let (seed, nonce, cookie_secret) = (body.take(32)?, body.take(16)?, body.take(32)?);
        let (source, issued) = (body.long()?, body.u64()?);
        let level = Level::from_number(body.u8()?).ok()?;
        let (granted_key_id, life) = (body.u32()?, body.u32()?);
        let time = body.time().filter(|time| *time != Timestamp::from_secs(0));
        let group = if body.u8()? == 1 { Some(group(&mut body)?) } else { None };
        let first = body.take(32)?;
        let second = if is_secret { [1; 32] } else { body.take(32)?.try_into().ok()? };
        let private = [if is_secret { [1; 32] } else { first.try_into().ok()? }, second];
        Some(Self {
            plan,
            is_secret,
            seed,
            nonce,
            cookie_secret,
            source,
            issued,
            level,
            granted_key_id,
            life,
            time,
            group,
            shared: PeerSecret::from_slice(first).ok()?,
            private,
            request: body.long()?,
            challenge: body.long()?,
            proof: body.long()?,
            grant: body.long()?,
            unavailable: body.long()?,
            forbidden: body.long()?,
            derived: [body.long()?, body.long()?, body.long()?, body.long()?],
            frames: [body.long()?, body.long()?],
        })
    }

    /// What the metrics call it.
    pub const fn kind(&self) -> usize {
        if self.is_secret { 0 } else { 1 }
    }

    pub fn has_role(&self) -> bool {
        !self.plan.role.as_bytes().is_empty()
    }

    pub const fn group(&self) -> Option<&GroupKey> {
        self.group.as_ref()
    }

    pub fn signer(&self) -> Result<Signer, Error> {
        Signer::from_secret(&self.private[0])
    }

    /// What the module computes with.
    pub fn module(&self) -> Result<Keys, Error> {
        Ok(Engines::for_keys(Agreement, self.signer()?, Verifier))
    }

    /// What the granter computes with.
    pub fn granter(&self) -> Result<Keys, Error> {
        Ok(Engines::for_keys(Agreement, Signer::from_secret(&self.private[1])?, Verifier))
    }

    /// What the module knows its granter by.
    pub fn credential<'k>(&'k self, granter: &Keys) -> Result<Credential<'k>, Error> {
        if self.is_secret {
            return Ok(Credential::Secret(&self.shared));
        }
        Ok(Credential::Key(public(granter)?))
    }

    /// The module's randomness.
    pub fn entropy(&self) -> Given {
        Given::new([self.seed, self.nonce, &[]])
    }

    /// An exchange that has begun.
    pub fn begun(&self, credential: &Credential<'_>) -> Result<Exchange, Error> {
        let mut exchange = Exchange::new();
        exchange
            .begin(&self.plan, credential, &Agreement, &mut self.entropy())
            .map_err(|failure| failure.error)?;
        Ok(exchange)
    }

    /// A granter, with a validator that has `room` for keys; and its randomness from there on.
    pub fn side(&self, room: Room, module: &Keys) -> Result<(Side, Given), Error> {
        // The next generation and one place bit make the key ID.
        let generation = (self.granted_key_id >> 1).wrapping_sub(1).to_be_bytes();
        let mut entropy = Given::new([&[0; 32], &generation, self.cookie_secret]);
        let settings = GranterSettings { life: self.life, ..GranterSettings::DEFAULT };
        let own = self.plan.granter;
        let slots = [const { AccessSlot::EMPTY }; 1];
        let mut granter = Granter::new(own, settings, slots, [], &mut entropy)?;
        let record = if self.is_secret {
            AccessRecord::secret(self.plan.own, &self.shared)
        } else {
            AccessRecord::key(self.plan.own, public(module)?, &Verifier)?.max_level(self.level)
        };
        let roles: &[RoleId] =
            if self.has_role() && room != Room::WithoutRole { &[OPERATOR] } else { &[] };
        if !roles.is_empty() {
            granter.define_role(self.plan.role.clone(), OPERATOR)?;
        }
        let record = if self.group.is_some() { record.in_group() } else { record };
        granter.register(&record.roles(roles))?;
        granter.set_group(match &self.group {
            Some(group) => Some(GroupKey::new(
                group.id(),
                group.key_id(),
                group.tag(),
                PeerSecret::from_slice(group.secret().secret_bytes())?,
            )),
            None => None,
        });
        let slots = [const { Slot::EMPTY }; 2];
        let mut keys = Validator::new(own, Limits::DEFAULT, Restart::FreshKeys, slots)?
            .with_verifier(Verifier);
        if room == Room::None {
            for id in 0..2 {
                let own = PeerSecret::from_slice(&[id + 1; 32])?;
                let other = ModuleId::new([id + 1; 16])?;
                keys.register(&sealwire::PeerKey::hmac(
                    KeyId(id.into()),
                    other,
                    &own,
                    TagLength::Full,
                ))?;
            }
        }
        Ok(((granter, keys), entropy))
    }
}

/// Whether the granter can give what is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It can.
    Enough,
    /// It knows no role.
    WithoutRole,
    /// Its validator is full.
    None,
}

fn public(keys: &Keys) -> Result<sealwire::PublicKey, Error> {
    use sealwire::SignP256;
    Ok(keys.signer.as_ref().ok_or(Error::NoEngine)?.public_key())
}

const fn tag(number: u8) -> TagLength {
    if number == 1 { TagLength::Full } else { TagLength::Short }
}

fn group(body: &mut Fields<'_>) -> Option<GroupKey> {
    let id = body.id()?.ok()?;
    let key_id = KeyId(body.u32()?);
    let tag = tag(body.u8()?);
    Some(GroupKey::new(id, key_id, tag, PeerSecret::from_slice(body.take(32)?).ok()?))
}
