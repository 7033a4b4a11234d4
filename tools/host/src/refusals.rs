//! `docs/refusals.md`: why was my message refused, and what helps. One paragraph per error; name,
//! number, class and sentence come from the core's table, what to do about it stands here.

use std::fmt::Write as _;

use sealwire::{Class, Error};

use crate::generated::write_or_check;

/// Writes or checks the page.
///
/// # Errors
/// As [`write_or_check`]; an error without advice, or advice without its error.
pub(crate) fn run(options: &[&str]) -> Result<(), String> {
    write_or_check("docs/refusals.md", &page()?, options)
}

const HEAD: &str = "\
<!-- Generated: cargo run -p sealwire-tools -- refusals. Edit tools/host/src/refusals.rs. -->
# Why was my message refused?

Every refusal has a number that never changes meaning, a name, and a class that says what to do.
C has the name as `SEALWIRE_ERR_…`, Python as `.name` of the exception, Rust as a variant of
`Error`. Over the wire goes at most the class, and only to a peer whose tag verified; the precise
reason stays with the receiver, in its audit.

| class | what it means | who acts |
| --- | --- | --- |
| malformed | the bytes are not what the protocol writes | whoever sent them, or the line |
| stale | too old, too new, or seen before | nobody, if it was a repetition; else look at the clocks |
| unauthenticated | nobody known proved to have sent it | look at keys and identities |
| forbidden | proven or not, it is not allowed here | whoever wrote the requirement or the policy |
| unavailable | this side can't decide or act now | this side: clock, storage, keys |
| misuse | the program called wrongly; no message is to blame | the programmer |

A frame that is wrong in several ways is refused with the first, in the order of the steps of
`core/PROTOCOL.md` §6.
";

const AREAS: [(u16, &str); 10] = [
    (1, "The bytes"),
    (2, "What was required"),
    (3, "Senders and keys"),
    (4, "Time"),
    (5, "Repetition"),
    (6, "Proof"),
    (7, "Sealing"),
    (8, "Calling"),
    (9, "Access and sessions"),
    (11, "Messages with a metadata field"),
];

fn page() -> Result<String, String> {
    let mut page = HEAD.to_owned();
    let mut area = 0;
    for error in Error::ALL {
        let advice = ADVICE.iter().find(|(name, _)| *name == error.name());
        let (_, advice) =
            advice.ok_or_else(|| format!("refusals.rs: {} has none", error.name()))?;
        let hundreds = error.number() / 100;
        if hundreds != area {
            area = hundreds;
            let title = AREAS.iter().find(|(number, _)| *number == area);
            let _ = writeln!(page, "\n## {area}xx: {}", title.map_or("", |(_, title)| title));
        }
        let _ = writeln!(page, "\n### {} {}", error.number(), error.name());
        let _ = writeln!(page, "*{}.* {} {advice}", class(error.class()), error.sentence());
    }
    let stale = ADVICE.iter().find(|(name, _)| Error::ALL.iter().all(|e| e.name() != *name));
    stale.map_or(Ok(page), |(name, _)| Err(format!("refusals.rs: there is no error {name}")))
}

fn class(class: Class) -> String {
    let name = class.name();
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}

/// What an error means beyond its sentence, and what helps.
const ADVICE: &[(&str, &str)] = &[
    (
        "TRUNCATED",
        "A frame was cut on the way, or the receiver took part of a packet for all of it. On a serial line this is the usual trace of noise or of a receiver that began in mid-packet; one now and then is nothing.",
    ),
    (
        "TRAILING_BYTES",
        "Two frames were handed over as one, or a buffer's size instead of the frame's length. Hand over exactly the bytes of one frame.",
    ),
    (
        "UNKNOWN_VERSION",
        "What came isn't a Sealwire frame at all, or is of a later protocol. Check that sender and receiver talk on the line they think they do, and update the older of the two.",
    ),
    (
        "UNKNOWN_LEVEL",
        "The low half of the first byte is none of 1 to 5: damage, or another protocol that happens to begin with the same digit.",
    ),
    (
        "UNKNOWN_ALGORITHM",
        "Damage, or a sender newer than this receiver. Update the receiver if the number is a real one.",
    ),
    (
        "PAIR_MISMATCH",
        "Level and algorithm are both known and don't belong together. No Sealwire sealer writes that: damage, or somebody who tries what happens.",
    ),
    (
        "VARINT",
        "The sender's encoder isn't strict, or somebody looks for a second encoding of the same frame. There is exactly one.",
    ),
    (
        "PAYLOAD_TOO_LONG",
        "Cut the message into several. Seen by a receiver it is damage to the length field.",
    ),
    (
        "TIMESTAMP_RANGE",
        "Times are microseconds since 1970, in UTC. A value this large usually is nanoseconds, or a negative number read as unsigned; `SEALWIRE_NO_CLOCK` in C is 2^64 - 1 exactly.",
    ),
    (
        "LENGTH_MISMATCH",
        "The detached form belongs to another message than the one beside it, or that was changed on the way. Pair them by topic and order, and don't re-encode the message in between.",
    ),
    (
        "COBS",
        "A packet ended inside a block: bytes were lost on the line. The decoder goes on with the next packet by itself. Many of them point to a baud rate or a buffer that overflows.",
    ),
    (
        "STREAM_TOO_LONG",
        "Give the decoder a buffer as large as the largest frame, or look for a zero byte that was lost between two frames.",
    ),
    (
        "UNSUPPORTED_ALGORITHM",
        "The number is set aside (RSA-SHA256) and not checked in this version. Let the sender use ECDSA-P256.",
    ),
    (
        "SIGNATURE_RANGE",
        "The bytes can't be a signature under this curve. A signer is broken, or it wrote DER where r ‖ s is asked for.",
    ),
    (
        "SIGNATURE_HIGH_S",
        "The signature may be valid, but it has a twin, and only the lower one is accepted. Sealwire's sealers normalise by themselves; another signer must take n - s.",
    ),
    (
        "BURST_SHAPE",
        "Index and size in the tag of a burst's frame don't fit each other, or the program asked for a frame that the burst doesn't have.",
    ),
    (
        "LEVEL_TOO_LOW",
        "The sender seals at a lower level than this receiver requires, or somebody lowered it. The requirement is the receiver's; let the sender seal higher, never the receiver require less because of a message.",
    ),
    (
        "LEVEL_NOT_EXACT",
        "The requirement says *exactly*, and the frame is of a higher level. Use *at least* unless cost or latency speaks against it.",
    ),
    (
        "GROUP_NOT_ALLOWED",
        "Any member of the group could have made this frame. If that is good enough here, let the requirement allow groups; else let the sender use a key of its own, or sign.",
    ),
    (
        "POLICY_REFUSED",
        "The frame was real and its nonce is spent. If the sender should be allowed, add a rule for its role, this kind and this name.",
    ),
    (
        "POLICY_MISSING",
        "Nothing was configured, so nothing passes. Give rules, or say that every registered peer may do everything.",
    ),
    (
        "UNKNOWN_SENDER",
        "At levels 1 to 3 a frame names its sender by ID. Register that module, and check the order of the UUID's bytes if you believe that you did.",
    ),
    (
        "UNKNOWN_KEY",
        "The key ID is registered on the sender's side only, was removed here, or the frame is for somebody else. Compare the key IDs of both sides.",
    ),
    (
        "KEY_EXPIRED",
        "The time for which the key was registered is over, or a rollover ended. Roll over to a new key while both are good.",
    ),
    (
        "KEY_REVOKED",
        "Somebody decided that this key is not to be trusted any more. Frames under it stay refused; issue a new one.",
    ),
    (
        "KEY_ALGORITHM",
        "The key is here, but for other tags: 16 bytes where 32 come, or HMAC where ECDSA comes. A key has one algorithm; register what the sender uses.",
    ),
    (
        "KEY_CHANGED",
        "Between check and admission the key was exchanged, or another receiver checked the frame than the one that was to admit it. Check the frame again, and it gets the verdict of now.",
    ),
    (
        "NO_CLOCK",
        "From level 3 on a time is needed, by the sender to stamp and by the receiver to check. Give one, or register the key as counter-only if the device has none.",
    ),
    (
        "TOO_OLD",
        "The frame was on its way, or held back, for longer than the past limit; or a clock is wrong. Compare the clocks before you widen the limit: what is old enough to pass is what an attacker may delay.",
    ),
    (
        "TOO_NEW",
        "The sender's clock is ahead of the receiver's by more than the future limit. Let both take their time from one source.",
    ),
    (
        "BEFORE_RESTART",
        "The receiver restarted without what it knew, so it takes nothing from before. It passes by itself after the future limit. Save the state at the stop to be spared this.",
    ),
    (
        "CLOCK_STEPPED_BACK",
        "The receiver's clock showed a later time before. What expired by that isn't revived. Correct the clock; until it has caught up, new frames are refused.",
    ),
    (
        "TIMESTAMP_NOT_ZERO",
        "The key is registered as counter-only and the sender stamps. Make both sides agree.",
    ),
    (
        "REPLAYED",
        "Somebody repeated the frame, or the transport did. Nothing is lost: the first copy was accepted. If *new* frames are refused so, the sender lost its counter in a reset: it must store its blocks of nonces before using them.",
    ),
    (
        "NONCE_TOO_OLD",
        "The frame was overtaken by 512 or more others. Either the transport reorders that much, or the sender's counter fell back in a reset; or two senders share a key, which they must not.",
    ),
    (
        "NONCE_LIMIT",
        "Nobody counts so far: the frame was made with another counter than Sealwire's, or the key is used up. Exchange the key.",
    ),
    (
        "NONCE_CACHE_FULL",
        "The sender is faster than its quota allows: at least rate × (past limit + future limit) entries. At level 3 it may also be somebody who writes frames in its name; level 4 ends that.",
    ),
    (
        "NO_WINDOW_STATE",
        "Without a clock and without what was accepted before, nothing tells old frames from new ones. Restore saved state, or register a new key as never used.",
    ),
    (
        "TAG_WRONG",
        "In order of likelihood: the two sides hold different secrets; they name topic or request differently; the frame is for another receiver; it was changed on the way; it is forged. The audit tells the key ID that it claimed.",
    ),
    (
        "SIGNATURE_WRONG",
        "As for TAG_WRONG: another private key than the registered public one, another context, another receiver, or a change on the way.",
    ),
    ("NO_ENGINE", "Give the validator a verifier for P-256 before registering signature keys."),
    (
        "ENGINE_FAILED",
        "The secure element or library behind the trait reported a fault, or gave something that can't be a signature. Nothing went out, and nothing was accepted. Ask the engine.",
    ),
    (
        "VERIFICATION_BUDGET",
        "More new bursts came than the rate that was registered with the key. Real ones are refused with forged ones until the bucket fills; frames of bursts that are known already go on.",
    ),
    (
        "NONCES_SPENT",
        "Store the next border, then extend the sealer to it. The order matters: stored first, used later.",
    ),
    ("KEY_SPENT", "The counter reached its limit of 2^63. Exchange the key."),
    (
        "NO_ENTROPY",
        "The callback or the operating system gave no random bytes. Nothing was made; don't go on with something else instead.",
    ),
    (
        "NULL_POINTER",
        "Null is good for nothing but an input of length 0 and an output of capacity 0.",
    ),
    ("OVERLAP", "Give the output a place of its own, or use the function that seals in place."),
    (
        "BUFFER_TOO_SMALL",
        "Call again with a buffer of the size that came back. Nothing was written and no nonce was spent.",
    ),
    (
        "OBJECT_SIZE",
        "Pass `sizeof` of the object itself, aligned for `uint64_t`; if you did, header and library are of different versions.",
    ),
    (
        "NOT_INITIALISED",
        "An object knows its own address: initialise it where it stays. Look at the status of its init function too.",
    ),
    (
        "KEY_LENGTH",
        "A peer secret has 32 bytes, a private key 32, a public key 64 (x ‖ y) or 65 with 04 before them.",
    ),
    (
        "KEY_INVALID",
        "The usual cause is storage that was never provisioned, or a public key in the wrong order or form.",
    ),
    (
        "KEY_KIND",
        "For instance a sealer of level 4 or 5 asked for without a key, a counter-only sender with random nonces, or a rollover to a key of somebody else.",
    ),
    (
        "INVALID_ID",
        "Give every module an ID of its own, and don't register the receiver as its own sender.",
    ),
    (
        "DUPLICATE_KEY_ID",
        "Key IDs and modules are unique in a receiver. Remove the old one, or use a rollover to have both for a while.",
    ),
    (
        "DUPLICATE_KEY",
        "One secret for two identities lets each pass for the other. Make a secret for each pair.",
    ),
    (
        "TABLE_FULL",
        "Give the validator more slots, or remove keys. What was removed a moment ago holds its place until all that it could have accepted is stale.",
    ),
    (
        "ROLLOVER_PENDING",
        "An earlier rollover of this peer hasn't ended. Wait for its end, or revoke the older key.",
    ),
    (
        "INVALID_CONTEXT",
        "Names have at most 255 bytes; a response needs the tag of its request, and nothing else may have one.",
    ),
    ("INVALID_LIMITS", "The past limit is above 0, and neither is above a day."),
    (
        "INVALID_STATE",
        "The saved state was cut, changed, or written by another version. Start with *not before now* instead; never with *fresh keys*.",
    ),
    (
        "INVALID_NONCE_START",
        "A block begins below its end, the end is at most 2^63, and an extension goes beyond the present border. A sealer with random nonces takes each from its caller, and one that counts takes none.",
    ),
    (
        "INVALID_ARGUMENT",
        "Look at what the function says of its arguments: a number out of its range, a field set without its flag, memory that nobody set.",
    ),
    (
        "ABI_MISMATCH",
        "The program was compiled with the header of another library. Build it again.",
    ),
    ("ABSURD_LENGTH", "A length was computed below zero, or an error code was taken for a length."),
    (
        "NONCE_QUOTA",
        "Give the validator more entries of the nonce cache, or the sender a smaller quota. A sender that is registered again keeps its quota.",
    ),
    (
        "BURST_STORAGE",
        "Give the validator an entry for each slot, or register the key without bursts.",
    ),
    (
        "ACCESS_MALFORMED",
        "Damage on the line, or something else than an access message. The exchange stays where it was; send the message again.",
    ),
    (
        "ACCESS_KIND",
        "Messages of an exchange come in one order. This one was repeated, came late, or belongs to another exchange; the one that is waited for is still good.",
    ),
    (
        "ACCESS_ELSEWHERE",
        "Two exchanges run over one line, or an old answer came late. Drop it and go on waiting until the time-out.",
    ),
    (
        "ACCESS_STATE",
        "The steps of an exchange are called in their order. After an end, begin a new exchange.",
    ),
    (
        "COOKIE_WRONG",
        "The proof came from another address than the request, or somebody makes requests up. A real requester begins again by itself.",
    ),
    (
        "COOKIE_EXPIRED",
        "The requester took longer than the granter keeps its cookie secrets. It sends its request again; on slow lines let the secrets live longer.",
    ),
    (
        "ACCESS_UNKNOWN_MODULE",
        "Register the module's credential with the granter. The requester learns nothing of the reason.",
    ),
    (
        "CREDENTIAL_KIND",
        "The requester proves itself with a secret where a public key is registered, or the other way round. Register what it uses; nothing falls back.",
    ),
    (
        "ACCESS_MAC_WRONG",
        "The two sides hold different secrets, or the message was changed. Compare what both were provisioned with.",
    ),
    (
        "ACCESS_SIGNATURE_WRONG",
        "Another private key than the registered public one, or a change on the way.",
    ),
    (
        "ACCESS_REPLAYED",
        "Somebody repeated the exchange's messages. The first time counted; a new session needs a new exchange.",
    ),
    (
        "SECRET_LEVEL",
        "Who shares a secret can't sign. Ask for level 4, or give the module a key pair.",
    ),
    (
        "LEVEL_NOT_GRANTED",
        "Either the granter allows this module too little, or the requester insists on too much. The granter's limit is the one to think about.",
    ),
    ("ROLE_NOT_GRANTED", "Register the role for this module, or let it ask for one that it has."),
    (
        "CREDENTIAL_EXPIRED",
        "Issue a new credential. If it shouldn't be over yet, look at the granter's clock.",
    ),
    (
        "ACCESS_BUSY",
        "More exchanges begin than the granter was set to serve. Try again after a random wait; if real modules meet this often, raise the budget.",
    ),
    (
        "ACCESS_FORBIDDEN",
        "The module is known and proved itself. What it asks for must be allowed at the granter. With keys or certificates a refusal isn't signed: somebody else on the line can refuse, so go on waiting, or ask again.",
    ),
    (
        "ACCESS_UNAVAILABLE",
        "The granter has no clock, no room or no randomness for the moment. Try again later; its own log says what is missing.",
    ),
    (
        "SESSION_UNCONFIRMED",
        "The granter can't know yet that its grant arrived. Wait for the module's first frame.",
    ),
    (
        "SESSION_UNKNOWN",
        "The other side ended it, its time is over, or this side restarted. Begin a new exchange.",
    ),
    (
        "TIME_TOO_SLOW",
        "The answer could have been held back, so its time could be off by as much. Ask again over a faster way.",
    ),
    (
        "TIME_BEFORE_FLOOR",
        "Somebody offers a time that this device knows to be past, or the granter's clock is wrong. The device keeps its floor.",
    ),
    (
        "NOT_TIME_SOURCE",
        "A device takes its time only from modules that are registered as sources of it. Register this one, or ask another.",
    ),
    ("TOKEN_UNKNOWN", "The token is over, was replaced, or is made up. Begin a new exchange."),
    ("INVALID_ROLE", "Choose a name of the allowed characters; roles are compared byte by byte."),
    (
        "CERTIFICATE_MALFORMED",
        "Look at the file with `openssl x509 -text`. If it is a certificate at all, compare it with the profile in PROTOCOL.md §14: version 3, a positive serial number of at most 20 bytes, every extension once.",
    ),
    (
        "CERTIFICATE_TOO_LONG",
        "Names and extensions take the room. Leave out what nobody reads: policies, long names, links.",
    ),
    (
        "CHAIN_LENGTH",
        "Send the module's certificate and the authorities between it and the anchor, at most three of those.",
    ),
    (
        "CHAIN_NAMES",
        "Order the chain: the module's certificate first, then its issuer's, and so on. Leave the anchor's own certificate out; the other side has it.",
    ),
    (
        "UNKNOWN_ANCHOR",
        "Install the root certificate of whoever issued this chain, if you trust it.",
    ),
    (
        "CERTIFICATE_ALGORITHM",
        "Make the key with `prime256v1` and sign with SHA-256. RSA and other curves aren't checked here.",
    ),
    (
        "CERTIFICATE_SIGNATURE",
        "The certificate was changed, or another authority with the same name signed it. Compare the key of the anchor that is installed with the one that issues.",
    ),
    (
        "CERTIFICATE_EXPIRED",
        "Renew the certificate. If it shouldn't be over yet, look at this side's clock.",
    ),
    (
        "CERTIFICATE_NOT_YET_VALID",
        "One of the two clocks is wrong, or the certificate was made for later.",
    ),
    (
        "CRITICAL_EXTENSION",
        "Its maker says: who doesn't understand this must refuse. Issue the certificate without that extension, or not critical.",
    ),
    (
        "LEAF_IS_ISSUER",
        "A certificate authority's key isn't a module's. Issue a certificate of its own to the module.",
    ),
    ("LEAF_KEY_USAGE", "Issue it with `keyUsage = critical, digitalSignature`."),
    (
        "PURPOSE_MISSING",
        "Issue it with Sealwire's object identifier in `extendedKeyUsage` (PROTOCOL.md §14.2). A certificate for TLS alone isn't one for frames.",
    ),
    (
        "NOT_AN_ISSUER",
        "A module's certificate can't issue another one. An authority's has `basicConstraints = critical, CA:true`, a `keyUsage` with `keyCertSign`, and a subject.",
    ),
    ("PATH_LENGTH", "Issue from higher up, or make the authority with a larger `pathlen`."),
    (
        "IDENTITY_MISSING",
        "Issue it with `subjectAltName = URI:urn:uuid:…`. The common name is never looked at.",
    ),
    ("IDENTITY_AMBIGUOUS", "One certificate is for one module. Leave one `urn:uuid` in it."),
    (
        "IDENTITY_MALFORMED",
        "A module ID is `urn:uuid:` and a UUID in its long form; a role is `urn:sealwire:role:` and a name of at most 32 characters of a-z, 0-9, dot, underscore and hyphen.",
    ),
    (
        "IDENTITY_OUTSIDE",
        "Either the authority issues for modules that it shouldn't, or its registration is too narrow. The registration stands on the side that refuses.",
    ),
    (
        "ROLE_OUTSIDE",
        "Issue the certificate without the role, or let the registration of anchor and authority allow it.",
    ),
    (
        "TIME_SOURCE_OUTSIDE",
        "Setting other modules' clocks is a right of its own. Give it to anchor and authority where they are registered, or issue the certificate without it.",
    ),
    (
        "ISSUER_UNREGISTERED",
        "Register the authority by its key, with what it may issue; or say at the anchor that any authority below it will do.",
    ),
    (
        "NAME_CONSTRAINT",
        "Constraints on URIs can't be met by any Sealwire certificate. What an authority may issue stands in its registration instead.",
    ),
    (
        "CERTIFICATE_REVOKED",
        "Somebody took the certificate back. If the module is still to be trusted, it needs a new key and a new certificate.",
    ),
    (
        "REVOCATION_UNKNOWN",
        "Hand in a list of the authority that issued, or of the anchor above it.",
    ),
    (
        "REVOCATION_STALE",
        "Fetch the authority's newest list. If there is none, its operator has to make one.",
    ),
    (
        "REVOCATION_OLD",
        "Somebody offers a list from before a revocation, or this side missed one. Fetch the newest.",
    ),
    ("REVOCATION_MALFORMED", "The list was cut off or changed on the way. Fetch it again."),
    (
        "REVOCATION_SIGNATURE",
        "The list was changed, or is by somebody who isn't registered as an issuer here.",
    ),
    (
        "IDENTITY_MISMATCH",
        "The right issuer, but another module than the one that was asked for. Look at what answers on this line.",
    ),
    ("DUPLICATE_ISSUER", "Remove the old registration first. Two authorities need two names."),
    (
        "METADATA_COPY",
        "Only `security_payload` is checked; the other fields repeat it for people and tools. Somebody changed one on the way, or the sender filled them in itself instead of leaving that to Sealwire.",
    ),
    (
        "BODY_MISSING",
        "Give the body's bytes, or a function that makes them from the message. Where there is no body, say so with `NO_BODY` on both sides.",
    ),
    (
        "MANAGER_MISSING",
        "Call `SecurityManager.__init__`, or `configure`, before the first message; a decorator that finds no manager refuses.",
    ),
    (
        "LEGACY_FORM",
        "A `|` in an ID would let two different messages have one code, and so would a field that is missing. The sender must be moved to native frames.",
    ),
    (
        "LEGACY_NOT_ALLOWED",
        "Migration is opt-in, ends at a date, and ends for a sender with its first native frame. A requirement must name it; no level does.",
    ),
];
