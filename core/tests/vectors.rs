//! Claim: every case of `tests/vectors/*.json` gets the verdict and the error name that stand
//! there, and every sealed frame is the one that stands there (`tests/vectors/README.md`).
#![cfg(feature = "ecdsa")]

use crate::common::*;
use sealwire::*;

use std::path::Path;

use serde_json::Value;

const SLOTS: usize = 8;
const NONCES: usize = 64;

type Panel<V> = Validator<Vec<Slot>, Vec<NonceEntry>, V, Vec<BurstEntry>>;
type Outcome = Result<(), Error>;

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap().as_bytes();
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap() as u8;
    text.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn small<T: TryFrom<u64>>(value: &Value) -> T {
    T::try_from(number(value)).ok().unwrap()
}

fn time(value: &Value) -> Option<Timestamp> {
    (!value.is_null()).then(|| Timestamp::from_micros(number(value)).unwrap())
}

fn module_id(value: &Value) -> Result<ModuleId, Error> {
    ModuleId::new(hex(value).try_into().unwrap())
}

fn leak(bytes: Vec<u8>) -> &'static [u8] {
    Box::leak(bytes.into_boxed_slice())
}

fn context(value: &Value) -> Result<Context<'static>, Error> {
    let kind = ContextKind::from_number(small(&value["kind"]))?;
    let tag = &value["request_tag"];
    let tag = if tag.is_null() { vec![] } else { hex(tag) };
    Context::new(kind, leak(hex(&value["name"])), leak(tag))
}

fn with_key(value: &Value, then: impl FnOnce(&PeerKey<'_>) -> Outcome) -> Outcome {
    let key_id = KeyId(small(&value["key_id"]));
    let sender = module_id(&value["sender"])?;
    let secret;
    let mut key = match value["algorithm"].as_str().unwrap() {
        "ECDSA-P256" => {
            // The vectors' keys are x ‖ y; the 65 bytes of SEC 1 are a convenience of Rust.
            let xy = hex(&value["public"]).try_into().map_err(|_| Error::KeyLength)?;
            PeerKey::ecdsa(key_id, sender, PublicKey::from_xy(xy))
        }
        algorithm => {
            secret = PeerSecret::from_slice(&hex(&value["secret"]))?;
            let full = algorithm == "HMAC-SHA256";
            let tag = if full { TagLength::Full } else { TagLength::Short };
            PeerKey::hmac(key_id, sender, &secret, tag)
        }
    };
    if !value["group"].is_null() {
        key = key.group(module_id(&value["group"])?);
    }
    if value["time_rule"] == "CounterOnly" {
        key = key.counter_only();
    }
    if value["nonce_rule"] == "Random" {
        key = key.random_nonces(small(&value["nonce_quota"]));
    }
    if !value["burst_rate"].is_null() {
        key = key.bursts(small(&value["burst_rate"]));
    }
    if let Some(end) = time(&value["expires"]) {
        key = key.expires(end);
    }
    if value["unused"] == true {
        key = key.unused();
    }
    then(&key.role(RoleId(small(&value["role"]))))
}

fn known_module(value: &Value) -> Result<KnownModule, Error> {
    let module = KnownModule::new(module_id(&value["id"])?);
    let module = module.role(RoleId(small(&value["role"])));
    Ok(module.timestamps(small(&value["nonce_quota"])))
}

fn limits(value: &Value) -> Result<Limits, Error> {
    Limits::new(number(&value["past"]), number(&value["future"]))
}

fn policy(value: &Value) -> &'static dyn Policy {
    let Some(rules) = value.as_array() else {
        return if value == "any" { &AnyPeer } else { &NoPolicy };
    };
    let rule = |value: &Value| Rule {
        role: value["role"].as_u64().map(|role| RoleId(role as u8)),
        kind: value["kind"].as_u64().map(|kind| ContextKind::from_number(kind as u8).unwrap()),
        name: match value["name"].is_null() {
            true => NamePattern::Any,
            false if value["prefix"] == true => NamePattern::Prefix(leak(hex(&value["name"]))),
            false => NamePattern::Exactly(leak(hex(&value["name"]))),
        },
    };
    let rules: Vec<Rule<'static>> = rules.iter().map(rule).collect();
    Box::leak(Box::new(Rules(Box::leak(rules.into_boxed_slice()))))
}

/// A validator under test, and what its steps leave behind.
struct Run<'v, V> {
    setup: &'v Value,
    policy: &'static dyn Policy,
    verifier: Option<V>,
    panel: Panel<V>,
    state: Vec<u8>,
}

impl<'v, V: VerifyP256 + Clone> Run<'v, V> {
    fn new(setup: &'v Value, verifier: Option<V>) -> Self {
        let panel = Self::make(setup, &setup["restart"], &verifier, &[]);
        Self { setup, policy: policy(&setup["policy"]), verifier, panel, state: vec![] }
    }

    fn make(setup: &Value, restart: &Value, verifier: &Option<V>, state: &[u8]) -> Panel<V> {
        let restart = match restart["kind"].as_str().unwrap() {
            "FreshKeys" => Restart::FreshKeys,
            "Saved" => Restart::Saved(state),
            "NotBefore" => Restart::NotBefore(time(&restart["now"]).unwrap()),
            other => panic!("{other}"),
        };
        let own = module_id(&setup["own"]).unwrap();
        let limits = limits(&setup["limits"]).unwrap();
        let nonces = vec![NonceEntry::EMPTY; NONCES];
        let panel = Validator::with_storage(own, limits, restart, slots(SLOTS), nonces).unwrap();
        let bursts = vec![BurstEntry::EMPTY; SLOTS];
        let mut panel = panel.with_bursts(verifier.clone().unwrap(), bursts);
        for key in setup["keys"].as_array().unwrap() {
            with_key(key, |key| panel.register(key)).unwrap();
        }
        for module in setup["modules"].as_array().unwrap() {
            panel.register_module(&known_module(module).unwrap()).unwrap();
        }
        panel
    }

    fn step(&mut self, step: &Value) -> Outcome {
        match step["op"].as_str().unwrap() {
            "validate" => self.validate(step),
            "register" => with_key(&step["key"], |key| self.panel.register(key)),
            "register_module" => self.panel.register_module(&known_module(&step["module"])?),
            "remove" => self.panel.remove(KeyId(small(&step["key_id"]))),
            "revoke" => self.panel.revoke(KeyId(small(&step["key_id"]))),
            "rollover" => {
                let end = time(&step["overlap_end"]).unwrap();
                let old = KeyId(small(&step["old"]));
                with_key(&step["key"], |key| self.panel.rollover(old, key, end))
            }
            "save" => {
                self.state = vec![0; max_saved_len(SLOTS)];
                let len = self.panel.save(&mut self.state)?;
                self.state.truncate(len);
                Ok(())
            }
            "restart" => {
                self.panel = Self::make(self.setup, &step["restart"], &self.verifier, &self.state);
                Ok(())
            }
            "new" => {
                let (own, limits) = (module_id(&step["own"])?, limits(&step["limits"])?);
                Validator::new(own, limits, Restart::FreshKeys, slots(1)).map(|_| ())
            }
            other => panic!("an operation that this runner doesn't know: {other}"),
        }
    }

    fn validate(&mut self, step: &Value) -> Outcome {
        let wanted = &step["requirement"];
        let context = context(&wanted["context"])?;
        let level = Level::from_number(small(&wanted["level"]))?;
        let mut requirement = if wanted["exact"] == true {
            Requirement::exactly(level, context, self.policy)
        } else {
            Requirement::at_least(level, context, self.policy)
        };
        if wanted["groups"] == true {
            requirement = requirement.allow_groups();
        }
        let now = time(&step["now"]);
        let mut frame = hex(&step["frame"]);
        let payload = if step["payload"].is_null() { vec![] } else { hex(&step["payload"]) };
        if step["form"] == "stream" {
            frame = first_packet(&frame, small(&step["buffer"]))?;
        }
        let checked = if step["form"] == "detached" {
            self.panel.check_detached(&frame, &payload, &requirement, now)
        } else {
            self.panel.check(&frame, &requirement, now)
        };
        for between in step["between"].as_array().into_iter().flatten() {
            let outcome = self.step(between);
            assert_eq!(outcome, expected(between), "between");
        }
        match self.panel.admit(checked) {
            Ok(accepted) => {
                compare(&accepted, &step["accepted"]);
                Ok(())
            }
            Err(rejection) => Err(rejection.error()),
        }
    }
}

fn first_packet(stream: &[u8], room: usize) -> Result<Vec<u8>, Error> {
    let mut decoder = StreamDecoder::new(vec![0; room]);
    for byte in stream {
        match decoder.push(*byte) {
            Some(Ok(packet)) => return Ok(packet.to_vec()),
            Some(Err(error)) => return Err(error),
            None => {}
        }
    }
    panic!("no packet")
}

fn compare(accepted: &Accepted<'_>, wanted: &Value) {
    let id = |value: &Value| (!value.is_null()).then(|| module_id(value).unwrap());
    assert_eq!(accepted.payload(), hex(&wanted["payload"]));
    assert_eq!(u64::from(accepted.level().number()), number(&wanted["level"]));
    assert_eq!(accepted.sender(), id(&wanted["sender"]));
    assert_eq!(u64::from(accepted.role().0), number(&wanted["role"]));
    assert_eq!(accepted.group(), id(&wanted["group"]));
    assert_eq!(accepted.key_id().map(|key| u64::from(key.0)), wanted["key_id"].as_u64());
    assert_eq!(accepted.nonce(), number(&wanted["nonce"]));
    assert_eq!(accepted.timestamp(), time(&wanted["timestamp"]));
}

fn expected(case: &Value) -> Outcome {
    let error = case["error"].as_str();
    assert_eq!(case["result"] == "valid", error.is_none());
    error.map_or(Ok(()), |name| {
        let named = Error::ALL.iter().find(|error| error.name() == name);
        Err(*named.unwrap_or_else(|| panic!("no error is called {name}")))
    })
}

/// Some sealer.
enum AnySealer {
    Tagged(Sealer),
    Signing(Box<Sealer<PortableSigner>>),
}

impl AnySealer {
    fn new(setup: &Value) -> Result<Self, Error> {
        let sender = module_id(&setup["sender"])?;
        let level = Level::from_number(small(&setup["level"]))?;
        let start = &setup["start"];
        let start = match start["kind"].as_str().unwrap() {
            "Fresh" => NonceStart::Fresh,
            "FromClock" => NonceStart::FromClock(time(&start["now"]).unwrap()),
            "Reserved" => NonceStart::Reserved {
                from: number(&start["from"]),
                until: number(&start["until"]),
            },
            other => panic!("{other}"),
        };
        let key = &setup["key"];
        if key.is_null() {
            return Ok(Self::Tagged(Sealer::unproven(level, sender, start)?));
        }
        let audience = if key["group"].is_null() {
            Audience::Peer(module_id(&setup["audience"])?)
        } else {
            Audience::Group(module_id(&key["group"])?)
        };
        let key_id = KeyId(small(&key["key_id"]));
        let counts = key["time_rule"] == "CounterOnly";
        if level == Level::DigitalSignature {
            let signer = PortableSigner::from_secret(&hex(&key["private"]))?;
            let sealer = Sealer::ecdsa(key_id, sender, audience, signer, start)?;
            let sealer = if counts { sealer.counter_only()? } else { sealer };
            return Ok(Self::Signing(Box::new(sealer)));
        }
        let secret = PeerSecret::from_slice(&hex(&key["secret"]))?;
        let full = key["algorithm"] == "HMAC-SHA256";
        let tag = if full { TagLength::Full } else { TagLength::Short };
        let sealer = Sealer::hmac(key_id, sender, audience, &secret, tag, start)?;
        Ok(Self::Tagged(if counts { sealer.counter_only()? } else { sealer }))
    }

    fn step(&mut self, step: &Value) -> Outcome {
        match (step["op"].as_str().unwrap(), self) {
            ("seal", Self::Tagged(sealer)) => seal_one(sealer, step),
            ("seal", Self::Signing(sealer)) => seal_one(sealer, step),
            ("seal_burst", Self::Signing(sealer)) => seal_many(sealer, step),
            (other, _) => panic!("an operation that this runner doesn't know: {other}"),
        }
    }
}

fn seal_one<S: SignP256>(sealer: &mut Sealer<S>, step: &Value) -> Outcome {
    let payload = hex(&step["payload"]);
    let context = context(&step["context"])?;
    let now = time(&step["now"]);
    let mut out = vec![0; payload.len() + 200];
    let sealed = match step["form"].as_str().unwrap() {
        "detached" => sealer.seal_detached(&payload, &context, now, &mut out)?,
        _ => sealer.seal(&payload, &context, now, &mut out)?,
    };
    out.truncate(sealed.len());
    if step["form"] == "stream" {
        let mut stream = vec![0; max_stream_len(out.len())];
        let len = encode_stream(&out, &mut stream)?;
        stream.truncate(len);
        out = stream;
    }
    assert_eq!(out, hex(&step["frame"]));
    Ok(())
}

fn seal_many(sealer: &mut Sealer<PortableSigner>, step: &Value) -> Outcome {
    let items = step["items"].as_array().unwrap().iter().map(|item| {
        let payload = leak(hex(&item["payload"]));
        Ok(BurstItem { payload, context: context(&item["context"])?, now: time(&item["now"]) })
    });
    let items: Vec<_> = items.collect::<Result<_, Error>>()?;
    let mut nodes = vec![[0; 32]; burst_nodes(items.len())];
    let burst = sealer.seal_burst(&items, &mut nodes)?;
    let frames = step["frames"].as_array().unwrap();
    assert_eq!(frames.len(), burst.len());
    for (index, wanted) in frames.iter().enumerate() {
        let mut out = vec![0; burst.frame_len(index)?];
        burst.write(index, &mut out)?;
        assert_eq!(out, hex(wanted));
    }
    Ok(())
}

/// Runs one case; gives the outcome of its last step.
fn run(setup: &Value, case: &Value) {
    let steps = case["steps"].as_array().unwrap();
    let is_sealer = !setup["start"].is_null();
    let mut outcome = Ok(());
    if is_sealer {
        let mut sealer = AnySealer::new(setup);
        for step in steps {
            outcome = match (&mut sealer, step["op"] == "new_sealer") {
                (Err(error), _) => Err(*error),
                (Ok(_), true) => Ok(()),
                (Ok(sealer), false) => sealer.step(step),
            };
            assert_eq!(outcome, expected(step));
        }
    } else if setup["engine"] == true {
        let mut run = Run::new(setup, Some(PortableVerifier));
        for step in steps {
            outcome = run.step(step);
            assert_eq!(outcome, expected(step));
        }
    } else {
        without_engine(setup, steps);
        return;
    }
    assert_eq!(outcome, expected(case));
}

/// A validator that nobody gave an engine. Only registering and validating.
fn without_engine(setup: &Value, steps: &[Value]) {
    let own = module_id(&setup["own"]).unwrap();
    let limits = limits(&setup["limits"]).unwrap();
    let nonces = vec![NonceEntry::EMPTY; NONCES];
    let mut panel =
        Validator::with_storage(own, limits, Restart::FreshKeys, slots(SLOTS), nonces).unwrap();
    for key in setup["keys"].as_array().unwrap() {
        with_key(key, |key| panel.register(key)).unwrap();
    }
    for step in steps {
        let outcome = if step["op"] == "register" {
            with_key(&step["key"], |key| panel.register(key))
        } else {
            let level = Level::from_number(small(&step["requirement"]["level"])).unwrap();
            let context = context(&step["requirement"]["context"]).unwrap();
            let policy = policy(&setup["policy"]);
            let requirement = Requirement::at_least(level, context, policy);
            verdict(panel.validate(&hex(&step["frame"]), &requirement, time(&step["now"])))
        };
        assert_eq!(outcome, expected(step));
    }
}

/// The values of §4.1, by another HKDF: the core's own derivation shows in its tags.
fn derive(case: &Value) {
    let (prk, hkdf) =
        hkdf::Hkdf::<sha2::Sha256>::extract(Some(b"sealwire/1 key"), &hex(&case["secret"]));
    assert_eq!(prk.as_slice(), hex(&case["prk"]));
    let mut key = [0; 32];
    hkdf.expand(&hex(&case["info"]), &mut key).unwrap();
    assert_eq!(key.as_slice(), hex(&case["frame_key"]));
}

#[test]
fn every_vector_gets_its_verdict() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let (mut count, mut failed, mut errors) = (0, vec![], std::collections::BTreeSet::new());
    // Each failure is collected; their messages are on the test's output.
    for path in &files {
        let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(file["schema"], "sealwire-vectors-1");
        let mut here = 0;
        for group in file["groups"].as_array().unwrap() {
            for case in group["tests"].as_array().unwrap() {
                here += 1;
                errors.extend(case["error"].as_str().map(String::from));
                let result = std::panic::catch_unwind(|| {
                    if case["steps"].is_null() { derive(case) } else { run(&group["setup"], case) }
                });
                if result.is_err() {
                    let name = path.file_name().unwrap().to_string_lossy().into_owned();
                    failed.push(format!("{name} {} {}", case["tcId"], case["comment"]));
                }
            }
        }
        assert_eq!(number(&file["number_of_tests"]), here);
        count += here;
    }
    println!("{count} vectors of {} files, {} error names", files.len(), errors.len());
    assert!(failed.is_empty(), "{} failed: {failed:#?}", failed.len());
    assert!(count >= 300);
}
