//! Claim: every message, every key and every frame of the access vectors is what this crate
//! makes of the same randomness, and what they call malformed is refused so. The vectors are
//! made by an implementation in Python (`tests/reference`).
#![cfg(all(feature = "access", feature = "ecdsa"))]

use crate::access_support::*;
use crate::common::slots;
use sealwire::*;
use serde_json::Value;

fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[i * 2..i * 2 + 2], 16).unwrap()).collect()
}

/// Gives what it was given, and no more.
struct Given(Vec<u8>);

impl Entropy for Given {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        let rest = self.0.split_off(out.len().min(self.0.len()));
        assert_eq!(self.0.len(), out.len(), "more randomness than there is");
        out.copy_from_slice(&std::mem::replace(&mut self.0, rest));
        Ok(())
    }
}

type Portable = Engines<PortableAgreement, PortableSigner, PortableVerifier>;

struct Case<'v> {
    asked: &'v Value,
    given: &'v Value,
    values: &'v Value,
    shared: Option<PeerSecret>,
}

impl<'v> Case<'v> {
    fn of(exchange: &'v Value) -> Self {
        let given = &exchange["given"];
        let shared = given.get("secret").map(|s| PeerSecret::from_slice(&unhex(s)).unwrap());
        Self { asked: &exchange["asked"], given, values: &exchange["values"], shared }
    }

    fn id(&self, name: &str) -> ModuleId {
        ModuleId::new(unhex(&self.asked[name]).try_into().unwrap()).unwrap()
    }

    fn number(&self, name: &str) -> u64 {
        self.given[name].as_u64().unwrap()
    }

    fn value(&self, name: &str) -> Vec<u8> {
        unhex(&self.values[name])
    }

    /// A signer with a key of the case, or with any: a secret's case has none.
    fn signer(&self, name: &str) -> PortableSigner {
        let scalar = self.given.get(name).map_or(vec![1; 32], unhex);
        PortableSigner::from_secret(&scalar).unwrap()
    }

    fn engines(&self, name: &str) -> Portable {
        Engines::for_keys(PortableAgreement, self.signer(name), PortableVerifier)
    }

    fn credential(&self, peer: &str) -> Credential<'_> {
        match &self.shared {
            Some(secret) => Credential::Secret(secret),
            None => Credential::Key(self.signer(peer).public_key()),
        }
    }

    fn plan(&self) -> AccessPlan {
        let level = |name: &str| {
            Level::from_number(u8::try_from(self.asked[name].as_u64().unwrap()).unwrap()).unwrap()
        };
        AccessPlan {
            role: RoleName::new(std::str::from_utf8(&unhex(&self.asked["role"])).unwrap()).unwrap(),
            wanted: level("wanted"),
            lowest: level("lowest"),
            tag: match self.asked["algorithm"].as_u64().unwrap() {
                1 => TagLength::Full,
                _ => TagLength::Short,
            },
            time: match self.asked["stamped"].as_bool().unwrap() {
                true => TimeRule::Stamped,
                false => TimeRule::CounterOnly,
            },
            ..AccessPlan::new(
                self.id("requester"),
                self.id("granter"),
                KeyId(u32::try_from(self.asked["key_id"].as_u64().unwrap()).unwrap()),
            )
        }
    }

    fn begin(&self) -> AwaitChallenge {
        let mut entropy = Given([unhex(&self.given["seed"]), unhex(&self.given["nonce"])].concat());
        let credential = self.credential("granter_key");
        AwaitChallenge::begin(&self.plan(), &credential, &PortableAgreement, &mut entropy).unwrap()
    }

    fn now(&self) -> Option<Timestamp> {
        Some(self.number("time")).filter(|time| *time != 0).map(crate::common::stamp)
    }

    fn side(&self, room: usize, has_role: bool) -> Granting {
        // The next generation and one place bit make the key ID.
        let generation = u32::try_from(self.number("granted_key_id") >> 1).unwrap() - 1;
        let random =
            [vec![0; 32], generation.to_be_bytes().to_vec(), unhex(&self.given["cookie_secret"])];
        let mut entropy = Given(random.concat());
        let settings = GranterSettings {
            life: u32::try_from(self.number("life")).unwrap(),
            ..GranterSettings::DEFAULT
        };
        let own = self.id("granter");
        let mut granter = Granter::new(own, settings, access_slots(1), [], &mut entropy).unwrap();
        let role = self.plan().role;
        if has_role && !role.as_bytes().is_empty() {
            granter.define_role(role, OPERATOR).unwrap();
        }
        let roles: &[RoleId] =
            if has_role && !self.plan().role.as_bytes().is_empty() { &[OPERATOR] } else { &[] };
        let level = Level::from_number(u8::try_from(self.number("level")).unwrap()).unwrap();
        let record = match &self.shared {
            Some(secret) => AccessRecord::secret(self.id("requester"), secret),
            None => {
                let key = self.signer("requester_key").public_key();
                let record = AccessRecord::key(self.id("requester"), key, &PortableVerifier);
                record.unwrap().max_level(level)
            }
        };
        let group = case_group(self.given);
        granter
            .register(&if group.is_some() { record.in_group() } else { record }.roles(roles))
            .unwrap();
        granter.set_group(group);
        let keys = Validator::new(own, Limits::DEFAULT, Restart::FreshKeys, slots(room))
            .unwrap()
            .with_verifier(PortableVerifier);
        Granting { granter, keys, engines: self.engines("granter_key"), entropy }
    }

    /// Request and proof at a granter; gives the answer.
    fn answer(&self, side: &mut Granting) -> (Vec<u8>, Outcome) {
        let (tick, source) = (self.number("issued"), unhex(&self.given["source"]));
        let mut out = [0; MAX_ACCESS_MESSAGE];
        let len = side
            .granter
            .challenge(
                &self.value("request"),
                &source,
                tick,
                &PortableAgreement,
                &mut side.entropy,
                &mut out,
            )
            .unwrap();
        assert_eq!(out[..len], self.value("challenge"));
        let at = Moment { tick, now: self.now() };
        let (engines, keys) = (&mut side.engines, &mut side.keys);
        let granted =
            side.granter.grant(&self.value("proof"), &source, at, engines, keys, &mut out).unwrap();
        (out[..granted.len()].to_vec(), granted.outcome)
    }
}

fn case_group(given: &Value) -> Option<GroupKey> {
    let group = given.get("group")?;
    let tag = if group[2] == 1 { TagLength::Full } else { TagLength::Short };
    Some(GroupKey::new(
        ModuleId::new(unhex(&group[0]).try_into().unwrap()).unwrap(),
        KeyId(u32::try_from(group[1].as_u64().unwrap()).unwrap()),
        tag,
        PeerSecret::from_slice(&unhex(&group[3])).unwrap(),
    ))
}

struct Granting {
    granter: Granter<Vec<AccessSlot>>,
    keys: Validator<Vec<Slot>, [NonceEntry; 0], PortableVerifier>,
    engines: Portable,
    entropy: Given,
}

fn document() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/access.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn every_message_key_and_frame_is_the_vectors() {
    let document = document();
    let context = Context::topic(b"pump/pressure").unwrap();
    for exchange in document["exchanges"].as_array().unwrap() {
        let case = Case::of(exchange);
        let mut engines = case.engines("requester_key");
        let credential = case.credential("granter_key");
        let state = case.begin();
        assert_eq!(state.request(), case.value("request"), "{}", exchange["comment"]);
        let state =
            state.challenge(&case.value("challenge"), 0, &credential, &mut engines).unwrap();
        assert_eq!(state.proof(), case.value("proof"), "{}", exchange["comment"]);
        let session = state.grant(&case.value("grant"), 0, &credential, &engines).unwrap();
        let group = |group: &GroupKey| {
            (group.id(), group.key_id(), group.tag(), *group.secret().secret_bytes())
        };
        assert_eq!(session.group().map(group), case_group(case.given).as_ref().map(group));
        let mut side = case.side(2, true);
        let (grant, outcome) = case.answer(&mut side);
        let Outcome::Granted(granted) = outcome else { panic!("{outcome:?}") };
        assert_eq!(grant, case.value("grant"), "{}", exchange["comment"]);
        for held in [&session, &granted] {
            assert_eq!(held.secret_frames().secret_bytes()[..], case.value("session_secret"));
            assert_eq!(held.binder()[..], case.value("binder"));
            assert_eq!(held.secret_token()[..], case.value("token"));
            assert_eq!(held.secret_hmac_key()[..], case.value("hmac_key"));
            assert_eq!(u64::from(held.level().number()), case.number("level"));
        }
        assert!(agree(&session, &granted));
        let frames: Vec<Vec<u8>> =
            exchange["frames_to_granter"].as_array().unwrap().iter().map(unhex).collect();
        let mut out = [0; 256];
        let (now, at) = (case.now(), case.number("issued"));
        if session.level() == Level::DigitalSignature {
            let mut sealer =
                Sealer::for_signed_session(&session, case.signer("requester_key")).unwrap();
            for frame in &frames {
                let sealed = sealer.seal(b"4.2 bar", &context, now, &mut out).unwrap();
                assert_eq!(out[..sealed.len()], *frame);
            }
        } else {
            let mut sealer = Sealer::for_session(&session).unwrap();
            for frame in &frames {
                let sealed = sealer.seal(b"4.2 bar", &context, now, &mut out).unwrap();
                assert_eq!(out[..sealed.len()], *frame);
            }
        }
        for frame in &frames {
            let requirement = Requirement::at_least(session.level(), context, &AnyPeer);
            let accepted = side.keys.validate(frame, &requirement, now).unwrap();
            side.granter.confirm(&accepted, at, &mut side.keys).unwrap();
        }
        assert_eq!(side.granter.session_count(), (1, 0));
    }
}

#[test]
fn the_refusals_are_the_vectors() {
    for exchange in document()["exchanges"].as_array().unwrap() {
        let case = Case::of(exchange);
        let credential = case.credential("granter_key");
        let mut engines = case.engines("requester_key");
        let mut waiting =
            case.begin().challenge(&case.value("challenge"), 0, &credential, &mut engines).unwrap();
        let (answer, _) = case.answer(&mut case.side(0, true));
        assert_eq!(answer, case.value("refusal_unavailable"));
        for (name, error) in [
            ("refusal_unavailable", Error::AccessUnavailable),
            ("refusal_forbidden", Error::AccessForbidden),
        ] {
            let refused = waiting.grant(&case.value(name), 0, &credential, &engines).unwrap_err();
            assert_eq!(refused.error, error);
            waiting = refused.state;
        }
        if !case.plan().role.as_bytes().is_empty() {
            let (answer, _) = case.answer(&mut case.side(2, false));
            assert_eq!(answer, case.value("refusal_forbidden"));
        }
    }
}

#[test]
fn what_the_vectors_call_malformed_is_refused_so() {
    let mut count = 0;
    for exchange in document()["exchanges"].as_array().unwrap() {
        let case = Case::of(exchange);
        let credential = case.credential("granter_key");
        let mut engines = case.engines("requester_key");
        for row in exchange["malformed"].as_array().unwrap() {
            let (data, mut out) = (unhex(&row["data"]), [0; MAX_ACCESS_MESSAGE]);
            let mut side = case.side(2, true);
            let Granting { granter, keys, engines: granters, entropy } = &mut side;
            let error = match row["message"].as_str().unwrap() {
                "request" => granter
                    .challenge(&data, b"", 1, &PortableAgreement, entropy, &mut out)
                    .unwrap_err(),
                "challenge" => {
                    case.begin().challenge(&data, 0, &credential, &mut engines).unwrap_err().error
                }
                "proof" => {
                    let at = Moment { tick: 1, now: case.now() };
                    granter.grant(&data, b"", at, granters, keys, &mut out).unwrap_err()
                }
                "grant" => {
                    let challenge = case.value("challenge");
                    let state =
                        case.begin().challenge(&challenge, 0, &credential, &mut engines).unwrap();
                    state.grant(&data, 0, &credential, &engines).unwrap_err().error
                }
                other => panic!("{other}"),
            };
            assert_eq!(error.name(), row["error"], "{} {}", row["message"], row["comment"]);
            count += 1;
        }
    }
    assert!(count > 100);
}
