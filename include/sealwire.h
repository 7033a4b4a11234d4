/*
 * sealwire.h - who sent this message, is it fresh, did nobody touch it.
 * GENERATED from ffi-c/src; don't edit. Licence: MIT OR Apache-2.0.
 *
 * IT DOES NOT ENCRYPT. Payloads, IDs, times and sizes travel in clear.
 *
 * A sealer writes frames at one of five levels; a validator proves them. The same code checks the
 * same bytes on a microcontroller, in C and in Python, with the same verdicts. The level that is
 * required comes from the receiver, never from the message.
 *
 *   level                what is checked                            what it does not give
 *   1 NONE               the frame is well formed                   anything else
 *   2 BASIC_AUTH         + the sender's ID is known                 proof that it is who it says
 *   3 TIMESTAMP          + fresh, and not seen before               protection from one who writes
 *                                                                   frames himself
 *   4 HMAC               all by authenticated fields, + a tag       proof to third parties
 *   5 DIGITAL_SIGNATURE  all by authenticated fields, + a signature secrecy
 *
 * QUICK START (the whole file is among the examples, as quick_start.c)
 *
 *    static sealwire_slot slots[4];   // one per key that the receiver knows
 *    static sealwire_validator panel; // objects stay at their address
 *    static sealwire_sealer pump;
 *
 *    int quick_start(const sealwire_id *pump_id, const sealwire_id *panel_id,
 *                    const uint8_t secret[32]) // 32 random bytes that both were given
 *    {
 *        const sealwire_context pressure = {SEALWIRE_TOPIC, NAME("pump/pressure"), NULL, 0};
 *
 *        // The sender: this key was never used, so its nonces begin at 0.
 *        const sealwire_sealer_config from = {.key_id = 1,
 *                                             .sender = *pump_id,
 *                                             .audience = *panel_id,
 *                                             .audience_kind = SEALWIRE_AUDIENCE_PEER,
 *                                             .start.kind = SEALWIRE_NONCE_FRESH};
 *        if (sealwire_sealer_init_hmac(&pump, sizeof pump, &from, SEALWIRE_HMAC_SHA256, secret, 32))
 *            return 1;
 *        uint8_t frame[128];
 *        size_t frame_len;
 *        if (sealwire_seal(&pump, NAME("4.2 bar"), &pressure, now, frame, sizeof frame, &frame_len,
 *                          NULL))
 *            return 1;
 *
 *        // The receiver: nothing was accepted under these keys before.
 *        const sealwire_validator_config to = {.own = *panel_id,
 *                                              .past = SEALWIRE_DEFAULT_PAST,
 *                                              .future = SEALWIRE_DEFAULT_FUTURE,
 *                                              .restart.kind = SEALWIRE_RESTART_FRESH_KEYS,
 *                                              .slots = slots,
 *                                              .slots_size = sizeof slots};
 *        sealwire_peer_key key = {.key_id = 1,
 *                                 .algorithm = SEALWIRE_HMAC_SHA256,
 *                                 .sender = *pump_id,
 *                                 .key = secret,
 *                                 .key_len = 32};
 *        if (sealwire_validator_init(&panel, sizeof panel, &to) || sealwire_register(&panel, &key))
 *            return 1;
 *        const sealwire_requirement demand = {SEALWIRE_LEVEL_HMAC, 0, 0, pressure, SEALWIRE_ANY_PEER};
 *        sealwire_result message;
 *        int32_t status = sealwire_validate(&panel, frame, frame_len, &demand, now, &message);
 *        if (!SEALWIRE_ACCEPTED(&message)) {
 *            printf("refused: %s\n", sealwire_error_sentence(status));
 *            return 1;
 *        }
 *        printf("accepted: %.*s\n", (int)message.payload_len, (const char *)message.payload);
 *        return 0;
 *    }
 *
 * STATUSES. Functions return 0 or one of SEALWIRE_ERR_..., whose numbers never change meaning.
 * Classes tell what to do: malformed, stale, unauthenticated, forbidden, unavailable, misuse. What
 * accepts a message also fills in a sealwire_result; the gate is SEALWIRE_ACCEPTED(&result), which is
 * false for zeros, for memory that was never set, and after every refusal. Read nothing of a result
 * that hasn't passed it. Over the wire goes at most the class, and only to a peer whose tag verified.
 *
 * ARGUMENTS. Inputs are (const uint8_t *p, size_t n), outputs (uint8_t *out, size_t cap,
 * size_t *len). Where cap is too small, SEALWIRE_ERR_BUFFER_TOO_SMALL comes back with the needed size
 * in *len; otherwise *len is written on success only, and out is untouched after any failure. Null is
 * good for n = 0, and for an output of cap = 0 that only asks for the size. Null with a length
 * (NULL_POINTER), lengths that no object can have (ABSURD_LENGTH), and outputs that overlap an input,
 * an object or another output (OVERLAP) are refused before anything is read or written - but for the
 * result of an accepting function, which is wiped first whatever is wrong, and only left alone where
 * it lies inside an object. Times are microseconds since 1970-01-01T00:00:00 UTC, or
 * SEALWIRE_NO_CLOCK. Structs that say "else 0" must be 0 there: zero them first.
 *
 * OBJECTS. sealwire_validator, _sealer, _signer, _stream and _checked, and those of access and of
 * certificates below, are opaque and live in storage of the caller's: static, on a stack, from an
 * allocator. The library allocates nothing. Their sizes are literals here and functions in the
 * library; pass sizeof to the init function, which refuses what is too small or not aligned for
 * uint64_t (OBJECT_SIZE). An object knows its own address: don't copy or move it. What was never
 * initialised, was copied, failed to initialise or is destroyed is refused with NOT_INITIALISED.
 * Memory that was never set could pass for an object by chance only; zero it where you can. _destroy
 * wipes; call it once per init. Slots and nonces are lent to a validator from init to destroy, a
 * buffer to a stream, a signer to a sealer.
 *
 * THREADS. No function has hidden state, so different objects may be used from different threads
 * without a thought. For one validator, calls are either
 *   reading:   sealwire_check, sealwire_check_detached, sealwire_begin, sealwire_begin_detached,
 *              sealwire_saved_len, sealwire_save, sealwire_audit_refused, sealwire_audit_accepted,
 *              sealwire_audit_events - any number at once;
 *   exclusive: all others - alone, with no reading call beside them.
 * A read-write lock says exactly that; a mutex around all of them does too, and around
 * sealwire_validate it is the simplest. At level 5, where verifying takes long, hold the lock for
 * sealwire_begin, none for sealwire_finish, and the lock again for sealwire_admit: of eight threads
 * that offer the same frame exactly one is told that it is accepted. One sealer, signer, stream or
 * check is used by one thread at a time; so is each object of access. A granter works on its
 * validator's keys: take the validator's lock, exclusively, for all of a granter's calls. A lock that
 * an interrupt takes is the usual short critical section; level 4 is short enough for an interrupt,
 * level 5 is not.
 *
 * ACCESS, in four messages over any transport, gives two modules a session with keys of its own
 * instead of keys that are burned in. Who asks (the examples' requester.c):
 *   sealwire_exchange_begin, _request -> send it -> a challenge comes -> sealwire_exchange_challenge,
 *   _proof -> send it -> a grant comes -> sealwire_exchange_grant -> sealwire_session.
 *   Then sealwire_held_sessions_install (what comes is checked by the validator) and
 *   sealwire_sealer_init_session (what goes), and the first frame at once: it confirms the session.
 * Who grants (granter.c): sealwire_granter_register whom it knows; sealwire_granter_challenge for a
 *   request, sealwire_granter_grant for a proof; sealwire_granter_run before and
 *   sealwire_granter_confirm after each accepted frame; sealwire_granter_seal to send.
 * By certificates, nobody registers a module: its chain does. Who asks puts its chain behind its proof,
 *   and both name a sealwire_chain_credential; the granter answers with
 *   sealwire_granter_grant_certified.
 * A refused message changes nothing: go on waiting. The last message may be sent again as often as it
 * takes. A call out of order is ACCESS_STATE, and sealwire_exchange_explain says the state and what is
 * needed. Ticks are us of a counter that only goes up, not a time of day.
 *
 * CERTIFICATES say who has a key: a chain of at most four (X.509, P-256, DER) from the module's to an
 * anchor in a sealwire_trust_store, where stands which modules, roles and time sources each issuer may
 * certify: nothing that isn't said. sealwire_trust_store_check makes a sealwire_checked_chain, which
 * becomes a peer (sealwire_checked_chain_peer_key, sealwire_register) or a session (above). Say how
 * revocation is looked up, in every call: signed lists (sealwire_trust_store_take_list), CRLs, or not
 * at all. sealwire_write_signing_request asks for a certificate; the private key stays where it is.
 * Libraries for hosts have these functions; for bare metal they are asked for when the library is
 * built (ffi-c/baremetal.py --x509), and without them the linker says which are missing.
 *
 * CALLBACKS get back the void * that they were given with, and return an int. They must return, and
 * must not call into the object that is calling them.
 *
 * BARE METAL. No operating system, no heap and no C library are needed; what the library itself needs
 * of memcpy and its like it brings along, and keeps to itself. It doesn't define what happens on a
 * panic: if a program links without a definition of
 *
 *   _Noreturn void sealwire_on_panic(void);
 *
 * then it contains no code of this library that could panic. Programs of levels 1 to 4 do, also with
 * access by a secret if the key agreement comes from outside. If the linker asks for it, define it as
 * a reset or a halt.
 *
 * WHAT IS NOT CHECKED
 *   - secrecy: see the top. Delivery: a dropped frame shows in the nonces, to who looks.
 *   - that pointers are good beyond what is said above; that storage lent stays; threads.
 *   - that what you say about the past is true: SEALWIRE_NONCE_FRESH, SEALWIRE_RESTART_FRESH_KEYS,
 *     SEALWIRE_KEY_UNUSED. Say it wrongly, and old frames count as new.
 *   - that secrets are random, and that your clock is right.
 *   - who in a group: at level 4 a group's tag is any member's.
 *   - age under a counter-only key.
 *   - certificates: that an authority confirmed who asked it; without a clock, that a chain isn't over.
 *   - that the payload means what you think: parse it behind the gate as you would any input.
 * This library was not audited by a third party.
 */

#ifndef SEALWIRE_H
#define SEALWIRE_H

#include <stddef.h>
#include <stdint.h>

/* A function whose status must not be ignored. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define SEALWIRE_NODISCARD [[nodiscard]]
#elif defined(__GNUC__)
#define SEALWIRE_NODISCARD __attribute__((__warn_unused_result__))
#else
#define SEALWIRE_NODISCARD
#endif

/**
 * The gate: whether `result`, a pointer to a sealwire_result, is of an accepted frame. True only
 * for what an accepting function wrote on acceptance: not for zeros, not for memory that was never
 * set, not after a refusal or misuse.
 */
#define SEALWIRE_ACCEPTED(result)                                                                  \
    ((result)->status == SEALWIRE_OK && (result)->accept != 0 &&                                   \
     ((result)->accept ^ (result)->accept_check) == (uint32_t)SEALWIRE_ACCEPT_PATTERN)

/** Pieces of workspace, sealwire_burst_work, for a burst of `frames`. */
#define SEALWIRE_BURST_WORK(frames) ((frames) + 2)

/** For a requirement's policy: every peer that is registered may do everything. */
#define SEALWIRE_ANY_PEER (&sealwire_any_peer)

/** For an exchange's engines: the library's own key agreement, for every target. */
#define SEALWIRE_PORTABLE_AGREEMENT (&sealwire_portable_agreement)

/** The same, the fastest of this library and this CPU; the portable one where there is none. */
#define SEALWIRE_HOST_AGREEMENT (&sealwire_host_agreement)

/** For an exchange's engines and for registration: the library's own verification. */
#define SEALWIRE_PORTABLE_VERIFICATION (&sealwire_portable_verification)

/** The same, the fastest of this library and this CPU; the portable one where there is none. */
#define SEALWIRE_HOST_VERIFICATION (&sealwire_host_verification)

/* Errors. A paragraph on each: docs/refusals.md. */
/** The frame ends before its metadata, payload or tag does. (malformed) */
#define SEALWIRE_ERR_TRUNCATED 101
/** The frame goes on after its tag. (malformed) */
#define SEALWIRE_ERR_TRAILING_BYTES 102
/** The frame is of a protocol version that this side doesn't speak. (malformed) */
#define SEALWIRE_ERR_UNKNOWN_VERSION 103
/** The frame names a security level that doesn't exist. (malformed) */
#define SEALWIRE_ERR_UNKNOWN_LEVEL 104
/** The frame names an algorithm that doesn't exist. (malformed) */
#define SEALWIRE_ERR_UNKNOWN_ALGORITHM 105
/** The frame's algorithm doesn't belong to its level. (malformed) */
#define SEALWIRE_ERR_PAIR_MISMATCH 106
/** A number in the metadata is longer than it needs to be, or too large for its field.
 *  (malformed) */
#define SEALWIRE_ERR_VARINT 107
/** The payload is longer than 2^28 - 1 bytes. (malformed) */
#define SEALWIRE_ERR_PAYLOAD_TOO_LONG 108
/** The timestamp is above 2^63 - 1 microseconds. (malformed) */
#define SEALWIRE_ERR_TIMESTAMP_RANGE 109
/** The message beside a detached form isn't as long as the metadata says. (malformed) */
#define SEALWIRE_ERR_LENGTH_MISMATCH 110
/** The packet is not COBS. (malformed) */
#define SEALWIRE_ERR_COBS 111
/** A packet on the stream is longer than the receiver's buffer. (malformed) */
#define SEALWIRE_ERR_STREAM_TOO_LONG 112
/** The algorithm is known, but this version doesn't check it. (malformed) */
#define SEALWIRE_ERR_UNSUPPORTED_ALGORITHM 113
/** A half of the signature is zero or not below the group order. (malformed) */
#define SEALWIRE_ERR_SIGNATURE_RANGE 114
/** The signature's s is in the upper half; signers must write the lower. (malformed) */
#define SEALWIRE_ERR_SIGNATURE_HIGH_S 115
/** A burst has 1 to 256 frames, and this frame's index is not below its burst's size.
 *  (malformed) */
#define SEALWIRE_ERR_BURST_SHAPE 116
/** The frame's level is below the one required here. (forbidden) */
#define SEALWIRE_ERR_LEVEL_TOO_LOW 201
/** Exactly one level is required here, and the frame has another. (forbidden) */
#define SEALWIRE_ERR_LEVEL_NOT_EXACT 202
/** The key is a group's, and the requirement wants to know the sender. (forbidden) */
#define SEALWIRE_ERR_GROUP_NOT_ALLOWED 203
/** The sender is who it says, and may not do this here. (forbidden) */
#define SEALWIRE_ERR_POLICY_REFUSED 204
/** No policy was given, so nothing is allowed. (forbidden) */
#define SEALWIRE_ERR_POLICY_MISSING 205
/** No module with this ID is registered. (unauthenticated) */
#define SEALWIRE_ERR_UNKNOWN_SENDER 301
/** No key with this ID is registered. (unauthenticated) */
#define SEALWIRE_ERR_UNKNOWN_KEY 302
/** The key's time is over. (unauthenticated) */
#define SEALWIRE_ERR_KEY_EXPIRED 303
/** The key was revoked. (unauthenticated) */
#define SEALWIRE_ERR_KEY_REVOKED 304
/** The key is registered for another algorithm or tag length. (unauthenticated) */
#define SEALWIRE_ERR_KEY_ALGORITHM 305
/** The key was exchanged for another between check and admission. (unauthenticated) */
#define SEALWIRE_ERR_KEY_CHANGED 306
/** The time is needed here, and none was given. (unavailable) */
#define SEALWIRE_ERR_NO_CLOCK 401
/** The timestamp is further in the past than the limit allows. (stale) */
#define SEALWIRE_ERR_TOO_OLD 402
/** The timestamp is further in the future than the limit allows. (stale) */
#define SEALWIRE_ERR_TOO_NEW 403
/** The frame was stamped before this validator can tell new ones from repeated ones. (stale) */
#define SEALWIRE_ERR_BEFORE_RESTART 404
/** The receiver's clock stepped back; the frame is fresh by it, but not by the highest time
 *  seen. (unavailable) */
#define SEALWIRE_ERR_CLOCK_STEPPED_BACK 405
/** The key counts and has no clock, so its frames must carry the timestamp 0. (malformed) */
#define SEALWIRE_ERR_TIMESTAMP_NOT_ZERO 406
/** A frame with this nonce was accepted before. (stale) */
#define SEALWIRE_ERR_REPLAYED 501
/** The nonce is further behind the highest than the window reaches. (stale) */
#define SEALWIRE_ERR_NONCE_TOO_OLD 502
/** The nonce is at or above 2^63: the key is used up. (unavailable) */
#define SEALWIRE_ERR_NONCE_LIMIT 503
/** The sender's region of the nonce cache is full of entries that are still alive.
 *  (unavailable) */
#define SEALWIRE_ERR_NONCE_CACHE_FULL 504
/** The key has no clock and its window was lost in a restart; it needs saved state or a new
 *  key. (unavailable) */
#define SEALWIRE_ERR_NO_WINDOW_STATE 505
/** The tag doesn't fit: changed on the way, or sealed with another key, for another receiver
 *  or about something else. (unauthenticated) */
#define SEALWIRE_ERR_TAG_WRONG 601
/** The signature doesn't fit: changed on the way, or signed with another key, for another
 *  receiver or about something else. (unauthenticated) */
#define SEALWIRE_ERR_SIGNATURE_WRONG 602
/** The frame is signed, and this validator has no engine that checks signatures. (unavailable) */
#define SEALWIRE_ERR_NO_ENGINE 603
/** The engine that signs or verifies reported a fault. (unavailable) */
#define SEALWIRE_ERR_ENGINE_FAILED 604
/** More signatures of bursts came under this key than were allowed for in the time.
 *  (unavailable) */
#define SEALWIRE_ERR_VERIFICATION_BUDGET 605
/** The reserved block of nonces is used up; reserve and store the next one. (unavailable) */
#define SEALWIRE_ERR_NONCES_SPENT 701
/** The key's counter reached its limit; it needs a new key. (unavailable) */
#define SEALWIRE_ERR_KEY_SPENT 702
/** The source of randomness failed. (unavailable) */
#define SEALWIRE_ERR_NO_ENTROPY 703
/** A pointer is null where something must be. (misuse) */
#define SEALWIRE_ERR_NULL_POINTER 801
/** Input and output overlap, and the function's name doesn't say that they may. (misuse) */
#define SEALWIRE_ERR_OVERLAP 802
/** The output buffer is too small; the needed size is given back. (misuse) */
#define SEALWIRE_ERR_BUFFER_TOO_SMALL 803
/** The storage for the object has not the size or the alignment that this library needs.
 *  (misuse) */
#define SEALWIRE_ERR_OBJECT_SIZE 804
/** The object was never initialised, was copied, or is destroyed. (misuse) */
#define SEALWIRE_ERR_NOT_INITIALISED 805
/** The key hasn't the length of its kind. (misuse) */
#define SEALWIRE_ERR_KEY_LENGTH 806
/** The key is all zeros, out of range, or no point of the curve. (misuse) */
#define SEALWIRE_ERR_KEY_INVALID 807
/** A key of this kind can't be used for that. (misuse) */
#define SEALWIRE_ERR_KEY_KIND 808
/** A module ID is all zeros or all ones, or names the receiver itself as a sender. (misuse) */
#define SEALWIRE_ERR_INVALID_ID 809
/** A key or module with this ID is registered already. (misuse) */
#define SEALWIRE_ERR_DUPLICATE_KEY_ID 810
/** This key is registered already under another identity, audience, algorithm or ID. (misuse) */
#define SEALWIRE_ERR_DUPLICATE_KEY 811
/** Every slot is taken, and none may be given up. (unavailable) */
#define SEALWIRE_ERR_TABLE_FULL 812
/** Two keys of this peer are alive; the older must end first. (misuse) */
#define SEALWIRE_ERR_ROLLOVER_PENDING 813
/** The context's name is longer than 255 bytes, its kind unknown, or a response's request tag
 *  has no tag's length. (misuse) */
#define SEALWIRE_ERR_INVALID_CONTEXT 814
/** The limits of time are out of range. (misuse) */
#define SEALWIRE_ERR_INVALID_LIMITS 815
/** The saved state is damaged or not of this version. (misuse) */
#define SEALWIRE_ERR_INVALID_STATE 816
/** The nonces to start from are out of range or in the wrong order. (misuse) */
#define SEALWIRE_ERR_INVALID_NONCE_START 817
/** An argument is outside of what its documentation allows. (misuse) */
#define SEALWIRE_ERR_INVALID_ARGUMENT 818
/** Header and library are of different versions. (misuse) */
#define SEALWIRE_ERR_ABI_MISMATCH 819
/** A length is larger than any object can be. (misuse) */
#define SEALWIRE_ERR_ABSURD_LENGTH 820
/** The nonce cache has no room left for this sender's quota. (unavailable) */
#define SEALWIRE_ERR_NONCE_QUOTA 821
/** Bursts were asked for, and the validator has no storage to remember them in. (unavailable) */
#define SEALWIRE_ERR_BURST_STORAGE 822
/** The access message is not what the protocol writes. (malformed) */
#define SEALWIRE_ERR_ACCESS_MALFORMED 901
/** The access message is of another kind than the one that is waited for. (malformed) */
#define SEALWIRE_ERR_ACCESS_KIND 902
/** The access message is for another module, or answers another request. (unauthenticated) */
#define SEALWIRE_ERR_ACCESS_ELSEWHERE 903
/** The exchange is in another state than this call needs. (misuse) */
#define SEALWIRE_ERR_ACCESS_STATE 904
/** The cookie in the proof was not given for this request and to this source.
 *  (unauthenticated) */
#define SEALWIRE_ERR_COOKIE_WRONG 905
/** The cookie in the proof is older than the secrets that are kept; the request must be sent
 *  again. (stale) */
#define SEALWIRE_ERR_COOKIE_EXPIRED 906
/** No module with this ID is registered for access. (unauthenticated) */
#define SEALWIRE_ERR_ACCESS_UNKNOWN_MODULE 907
/** The module is registered with a credential of the other kind, and nothing falls through.
 *  (unauthenticated) */
#define SEALWIRE_ERR_CREDENTIAL_KIND 908
/** The MAC of the access message doesn't fit. (unauthenticated) */
#define SEALWIRE_ERR_ACCESS_MAC_WRONG 909
/** The signature in the access message doesn't fit. (unauthenticated) */
#define SEALWIRE_ERR_ACCESS_SIGNATURE_WRONG 910
/** This exchange, or a newer one of the same module, was granted before and is over. (stale) */
#define SEALWIRE_ERR_ACCESS_REPLAYED 911
/** Level 5 can't be reached with a pre-shared secret. (forbidden) */
#define SEALWIRE_ERR_SECRET_LEVEL 912
/** The highest level that may be granted is below the lowest that the requester takes.
 *  (forbidden) */
#define SEALWIRE_ERR_LEVEL_NOT_GRANTED 913
/** The role is not registered for this module. (forbidden) */
#define SEALWIRE_ERR_ROLE_NOT_GRANTED 914
/** The credential's time is over. (forbidden) */
#define SEALWIRE_ERR_CREDENTIAL_EXPIRED 915
/** The budget for this kind of work is spent for the moment. (unavailable) */
#define SEALWIRE_ERR_ACCESS_BUSY 916
/** The granter knows the module and doesn't allow what it asks for. (forbidden) */
#define SEALWIRE_ERR_ACCESS_FORBIDDEN 917
/** The granter knows the module and can't grant now. (unavailable) */
#define SEALWIRE_ERR_ACCESS_UNAVAILABLE 918
/** Nothing is sent on a session before the module has used it. (unavailable) */
#define SEALWIRE_ERR_SESSION_UNCONFIRMED 919
/** There is no such session: it ended, expired or was forgotten. (unavailable) */
#define SEALWIRE_ERR_SESSION_UNKNOWN 920
/** The grant took longer than two seconds, so its time is not learned. (unavailable) */
#define SEALWIRE_ERR_TIME_TOO_SLOW 921
/** The time in the grant lies before the floor of this device's clock. (stale) */
#define SEALWIRE_ERR_TIME_BEFORE_FLOOR 922
/** The granter is not registered as a source of time, or gave none. (forbidden) */
#define SEALWIRE_ERR_NOT_TIME_SOURCE 923
/** The session token is not a live one. (unauthenticated) */
#define SEALWIRE_ERR_TOKEN_UNKNOWN 924
/** A role has at most 32 characters of a-z, 0-9, dot, underscore and hyphen. (misuse) */
#define SEALWIRE_ERR_INVALID_ROLE 925
/** A certificate is not DER, or not of the form that the profile allows. (malformed) */
#define SEALWIRE_ERR_CERTIFICATE_MALFORMED 1001
/** A certificate has more than 1,024 bytes, the chain more than 3,072, or an anchor's name
 *  more than 128. (malformed) */
#define SEALWIRE_ERR_CERTIFICATE_TOO_LONG 1002
/** A chain has one to four certificates. (malformed) */
#define SEALWIRE_ERR_CHAIN_LENGTH 1003
/** The names don't lead from each certificate to the next, or one of them occurs twice.
 *  (unauthenticated) */
#define SEALWIRE_ERR_CHAIN_NAMES 1004
/** The chain ends at no anchor that is installed here. (unauthenticated) */
#define SEALWIRE_ERR_UNKNOWN_ANCHOR 1005
/** A key is not on P-256, or a signature not ECDSA with SHA-256. (malformed) */
#define SEALWIRE_ERR_CERTIFICATE_ALGORITHM 1006
/** A certificate's signature doesn't fit the key of its issuer. (unauthenticated) */
#define SEALWIRE_ERR_CERTIFICATE_SIGNATURE 1007
/** The time of a certificate in the chain, or of its anchor, is over. (unauthenticated) */
#define SEALWIRE_ERR_CERTIFICATE_EXPIRED 1008
/** The time of a certificate in the chain, or of its anchor, hasn't begun. (unauthenticated) */
#define SEALWIRE_ERR_CERTIFICATE_NOT_YET_VALID 1009
/** A certificate has a critical extension that this profile doesn't know. (malformed) */
#define SEALWIRE_ERR_CRITICAL_EXTENSION 1010
/** The first certificate of the chain is a certificate authority's. (unauthenticated) */
#define SEALWIRE_ERR_LEAF_IS_ISSUER 1011
/** The key usage must allow digital signatures, and no signing of certificates.
 *  (unauthenticated) */
#define SEALWIRE_ERR_LEAF_KEY_USAGE 1012
/** The extended key usage doesn't say that the certificate is for Sealwire. (unauthenticated) */
#define SEALWIRE_ERR_PURPOSE_MISSING 1013
/** A certificate that issued another one is not a certificate authority's, or has no name.
 *  (unauthenticated) */
#define SEALWIRE_ERR_NOT_AN_ISSUER 1014
/** More certificate authorities follow each other than one of them allows. (unauthenticated) */
#define SEALWIRE_ERR_PATH_LENGTH 1015
/** The certificate has no subject alternative name with a module ID. (unauthenticated) */
#define SEALWIRE_ERR_IDENTITY_MISSING 1016
/** The certificate has more than one module ID. (unauthenticated) */
#define SEALWIRE_ERR_IDENTITY_AMBIGUOUS 1017
/** The module ID, a role or another name of Sealwire's in the certificate is not well formed.
 *  (malformed) */
#define SEALWIRE_ERR_IDENTITY_MALFORMED 1018
/** The module ID lies outside of what an issuer of the chain is registered for.
 *  (unauthenticated) */
#define SEALWIRE_ERR_IDENTITY_OUTSIDE 1019
/** A role in the certificate is none that an issuer of the chain may give. (unauthenticated) */
#define SEALWIRE_ERR_ROLE_OUTSIDE 1020
/** The certificate is a time source's, and an issuer of the chain may not make one.
 *  (unauthenticated) */
#define SEALWIRE_ERR_TIME_SOURCE_OUTSIDE 1021
/** An authority between certificate and anchor is not registered here, and the anchor demands
 *  it. (unauthenticated) */
#define SEALWIRE_ERR_ISSUER_UNREGISTERED 1022
/** A name constraint in the chain forbids a name of the certificate. (unauthenticated) */
#define SEALWIRE_ERR_NAME_CONSTRAINT 1023
/** A certificate of the chain was revoked. (unauthenticated) */
#define SEALWIRE_ERR_CERTIFICATE_REVOKED 1024
/** No list at hand says whether a certificate of the chain was revoked. (unauthenticated) */
#define SEALWIRE_ERR_REVOCATION_UNKNOWN 1025
/** The list of revoked certificates should have been replaced by now. (stale) */
#define SEALWIRE_ERR_REVOCATION_STALE 1026
/** A newer list of revoked certificates is known or demanded. (stale) */
#define SEALWIRE_ERR_REVOCATION_OLD 1027
/** The list of revoked certificates is not well formed. (malformed) */
#define SEALWIRE_ERR_REVOCATION_MALFORMED 1028
/** The list of revoked certificates is not signed by who should have signed it.
 *  (unauthenticated) */
#define SEALWIRE_ERR_REVOCATION_SIGNATURE 1029
/** The certificate is another module's than the one that is expected. (unauthenticated) */
#define SEALWIRE_ERR_IDENTITY_MISMATCH 1030
/** An anchor or authority with this key or this name is registered already. (misuse) */
#define SEALWIRE_ERR_DUPLICATE_ISSUER 1031
/** A readable field of the message's metadata differs from what was sealed. (malformed) */
#define SEALWIRE_ERR_METADATA_COPY 1101
/** Level 4 and 5 prove a body, and this message was given without one. (forbidden) */
#define SEALWIRE_ERR_BODY_MISSING 1102
/** No security manager is configured, so nothing is allowed. (misuse) */
#define SEALWIRE_ERR_MANAGER_MISSING 1103
/** The message isn't of the old text form, or of one that can be read in two ways. (malformed) */
#define SEALWIRE_ERR_LEGACY_FORM 1104
/** The old text form isn't taken: nobody named it, or its time is over for this sender.
 *  (forbidden) */
#define SEALWIRE_ERR_LEGACY_NOT_ALLOWED 1105


/**
 * The version of this header's structs, sizes and functions. Programs and libraries of
 * different ABI versions don't fit each other; it is also the number in the soname.
 */
#define SEALWIRE_ABI_VERSION 0

/**
 * The version of the protocol: the high four bits of a frame's first byte.
 */
#define SEALWIRE_PROTOCOL_VERSION 1

/**
 * The status of a success.
 */
#define SEALWIRE_OK 0

/**
 * Class of SEALWIRE_OK.
 */
#define SEALWIRE_CLASS_OK 0

/**
 * The bytes are not what the protocol writes.
 */
#define SEALWIRE_CLASS_MALFORMED 1

/**
 * Too old, too new, or seen before.
 */
#define SEALWIRE_CLASS_STALE 2

/**
 * Nobody known proved to have sent it.
 */
#define SEALWIRE_CLASS_UNAUTHENTICATED 3

/**
 * Proven or not, it is not allowed here.
 */
#define SEALWIRE_CLASS_FORBIDDEN 4

/**
 * This side can't decide or act now: no clock, no room, no key left.
 */
#define SEALWIRE_CLASS_UNAVAILABLE 5

/**
 * The program called wrongly; no message is to blame.
 */
#define SEALWIRE_CLASS_MISUSE 6

/**
 * Class of a number that is no error of this library.
 */
#define SEALWIRE_CLASS_UNKNOWN (-1)

/**
 * What stands for "no clock" where a time is asked for.
 */
#define SEALWIRE_NO_CLOCK UINT64_MAX

/**
 * Bytes of an ID as text, with its NUL.
 */
#define SEALWIRE_ID_TEXT_SIZE 37

/**
 * Bytes of a peer secret, for level 4.
 */
#define SEALWIRE_SECRET_SIZE 32

/**
 * Bytes of a P-256 private key, for level 5.
 */
#define SEALWIRE_PRIVATE_KEY_SIZE 32

/**
 * Bytes of a P-256 public key: x || y, big-endian.
 */
#define SEALWIRE_PUBLIC_KEY_SIZE 64

/**
 * A stream of messages without answers.
 */
#define SEALWIRE_TOPIC 1

/**
 * A request to a service.
 */
#define SEALWIRE_REQUEST 2

/**
 * The answer to one request, whose tag is part of the context.
 */
#define SEALWIRE_RESPONSE 3

/**
 * Anything else that a policy knows by name.
 */
#define SEALWIRE_RESOURCE 4

/**
 * The longest name of a context, in bytes.
 */
#define SEALWIRE_MAX_CONTEXT_NAME 255

/**
 * What an engine's functions return for yes. No other number means that, also not 0 or 1: an
 * engine that confuses them refuses too much and not too little.
 */
#define SEALWIRE_ENGINE_YES 1587646477

/**
 * What an engine's functions return for no; anything else is a fault (ENGINE_FAILED).
 */
#define SEALWIRE_ENGINE_NO 1587612589

/**
 * Bytes of a signer's storage.
 */
#define SEALWIRE_SIGNER_SIZE 320

/**
 * No tag: levels 1 to 3.
 */
#define SEALWIRE_ALGORITHM_NONE 0

/**
 * HMAC-SHA256 with tags of 32 bytes: level 4.
 */
#define SEALWIRE_HMAC_SHA256 1

/**
 * HMAC-SHA256 with tags of 16 bytes, for narrow links: level 4.
 */
#define SEALWIRE_HMAC_SHA256_128 2

/**
 * ECDSA over P-256 with SHA-256, r || s, 64 bytes: level 5.
 */
#define SEALWIRE_ECDSA_P256 3

/**
 * The same over the root of a tree of frames: a burst, level 5.
 */
#define SEALWIRE_ECDSA_P256_BURST 4

/**
 * The frames are for one receiver.
 */
#define SEALWIRE_AUDIENCE_PEER 1

/**
 * The frames are for all members of a group, any of which can make its HMAC tags.
 */
#define SEALWIRE_AUDIENCE_GROUP 2

/**
 * The key was never used: nonces from 0.
 */
#define SEALWIRE_NONCE_FRESH 1

/**
 * A block that was stored as spent before it is used: from `from`, and not `until` itself.
 */
#define SEALWIRE_NONCE_RESERVED 2

/**
 * The clock's us, in `from`: for a sender that seals fewer than a million frames a second and
 * whose clock doesn't step back over a restart.
 */
#define SEALWIRE_NONCE_FROM_CLOCK 3

/**
 * Each frame brings 64 random bits of its own: sealwire_seal_with_nonce.
 */
#define SEALWIRE_NONCE_RANDOM 4

/**
 * Bytes of a sealer's storage.
 */
#define SEALWIRE_SEALER_SIZE 320

/**
 * The longest metadata: room before a payload that is always enough to seal in place.
 */
#define SEALWIRE_MAX_METADATA 41

/**
 * The longest tag: room behind a payload that is always enough to seal in place.
 */
#define SEALWIRE_MAX_TAG 64

/**
 * The longest payload.
 */
#define SEALWIRE_MAX_PAYLOAD 268435455

/**
 * The policy is the list of rules; what no rule allows is refused.
 */
#define SEALWIRE_POLICY_RULES 1

/**
 * Every peer that is registered may do everything.
 */
#define SEALWIRE_POLICY_ANY_PEER 2

/**
 * In a rule: any role, with one or without.
 */
#define SEALWIRE_ANY_ROLE 256

/**
 * In a rule: any kind of context.
 */
#define SEALWIRE_ANY_KIND 0

/**
 * In a rule: all names.
 */
#define SEALWIRE_NAME_ANY 0

/**
 * In a rule: this name and no other.
 */
#define SEALWIRE_NAME_EXACTLY 1

/**
 * In a rule: all names that begin so.
 */
#define SEALWIRE_NAME_PREFIX 2

/**
 * The frame is well formed. Nothing else.
 */
#define SEALWIRE_LEVEL_NONE 1

/**
 * It names a module that is known. Anybody can do that.
 */
#define SEALWIRE_LEVEL_BASIC_AUTH 2

/**
 * It is fresh and no repetition, unless somebody wrote it himself.
 */
#define SEALWIRE_LEVEL_TIMESTAMP 3

/**
 * HMAC-SHA256 by the holder of the key, fresh, once.
 */
#define SEALWIRE_LEVEL_HMAC 4

/**
 * ECDSA P-256 by the sender, fresh, once.
 */
#define SEALWIRE_LEVEL_DIGITAL_SIGNATURE 5

/**
 * Bytes of a validator's storage.
 */
#define SEALWIRE_VALIDATOR_SIZE 2048

/**
 * Bytes of one slot: one key or one known module.
 */
#define SEALWIRE_SLOT_SIZE 192

/**
 * Bytes of one entry of the nonce cache.
 */
#define SEALWIRE_NONCE_ENTRY_SIZE 16

/**
 * Bytes of what is remembered of one key's bursts.
 */
#define SEALWIRE_BURST_ENTRY_SIZE 80

/**
 * The usual limit into the past, in us: 10 s.
 */
#define SEALWIRE_DEFAULT_PAST 10000000

/**
 * The usual limit into the future, in us: 1 s.
 */
#define SEALWIRE_DEFAULT_FUTURE 1000000

/**
 * None of the keys was ever used with this receiver.
 */
#define SEALWIRE_RESTART_FRESH_KEYS 1

/**
 * The state that sealwire_save wrote at the last stop. Older state lets through again what was
 * accepted since: delete it once it is loaded.
 */
#define SEALWIRE_RESTART_SAVED 2

/**
 * Nothing was kept, and it is now `now`. What was stamped before now + the future limit is
 * refused, and so is all under counter-only keys.
 */
#define SEALWIRE_RESTART_NOT_BEFORE 3

/**
 * In `flags` of a key: the frames are for the group in `group`. At level 4 any member can make
 * them.
 */
#define SEALWIRE_KEY_GROUP 1

/**
 * In `flags` of a key: the sender has no clock; its frames carry the time 0, and nothing is said
 * of their age.
 */
#define SEALWIRE_KEY_COUNTER_ONLY 2

/**
 * In `flags` of a key: nonces are random, and `quota` entries of the nonce cache are set aside.
 */
#define SEALWIRE_KEY_RANDOM_NONCES 4

/**
 * In `flags` of a key: it ends at `expires`.
 */
#define SEALWIRE_KEY_EXPIRES 8

/**
 * In `flags` of a key: it was never used with this receiver, though its windows were lost in a
 * restart. If that isn't true, old frames count as new.
 */
#define SEALWIRE_KEY_UNUSED 16

/**
 * In `flags` of a key: its owner may send bursts, which cost at most `burst_rate` verifications a
 * second. For SEALWIRE_ECDSA_P256.
 */
#define SEALWIRE_KEY_BURSTS 32

/**
 * In `flags`: `sender` says who sent it.
 */
#define SEALWIRE_HAS_SENDER 1

/**
 * In `flags`: `group` says for which group. At level 4 any of its members could have made it.
 */
#define SEALWIRE_HAS_GROUP 2

/**
 * In `flags`: `key_id` says which key proved it.
 */
#define SEALWIRE_HAS_KEY_ID 4

/**
 * In `flags`: `timestamp` was checked against the limits.
 */
#define SEALWIRE_HAS_TIMESTAMP 8

/**
 * In `flags`: the key counts and has no clock; nothing is known of the frame's age.
 */
#define SEALWIRE_IS_COUNTER_ONLY 16

/**
 * What `accept` and `accept_check` of an accepted result differ by.
 */
#define SEALWIRE_ACCEPT_PATTERN 2781058791u

/**
 * Bytes of a check's storage.
 */
#define SEALWIRE_CHECKED_SIZE 704

/**
 * The most bytes of a request.
 */
#define SEALWIRE_MAX_REQUEST 160

/**
 * The most bytes of a challenge, and the capacity that sealwire_granter_challenge asks for.
 */
#define SEALWIRE_MAX_CHALLENGE 128

/**
 * The most bytes of a proof.
 */
#define SEALWIRE_MAX_PROOF 320

/**
 * The most bytes of a grant or a refusal, and the capacity that sealwire_granter_grant asks for.
 */
#define SEALWIRE_MAX_GRANT 192

/**
 * The most bytes of a transport source.
 */
#define SEALWIRE_MAX_SOURCE 64

/**
 * How long a granter keeps a session of which no frame came, in us: 30 s.
 */
#define SEALWIRE_UNCONFIRMED 30000000

/**
 * No message of the exchange: a frame, say.
 */
#define SEALWIRE_ACCESS_NONE 0

/**
 * Requester to granter: who asks whom for what.
 */
#define SEALWIRE_ACCESS_REQUEST 1

/**
 * Granter to requester: what the proof must contain.
 */
#define SEALWIRE_ACCESS_CHALLENGE 2

/**
 * Requester to granter: who it is.
 */
#define SEALWIRE_ACCESS_PROOF 3

/**
 * Granter to requester: who it is, and the session.
 */
#define SEALWIRE_ACCESS_GRANT 4

/**
 * Granter to requester, in the grant's place: why not.
 */
#define SEALWIRE_ACCESS_REFUSAL 5

/**
 * A secret of SEALWIRE_SECRET_SIZE bytes that both sides hold. For level 4.
 */
#define SEALWIRE_CREDENTIAL_SECRET 1

/**
 * The other side's P-256 key; this side's own is the signer's. For level 4 or 5.
 */
#define SEALWIRE_CREDENTIAL_KEY 2

/**
 * A chain of certificates on each side; this side's own key is the signer's. For level 4 or 5.
 * Who asks sends its chain right behind its proof, in the same message. In a library with
 * certificates.
 */
#define SEALWIRE_CREDENTIAL_CHAIN 3

/**
 * Bytes of a session's storage.
 */
#define SEALWIRE_SESSION_SIZE 512

/**
 * Bytes of a session's token and of its hmac_key.
 */
#define SEALWIRE_TOKEN_SIZE 32

/**
 * Bytes of a session's binder.
 */
#define SEALWIRE_BINDER_SIZE 16

/**
 * In `flags` of a session: its frames carry no time.
 */
#define SEALWIRE_SESSION_COUNTER_ONLY 1

/**
 * In `flags` of a session: `expires` says when it is over by the clock.
 */
#define SEALWIRE_SESSION_EXPIRES 2

/**
 * In `flags` of a session: the granter is a source of time, and `time` is what it told.
 */
#define SEALWIRE_SESSION_TIME 4

/**
 * In `flags` of a session: it came with a group's key, sealwire_session_group.
 */
#define SEALWIRE_SESSION_GROUP 8

/**
 * Nothing was asked for, or all is over.
 */
#define SEALWIRE_EXCHANGE_IDLE 0

/**
 * The request is there; a challenge is to come.
 */
#define SEALWIRE_EXCHANGE_AWAIT_CHALLENGE 1

/**
 * The proof is there; a grant is to come.
 */
#define SEALWIRE_EXCHANGE_AWAIT_GRANT 2

/**
 * Bytes of an exchange's storage.
 */
#define SEALWIRE_EXCHANGE_SIZE 1024

/**
 * Bytes that are enough for sealwire_exchange_explain, with the NUL.
 */
#define SEALWIRE_EXPLANATION_SIZE 256

/**
 * Bytes of the storage for held sessions.
 */
#define SEALWIRE_HELD_SESSIONS_SIZE 128

/**
 * Bytes of a clock's storage.
 */
#define SEALWIRE_CLOCK_SIZE 128

/**
 * The longest way from proof to grant on which a time is learned, in us: 2 s.
 */
#define SEALWIRE_MAX_ROUND_TRIP 2000000

/**
 * Bytes of a granter's storage.
 */
#define SEALWIRE_GRANTER_SIZE 2048

/**
 * Bytes of the storage for one module that may ask: its registration, the sending halves of its
 * two sessions (64 each; with the validator's SEALWIRE_SLOT_SIZE a session takes 256 in both
 * directions), and the answer that a repeated proof gets again.
 */
#define SEALWIRE_ACCESS_SLOT_SIZE 480

/**
 * Bytes of the storage for one transport source.
 */
#define SEALWIRE_SOURCE_SLOT_SIZE 24

/**
 * Seconds that a session usually lives.
 */
#define SEALWIRE_DEFAULT_LIFE 3600

/**
 * How long, in us, the old session of a module usually stays beside a new one in use.
 */
#define SEALWIRE_DEFAULT_OVERLAP 10000000

/**
 * The usual budget over all sources: exchanges a second, and how many at once.
 */
#define SEALWIRE_DEFAULT_PER_SECOND 200

/**
 * See SEALWIRE_DEFAULT_PER_SECOND.
 */
#define SEALWIRE_DEFAULT_BURST 400

/**
 * The usual budget of one source: exchanges a second, and how many at once.
 */
#define SEALWIRE_DEFAULT_SOURCE_PER_SECOND 5

/**
 * See SEALWIRE_DEFAULT_SOURCE_PER_SECOND.
 */
#define SEALWIRE_DEFAULT_SOURCE_BURST 10

/**
 * The most roles that a module may be registered for, and a granter may define.
 */
#define SEALWIRE_MAX_ROLES 16

/**
 * In `flags` of a record: the module gets the granter's group key with every grant.
 */
#define SEALWIRE_RECORD_IN_GROUP 1

/**
 * In `flags` of a record: the credential, and so every session, ends at `expires`.
 */
#define SEALWIRE_RECORD_EXPIRES 2

/**
 * A session was granted; nobody used it yet. Its keys are with the validator.
 */
#define SEALWIRE_GRANTED 1

/**
 * The same proof came before; the same answer goes again.
 */
#define SEALWIRE_GRANTED_AGAIN 2

/**
 * The module is who it says, and gets no session. The answer says so.
 */
#define SEALWIRE_GRANT_REFUSED 3

/**
 * Bytes of the storage for a table of tokens.
 */
#define SEALWIRE_TOKENS_SIZE 64

/**
 * Bytes of one token's slot.
 */
#define SEALWIRE_TOKEN_SLOT_SIZE 64

/**
 * The most certificates of a chain, without its anchor's.
 */
#define SEALWIRE_MAX_CHAIN 4

/**
 * The most bytes of a certificate.
 */
#define SEALWIRE_MAX_CERTIFICATE 1024

/**
 * The most bytes of a chain.
 */
#define SEALWIRE_MAX_CHAIN_BYTES 3072

/**
 * The most roles in a certificate, and in an issuer's registration.
 */
#define SEALWIRE_MAX_CERTIFIED_ROLES 8

/**
 * The most revocation lists that one check looks at: one of each issuer.
 */
#define SEALWIRE_MAX_LISTS 4

/**
 * The most bytes of a proof with a chain behind it.
 */
#define SEALWIRE_MAX_CERTIFIED_MESSAGE 3392

/**
 * The chain is to be good at `time`, by a clock.
 */
#define SEALWIRE_CHAIN_NOW 1

/**
 * The chain is to be good at `time` or later: a device without a clock knows only when it was
 * built, or what it stored. sealwire_checked_chain_holds_at asks again when the time is known.
 */
#define SEALWIRE_CHAIN_NOT_BEFORE 2

/**
 * Revocation isn't looked up: for certificates that live shorter than a list takes to come.
 */
#define SEALWIRE_REVOCATION_UNCHECKED 1

/**
 * Revocation is looked up in `lists`. Each certificate must be covered by a current one.
 */
#define SEALWIRE_REVOCATION_LISTS 2

/**
 * Revocation is looked up in `crls`: one current CRL of each issuer in the chain. The anchor's
 * certificate must allow the signing of CRLs.
 */
#define SEALWIRE_REVOCATION_CRLS 3

/**
 * Bytes of a trust store's storage.
 */
#define SEALWIRE_TRUST_STORE_SIZE 96

/**
 * Bytes of the storage for one anchor or authority.
 */
#define SEALWIRE_ISSUER_SLOT_SIZE 768

/**
 * Bytes of a checked chain's storage.
 */
#define SEALWIRE_CHECKED_CHAIN_SIZE 384

/**
 * Bytes of a revocation list's storage, the list itself not among them.
 */
#define SEALWIRE_REVOCATION_LIST_SIZE 128

/**
 * Bytes of what a granter keeps of one module's chains.
 */
#define SEALWIRE_CERTIFIED_SLOT_SIZE 448

/**
 * The most prefixes of module IDs of one issuer.
 */
#define SEALWIRE_MAX_FLEETS 4

/**
 * In `bits` of a fleet: all modules, whatever its ID.
 */
#define SEALWIRE_ALL_MODULES 256

/**
 * In `flags` of an issuer: it may give every role.
 */
#define SEALWIRE_ISSUER_ANY_ROLE 1

/**
 * In `flags` of an issuer: authorities below it needn't be registered, and issue all that it may.
 */
#define SEALWIRE_ISSUER_ANY_AUTHORITY 2

/**
 * In `flags` of an issuer: it may make sources of time.
 */
#define SEALWIRE_ISSUER_TIME_SOURCES 4

/**
 * The most bytes of a request for a certificate, and the capacity that it asks for.
 */
#define SEALWIRE_MAX_SIGNING_REQUEST 768

/**
 * Bytes of room for the answer to a chain: a grant, and this granter's chain of `own_len` bytes.
 */
#define SEALWIRE_MAX_CERTIFIED_GRANT 3272

/**
 * The most frames of one burst.
 */
#define SEALWIRE_MAX_BURST 256

/**
 * Bytes of a burst's storage.
 */
#define SEALWIRE_BURST_SIZE 256

/**
 * Events that each ring keeps.
 */
#define SEALWIRE_AUDIT_RING 8

/**
 * Refusals that anybody on the line can cause: steps 1 to 6.
 */
#define SEALWIRE_AUDIT_UNPROVEN 1

/**
 * Refusals of frames whose tag verified: steps 7 and 8. Noise never displaces these.
 */
#define SEALWIRE_AUDIT_PROVEN 2

/**
 * In `flags` of an event: the frame named a key, `key_id`.
 */
#define SEALWIRE_CLAIMS_KEY 1

/**
 * In `flags` of an event: the frame named a module, `module`.
 */
#define SEALWIRE_CLAIMS_MODULE 2

/**
 * Bytes of a stream decoder's storage.
 */
#define SEALWIRE_STREAM_SIZE 96

/**
 * A module's or group's ID: a UUID's 16 bytes in the order in which its text shows them.
 * Neither all zeros nor all ones. Public, not secret.
 */
typedef struct sealwire_id {
    /**
     * The bytes.
     */
    uint8_t bytes[16];
} sealwire_id;

/**
 * Where random bytes come from.
 */
typedef struct sealwire_entropy {
    /**
     * Handed back to the function.
     */
    void *user;
    /**
     * Fills `len` bytes at `out` with random bytes fit for keys. Returns 0, or anything else
     * if it could not; the call that asked then fails with SEALWIRE_ERR_NO_ENTROPY.
     */
    int32_t (*fill)(void *user, uint8_t *out, size_t len);
} sealwire_entropy;

/**
 * Signs with one P-256 key. Opaque storage of the caller's; see "Objects".
 */
typedef struct sealwire_signer {
    /**
     * The library's business.
     */
    uint64_t opaque[40];
} sealwire_signer;

/**
 * Some bytes: an input among several.
 */
typedef struct sealwire_bytes {
    /**
     * Where they are.
     */
    const uint8_t *data;
    /**
     * How many.
     */
    size_t len;
} sealwire_bytes;

/**
 * Signs with one P-256 key that it holds or knows where to find.
 */
typedef struct sealwire_sign_engine {
    /**
     * Handed back to the functions.
     */
    void *user;
    /**
     * Writes the 64 bytes x || y of the key's public half. SEALWIRE_ENGINE_YES, or a fault.
     */
    int32_t (*public_key)(void *user, uint8_t *xy);
    /**
     * Signs SHA-256 of the parts, which follow each other with nothing between, and writes the
     * 64 bytes r || s. SEALWIRE_ENGINE_YES, or a fault. A high s is made low by the library.
     */
    int32_t (*sign)(void *user,
                    const struct sealwire_bytes *parts,
                    size_t parts_len,
                    uint8_t *signature);
} sealwire_sign_engine;

/**
 * Seals frames of one level under one key. Opaque storage of the caller's; see "Objects".
 */
typedef struct sealwire_sealer {
    /**
     * The library's business.
     */
    uint64_t opaque[40];
} sealwire_sealer;

/**
 * Where a sealer's nonces begin. There is no default: beginning again is a repetition.
 */
typedef struct sealwire_nonce_start {
    /**
     * SEALWIRE_NONCE_...; 0 is refused.
     */
    uint8_t kind;
    /**
     * The first nonce of a reserved block; us since the Unix epoch for a start from the clock;
     * else 0.
     */
    uint64_t from;
    /**
     * The first nonce behind a reserved block; else 0.
     */
    uint64_t until;
} sealwire_nonce_start;

/**
 * Who seals, for whom, under which key.
 */
typedef struct sealwire_sealer_config {
    /**
     * Under what the receiver registered the key.
     */
    uint32_t key_id;
    /**
     * SEALWIRE_AUDIENCE_PEER or SEALWIRE_AUDIENCE_GROUP.
     */
    uint8_t audience_kind;
    /**
     * 1: the sender has no clock, its frames carry the time 0, and the receiver registered the
     * key so. Else 0.
     */
    uint8_t counter_only;
    /**
     * Who seals.
     */
    struct sealwire_id sender;
    /**
     * The receiver or the group.
     */
    struct sealwire_id audience;
    /**
     * Where nonces begin.
     */
    struct sealwire_nonce_start start;
} sealwire_sealer_config;

/**
 * What a frame is about. Both sides know it; the receiver's counts. It is authenticated at
 * levels 4 and 5 and never sent.
 */
typedef struct sealwire_context {
    /**
     * SEALWIRE_TOPIC, SEALWIRE_REQUEST, SEALWIRE_RESPONSE or SEALWIRE_RESOURCE.
     */
    uint8_t kind;
    /**
     * The name, at most SEALWIRE_MAX_CONTEXT_NAME bytes; needs no NUL.
     */
    const uint8_t *name;
    /**
     * Bytes of the name.
     */
    size_t name_len;
    /**
     * For a response the tag of the request that it answers; null for other kinds.
     */
    const uint8_t *request_tag;
    /**
     * 16, 32 or 64 for a response, else 0.
     */
    size_t request_tag_len;
} sealwire_context;

/**
 * What is told of a frame that was sealed.
 */
typedef struct sealwire_sealed {
    /**
     * Its nonce.
     */
    uint64_t nonce;
    /**
     * Bytes of the tag: 0, 16, 32 or 64.
     */
    size_t tag_len;
    /**
     * The tag, which the context of a response to this frame contains.
     */
    uint8_t tag[SEALWIRE_MAX_TAG];
} sealwire_sealed;

/**
 * A receiver: its keys, windows, limits and audit. Opaque storage of the caller's; see "Objects".
 */
typedef struct sealwire_validator {
    /**
     * The library's business.
     */
    uint64_t opaque[256];
} sealwire_validator;

/**
 * What is known of the time before a validator was made. There is no default: what it says must
 * be true, or old frames count as new.
 */
typedef struct sealwire_restart {
    /**
     * SEALWIRE_RESTART_...; 0 is refused.
     */
    uint8_t kind;
    /**
     * For SEALWIRE_RESTART_NOT_BEFORE: us since the Unix epoch. Else 0.
     */
    uint64_t now;
    /**
     * For SEALWIRE_RESTART_SAVED: the state. Else null.
     */
    const uint8_t *saved;
    /**
     * Bytes of the state.
     */
    size_t saved_len;
} sealwire_restart;

/**
 * Storage for one key or one known module. Holds secrets; the validator wipes it at its end.
 */
typedef struct sealwire_slot {
    /**
     * The library's business.
     */
    uint64_t opaque[24];
} sealwire_slot;

/**
 * Storage for one remembered nonce, for level 3 and for keys with random nonces.
 */
typedef struct sealwire_nonce_entry {
    /**
     * The library's business.
     */
    uint64_t opaque[2];
} sealwire_nonce_entry;

/**
 * Storage for what is remembered of one key's bursts, so that each costs one verification.
 */
typedef struct sealwire_burst_entry {
    /**
     * The library's business.
     */
    uint64_t opaque[10];
} sealwire_burst_entry;

/**
 * What a validator is made of.
 */
typedef struct sealwire_validator_config {
    /**
     * This receiver's ID.
     */
    struct sealwire_id own;
    /**
     * How old a frame may be, in us; see SEALWIRE_DEFAULT_PAST. At most a day, not 0.
     */
    uint64_t past;
    /**
     * How far ahead a sender's clock may be, in us; see SEALWIRE_DEFAULT_FUTURE.
     */
    uint64_t future;
    /**
     * What is known of the time before.
     */
    struct sealwire_restart restart;
    /**
     * Storage for keys and known modules, one slot each.
     */
    struct sealwire_slot *slots;
    /**
     * Its size in bytes, a multiple of SEALWIRE_SLOT_SIZE.
     */
    size_t slots_size;
    /**
     * Storage of the nonce cache; null without level 3 and random nonces.
     */
    struct sealwire_nonce_entry *nonces;
    /**
     * Its size in bytes, a multiple of SEALWIRE_NONCE_ENTRY_SIZE.
     */
    size_t nonces_size;
    /**
     * Storage for bursts, one entry for each slot; null if no key may send them.
     */
    struct sealwire_burst_entry *bursts;
    /**
     * Its size in bytes, a multiple of SEALWIRE_BURST_ENTRY_SIZE.
     */
    size_t bursts_size;
} sealwire_validator_config;

/**
 * Checks P-256 signatures in the library's place.
 *
 * The functions may be called from several threads at once, if frames are checked in several.
 */
typedef struct sealwire_verify_engine {
    /**
     * Handed back to the functions.
     */
    void *user;
    /**
     * Whether the 64 bytes x || y are a point of the curve: SEALWIRE_ENGINE_YES or _NO. Asked
     * once per key, at its registration.
     */
    int32_t (*accepts)(void *user, const uint8_t *xy);
    /**
     * Checks the 64 bytes r || s over SHA-256 of the parts, which follow each other with nothing
     * between: SEALWIRE_ENGINE_YES or _NO.
     */
    int32_t (*verify)(void *user,
                      const uint8_t *xy,
                      const struct sealwire_bytes *parts,
                      size_t parts_len,
                      const uint8_t *signature);
} sealwire_verify_engine;

/**
 * A peer's key, as a receiver registers it: who seals with it, and by which rules. Zero what
 * isn't needed; a field without its flag must be 0.
 */
typedef struct sealwire_peer_key {
    /**
     * The number under which frames name the key.
     */
    uint32_t key_id;
    /**
     * SEALWIRE_HMAC_SHA256, SEALWIRE_HMAC_SHA256_128 or SEALWIRE_ECDSA_P256.
     */
    uint8_t algorithm;
    /**
     * SEALWIRE_KEY_....
     */
    uint8_t flags;
    /**
     * The sender's role, for the policy; 0 for none.
     */
    uint8_t role;
    /**
     * With SEALWIRE_KEY_RANDOM_NONCES: entries of the nonce cache, at least the sender's rate *
     * (past limit + future limit).
     */
    uint16_t quota;
    /**
     * With SEALWIRE_KEY_BURSTS: verifications a second; as many can be saved up.
     */
    uint16_t burst_rate;
    /**
     * Who seals with it.
     */
    struct sealwire_id sender;
    /**
     * With SEALWIRE_KEY_GROUP: the group.
     */
    struct sealwire_id group;
    /**
     * With SEALWIRE_KEY_EXPIRES: us since the Unix epoch, rounded down to the second.
     */
    uint64_t expires;
    /**
     * HMAC: the peer secret of 32 bytes. ECDSA: the public key, 64 bytes x || y or 65 with 04
     * before them. Copied in derived form; wipe your own secret.
     */
    const uint8_t *key;
    /**
     * Bytes of the key.
     */
    size_t key_len;
} sealwire_peer_key;

/**
 * A module that is known by its ID alone, for levels 2 and 3. Anybody can claim to be it.
 */
typedef struct sealwire_known_module {
    /**
     * Its ID.
     */
    struct sealwire_id id;
    /**
     * Its role, for the policy; 0 for none.
     */
    uint8_t role;
    /**
     * For level 3: entries of the nonce cache, at least its rate * (past limit + future limit).
     */
    uint16_t quota;
} sealwire_known_module;

/**
 * One thing that is allowed.
 */
typedef struct sealwire_rule {
    /**
     * A role of 0 to 255 (0: peers without one), or SEALWIRE_ANY_ROLE.
     */
    uint16_t role;
    /**
     * A kind of context, or SEALWIRE_ANY_KIND.
     */
    uint8_t kind;
    /**
     * SEALWIRE_NAME_ANY, SEALWIRE_NAME_EXACTLY or SEALWIRE_NAME_PREFIX.
     */
    uint8_t name_match;
    /**
     * The name or its beginning; null with SEALWIRE_NAME_ANY.
     */
    const uint8_t *name;
    /**
     * Bytes of `name`.
     */
    size_t name_len;
} sealwire_rule;

/**
 * Who may do what. Asked last, of a proven frame, after its nonce is spent.
 */
typedef struct sealwire_policy {
    /**
     * SEALWIRE_POLICY_RULES or SEALWIRE_POLICY_ANY_PEER; 0 is no policy and refuses.
     */
    uint8_t kind;
    /**
     * The rules.
     */
    const struct sealwire_rule *rules;
    /**
     * How many.
     */
    size_t rules_len;
} sealwire_policy;

/**
 * What a frame must fulfil. All zeros is no requirement and is refused as misuse.
 */
typedef struct sealwire_requirement {
    /**
     * The level, SEALWIRE_LEVEL_...: this one or a higher one.
     */
    uint8_t level;
    /**
     * 1: this level and no other. Else 0.
     */
    uint8_t exactly;
    /**
     * 1: a group's HMAC key will do, though any member could have made the frame. Else 0.
     */
    uint8_t allow_groups;
    /**
     * What the frame must be about.
     */
    struct sealwire_context context;
    /**
     * Who may do that: a policy, or SEALWIRE_ANY_PEER. Null refuses (POLICY_MISSING).
     */
    const struct sealwire_policy *policy;
} sealwire_requirement;

/**
 * What was accepted. Read it only behind SEALWIRE_ACCEPTED; the pointers are into the caller's
 * own frame and good as long as that is.
 */
typedef struct sealwire_result {
    /**
     * 0 or the error, as the function returned it.
     */
    int32_t status;
    /**
     * Of a refused frame: the step of the pipeline, 1 to 8. Else 0.
     */
    uint8_t step;
    /**
     * What was checked: SEALWIRE_LEVEL_....
     */
    uint8_t level;
    /**
     * The frame's algorithm.
     */
    uint8_t algorithm;
    /**
     * The sender's role as registered, 0 for none.
     */
    uint8_t role;
    /**
     * SEALWIRE_HAS_... and SEALWIRE_IS_....
     */
    uint32_t flags;
    /**
     * The key that proved it, at levels 4 and 5.
     */
    uint32_t key_id;
    /**
     * For SEALWIRE_ACCEPTED.
     */
    uint32_t accept;
    /**
     * For SEALWIRE_ACCEPTED.
     */
    uint32_t accept_check;
    /**
     * The nonce. Checked from level 3 on.
     */
    uint64_t nonce;
    /**
     * When it was sealed by the sender's clock, in us since the Unix epoch, if that was checked.
     */
    uint64_t timestamp;
    /**
     * Who sent it: proven at level 5, and at level 4 unless it is a group's; claimed and known
     * at levels 2 and 3; nobody at level 1.
     */
    struct sealwire_id sender;
    /**
     * The group that it was for.
     */
    struct sealwire_id group;
    /**
     * The message, inside the caller's frame.
     */
    const uint8_t *payload;
    /**
     * Bytes of the message.
     */
    size_t payload_len;
    /**
     * The tag, inside the caller's frame: what the context of a response contains.
     */
    const uint8_t *tag;
    /**
     * Bytes of the tag; more than SEALWIRE_MAX_TAG for a frame of a burst.
     */
    size_t tag_len;
} sealwire_result;

/**
 * What a check found, on its way to sealwire_admit. Opaque storage of the caller's; see
 * "Objects". Holds no secret and needs no end.
 */
typedef struct sealwire_checked {
    /**
     * The library's business.
     */
    uint64_t opaque[88];
} sealwire_checked;

/**
 * What an exchange ends with, as one of its two sides holds it. Opaque storage of the caller's;
 * see "Objects". Holds secrets: install it, make a sealer of it, then destroy it.
 */
typedef struct sealwire_session {
    /**
     * The library's business.
     */
    uint64_t opaque[64];
} sealwire_session;

/**
 * What is known of a session. Nothing in it is secret.
 */
typedef struct sealwire_session_info {
    /**
     * This side.
     */
    struct sealwire_id own;
    /**
     * The other side, which proved itself.
     */
    struct sealwire_id peer;
    /**
     * The key ID of the frames that come: this side chose it.
     */
    uint32_t key_id;
    /**
     * The key ID of the frames that go: the other side chose it.
     */
    uint32_t peer_key_id;
    /**
     * The level of every frame, in both directions: 4 or 5.
     */
    uint8_t level;
    /**
     * The algorithm of every frame.
     */
    uint8_t algorithm;
    /**
     * The other side's role, 0 for none: on the granter's side the one that it granted.
     */
    uint8_t peer_role;
    /**
     * SEALWIRE_SESSION_....
     */
    uint8_t flags;
    /**
     * Seconds that it lives, counted from the granting.
     */
    uint32_t life_seconds;
    /**
     * The tick, in us, at which it is over on this side.
     */
    uint64_t ends_at_tick;
    /**
     * The tick before which the module's first frame must have reached the granter.
     */
    uint64_t first_frame_by_tick;
    /**
     * When it is over by the clock, in us since the Unix epoch; SEALWIRE_NO_CLOCK if its frames
     * carry no time.
     */
    uint64_t expires;
    /**
     * The granter's time when it granted, for sealwire_clock_learn; SEALWIRE_NO_CLOCK without.
     */
    uint64_t time;
    /**
     * us by this side's tick from proof to grant, with `time`; else 0.
     */
    uint64_t round_trip;
    /**
     * What signatures under this session contain beside what they always do.
     */
    uint8_t binder[SEALWIRE_BINDER_SIZE];
} sealwire_session_info;

/**
 * The requester's side of one exchange after the other. Opaque storage of the caller's; see
 * "Objects". Holds secrets between request and grant.
 */
typedef struct sealwire_exchange {
    /**
     * The library's business.
     */
    uint64_t opaque[128];
} sealwire_exchange;

/**
 * What a module asks for, and of whom. Zero what isn't needed.
 */
typedef struct sealwire_access_plan {
    /**
     * The module that asks.
     */
    struct sealwire_id own;
    /**
     * The one that it asks.
     */
    struct sealwire_id granter;
    /**
     * What the granter shall put into its frames: free in this side's validator.
     */
    uint32_t key_id;
    /**
     * The level that it wants: 4 or 5.
     */
    uint8_t wanted;
    /**
     * The lowest that it takes: 4 or 5.
     */
    uint8_t lowest;
    /**
     * The tags of frames at level 4, in both directions: SEALWIRE_HMAC_SHA256 or
     * SEALWIRE_HMAC_SHA256_128.
     */
    uint8_t algorithm;
    /**
     * 1: frames carry no time, in both directions, for a device without a clock. Else 0.
     */
    uint8_t counter_only;
    /**
     * The granter's role under this side's policy; 0 for none.
     */
    uint8_t granter_role;
    /**
     * 1: the granter is registered as a source of time. Else 0.
     */
    uint8_t is_time_source;
    /**
     * The role that it wants, at most 32 of a-z, 0-9, dot, underscore and hyphen; null for none.
     */
    const char *role;
    /**
     * Bytes of `role`, without a NUL.
     */
    size_t role_len;
} sealwire_access_plan;

/**
 * Anchors and authorities of a validator or a granter. Opaque storage of the caller's; see
 * "Objects". Holds no secret.
 */
typedef struct sealwire_trust_store {
    /**
     * The library's business.
     */
    uint64_t opaque[12];
} sealwire_trust_store;

/**
 * A revocation list whose signature was found right. Opaque storage of the caller's; see
 * "Objects". Points into the bytes that it was made from.
 */
typedef struct sealwire_revocation_list {
    /**
     * The library's business.
     */
    uint64_t opaque[16];
} sealwire_revocation_list;

/**
 * How a chain's certificates are looked up.
 */
typedef struct sealwire_revocation {
    /**
     * SEALWIRE_REVOCATION_...; 0 is refused.
     */
    uint8_t kind;
    /**
     * Lists that sealwire_trust_store_take_list found right, at most SEALWIRE_MAX_LISTS; else null.
     */
    const struct sealwire_revocation_list *const *lists;
    /**
     * How many.
     */
    size_t lists_len;
    /**
     * CRLs in DER, at most SEALWIRE_MAX_CHAIN; else null.
     */
    const struct sealwire_bytes *crls;
    /**
     * How many.
     */
    size_t crls_len;
} sealwire_revocation;

/**
 * When a chain, an anchor or a list is to be good.
 */
typedef struct sealwire_chain_time {
    /**
     * SEALWIRE_CHAIN_NOW or SEALWIRE_CHAIN_NOT_BEFORE; 0 is refused.
     */
    uint8_t kind;
    /**
     * us since the Unix epoch.
     */
    uint64_t time;
} sealwire_chain_time;

/**
 * One side's chain in an exchange, and what the other's is checked against.
 */
typedef struct sealwire_chain_credential {
    /**
     * This side's certificates, one behind the other: the one for the signer's key first, without
     * the anchor's.
     */
    const uint8_t *own;
    /**
     * Bytes of all of them.
     */
    size_t own_len;
    /**
     * Anchors and authorities.
     */
    const struct sealwire_trust_store *trust;
    /**
     * Where the other's certificates are looked up.
     */
    struct sealwire_revocation revocation;
    /**
     * When, at the requester. A granter goes by the arrival's `now`, and this is 0.
     */
    struct sealwire_chain_time time;
} sealwire_chain_credential;

/**
 * How the two sides of an exchange know each other. Fixed at provisioning; one kind never
 * stands in for the other.
 */
typedef struct sealwire_credential {
    /**
     * SEALWIRE_CREDENTIAL_....
     */
    uint8_t kind;
    /**
     * The secret, or the other side's public key: 64 bytes x || y or 65 with 04 before them.
     */
    const uint8_t *key;
    /**
     * Bytes of it.
     */
    size_t key_len;
    /**
     * With SEALWIRE_CREDENTIAL_CHAIN: the chains, and no key. Not looked at else.
     */
    const struct sealwire_chain_credential *chain;
} sealwire_credential;

/**
 * Makes the ephemeral keys of an exchange and agrees on secrets with them: ECDH over P-256.
 */
typedef struct sealwire_agree_engine {
    /**
     * Handed back to the functions.
     */
    void *user;
    /**
     * Writes the 64 bytes x || y of the key whose private half is the 32 bytes `private_key`,
     * big-endian. SEALWIRE_ENGINE_YES; SEALWIRE_ENGINE_NO if that is 0 or not below the group
     * order, and the library draws another; anything else is a fault.
     */
    int32_t (*generate)(void *user, const uint8_t *private_key, uint8_t *xy);
    /**
     * Writes the 32 bytes of the x coordinate of private half * point, in constant time.
     * SEALWIRE_ENGINE_YES; SEALWIRE_ENGINE_NO if the 64 bytes x || y are no point of the curve,
     * which it must look at; anything else is a fault.
     */
    int32_t (*agree)(void *user, const uint8_t *private_key, const uint8_t *xy, uint8_t *shared);
} sealwire_agree_engine;

/**
 * What one side of an exchange computes with. The engines are used during the call only; a
 * program that names none of the library's own links none of their arithmetic.
 */
typedef struct sealwire_access_engines {
    /**
     * Makes ephemeral keys and agrees: SEALWIRE_PORTABLE_AGREEMENT, SEALWIRE_HOST_AGREEMENT or an
     * engine of the caller's.
     */
    const struct sealwire_agree_engine *agreement;
    /**
     * For keys: verifies the other side's signature. SEALWIRE_PORTABLE_VERIFICATION,
     * SEALWIRE_HOST_VERIFICATION or an engine of the caller's; null for secrets alone.
     */
    const struct sealwire_verify_engine *verifier;
    /**
     * For keys: signs with this side's own. Null for secrets alone.
     */
    struct sealwire_signer *signer;
} sealwire_access_engines;

/**
 * Why a step of an exchange wasn't made.
 */
typedef struct sealwire_exchange_failure {
    /**
     * The status of the last step, 0 if it was made. SEALWIRE_ERR_ACCESS_STATE for a call out
     * of order.
     */
    int32_t status;
    /**
     * Where the exchange stood then, and stands: SEALWIRE_EXCHANGE_....
     */
    uint8_t state;
    /**
     * Where it must at least stand for that call.
     */
    uint8_t needs;
} sealwire_exchange_failure;

/**
 * The sessions that a module holds with one granter: the newest two, of which the older ends an
 * overlap after the first frame came under the newer. Opaque storage of the caller's; see
 * "Objects". Holds no secret: keys are the validator's.
 */
typedef struct sealwire_held_sessions {
    /**
     * The library's business.
     */
    uint64_t opaque[16];
} sealwire_held_sessions;

/**
 * A clock made of a tick and of times from grants. Opaque storage of the caller's; see
 * "Objects". Holds no secret.
 */
typedef struct sealwire_clock {
    /**
     * The library's business.
     */
    uint64_t opaque[16];
} sealwire_clock;

/**
 * Grants access to registered modules. Opaque storage of the caller's; see "Objects".
 */
typedef struct sealwire_granter {
    /**
     * The library's business.
     */
    uint64_t opaque[256];
} sealwire_granter;

/**
 * Storage for one module that may ask for access. Holds secrets; the granter wipes it at its
 * end.
 */
typedef struct sealwire_access_slot {
    /**
     * The library's business.
     */
    uint64_t opaque[60];
} sealwire_access_slot;

/**
 * Storage for the work that one transport source may cause.
 */
typedef struct sealwire_source_slot {
    /**
     * The library's business.
     */
    uint64_t opaque[3];
} sealwire_source_slot;

/**
 * Storage for what a granter keeps of one module that came with a chain.
 */
typedef struct sealwire_certified_slot {
    /**
     * The library's business.
     */
    uint64_t opaque[56];
} sealwire_certified_slot;

/**
 * What a granter is made of, what it gives at most, and how much work it does. There are no
 * defaults for zeros; SEALWIRE_DEFAULT_... are the usual values.
 */
typedef struct sealwire_granter_config {
    /**
     * This granter's ID, which is also that of the validator that it works with.
     */
    struct sealwire_id own;
    /**
     * The highest level of any session: 4 or 5.
     */
    uint8_t max_level;
    /**
     * Seconds that a session lives; not 0.
     */
    uint32_t life_seconds;
    /**
     * How long, in us, the old session of a module stays beside a new one in use.
     */
    uint64_t overlap;
    /**
     * Exchanges' curve arithmetic a second, over all sources.
     */
    uint32_t per_second;
    /**
     * How many of them at once, after a silence.
     */
    uint32_t burst;
    /**
     * The same, for one transport source.
     */
    uint32_t source_per_second;
    /**
     * How many of them at once.
     */
    uint32_t source_burst;
    /**
     * Storage for modules, one slot each.
     */
    struct sealwire_access_slot *modules;
    /**
     * Its size in bytes, a multiple of SEALWIRE_ACCESS_SLOT_SIZE.
     */
    size_t modules_size;
    /**
     * Storage for transport sources, one slot each; null for no limit per source.
     */
    struct sealwire_source_slot *sources;
    /**
     * Its size in bytes, a multiple of SEALWIRE_SOURCE_SLOT_SIZE.
     */
    size_t sources_size;
    /**
     * Storage for what is kept of modules that come with chains of certificates, one slot for each
     * of `modules`; null without chains. In a library with certificates.
     */
    struct sealwire_certified_slot *certified;
    /**
     * Its size in bytes, a multiple of SEALWIRE_CERTIFIED_SLOT_SIZE.
     */
    size_t certified_size;
} sealwire_granter_config;

/**
 * What the first frame of a session changed.
 */
typedef struct sealwire_confirmation {
    /**
     * 1: the session is in use now, and may be sent on. 0: nothing changed, and all else is 0.
     */
    uint8_t is_confirmed;
    /**
     * 1: it takes over from `replaces`. Else 0.
     */
    uint8_t has_replaced;
    /**
     * The session that ends, at once or after the overlap.
     */
    uint32_t replaces;
    /**
     * The module whose session it is.
     */
    struct sealwire_id module;
} sealwire_confirmation;

/**
 * A module's registration with a granter. Zero what isn't needed; a field without its flag must
 * be 0.
 */
typedef struct sealwire_access_record {
    /**
     * The module.
     */
    struct sealwire_id id;
    /**
     * The secret that it shares with this granter, or its public key. Copied; wipe your own.
     */
    struct sealwire_credential credential;
    /**
     * The highest level that it may get: 4, or with a key 5.
     */
    uint8_t max_level;
    /**
     * SEALWIRE_RECORD_....
     */
    uint8_t flags;
    /**
     * The roles that it may get, as sealwire_granter_define_role numbered them.
     */
    const uint8_t *roles;
    /**
     * How many.
     */
    size_t roles_len;
    /**
     * With SEALWIRE_RECORD_EXPIRES: us since the Unix epoch.
     */
    uint64_t expires;
} sealwire_access_record;

/**
 * The key of a group of which a granter is a sender: one publisher, many subscribers. Any member
 * can make its tags; who needs proof of the sender uses level 5.
 */
typedef struct sealwire_group_key {
    /**
     * The group.
     */
    struct sealwire_id id;
    /**
     * What the granter puts into its frames for the group.
     */
    uint32_t key_id;
    /**
     * SEALWIRE_HMAC_SHA256 or SEALWIRE_HMAC_SHA256_128.
     */
    uint8_t algorithm;
    /**
     * The group's secret, SEALWIRE_SECRET_SIZE bytes. Copied; wipe your own.
     */
    const uint8_t *secret;
    /**
     * Bytes of it.
     */
    size_t secret_len;
} sealwire_group_key;

/**
 * A message of an exchange that came: what, from where, when.
 */
typedef struct sealwire_access_arrival {
    /**
     * The message.
     */
    const uint8_t *message;
    /**
     * Bytes of it.
     */
    size_t message_len;
    /**
     * Where it came from, as the transport tells it: an address and port, say; at most
     * SEALWIRE_MAX_SOURCE bytes. Null for none. Request and proof of one exchange have the same.
     */
    const uint8_t *source;
    /**
     * Bytes of it.
     */
    size_t source_len;
    /**
     * When, in us by a counter that only goes up.
     */
    uint64_t tick;
    /**
     * When, in us since the Unix epoch, or SEALWIRE_NO_CLOCK: what a grant tells of the time, and
     * what sessions whose frames carry a time need. Not looked at for a request.
     */
    uint64_t now;
} sealwire_access_arrival;

/**
 * What happened to a proof that was right.
 */
typedef struct sealwire_granted {
    /**
     * SEALWIRE_GRANTED, SEALWIRE_GRANTED_AGAIN or SEALWIRE_GRANT_REFUSED.
     */
    uint8_t outcome;
    /**
     * Why there is no session, with SEALWIRE_GRANT_REFUSED: for this side only, the module learns
     * the class. Else 0.
     */
    int32_t why;
    /**
     * With SEALWIRE_GRANTED: the session. Else zeros, without times.
     */
    struct sealwire_session_info session;
} sealwire_granted;

/**
 * The tokens of live sessions, one a module, kept as hashes. Opaque storage of the caller's; see
 * "Objects".
 */
typedef struct sealwire_tokens {
    /**
     * The library's business.
     */
    uint64_t opaque[8];
} sealwire_tokens;

/**
 * Storage for one module's token.
 */
typedef struct sealwire_token_slot {
    /**
     * The library's business.
     */
    uint64_t opaque[8];
} sealwire_token_slot;

/**
 * Storage for one anchor or authority.
 */
typedef struct sealwire_issuer_slot {
    /**
     * The library's business.
     */
    uint64_t opaque[96];
} sealwire_issuer_slot;

/**
 * Module IDs that begin alike: a fleet, one module, or all.
 */
typedef struct sealwire_fleet {
    /**
     * An ID that begins so; what is behind the first `bits` bits counts for nothing.
     */
    struct sealwire_id prefix;
    /**
     * How many bits, 1 to 128, or SEALWIRE_ALL_MODULES.
     */
    uint16_t bits;
} sealwire_fleet;

/**
 * An anchor or an authority, and what it may issue: nothing that isn't said. Zero what isn't
 * needed.
 */
typedef struct sealwire_issuer_record {
    /**
     * An anchor's certificate in DER, at which chains may end; null for an authority.
     */
    const uint8_t *certificate;
    /**
     * Bytes of the certificate.
     */
    size_t certificate_len;
    /**
     * The public key of an authority that an anchor certifies, 64 bytes x || y or 65 with 04
     * before them: it issues within its own registration *and* its anchor's. Null for an anchor.
     */
    const uint8_t *key;
    /**
     * Bytes of the key.
     */
    size_t key_len;
    /**
     * For which modules, at most SEALWIRE_MAX_FLEETS.
     */
    const struct sealwire_fleet *fleets;
    /**
     * How many.
     */
    size_t fleets_len;
    /**
     * The names of the roles that it may give, at most SEALWIRE_MAX_CERTIFIED_ROLES.
     */
    const struct sealwire_bytes *roles;
    /**
     * How many.
     */
    size_t roles_len;
    /**
     * SEALWIRE_ISSUER_....
     */
    uint8_t flags;
    /**
     * Its revocation lists below this number are refused: what was stored at the last stop, or 0.
     */
    uint64_t lowest_list;
} sealwire_issuer_record;

/**
 * The name by which lists and this interface know an issuer's key: a hash of it.
 */
typedef struct sealwire_issuer_id {
    /**
     * The bytes.
     */
    uint8_t bytes[16];
} sealwire_issuer_id;

/**
 * A chain of certificates in DER: the module's first, then its issuer's, and so on, without the
 * anchor's. Either each by itself, or `joined`: one behind the other, as a chain travels; the
 * other is null.
 */
typedef struct sealwire_chain {
    /**
     * The certificates, each by itself.
     */
    const struct sealwire_bytes *certificates;
    /**
     * How many.
     */
    size_t certificates_len;
    /**
     * The certificates, one behind the other.
     */
    const uint8_t *joined;
    /**
     * Bytes of all of them.
     */
    size_t joined_len;
} sealwire_chain;

/**
 * What a chain was found to say. Opaque storage of the caller's; see "Objects". Points into the
 * certificates that it was made from.
 */
typedef struct sealwire_checked_chain {
    /**
     * The library's business.
     */
    uint64_t opaque[48];
} sealwire_checked_chain;

/**
 * A module that an anchor vouches for: who it is, by which key, in which roles, until when.
 */
typedef struct sealwire_chain_info {
    /**
     * The module's ID, from the subject alternative name.
     */
    struct sealwire_id module;
    /**
     * Its public key, x || y.
     */
    uint8_t key[SEALWIRE_PUBLIC_KEY_SIZE];
    /**
     * The anchor at which the chain ends.
     */
    struct sealwire_issuer_id anchor;
    /**
     * When the first certificate of the chain, or its anchor, ends: us since the Unix epoch.
     */
    uint64_t expires;
    /**
     * When the first of the lists that were looked at is to be replaced; SEALWIRE_NO_CLOCK if none
     * was.
     */
    uint64_t status_until;
    /**
     * 1: other modules may take their time from it. Else 0.
     */
    uint8_t is_time_source;
    /**
     * How many roles.
     */
    uint8_t roles_len;
    /**
     * Their names, inside the certificate, without a NUL; null behind the last.
     */
    struct sealwire_bytes roles[SEALWIRE_MAX_CERTIFIED_ROLES];
} sealwire_chain_info;

/**
 * What a revocation list says of itself.
 */
typedef struct sealwire_list_info {
    /**
     * Who signed it.
     */
    struct sealwire_issuer_id issuer;
    /**
     * Its number: rises with every list of an issuer.
     */
    uint64_t number;
    /**
     * When it was made, in us since the Unix epoch.
     */
    uint64_t issued;
    /**
     * Until when there is another.
     */
    uint64_t next_update;
    /**
     * How many entries it has.
     */
    size_t entries;
} sealwire_list_info;

/**
 * One message of a burst. Payload and context stay where they are as long as the burst.
 */
typedef struct sealwire_burst_item {
    /**
     * The message.
     */
    const uint8_t *payload;
    /**
     * Its bytes.
     */
    size_t payload_len;
    /**
     * What it is about.
     */
    struct sealwire_context context;
    /**
     * When it is sealed, in us since the Unix epoch, or SEALWIRE_NO_CLOCK.
     */
    uint64_t now;
} sealwire_burst_item;

/**
 * A piece of a burst's workspace: SEALWIRE_BURST_WORK(n) of them for n frames.
 */
typedef struct sealwire_burst_work {
    /**
     * The library's business.
     */
    uint64_t opaque[20];
} sealwire_burst_work;

/**
 * A burst that is signed. Opaque storage of the caller's; see "Objects". Holds no secret.
 */
typedef struct sealwire_burst {
    /**
     * The library's business.
     */
    uint64_t opaque[32];
} sealwire_burst;

/**
 * One line of the audit: a refusal, when, how often in a row. What the frame said of itself is
 * unproven up to step 6.
 */
typedef struct sealwire_event {
    /**
     * The error.
     */
    int32_t status;
    /**
     * The step of the pipeline, 1 to 8.
     */
    uint8_t step;
    /**
     * The level that the frame claimed, 0 if it wasn't readable.
     */
    uint8_t level;
    /**
     * SEALWIRE_CLAIMS_....
     */
    uint8_t flags;
    /**
     * The key that the frame named.
     */
    uint32_t key_id;
    /**
     * How many such refusals in a row; saturates.
     */
    uint32_t repeats;
    /**
     * The nonce that the frame carried.
     */
    uint64_t nonce;
    /**
     * The highest time that the validator knew at the last of them; us since the Unix epoch. 0
     * in a callback.
     */
    uint64_t at;
    /**
     * The module that the frame named.
     */
    struct sealwire_id module;
} sealwire_event;

/**
 * Is told of every refused frame at its admission.
 */
typedef struct sealwire_audit_sink {
    /**
     * Handed back to the function.
     */
    void *user;
    /**
     * Takes one event, good during the call only. May read the same validator's audit, and must
     * not call anything else with that validator. What it returns changes no verdict; return 0.
     */
    int32_t (*event)(void *user, const struct sealwire_event *event);
} sealwire_audit_sink;

/**
 * Takes frames out of a byte stream. Opaque storage of the caller's; see "Objects".
 */
typedef struct sealwire_stream {
    /**
     * The library's business.
     */
    uint64_t opaque[12];
} sealwire_stream;

/**
 * What a frame says of itself. Nothing of it is proven.
 */
typedef struct sealwire_metadata {
    /**
     * The level that it claims: SEALWIRE_LEVEL_....
     */
    uint8_t level;
    /**
     * Its algorithm, which belongs to the level.
     */
    uint8_t algorithm;
    /**
     * Levels 4 and 5: the key that it names.
     */
    uint32_t key_id;
    /**
     * Levels 1 to 3: the module that it names.
     */
    struct sealwire_id module;
    /**
     * When it says that it was sealed: us since the Unix epoch.
     */
    uint64_t timestamp;
    /**
     * The nonce.
     */
    uint64_t nonce;
    /**
     * Bytes of metadata; in an attached frame the payload begins there.
     */
    size_t metadata_len;
    /**
     * Bytes of payload.
     */
    size_t payload_len;
    /**
     * Bytes of tag; from sealwire_inspect_front those of a burst without its path, which the
     * metadata doesn't tell.
     */
    size_t tag_len;
} sealwire_metadata;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The library's own key agreement, for every target; see SEALWIRE_PORTABLE_AGREEMENT.
 */
extern const struct sealwire_agree_engine sealwire_portable_agreement;

/**
 * The library's own verification, for every target; see SEALWIRE_PORTABLE_VERIFICATION.
 */
extern const struct sealwire_verify_engine sealwire_portable_verification;

/**
 * The policy that allows everything to every peer that is registered; see SEALWIRE_ANY_PEER.
 */
extern const struct sealwire_policy sealwire_any_peer;

/**
 * The fastest verification of this library and this CPU, as an engine that a call names; see
 * SEALWIRE_HOST_VERIFICATION. The same as the portable one where there is none.
 */
extern const struct sealwire_verify_engine sealwire_host_verification;

/**
 * The fastest key agreement of this library and this CPU; see SEALWIRE_HOST_AGREEMENT. The same as
 * the portable one where there is none.
 */
extern const struct sealwire_agree_engine sealwire_host_agreement;

/* ---- Versions ---- */

/**
 * The library's version as text, the same as the crate's and the wheel's, for instance "0.1.0".
 *
 * Returns a string that ends with a NUL and is never freed. Any thread.
 */
const char *sealwire_version(void);

/**
 * The library's ABI version: SEALWIRE_ABI_VERSION of the header that it was built with.
 *
 * Any thread.
 */
uint32_t sealwire_abi_version(void);

/**
 * Whether header and library belong together; call it once, at the start:
 * `sealwire_check_abi(SEALWIRE_ABI_VERSION)`.
 *
 * Returns 0 or SEALWIRE_ERR_ABI_MISMATCH. Any thread.
 */
SEALWIRE_NODISCARD int32_t sealwire_check_abi(uint32_t header_version);

/* ---- Statuses ---- */

/**
 * The name of a status, for logs: "TAG_WRONG", "OK" for 0, "UNKNOWN" for no status of ours.
 *
 * Returns a string that ends with a NUL and is never freed, never null. Any thread.
 */
const char *sealwire_error_name(int32_t status);

/**
 * One sentence about a status, for a person.
 *
 * Returns a string that ends with a NUL and is never freed, never null. Any thread.
 */
const char *sealwire_error_sentence(int32_t status);

/**
 * What a caller does about a status: one of SEALWIRE_CLASS_....
 *
 * Over the wire goes at most the class, and only to a peer whose tag verified. Any thread.
 */
int32_t sealwire_error_class(int32_t status);

/**
 * The name of a class in lower case: "stale"; "ok" and "unknown" for the two without errors.
 *
 * Returns a string that ends with a NUL and is never freed, never null. Any thread.
 */
const char *sealwire_class_name(int32_t class_number);

/* ---- Module IDs ---- */

/**
 * Reads an ID from the 36 characters of a UUID: 8-4-4-4-12 hexadecimal digits, in either case.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ARGUMENT for text of another form, SEALWIRE_ERR_INVALID_ID
 * for all zeros or all ones, or misuse of pointers. `id` is unchanged then. Any thread.
 */
SEALWIRE_NODISCARD
int32_t sealwire_id_parse(const char *text,
                          size_t text_len,
                          struct sealwire_id *id);

/**
 * Writes an ID as text, 36 characters and a NUL.
 *
 * `*len` becomes 36, or SEALWIRE_ID_TEXT_SIZE if `cap` is below that: the size needed. Returns
 * 0, SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse of pointers. Any thread.
 */
SEALWIRE_NODISCARD
int32_t sealwire_id_format(const struct sealwire_id *id,
                           char *out,
                           size_t cap,
                           size_t *len);

/* ---- Making keys ---- */

/**
 * Makes a peer secret of SEALWIRE_SECRET_SIZE bytes, for two modules or the members of a group.
 *
 * `*len` becomes the size written, or the size needed if `cap` is too small. The caller wipes
 * `out` when it is stored. Returns 0, SEALWIRE_ERR_NO_ENTROPY, SEALWIRE_ERR_BUFFER_TOO_SMALL, or
 * misuse of pointers. Any thread.
 */
SEALWIRE_NODISCARD
int32_t sealwire_generate_secret(const struct sealwire_entropy *entropy,
                                 uint8_t *out,
                                 size_t cap,
                                 size_t *len);

/**
 * Makes a P-256 private key of SEALWIRE_PRIVATE_KEY_SIZE bytes, big-endian. Its public half
 * comes from sealwire_public_key.
 *
 * `*len` becomes the size written, or the size needed if `cap` is too small. The caller wipes
 * `out` when it is stored. Returns 0, SEALWIRE_ERR_NO_ENTROPY, SEALWIRE_ERR_BUFFER_TOO_SMALL, or
 * misuse of pointers. Any thread.
 */
SEALWIRE_NODISCARD
int32_t sealwire_generate_private_key(const struct sealwire_entropy *entropy,
                                      uint8_t *out,
                                      size_t cap,
                                      size_t *len);

/**
 * Derives the public half of a P-256 private key: x || y, SEALWIRE_PUBLIC_KEY_SIZE bytes.
 *
 * `*len` becomes the size written, or the size needed if `cap` is too small. Returns 0,
 * SEALWIRE_ERR_KEY_LENGTH, SEALWIRE_ERR_KEY_INVALID, SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse of
 * pointers. Any thread.
 */
SEALWIRE_NODISCARD
int32_t sealwire_public_key(const uint8_t *private_key,
                            size_t private_key_len,
                            uint8_t *out,
                            size_t cap,
                            size_t *len);

/* ---- Wiping ---- */

/**
 * Overwrites `len` bytes with zeros, in a way that no compiler leaves out.
 *
 * Returns 0, SEALWIRE_ERR_NULL_POINTER or SEALWIRE_ERR_ABSURD_LENGTH. Any thread.
 */
int32_t sealwire_wipe(void *memory, size_t len);

/* ---- Signers ---- */

/**
 * Makes a signer from a private key in memory, with deterministic nonces (RFC 6979).
 *
 * `size` is `sizeof *signer`. The key is copied; wipe your own. Costs as much as a signature.
 * Returns 0, SEALWIRE_ERR_KEY_LENGTH (not 32 bytes), SEALWIRE_ERR_KEY_INVALID (0, or not below
 * the group order), SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers; the object is not
 * initialised then. A signer is used by one thread at a time.
 */
SEALWIRE_NODISCARD
int32_t sealwire_signer_init(struct sealwire_signer *signer,
                             size_t size,
                             const uint8_t *private_key,
                             size_t private_key_len);

/**
 * The same with hedged nonces: 32 bytes of entropy go into every signature's nonce beside key
 * and message (RFC 6979 section 3.6), so that repeating a message doesn't repeat the computation.
 *
 * The entropy's function is copied and must stay callable as long as the signer is in use.
 * Returns and threads as sealwire_signer_init.
 */
SEALWIRE_NODISCARD
int32_t sealwire_signer_init_hedged(struct sealwire_signer *signer,
                                    size_t size,
                                    const uint8_t *private_key,
                                    size_t private_key_len,
                                    const struct sealwire_entropy *entropy);

/**
 * Makes a signer from an engine: a secure element, an accelerator. Asks it for its public key.
 *
 * The functions are copied; they and `user` must stay usable as long as the signer. Returns 0,
 * SEALWIRE_ERR_ENGINE_FAILED, SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers; the object is not
 * initialised then. A signer is used by one thread at a time.
 */
SEALWIRE_NODISCARD
int32_t sealwire_signer_init_external(struct sealwire_signer *signer,
                                      size_t size,
                                      const struct sealwire_sign_engine *engine);

/**
 * The public half of a signer's key: x || y, SEALWIRE_PUBLIC_KEY_SIZE bytes.
 *
 * `*len` becomes the size written, or the size needed if `cap` is too small. Returns 0,
 * SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_signer_public_key(const struct sealwire_signer *signer,
                                   uint8_t *out,
                                   size_t cap,
                                   size_t *len);

/**
 * Ends a signer and wipes its storage. Sealers that borrowed it fail from now on.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_signer_destroy(struct sealwire_signer *signer);

/**
 * The size of a signer's storage in this library: SEALWIRE_SIGNER_SIZE of its header.
 */
size_t sealwire_signer_size(void);

/* ---- Sealers ---- */

/**
 * Makes a sealer for level 1, 2 or 3: without proof.
 *
 * `size` is `sizeof *sealer`. Returns 0, SEALWIRE_ERR_KEY_KIND for level 4 or 5,
 * SEALWIRE_ERR_INVALID_ID, SEALWIRE_ERR_INVALID_NONCE_START, SEALWIRE_ERR_INVALID_ARGUMENT,
 * SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers; the object is not initialised then. A sealer
 * is used by one thread at a time, never copied and never shared between processes.
 */
SEALWIRE_NODISCARD
int32_t sealwire_sealer_init_unproven(struct sealwire_sealer *sealer,
                                      size_t size,
                                      uint8_t level_number,
                                      const struct sealwire_id *sender,
                                      const struct sealwire_nonce_start *start);

/**
 * Makes a sealer for level 4: HMAC-SHA256 under a key that is derived from a peer secret.
 *
 * `algorithm` is SEALWIRE_HMAC_SHA256 or SEALWIRE_HMAC_SHA256_128. The secret is not kept; wipe
 * your own. Returns 0, SEALWIRE_ERR_KEY_LENGTH (not 32 bytes), SEALWIRE_ERR_KEY_INVALID (all
 * zeros), SEALWIRE_ERR_KEY_KIND (counter-only with random nonces), and otherwise as
 * sealwire_sealer_init_unproven.
 */
SEALWIRE_NODISCARD
int32_t sealwire_sealer_init_hmac(struct sealwire_sealer *sealer,
                                  size_t size,
                                  const struct sealwire_sealer_config *config,
                                  uint8_t algorithm,
                                  const uint8_t *secret,
                                  size_t secret_len);

/**
 * Makes a sealer for level 5, which borrows a signer: that must outlive it at its address, and
 * is used by this sealer's thread. One signer serves many sealers.
 *
 * Returns as sealwire_sealer_init_hmac; SEALWIRE_ERR_NOT_INITIALISED is about the signer.
 */
SEALWIRE_NODISCARD
int32_t sealwire_sealer_init_ecdsa(struct sealwire_sealer *sealer,
                                   size_t size,
                                   const struct sealwire_sealer_config *config,
                                   struct sealwire_signer *signer);

/**
 * The nonce of the next frame: what a device compares with the block that it stored.
 *
 * Returns 0 or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_sealer_next_nonce(const struct sealwire_sealer *sealer,
                                   uint64_t *nonce);

/**
 * How many frames can be sealed before the block of nonces, or the key, is used up.
 *
 * Returns 0 or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_sealer_nonces_left(const struct sealwire_sealer *sealer,
                                    uint64_t *count);

/**
 * Goes on counting to `until`, a border that was stored as spent before.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_NONCE_START if that is not beyond the present border or above
 * 2^63, or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_sealer_extend(struct sealwire_sealer *sealer,
                               uint64_t until);

/**
 * Bytes of the next attached frame around `payload_len` bytes at `now`.
 *
 * `now` is in us since the Unix epoch, or SEALWIRE_NO_CLOCK. Returns 0, what sealwire_seal would
 * refuse, or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_frame_len(const struct sealwire_sealer *sealer,
                           size_t payload_len,
                           uint64_t now,
                           size_t *len);

/**
 * Bytes of the next detached form beside `payload_len` bytes at `now`. As sealwire_frame_len.
 */
SEALWIRE_NODISCARD
int32_t sealwire_detached_len(const struct sealwire_sealer *sealer,
                              size_t payload_len,
                              uint64_t now,
                              size_t *len);

/**
 * Ends a sealer and wipes its storage. A signer that it borrowed stays.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_sealer_destroy(struct sealwire_sealer *sealer);

/**
 * The size of a sealer's storage in this library: SEALWIRE_SEALER_SIZE of its header.
 */
size_t sealwire_sealer_size(void);

/* ---- Sealing ---- */

/**
 * Writes an attached frame around `payload` to `out`: metadata || payload || tag.
 *
 * `now` is the sender's clock in us since the Unix epoch, or SEALWIRE_NO_CLOCK (levels 1 and 2,
 * and counter-only keys). `*len` becomes the frame's length, or the size needed if `cap` is too
 * small. `sealed` may be null.
 *
 * Returns 0, SEALWIRE_ERR_BUFFER_TOO_SMALL, SEALWIRE_ERR_PAYLOAD_TOO_LONG, SEALWIRE_ERR_NO_CLOCK,
 * SEALWIRE_ERR_TIMESTAMP_RANGE, SEALWIRE_ERR_INVALID_CONTEXT, SEALWIRE_ERR_NONCES_SPENT (extend
 * it), SEALWIRE_ERR_KEY_SPENT (exchange the key), SEALWIRE_ERR_INVALID_NONCE_START (this sealer
 * takes its nonces from sealwire_seal_with_nonce), SEALWIRE_ERR_ENGINE_FAILED,
 * SEALWIRE_ERR_NO_ENTROPY, SEALWIRE_ERR_OVERLAP, or misuse; then the counter is where it was and
 * `out` untouched. One thread at a time per sealer. Level 4 is short enough for an interrupt.
 */
SEALWIRE_NODISCARD
int32_t sealwire_seal(struct sealwire_sealer *sealer,
                      const uint8_t *payload,
                      size_t payload_len,
                      const struct sealwire_context *context,
                      uint64_t now,
                      uint8_t *out,
                      size_t cap,
                      size_t *len,
                      struct sealwire_sealed *sealed);

/**
 * sealwire_seal with a nonce of the caller's, 64 random bits, for a sealer that was made with
 * SEALWIRE_NONCE_RANDOM. The receiver registered the key with a quota of its nonce cache.
 *
 * Returns as sealwire_seal; SEALWIRE_ERR_INVALID_NONCE_START if this sealer counts.
 */
SEALWIRE_NODISCARD
int32_t sealwire_seal_with_nonce(struct sealwire_sealer *sealer,
                                 uint64_t nonce,
                                 const uint8_t *payload,
                                 size_t payload_len,
                                 const struct sealwire_context *context,
                                 uint64_t now,
                                 uint8_t *out,
                                 size_t cap,
                                 size_t *len,
                                 struct sealwire_sealed *sealed);

/**
 * Writes the detached form of `payload` to `out`: metadata || tag. The payload travels by itself,
 * unchanged.
 *
 * Returns as sealwire_seal.
 */
SEALWIRE_NODISCARD
int32_t sealwire_seal_detached(struct sealwire_sealer *sealer,
                               const uint8_t *payload,
                               size_t payload_len,
                               const struct sealwire_context *context,
                               uint64_t now,
                               uint8_t *out,
                               size_t cap,
                               size_t *len,
                               struct sealwire_sealed *sealed);

/**
 * Seals a payload where it lies: `payload_len` bytes from `payload_at` on in `buffer`. Metadata
 * goes before it and the tag behind it; SEALWIRE_MAX_METADATA and SEALWIRE_MAX_TAG bytes of room
 * are always enough.
 *
 * The frame is then `*frame_len` bytes at `buffer + *frame_at`. Returns as sealwire_seal;
 * SEALWIRE_ERR_INVALID_ARGUMENT if the payload isn't inside the buffer;
 * SEALWIRE_ERR_BUFFER_TOO_SMALL if the room before or behind it is too small, with the whole
 * frame's length in `*frame_len`.
 */
SEALWIRE_NODISCARD
int32_t sealwire_seal_in_place(struct sealwire_sealer *sealer,
                               uint8_t *buffer,
                               size_t buffer_len,
                               size_t payload_at,
                               size_t payload_len,
                               const struct sealwire_context *context,
                               uint64_t now,
                               size_t *frame_at,
                               size_t *frame_len,
                               struct sealwire_sealed *sealed);

/* ---- Validators ---- */

/**
 * Makes a validator with nobody registered. `size` is `sizeof *validator`.
 *
 * Slots and nonces are lent to it until sealwire_validator_destroy, at their addresses; the rest
 * of the config is copied. It verifies no signatures before sealwire_use_portable_verifier or
 * sealwire_use_verify_engine.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ID, SEALWIRE_ERR_INVALID_LIMITS, SEALWIRE_ERR_INVALID_STATE,
 * SEALWIRE_ERR_TABLE_FULL if the state has more keys than there are slots,
 * SEALWIRE_ERR_INVALID_ARGUMENT for an unknown kind of restart, SEALWIRE_ERR_TIMESTAMP_RANGE,
 * SEALWIRE_ERR_OBJECT_SIZE if a size is not what the header says or storage isn't aligned,
 * SEALWIRE_ERR_OVERLAP, or misuse of pointers; the object is not initialised then.
 */
SEALWIRE_NODISCARD
int32_t sealwire_validator_init(struct sealwire_validator *validator,
                                size_t size,
                                const struct sealwire_validator_config *config);

/**
 * Verifies signatures with the library's own P-256 from now on. Call it before registering
 * signature keys, while no frame is being checked.
 *
 * Returns 0 or misuse.
 */
SEALWIRE_NODISCARD int32_t sealwire_use_portable_verifier(struct sealwire_validator *validator);

/**
 * Verifies signatures with an engine of the caller's from now on. Call it before registering
 * signature keys, while no frame is being checked.
 *
 * The functions are copied; they and `user` must stay usable as long as the validator. Returns 0
 * or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_use_verify_engine(struct sealwire_validator *validator,
                                   const struct sealwire_verify_engine *engine);

/**
 * Bytes that are enough for sealwire_save now.
 *
 * Returns 0 or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_saved_len(const struct sealwire_validator *validator,
                           size_t *len);

/**
 * Writes what SEALWIRE_RESTART_SAVED takes: the windows of all keys, no secret. To be called
 * after the last frame was admitted.
 *
 * `*len` becomes the length, or the size needed (sealwire_saved_len) if `cap` is below that.
 * Returns 0, SEALWIRE_ERR_BUFFER_TOO_SMALL, SEALWIRE_ERR_TIMESTAMP_RANGE at the end of time, or
 * misuse. Like sealwire_check it only reads.
 */
SEALWIRE_NODISCARD
int32_t sealwire_save(const struct sealwire_validator *validator,
                      uint8_t *out,
                      size_t cap,
                      size_t *len);

/**
 * Ends a validator and wipes its storage and its slots, which are the caller's again.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_validator_destroy(struct sealwire_validator *validator);

/**
 * The size of a validator's storage in this library: SEALWIRE_VALIDATOR_SIZE of its header.
 */
size_t sealwire_validator_size(void);

/**
 * The size of a slot in this library: SEALWIRE_SLOT_SIZE of its header.
 */
size_t sealwire_slot_size(void);

/**
 * The size of a burst's entry in this library: SEALWIRE_BURST_ENTRY_SIZE of its header.
 */
size_t sealwire_burst_entry_size(void);

/**
 * The size of an entry of the nonce cache: SEALWIRE_NONCE_ENTRY_SIZE of its header.
 */
size_t sealwire_nonce_entry_size(void);

/* ---- The fastest P-256 of a server ---- */

/**
 * Verifies signatures from now on with the fastest P-256 of this library and this CPU: verified
 * assembly where both have it (x86-64 and aarch64, a library not built with ENGINE=portable),
 * the portable one elsewhere. Both give the same verdicts. Call it before registering signature
 * keys, while no frame is being checked.
 *
 * Returns 0 or misuse.
 */
SEALWIRE_NODISCARD int32_t sealwire_use_host_verifier(struct sealwire_validator *validator);

/**
 * Makes a signer from a private key in memory for the fastest P-256 of this library and this
 * CPU, with nonces that the operating system's randomness goes into: two signatures of one
 * message differ.
 *
 * `size` is `sizeof *signer`. The key is copied; wipe your own. Costs as much as a signature.
 * Returns 0, SEALWIRE_ERR_NO_ENGINE in a library built with ENGINE=portable and on bare metal,
 * SEALWIRE_ERR_KEY_LENGTH (not 32 bytes), SEALWIRE_ERR_KEY_INVALID (0, or not below the group
 * order), SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers; the object is not initialised then. A
 * signer is used by one thread at a time.
 */
SEALWIRE_NODISCARD
int32_t sealwire_signer_init_host(struct sealwire_signer *signer,
                                  size_t size,
                                  const uint8_t *private_key,
                                  size_t private_key_len);

/**
 * What sealwire_use_host_verifier, sealwire_signer_init_host and the two host engines compute with
 * here: "graviola" or
 * "p256". Valid as long as the library is loaded.
 */
SEALWIRE_NODISCARD
const char *sealwire_host_engine_name(void);

/* ---- Who is known ---- */

/**
 * Registers a peer's key.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ID (also for a sender that is this receiver),
 * SEALWIRE_ERR_DUPLICATE_KEY_ID, SEALWIRE_ERR_DUPLICATE_KEY, SEALWIRE_ERR_KEY_LENGTH,
 * SEALWIRE_ERR_KEY_INVALID, SEALWIRE_ERR_KEY_KIND for bursts of a key that doesn't sign,
 * SEALWIRE_ERR_BURST_STORAGE, SEALWIRE_ERR_NO_ENGINE for a signature key before a verifier was set, SEALWIRE_ERR_NONCE_QUOTA, SEALWIRE_ERR_TABLE_FULL, SEALWIRE_ERR_INVALID_ARGUMENT for an
 * unknown algorithm or flag, a field without its flag, or random nonces without a clock, or
 * misuse; the validator is unchanged then. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_register(struct sealwire_validator *validator,
                          const struct sealwire_peer_key *key);

/**
 * Registers the next key of a peer beside `old_key_id`, which ends at `overlap_end` (us since
 * the Unix epoch, rounded down to the second). Both are good until then.
 *
 * Returns as sealwire_register; SEALWIRE_ERR_UNKNOWN_KEY, SEALWIRE_ERR_KEY_KIND if the new key
 * is not of the same sender and audience, SEALWIRE_ERR_ROLLOVER_PENDING,
 * SEALWIRE_ERR_TIMESTAMP_RANGE. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_rollover(struct sealwire_validator *validator,
                          uint32_t old_key_id,
                          const struct sealwire_peer_key *next,
                          uint64_t overlap_end);

/**
 * Refuses the key from now on with SEALWIRE_ERR_KEY_REVOKED.
 *
 * Returns 0, SEALWIRE_ERR_UNKNOWN_KEY, or misuse. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_revoke(struct sealwire_validator *validator,
                        uint32_t key_id);

/**
 * Forgets the key. Its window stays behind until all that it could have accepted is stale.
 *
 * Returns 0, SEALWIRE_ERR_UNKNOWN_KEY, or misuse. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_remove(struct sealwire_validator *validator,
                        uint32_t key_id);

/**
 * Registers a module that is known by its ID alone, for levels 2 and 3.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ID, SEALWIRE_ERR_DUPLICATE_KEY_ID, SEALWIRE_ERR_NONCE_QUOTA,
 * SEALWIRE_ERR_TABLE_FULL, or misuse. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_register_module(struct sealwire_validator *validator,
                                 const struct sealwire_known_module *module);

/**
 * Forgets a module that was known by its ID.
 *
 * Returns 0, SEALWIRE_ERR_UNKNOWN_SENDER, or misuse. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_remove_module(struct sealwire_validator *validator,
                               const struct sealwire_id *id);

/* ---- Validating ---- */

/**
 * Proves and records the attached frame in `frame`, and fills in `result`, which is wiped first.
 *
 * `now` is the receiver's clock in us since the Unix epoch, or SEALWIRE_NO_CLOCK. The result's
 * pointers are into `frame`. Gate: `SEALWIRE_ACCEPTED(&result)`.
 *
 * Returns 0 for an accepted frame, the refusal (which is counted), or misuse. Exclusive: see
 * "Threads". Level 4 is short enough for an interrupt.
 */
SEALWIRE_NODISCARD
int32_t sealwire_validate(struct sealwire_validator *validator,
                          const uint8_t *frame,
                          size_t frame_len,
                          const struct sealwire_requirement *requirement,
                          uint64_t now,
                          struct sealwire_result *result);

/**
 * sealwire_validate for a detached form and the message beside it. The result's payload is the
 * message, its tag is in `form`.
 */
SEALWIRE_NODISCARD
int32_t sealwire_validate_detached(struct sealwire_validator *validator,
                                   const uint8_t *form,
                                   size_t form_len,
                                   const uint8_t *message,
                                   size_t message_len,
                                   const struct sealwire_requirement *requirement,
                                   uint64_t now,
                                   struct sealwire_result *result);

/**
 * sealwire_validate for each of `count` frames, in order, with the verdicts and the effect of as
 * many single calls; `results` has `count` places.
 *
 * Returns 0 if all were accepted, else the first refusal; each result tells its own, also in
 * `status`. SEALWIRE_ACCEPTED(&results[i]) is the gate. For misuse that concerns all, no frame is
 * looked at and all results are wiped. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_validate_many(struct sealwire_validator *validator,
                               const struct sealwire_bytes *frames,
                               size_t count,
                               const struct sealwire_requirement *requirement,
                               uint64_t now,
                               struct sealwire_result *results);

/* ---- Checking and admitting apart ---- */

/**
 * Proves the attached frame in `frame` without changing the validator: steps 1 to 6.
 *
 * What was found goes into `checked` (`size` is `sizeof *checked`), a refusal too; hand it to
 * sealwire_admit, which records or counts it. Until then `frame`, `requirement` and all that it
 * points to stay where they are, unchanged. `now` is the receiver's clock in us since the Unix
 * epoch, or SEALWIRE_NO_CLOCK.
 *
 * Returns 0 for a frame that is proven and not yet accepted; the refusal; or misuse, with
 * `checked` not initialised. Reads the validator only: any number of threads may check at once,
 * none of them beside an exclusive call.
 */
SEALWIRE_NODISCARD
int32_t sealwire_check(const struct sealwire_validator *validator,
                       const uint8_t *frame,
                       size_t frame_len,
                       const struct sealwire_requirement *requirement,
                       uint64_t now,
                       struct sealwire_checked *checked,
                       size_t size);

/**
 * sealwire_check for a detached form and the message beside it, which stays in place as well.
 */
SEALWIRE_NODISCARD
int32_t sealwire_check_detached(const struct sealwire_validator *validator,
                                const uint8_t *form,
                                size_t form_len,
                                const uint8_t *message,
                                size_t message_len,
                                const struct sealwire_requirement *requirement,
                                uint64_t now,
                                struct sealwire_checked *checked,
                                size_t size);

/**
 * sealwire_check without verifying a signature, which is left to sealwire_finish: for programs
 * that hold a lock here, and none while a signature is verified. Level 4 is checked in full.
 *
 * Returns as sealwire_check; 0 says only that nothing speaks against the frame so far.
 */
SEALWIRE_NODISCARD
int32_t sealwire_begin(const struct sealwire_validator *validator,
                       const uint8_t *frame,
                       size_t frame_len,
                       const struct sealwire_requirement *requirement,
                       uint64_t now,
                       struct sealwire_checked *checked,
                       size_t size);

/**
 * sealwire_begin for a detached form and the message beside it.
 */
SEALWIRE_NODISCARD
int32_t sealwire_begin_detached(const struct sealwire_validator *validator,
                                const uint8_t *form,
                                size_t form_len,
                                const uint8_t *message,
                                size_t message_len,
                                const struct sealwire_requirement *requirement,
                                uint64_t now,
                                struct sealwire_checked *checked,
                                size_t size);

/**
 * Verifies the signature that sealwire_begin left, if it left one. Touches no validator and needs
 * no lock; the validator must not be destroyed nor given another engine meanwhile.
 *
 * Returns as sealwire_check.
 */
SEALWIRE_NODISCARD
int32_t sealwire_finish(struct sealwire_checked *checked);

/**
 * Records what was checked: steps 7 and 8, after a second look at the key. Counts it if it was
 * refused. Fills in `result`, which is wiped first; `checked` is spent.
 *
 * Returns 0 for an accepted frame; the check's refusal, or a new one (the key was exchanged, the
 * nonce was taken meanwhile, the policy refuses); SEALWIRE_ERR_NOT_INITIALISED for a check that
 * failed as misuse or is spent; SEALWIRE_ERR_INVALID_ARGUMENT for one of another validator, or
 * one that sealwire_finish hasn't seen; or misuse. Exclusive: see "Threads". Short enough for an
 * interrupt.
 */
SEALWIRE_NODISCARD
int32_t sealwire_admit(struct sealwire_validator *validator,
                       struct sealwire_checked *checked,
                       struct sealwire_result *result);

/**
 * The size of a check's storage in this library: SEALWIRE_CHECKED_SIZE of its header.
 */
size_t sealwire_checked_size(void);

/* ---- Access: messages ---- */

/**
 * Which message of the exchange some bytes begin as, for who has frames and these on one line.
 * Says nothing about the rest of them.
 *
 * `*kind` becomes one of SEALWIRE_ACCESS_.... Returns 0 or misuse of pointers. Any thread.
 */
SEALWIRE_NODISCARD
int32_t sealwire_access_kind(const uint8_t *message,
                             size_t message_len,
                             uint8_t *kind);

/* ---- Sessions ---- */

/**
 * What is known of a session.
 *
 * Returns 0 or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_session_read(const struct sealwire_session *session,
                              struct sealwire_session_info *info);

/**
 * The session's token, SEALWIRE_TOKEN_SIZE bytes, which both sides derived and nobody sent.
 * Whoever shows it is taken for the module, at level 2 and no higher. Keep it out of logs; wipe
 * `out` with sealwire_wipe.
 *
 * `*len` becomes the size written, or the size needed if `cap` is too small. Returns 0,
 * SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_session_token(const struct sealwire_session *session,
                               uint8_t *out,
                               size_t cap,
                               size_t *len);

/**
 * The session's hmac_key, SEALWIRE_TOKEN_SIZE bytes, for the interface of the framework that came
 * before; frames have other keys. Wipe `out` with sealwire_wipe.
 *
 * Returns as sealwire_session_token. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_session_hmac_key(const struct sealwire_session *session,
                                  uint8_t *out,
                                  size_t cap,
                                  size_t *len);

/**
 * The key of the granter's group, if the module is in it: what sealwire_register takes, to check
 * what the granter seals for the group. The secret goes to `out`, SEALWIRE_SECRET_SIZE bytes, to
 * which `key->key` points then; role, quota and expiry are the caller's to add. Wipe `out` when
 * the key is registered.
 *
 * `*len` becomes the size written, or the size needed if `cap` is too small. Returns 0,
 * SEALWIRE_ERR_UNKNOWN_KEY if no group's key came with the session,
 * SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_session_group(const struct sealwire_session *session,
                               struct sealwire_peer_key *key,
                               uint8_t *out,
                               size_t cap,
                               size_t *len);

/**
 * Makes a sealer for what goes under a session of level 4, from its first nonce on. One sealer
 * per session: a second one would use its nonces again. A granter sends by sealwire_granter_seal
 * instead.
 *
 * `size` is `sizeof *sealer`. Returns 0, SEALWIRE_ERR_KEY_KIND for level 5,
 * SEALWIRE_ERR_SESSION_UNCONFIRMED on the granter's side, SEALWIRE_ERR_OBJECT_SIZE, or misuse; the
 * sealer is not initialised then. Threads as sealwire_sealer_init_hmac.
 */
SEALWIRE_NODISCARD
int32_t sealwire_sealer_init_session(struct sealwire_sealer *sealer,
                                     size_t size,
                                     const struct sealwire_session *session);

/**
 * The same for a session of level 5, signed by the key that the exchange proved. The sealer
 * borrows the signer, as after sealwire_sealer_init_ecdsa.
 *
 * Returns as sealwire_sealer_init_session; SEALWIRE_ERR_KEY_KIND for level 4.
 */
SEALWIRE_NODISCARD
int32_t sealwire_sealer_init_signed_session(struct sealwire_sealer *sealer,
                                            size_t size,
                                            const struct sealwire_session *session,
                                            struct sealwire_signer *signer);

/**
 * Ends a session's object and wipes its storage. What was installed and what seals goes on.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_session_destroy(struct sealwire_session *session);

/**
 * The size of a session's storage in this library: SEALWIRE_SESSION_SIZE of its header.
 */
size_t sealwire_session_size(void);

/* ---- Access: who asks ---- */

/**
 * Makes an exchange in which nothing was asked for yet. `size` is `sizeof *exchange`.
 *
 * Returns 0, SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers. An exchange is used by one thread
 * at a time.
 */
SEALWIRE_NODISCARD
int32_t sealwire_exchange_init(struct sealwire_exchange *exchange,
                               size_t size);

/**
 * Begins, or begins again with all fresh: a new key and a new nonce. What was before is wiped,
 * once the new beginning succeeds. The request is then there.
 *
 * Plan, credential and engines are used during the call only; `engines` needs its agreement
 * here. Costs a scalar multiplication. Returns 0, SEALWIRE_ERR_INVALID_ARGUMENT for levels other
 * than 4 and 5, a lowest one above the wanted, an unknown algorithm or credential,
 * SEALWIRE_ERR_INVALID_ID (also for a module that asks itself), SEALWIRE_ERR_INVALID_ROLE,
 * SEALWIRE_ERR_SECRET_LEVEL where a secret can't reach the lowest level,
 * SEALWIRE_ERR_KEY_LENGTH, SEALWIRE_ERR_KEY_INVALID, SEALWIRE_ERR_NO_ENTROPY,
 * SEALWIRE_ERR_ENGINE_FAILED, or misuse; what was before is as it was then.
 */
SEALWIRE_NODISCARD
int32_t sealwire_exchange_begin(struct sealwire_exchange *exchange,
                                const struct sealwire_access_plan *plan,
                                const struct sealwire_credential *credential,
                                const struct sealwire_access_engines *engines,
                                const struct sealwire_entropy *entropy);

/**
 * The request, as often as it takes: always the same bytes, at most SEALWIRE_MAX_REQUEST.
 *
 * `*len` becomes the length, or the size needed if `cap` is too small. Returns 0,
 * SEALWIRE_ERR_ACCESS_STATE before sealwire_exchange_begin, SEALWIRE_ERR_BUFFER_TOO_SMALL, or
 * misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_exchange_request(struct sealwire_exchange *exchange,
                                  uint8_t *out,
                                  size_t cap,
                                  size_t *len);

/**
 * The proof, as often as it takes: always the same bytes, at most SEALWIRE_MAX_PROOF. With a chain
 * as credential, this side's chain is sent right behind it, in the same message.
 *
 * Returns as sealwire_exchange_request; SEALWIRE_ERR_ACCESS_STATE before a challenge came.
 */
SEALWIRE_NODISCARD
int32_t sealwire_exchange_proof(struct sealwire_exchange *exchange,
                                uint8_t *out,
                                size_t cap,
                                size_t *len);

/**
 * Answers a challenge: the proof is there then. Also for another challenge to the same request,
 * when the proof, sent again, gets no answer; the proof is then another.
 *
 * `tick` is in us by a counter that only goes up. Costs a scalar multiplication, and with a key
 * a signature. Returns 0, SEALWIRE_ERR_ACCESS_STATE before sealwire_exchange_begin,
 * SEALWIRE_ERR_ACCESS_KIND, SEALWIRE_ERR_ACCESS_MALFORMED, SEALWIRE_ERR_ACCESS_ELSEWHERE for a
 * challenge to another request, SEALWIRE_ERR_CREDENTIAL_KIND for another kind than at the
 * beginning, SEALWIRE_ERR_NO_ENGINE for a key without a signer, SEALWIRE_ERR_ENGINE_FAILED, or
 * misuse; the exchange stands where it stood then.
 */
SEALWIRE_NODISCARD
int32_t sealwire_exchange_challenge(struct sealwire_exchange *exchange,
                                    const uint8_t *challenge,
                                    size_t challenge_len,
                                    uint64_t tick,
                                    const struct sealwire_credential *credential,
                                    const struct sealwire_access_engines *engines);

/**
 * Takes a grant, or the refusal in its place. The exchange is over after a grant, and `session`
 * is initialised; `session_size` is `sizeof *session`.
 *
 * `tick` as before. Costs nothing of curves with a secret, a verification with a key. Returns 0,
 * SEALWIRE_ERR_ACCESS_STATE before a challenge was answered, SEALWIRE_ERR_ACCESS_KIND,
 * SEALWIRE_ERR_ACCESS_MALFORMED, SEALWIRE_ERR_ACCESS_ELSEWHERE, SEALWIRE_ERR_ACCESS_MAC_WRONG,
 * SEALWIRE_ERR_ACCESS_SIGNATURE_WRONG, SEALWIRE_ERR_LEVEL_NOT_GRANTED for a level that wasn't
 * asked for, SEALWIRE_ERR_SESSION_UNKNOWN 30 s after the proof was first there (begin again),
 * SEALWIRE_ERR_ACCESS_FORBIDDEN or SEALWIRE_ERR_ACCESS_UNAVAILABLE if the granter refuses,
 * SEALWIRE_ERR_CREDENTIAL_KIND, SEALWIRE_ERR_NO_ENGINE for a key without a verifier,
 * SEALWIRE_ERR_ENGINE_FAILED; of the granter's chain as sealwire_trust_store_check, and
 * SEALWIRE_ERR_IDENTITY_MISMATCH if it is another module's; or misuse. The exchange stands where it
 * stood then, and `session` is untouched.
 */
SEALWIRE_NODISCARD
int32_t sealwire_exchange_grant(struct sealwire_exchange *exchange,
                                const uint8_t *grant,
                                size_t grant_len,
                                uint64_t tick,
                                const struct sealwire_credential *credential,
                                const struct sealwire_access_engines *engines,
                                struct sealwire_session *session,
                                size_t session_size);

/**
 * Gives up; what there was is wiped, and the exchange is idle.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_exchange_abandon(struct sealwire_exchange *exchange);

/**
 * Where the exchange stands: SEALWIRE_EXCHANGE_....
 *
 * Returns 0 or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_exchange_state(const struct sealwire_exchange *exchange,
                                uint8_t *state);

/**
 * Why the last step wasn't made: in which state the exchange stands and which the call needs.
 *
 * Steps are _begin, _request, _challenge, _proof and _grant; a call that was refused as misuse of
 * pointers is none. Returns 0 or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_exchange_last_failure(const struct sealwire_exchange *exchange,
                                       struct sealwire_exchange_failure *failure);

/**
 * The same as one sentence for a person, with a NUL: "ACCESS_STATE: the state is 'idle', the call
 * needs 'await grant'". Empty if the last step was made. Contains no secret.
 *
 * `cap` is at least SEALWIRE_EXPLANATION_SIZE, else `*len` becomes that; `*len` becomes the
 * length without the NUL. Returns 0, SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_exchange_explain(const struct sealwire_exchange *exchange,
                                  char *out,
                                  size_t cap,
                                  size_t *len);

/**
 * Ends an exchange and wipes its storage.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_exchange_destroy(struct sealwire_exchange *exchange);

/**
 * The size of an exchange's storage in this library: SEALWIRE_EXCHANGE_SIZE of its header.
 */
size_t sealwire_exchange_size(void);

/* ---- Sessions that a module holds ---- */

/**
 * Begins with none. `size` is `sizeof *held`; `overlap` is how long, in us, the older session
 * stays once the newer is in use.
 *
 * Returns 0, SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers. Used by one thread at a time.
 */
SEALWIRE_NODISCARD
int32_t sealwire_held_sessions_init(struct sealwire_held_sessions *held,
                                    size_t size,
                                    uint64_t overlap);

/**
 * Registers with `validator` what the granter will send under a session, and holds it as the
 * newest. What was older than the one before ends.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ID if the session isn't this receiver's,
 * SEALWIRE_ERR_DUPLICATE_KEY_ID, SEALWIRE_ERR_TABLE_FULL, SEALWIRE_ERR_NO_ENGINE for level 5 without
 * a verifier in the validator, SEALWIRE_ERR_KEY_INVALID for a granter's key that is no point, or
 * misuse; all is as it was then. Exclusive of the validator's other calls: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_held_sessions_install(struct sealwire_held_sessions *held,
                                       const struct sealwire_session *session,
                                       struct sealwire_validator *validator);

/**
 * Says that a frame was accepted. The first one under the newest session starts the overlap
 * that ends the older. To be called with every accepted frame, whoever sent it.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ARGUMENT for a result that SEALWIRE_ACCEPTED says no to, or
 * misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_held_sessions_confirm(struct sealwire_held_sessions *held,
                                       const struct sealwire_result *result,
                                       uint64_t tick);

/**
 * Ends what is over at `tick`. To be called before frames are validated.
 *
 * Returns 0 or misuse. Exclusive of the validator's other calls: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_held_sessions_run(struct sealwire_held_sessions *held,
                                   uint64_t tick,
                                   struct sealwire_validator *validator);

/**
 * Ends all of them.
 *
 * Returns 0 or misuse. Exclusive of the validator's other calls: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_held_sessions_end(struct sealwire_held_sessions *held,
                                   struct sealwire_validator *validator);

/**
 * The key ID under which the granter sends by the newest session.
 *
 * Returns 0, SEALWIRE_ERR_SESSION_UNKNOWN if there is none, or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_held_sessions_newest(const struct sealwire_held_sessions *held,
                                      uint32_t *key_id);

/**
 * Ends the object. Sessions that it holds stay with the validator; see
 * sealwire_held_sessions_end.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_held_sessions_destroy(struct sealwire_held_sessions *held);

/**
 * The size of that storage in this library: SEALWIRE_HELD_SESSIONS_SIZE of its header.
 */
size_t sealwire_held_sessions_size(void);

/* ---- Time from a grant ---- */

/**
 * Makes a clock that knows no time yet. `size` is `sizeof *clock`. No time before `floor` (us
 * since the Unix epoch: when the program was built, or a stored time) is believed. `tolerance`
 * is the tick's, in parts per million.
 *
 * Returns 0, SEALWIRE_ERR_TIMESTAMP_RANGE, SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers. Used by
 * one thread at a time.
 */
SEALWIRE_NODISCARD
int32_t sealwire_clock_init(struct sealwire_clock *clock,
                            size_t size,
                            uint64_t floor,
                            uint32_t tolerance);

/**
 * Takes the time of a session's grant. The first one sets the clock; a later one moves it by at
 * most what the tick may have drifted since.
 *
 * Returns 0, SEALWIRE_ERR_NOT_TIME_SOURCE for a session without SEALWIRE_SESSION_TIME,
 * SEALWIRE_ERR_TIME_TOO_SLOW above SEALWIRE_MAX_ROUND_TRIP, SEALWIRE_ERR_TIME_BEFORE_FLOOR, or
 * misuse; the clock is unchanged then.
 */
SEALWIRE_NODISCARD
int32_t sealwire_clock_learn(struct sealwire_clock *clock,
                             const struct sealwire_session *session);

/**
 * The time at `tick`, in us since the Unix epoch; SEALWIRE_NO_CLOCK before one was learned. What
 * sealwire_seal and sealwire_validate take.
 *
 * Returns 0 or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_clock_now(const struct sealwire_clock *clock,
                           uint64_t tick,
                           uint64_t *now);

/**
 * How far off, in us, the time at `tick` may be if its source was right.
 *
 * Returns 0, SEALWIRE_ERR_NO_CLOCK before a time was learned, or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_clock_error(const struct sealwire_clock *clock,
                             uint64_t tick,
                             uint64_t *error);

/**
 * Makes a validator's limits, each wider by how far off the time at `tick` may be: in us, in
 * place, as sealwire_validator_config has them.
 *
 * Returns 0, SEALWIRE_ERR_NO_CLOCK before a time was learned, SEALWIRE_ERR_INVALID_LIMITS, or
 * misuse; both are unchanged then.
 */
SEALWIRE_NODISCARD
int32_t sealwire_clock_widen(const struct sealwire_clock *clock,
                             uint64_t tick,
                             uint64_t *past,
                             uint64_t *future);

/**
 * Ends a clock.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_clock_destroy(struct sealwire_clock *clock);

/**
 * The size of a clock's storage in this library: SEALWIRE_CLOCK_SIZE of its header.
 */
size_t sealwire_clock_size(void);

/* ---- Access: who grants ---- */

/**
 * Makes a granter with nobody registered. `size` is `sizeof *granter`.
 *
 * Modules, sources and certified slots are lent to it until sealwire_granter_destroy, at their addresses; the rest
 * of the config is copied, entropy is used during the call only.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ID, SEALWIRE_ERR_INVALID_ARGUMENT for a life of 0, a level that
 * isn't one, certified slots without certificates, or more than 2^24 modules, SEALWIRE_ERR_NO_ENTROPY, SEALWIRE_ERR_OBJECT_SIZE if a size
 * is not what the header says or storage isn't aligned, SEALWIRE_ERR_OVERLAP, or misuse of
 * pointers; the object is not initialised then. A granter and its validator are used by one
 * thread at a time, together: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_init(struct sealwire_granter *granter,
                              size_t size,
                              const struct sealwire_granter_config *config,
                              const struct sealwire_entropy *entropy);

/**
 * Ends what is over at `tick`: sessions past their life, old ones past their overlap, those that
 * nobody confirmed, and secrets that are too old. Costs next to nothing while nothing is over. To
 * be called before frames are validated.
 *
 * Returns 0 or misuse. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_run(struct sealwire_granter *granter,
                             struct sealwire_validator *validator,
                             uint64_t tick);

/**
 * Says that a frame was accepted. The first one of a session confirms it: from now on it may be
 * sent on, and the one before ends, at once if it had a higher level or another role, else after
 * the overlap. To be called with every accepted frame, whoever sent it.
 *
 * `confirmation` may be null. Returns 0, SEALWIRE_ERR_SESSION_UNKNOWN if the session was over at
 * `tick` (sealwire_granter_run wasn't called before; what the frame says must not be acted on),
 * SEALWIRE_ERR_INVALID_ARGUMENT for a result that SEALWIRE_ACCEPTED says no to, or misuse.
 * Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_confirm(struct sealwire_granter *granter,
                                 struct sealwire_validator *validator,
                                 const struct sealwire_result *result,
                                 uint64_t tick,
                                 struct sealwire_confirmation *confirmation);

/**
 * Ends all sessions of a module at once. It may ask for another.
 *
 * Returns 0, SEALWIRE_ERR_ACCESS_UNKNOWN_MODULE, or misuse. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_end_sessions(struct sealwire_granter *granter,
                                      struct sealwire_validator *validator,
                                      const struct sealwire_id *module);

/**
 * The session of a module that is to be sent on: the newest that is confirmed.
 *
 * `*key_id` is what sealwire_granter_seal takes, and `*level` its level; `level` may be null.
 * Returns 0, SEALWIRE_ERR_SESSION_UNKNOWN if there is none, or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_session_of(const struct sealwire_granter *granter,
                                    const struct sealwire_id *module,
                                    uint32_t *key_id,
                                    uint8_t *level);

/**
 * How many sessions there are, and how many of them nobody used yet. Looks at every slot.
 *
 * Returns 0 or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_session_count(const struct sealwire_granter *granter,
                                       size_t *count,
                                       size_t *unconfirmed);

/**
 * Ends a granter and wipes its storage, modules included. Sessions stay with the validator until
 * that is destroyed, or sealwire_granter_end_sessions ended them before.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_granter_destroy(struct sealwire_granter *granter);

/**
 * The size of a granter's storage in this library: SEALWIRE_GRANTER_SIZE of its header.
 */
size_t sealwire_granter_size(void);

/**
 * The size of a module's slot in this library: SEALWIRE_ACCESS_SLOT_SIZE of its header.
 */
size_t sealwire_access_slot_size(void);

/**
 * The size of a source's slot in this library: SEALWIRE_SOURCE_SLOT_SIZE of its header.
 */
size_t sealwire_source_slot_size(void);

/* ---- Access: who may ask ---- */

/**
 * Gives a role its name: at most 32 of a-z, 0-9, dot, underscore and hyphen. `role` is what
 * policies see, not 0. At most SEALWIRE_MAX_ROLES.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ROLE, SEALWIRE_ERR_INVALID_ARGUMENT for 0,
 * SEALWIRE_ERR_DUPLICATE_KEY_ID for a name or number that is taken, SEALWIRE_ERR_TABLE_FULL, or
 * misuse. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_define_role(struct sealwire_granter *granter,
                                     const char *name,
                                     size_t name_len,
                                     uint8_t role);

/**
 * Registers a module. `verifier` says whether its key is a point of the curve, and is used for
 * that only: SEALWIRE_PORTABLE_VERIFICATION, say; null will do for a secret.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ID (also for this granter itself),
 * SEALWIRE_ERR_DUPLICATE_KEY_ID for a module that is registered, SEALWIRE_ERR_DUPLICATE_KEY for a
 * credential that is another module's, SEALWIRE_ERR_SECRET_LEVEL for level 5 by a secret,
 * SEALWIRE_ERR_KEY_KIND for a level below 4, SEALWIRE_ERR_KEY_LENGTH, SEALWIRE_ERR_KEY_INVALID,
 * SEALWIRE_ERR_NO_ENGINE for a key without a verifier, SEALWIRE_ERR_ROLE_NOT_GRANTED for a role
 * without a name, SEALWIRE_ERR_TABLE_FULL, SEALWIRE_ERR_INVALID_ARGUMENT for an unknown kind, flag
 * or level or a field without its flag, SEALWIRE_ERR_TIMESTAMP_RANGE, or misuse; the granter is
 * unchanged then. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_register(struct sealwire_granter *granter,
                                  const struct sealwire_access_record *record,
                                  const struct sealwire_verify_engine *verifier);

/**
 * Forgets a module and ends its sessions at once: revocation.
 *
 * Returns 0, SEALWIRE_ERR_ACCESS_UNKNOWN_MODULE, or misuse. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_remove(struct sealwire_granter *granter,
                                struct sealwire_validator *validator,
                                const struct sealwire_id *module);

/**
 * Sets the key of the group that this granter sends to; takes it away with null. Modules that are
 * in the group get it with their next grant; who has it keeps it, so a member that leaves calls
 * for a new key.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ID, SEALWIRE_ERR_INVALID_ARGUMENT for another algorithm,
 * SEALWIRE_ERR_KEY_LENGTH, SEALWIRE_ERR_KEY_INVALID, or misuse. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_set_group(struct sealwire_granter *granter,
                                   const struct sealwire_group_key *group);

/* ---- Access: challenge, grant, sending ---- */

/**
 * Answers a request with a challenge, whoever it is from, and remembers nothing of it.
 *
 * `engines` needs its agreement here. `*len` becomes the length; `cap` is at least
 * SEALWIRE_MAX_CHALLENGE, else `*len` becomes that. Costs hashes, and a scalar multiplication
 * every 30 s.
 *
 * Returns 0, SEALWIRE_ERR_ACCESS_KIND, SEALWIRE_ERR_ACCESS_MALFORMED, SEALWIRE_ERR_ACCESS_ELSEWHERE
 * for another granter's request, SEALWIRE_ERR_INVALID_ARGUMENT for a source that is too long,
 * SEALWIRE_ERR_BUFFER_TOO_SMALL, SEALWIRE_ERR_NO_ENTROPY, SEALWIRE_ERR_ENGINE_FAILED, or misuse;
 * nothing is sent then. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_challenge(struct sealwire_granter *granter,
                                   const struct sealwire_access_arrival *request,
                                   const struct sealwire_access_engines *engines,
                                   const struct sealwire_entropy *entropy,
                                   uint8_t *out,
                                   size_t cap,
                                   size_t *len);

/**
 * Checks a proof and answers it with a grant, or with a refusal if the module is who it says. What
 * the module will send is registered with `validator` at once, so that its first frame can
 * confirm the session.
 *
 * `validator` is the one with this granter's ID; for sessions of level 5 it needs a verifier.
 * `*len` becomes the length of what to send back; `cap` is at least SEALWIRE_MAX_GRANT, else
 * `*len` becomes that. `session` may be null: it is for who needs the session's token or
 * hmac_key, is initialised with SEALWIRE_GRANTED only and else untouched; `session_size` is
 * `sizeof *session`.
 *
 * Returns 0 if there is something to send back. Else why not, and nothing changed:
 * SEALWIRE_ERR_ACCESS_KIND, SEALWIRE_ERR_ACCESS_MALFORMED, SEALWIRE_ERR_ACCESS_ELSEWHERE,
 * SEALWIRE_ERR_COOKIE_WRONG, SEALWIRE_ERR_COOKIE_EXPIRED, SEALWIRE_ERR_ACCESS_UNKNOWN_MODULE,
 * SEALWIRE_ERR_CREDENTIAL_KIND, SEALWIRE_ERR_ACCESS_REPLAYED, SEALWIRE_ERR_ACCESS_MAC_WRONG,
 * SEALWIRE_ERR_ACCESS_BUSY, SEALWIRE_ERR_ACCESS_SIGNATURE_WRONG, SEALWIRE_ERR_NO_ENGINE for a key
 * without a verifier in `engines`, SEALWIRE_ERR_ENGINE_FAILED, SEALWIRE_ERR_INVALID_ARGUMENT for a
 * source that is too long, SEALWIRE_ERR_TIMESTAMP_RANGE, SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse.
 * Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_grant(struct sealwire_granter *granter,
                               struct sealwire_validator *validator,
                               const struct sealwire_access_arrival *proof,
                               const struct sealwire_access_engines *engines,
                               uint8_t *out,
                               size_t cap,
                               size_t *len,
                               struct sealwire_granted *granted,
                               struct sealwire_session *session,
                               size_t session_size);

/**
 * Writes an attached frame around `payload` to `out`, under the session `key_id` (see
 * sealwire_granter_session_of): sealwire_seal for granters, who send on many sessions.
 *
 * `tick` as in sealwire_granter_run; the other arguments as for sealwire_seal. `signer` is this
 * granter's own, for a session of level 5; null will do at level 4, where it isn't used.
 *
 * Returns as sealwire_seal; SEALWIRE_ERR_SESSION_UNKNOWN for a session that is over,
 * SEALWIRE_ERR_SESSION_UNCONFIRMED before the module used it, SEALWIRE_ERR_NO_ENGINE at level 5
 * without a signer. Exclusive: see "Threads". Level 4 is short enough for an interrupt.
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_seal(struct sealwire_granter *granter,
                              uint32_t key_id,
                              uint64_t tick,
                              struct sealwire_signer *signer,
                              const uint8_t *payload,
                              size_t payload_len,
                              const struct sealwire_context *context,
                              uint64_t now,
                              uint8_t *out,
                              size_t cap,
                              size_t *len,
                              struct sealwire_sealed *sealed);

/**
 * Writes the detached form of `payload` to `out`: sealwire_seal_detached for granters.
 *
 * Arguments, returns and threads as sealwire_granter_seal.
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_seal_detached(struct sealwire_granter *granter,
                                       uint32_t key_id,
                                       uint64_t tick,
                                       struct sealwire_signer *signer,
                                       const uint8_t *payload,
                                       size_t payload_len,
                                       const struct sealwire_context *context,
                                       uint64_t now,
                                       uint8_t *out,
                                       size_t cap,
                                       size_t *len,
                                       struct sealwire_sealed *sealed);

/* ---- Session tokens ---- */

/**
 * Makes a table without tokens. `size` is `sizeof *tokens`; the slots, `slots_size` bytes of
 * them, are lent to it until sealwire_tokens_destroy.
 *
 * Returns 0, SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers. Used by one thread at a time.
 */
SEALWIRE_NODISCARD
int32_t sealwire_tokens_init(struct sealwire_tokens *tokens,
                             size_t size,
                             struct sealwire_token_slot *slots,
                             size_t slots_size);

/**
 * Keeps the token of a session, in the place of the module's last one.
 *
 * Returns 0, SEALWIRE_ERR_TABLE_FULL, or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_tokens_keep(struct sealwire_tokens *tokens,
                             const struct sealwire_session *session,
                             uint64_t tick);

/**
 * Whose token this is, SEALWIRE_TOKEN_SIZE bytes: at level 2 and no higher, since whoever read it
 * has it. The time it takes tells nothing of the tokens that are kept. `role` may be null.
 *
 * Returns 0, SEALWIRE_ERR_TOKEN_UNKNOWN, SEALWIRE_ERR_KEY_LENGTH, or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_tokens_check(const struct sealwire_tokens *tokens,
                              const uint8_t *token,
                              size_t token_len,
                              uint64_t tick,
                              struct sealwire_id *module,
                              uint8_t *role);

/**
 * Forgets a module's token.
 *
 * Returns 0, SEALWIRE_ERR_TOKEN_UNKNOWN, or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_tokens_revoke(struct sealwire_tokens *tokens,
                               const struct sealwire_id *module);

/**
 * Ends a table of tokens and wipes it, slots included.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_tokens_destroy(struct sealwire_tokens *tokens);

/**
 * The size of that storage in this library: SEALWIRE_TOKENS_SIZE of its header.
 */
size_t sealwire_tokens_size(void);

/**
 * The size of a token's slot in this library: SEALWIRE_TOKEN_SLOT_SIZE of its header.
 */
size_t sealwire_token_slot_size(void);

/* ---- Certificates: whom to trust, and how far ---- */

/**
 * Makes a store that trusts nobody. `size` is `sizeof *store`; the slots, `slots_size` bytes of
 * them, are lent to it until sealwire_trust_store_destroy.
 *
 * Returns 0, SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers. Threads: _check, _lowest_list and
 * exchanges that it is lent to read only; all others alone.
 */
SEALWIRE_NODISCARD
int32_t sealwire_trust_store_init(struct sealwire_trust_store *store,
                                  size_t size,
                                  struct sealwire_issuer_slot *slots,
                                  size_t slots_size);

/**
 * Registers an anchor or an authority. An anchor's certificate must be an authority's, in its
 * time, and right by its own key if that signed it. `time` is looked at for an anchor. `verifier`
 * is SEALWIRE_PORTABLE_VERIFICATION, SEALWIRE_HOST_VERIFICATION or the caller's. `issuer`, which
 * may be null, becomes the name of its key.
 *
 * Returns 0, SEALWIRE_ERR_CERTIFICATE_TOO_LONG (also for a name above 128 bytes),
 * SEALWIRE_ERR_CERTIFICATE_MALFORMED, SEALWIRE_ERR_CERTIFICATE_ALGORITHM,
 * SEALWIRE_ERR_CRITICAL_EXTENSION, SEALWIRE_ERR_NOT_AN_ISSUER, SEALWIRE_ERR_PURPOSE_MISSING,
 * SEALWIRE_ERR_NAME_CONSTRAINT, SEALWIRE_ERR_CERTIFICATE_EXPIRED,
 * SEALWIRE_ERR_CERTIFICATE_NOT_YET_VALID, SEALWIRE_ERR_CERTIFICATE_SIGNATURE,
 * SEALWIRE_ERR_KEY_LENGTH, SEALWIRE_ERR_KEY_INVALID, SEALWIRE_ERR_DUPLICATE_ISSUER,
 * SEALWIRE_ERR_INVALID_ROLE, SEALWIRE_ERR_INVALID_ARGUMENT for a certificate and a key at once or
 * neither, too many fleets or roles, bits that are none or an unknown flag,
 * SEALWIRE_ERR_TABLE_FULL, SEALWIRE_ERR_ENGINE_FAILED, SEALWIRE_ERR_TIMESTAMP_RANGE, or misuse; the
 * store is unchanged then.
 */
SEALWIRE_NODISCARD
int32_t sealwire_trust_store_install(struct sealwire_trust_store *store,
                                     const struct sealwire_issuer_record *record,
                                     const struct sealwire_chain_time *time,
                                     const struct sealwire_verify_engine *verifier,
                                     struct sealwire_issuer_id *issuer);

/**
 * Checks a chain, from the module's certificate to an anchor that is installed here. `checked` is
 * initialised on success only and untouched else; `size` is `sizeof *checked`. The certificates
 * are lent to it until sealwire_checked_chain_destroy.
 *
 * Costs at most one signature a certificate, and one more a certificate with
 * SEALWIRE_REVOCATION_CRLS; none for a chain that can be refused without.
 *
 * Returns 0, or the first thing wrong: SEALWIRE_ERR_CHAIN_LENGTH,
 * SEALWIRE_ERR_CERTIFICATE_TOO_LONG, SEALWIRE_ERR_CERTIFICATE_MALFORMED,
 * SEALWIRE_ERR_CERTIFICATE_ALGORITHM, SEALWIRE_ERR_CRITICAL_EXTENSION, SEALWIRE_ERR_CHAIN_NAMES,
 * SEALWIRE_ERR_UNKNOWN_ANCHOR, SEALWIRE_ERR_LEAF_IS_ISSUER, SEALWIRE_ERR_LEAF_KEY_USAGE,
 * SEALWIRE_ERR_PURPOSE_MISSING, SEALWIRE_ERR_IDENTITY_MISSING, SEALWIRE_ERR_IDENTITY_AMBIGUOUS,
 * SEALWIRE_ERR_IDENTITY_MALFORMED, SEALWIRE_ERR_NOT_AN_ISSUER, SEALWIRE_ERR_PATH_LENGTH,
 * SEALWIRE_ERR_IDENTITY_OUTSIDE, SEALWIRE_ERR_ROLE_OUTSIDE, SEALWIRE_ERR_TIME_SOURCE_OUTSIDE,
 * SEALWIRE_ERR_ISSUER_UNREGISTERED, SEALWIRE_ERR_CERTIFICATE_EXPIRED,
 * SEALWIRE_ERR_CERTIFICATE_NOT_YET_VALID, SEALWIRE_ERR_REVOCATION_UNKNOWN,
 * SEALWIRE_ERR_REVOCATION_STALE, SEALWIRE_ERR_CERTIFICATE_REVOKED,
 * SEALWIRE_ERR_CERTIFICATE_SIGNATURE, SEALWIRE_ERR_NAME_CONSTRAINT, SEALWIRE_ERR_REVOCATION_OLD,
 * SEALWIRE_ERR_REVOCATION_MALFORMED, SEALWIRE_ERR_REVOCATION_SIGNATURE, SEALWIRE_ERR_ENGINE_FAILED;
 * SEALWIRE_ERR_INVALID_ARGUMENT, SEALWIRE_ERR_TIMESTAMP_RANGE, or misuse. Reads the store only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_trust_store_check(const struct sealwire_trust_store *store,
                                   const struct sealwire_chain *chain,
                                   const struct sealwire_chain_time *time,
                                   const struct sealwire_revocation *revocation,
                                   const struct sealwire_verify_engine *verifier,
                                   struct sealwire_checked_chain *checked,
                                   size_t size);

/**
 * Checks a revocation list and takes it: older ones of its issuer are refused from now on. The
 * same may come again; another with its number may not. `list` is initialised on success only and
 * untouched else; `size` is `sizeof *list`. The bytes are lent to it until
 * sealwire_revocation_list_destroy.
 *
 * Returns 0, SEALWIRE_ERR_REVOCATION_MALFORMED, SEALWIRE_ERR_REVOCATION_SIGNATURE (also for an
 * issuer that isn't registered), SEALWIRE_ERR_SIGNATURE_RANGE, SEALWIRE_ERR_SIGNATURE_HIGH_S,
 * SEALWIRE_ERR_REVOCATION_OLD, SEALWIRE_ERR_REVOCATION_STALE, SEALWIRE_ERR_ENGINE_FAILED,
 * SEALWIRE_ERR_INVALID_ARGUMENT, SEALWIRE_ERR_TIMESTAMP_RANGE, or misuse; the store is unchanged
 * then.
 */
SEALWIRE_NODISCARD
int32_t sealwire_trust_store_take_list(struct sealwire_trust_store *store,
                                       const uint8_t *bytes,
                                       size_t bytes_len,
                                       const struct sealwire_chain_time *time,
                                       const struct sealwire_verify_engine *verifier,
                                       struct sealwire_revocation_list *list,
                                       size_t size);

/**
 * Checks a CRL (DER) and remembers its number: from now on chains are refused with an older one of
 * this issuer, or with one that has no number. The same may come again. `issuer`, which may be
 * null, becomes who signed it. Sessions are ended by sealwire_granter_revoke_crl.
 *
 * The issuer must be registered. An anchor is found by its name; of authorities each one's key is
 * tried. Returns 0, SEALWIRE_ERR_REVOCATION_MALFORMED, SEALWIRE_ERR_REVOCATION_SIGNATURE (also for
 * an issuer that isn't registered, and for an anchor that may sign no CRLs),
 * SEALWIRE_ERR_REVOCATION_OLD, SEALWIRE_ERR_REVOCATION_STALE, SEALWIRE_ERR_ENGINE_FAILED,
 * SEALWIRE_ERR_INVALID_ARGUMENT, SEALWIRE_ERR_TIMESTAMP_RANGE, or misuse; the store is unchanged
 * then.
 */
SEALWIRE_NODISCARD
int32_t sealwire_trust_store_take_crl(struct sealwire_trust_store *store,
                                      const uint8_t *crl,
                                      size_t crl_len,
                                      const struct sealwire_chain_time *time,
                                      const struct sealwire_verify_engine *verifier,
                                      struct sealwire_issuer_id *issuer);

/**
 * Forgets an issuer. Peers and sessions that its chains made stay until they are removed.
 *
 * Returns 0, SEALWIRE_ERR_UNKNOWN_ANCHOR, or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_trust_store_remove(struct sealwire_trust_store *store,
                                    const struct sealwire_issuer_id *issuer);

/**
 * The lowest number of a revocation list of this issuer that is still taken: to be stored, and
 * given in its record after a restart.
 *
 * Returns 0, SEALWIRE_ERR_UNKNOWN_ANCHOR, or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_trust_store_lowest_list(const struct sealwire_trust_store *store,
                                         const struct sealwire_issuer_id *issuer,
                                         uint64_t *number);

/**
 * Refuses lists of this issuer below `number` from now on: what a granter demanded.
 *
 * Returns 0, SEALWIRE_ERR_UNKNOWN_ANCHOR, or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_trust_store_demand_list(struct sealwire_trust_store *store,
                                         const struct sealwire_issuer_id *issuer,
                                         uint64_t number);

/**
 * Ends a store and wipes it, slots included.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_trust_store_destroy(struct sealwire_trust_store *store);

/**
 * The size of a trust store's storage in this library: SEALWIRE_TRUST_STORE_SIZE of its header.
 */
size_t sealwire_trust_store_size(void);

/**
 * The size of an issuer's slot in this library: SEALWIRE_ISSUER_SLOT_SIZE of its header.
 */
size_t sealwire_issuer_slot_size(void);

/* ---- Certificates: chains that were checked ---- */

/**
 * What a chain says.
 *
 * Returns 0 or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_checked_chain_read(const struct sealwire_checked_chain *checked,
                                    struct sealwire_chain_info *info);

/**
 * Whether the chain gives the module this role: `*has` becomes 1 or 0.
 *
 * Returns 0 or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_checked_chain_has_role(const struct sealwire_checked_chain *checked,
                                        const char *name,
                                        size_t name_len,
                                        uint8_t *has);

/**
 * Asks again, for another time `now` in us, and costs no signature: what was checked against
 * SEALWIRE_CHAIN_NOT_BEFORE goes on when the time is known.
 *
 * Returns 0, SEALWIRE_ERR_CERTIFICATE_NOT_YET_VALID, SEALWIRE_ERR_CERTIFICATE_EXPIRED,
 * SEALWIRE_ERR_REVOCATION_STALE, SEALWIRE_ERR_TIMESTAMP_RANGE, or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_checked_chain_holds_at(const struct sealwire_checked_chain *checked,
                                        uint64_t now);

/**
 * Whether the list revokes a certificate of the chain that its issuer made, or that was made below
 * it, for a peer that is registered already: `*is_revoked` becomes 1 or 0. sealwire_remove its key
 * then.
 *
 * Returns 0 or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_checked_chain_is_revoked_by(const struct sealwire_checked_chain *checked,
                                             const struct sealwire_revocation_list *list,
                                             uint8_t *is_revoked);

/**
 * The module as a peer for level 5, under this key ID: what sealwire_register and
 * sealwire_rollover take. It ends with its chain; role and the like are the caller's to add. The
 * public key goes to `out`, SEALWIRE_PUBLIC_KEY_SIZE bytes, to which `key->key` points then. From
 * now on a frame costs one signature.
 *
 * `*len` becomes the size written, or the size needed if `cap` is too small. Returns 0,
 * SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_checked_chain_peer_key(const struct sealwire_checked_chain *checked,
                                        uint32_t key_id,
                                        struct sealwire_peer_key *key,
                                        uint8_t *out,
                                        size_t cap,
                                        size_t *len);

/**
 * Ends a checked chain. The certificates are the caller's again; peers that it made stay.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_checked_chain_destroy(struct sealwire_checked_chain *checked);

/**
 * The size of a checked chain's storage in this library: SEALWIRE_CHECKED_CHAIN_SIZE of its header.
 */
size_t sealwire_checked_chain_size(void);

/* ---- Certificates: revocation lists ---- */

/**
 * What a list says of itself.
 *
 * Returns 0 or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_revocation_list_read(const struct sealwire_revocation_list *list,
                                      struct sealwire_list_info *info);

/**
 * Ends a list. Its bytes are the caller's again; its number stays with the store.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_revocation_list_destroy(struct sealwire_revocation_list *list);

/**
 * The size of a list's storage in this library: SEALWIRE_REVOCATION_LIST_SIZE of its header.
 */
size_t sealwire_revocation_list_size(void);

/* ---- Certificates: requests ---- */

/**
 * Writes a request for a certificate (PKCS #10, DER) for `module` with these roles, signed by the
 * key that it is for: what `sealwire ca sign` takes. The private key stays with the signer, in
 * memory or in a secure element; sealwire_generate_private_key makes one.
 *
 * `roles` are at most SEALWIRE_MAX_CERTIFIED_ROLES names. `*len` becomes the length; `cap` is at
 * least SEALWIRE_MAX_SIGNING_REQUEST, else `*len` becomes that. Returns 0,
 * SEALWIRE_ERR_INVALID_ID, SEALWIRE_ERR_INVALID_ROLE (also for an empty one),
 * SEALWIRE_ERR_INVALID_ARGUMENT for too many, SEALWIRE_ERR_BUFFER_TOO_SMALL,
 * SEALWIRE_ERR_NO_ENTROPY, SEALWIRE_ERR_ENGINE_FAILED, or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_write_signing_request(const struct sealwire_id *module,
                                       const struct sealwire_bytes *roles,
                                       size_t roles_len,
                                       struct sealwire_signer *signer,
                                       uint8_t *out,
                                       size_t cap,
                                       size_t *len);

/* ---- Certificates: access ---- */

/**
 * As sealwire_granter_grant, and takes chains of certificates too: a proof, and the module's chain
 * right behind it. Nobody registers such a module, its chain does. It takes a free slot; where
 * there is none, that of such a module without a session.
 *
 * `credential` is this granter's own chain, its trust, and where modules' chains are looked up;
 * they are checked at the arrival's `now`. The granter's config lent it a certified slot for each
 * module. `cap` is at least SEALWIRE_MAX_GRANT, 8 and the bytes of this granter's chain, else
 * `*len` becomes that: SEALWIRE_MAX_CERTIFIED_GRANT is always enough.
 *
 * Returns as sealwire_granter_grant and as sealwire_trust_store_check;
 * SEALWIRE_ERR_IDENTITY_MISMATCH for another module's chain, SEALWIRE_ERR_NO_CLOCK without a time,
 * SEALWIRE_ERR_KEY_KIND if this side's chain isn't for the signer's key,
 * SEALWIRE_ERR_INVALID_ARGUMENT for fewer certified slots than modules. Nothing is sent then, and
 * nothing changed. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_grant_certified(struct sealwire_granter *granter,
                                         struct sealwire_validator *validator,
                                         const struct sealwire_access_arrival *proof,
                                         const struct sealwire_access_engines *engines,
                                         const struct sealwire_chain_credential *credential,
                                         uint8_t *out,
                                         size_t cap,
                                         size_t *len,
                                         struct sealwire_granted *granted,
                                         struct sealwire_session *session,
                                         size_t session_size);

/**
 * Ends at once every session that came from a chain which the list revokes; `*ended` becomes how
 * many, and may be null. New chains are refused by the credential's revocation.
 *
 * Returns 0 or misuse. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_revoke_listed(struct sealwire_granter *granter,
                                       struct sealwire_validator *validator,
                                       const struct sealwire_revocation_list *list,
                                       size_t *ended);

/**
 * Takes a CRL into the store, as sealwire_trust_store_take_crl, and ends at once every session that
 * came from a chain with a certificate that it revokes; `*ended` becomes how many, and may be null.
 *
 * Returns as sealwire_trust_store_take_crl; no session ends then. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_granter_revoke_crl(struct sealwire_granter *granter,
                                    struct sealwire_validator *validator,
                                    struct sealwire_trust_store *store,
                                    const uint8_t *crl,
                                    size_t crl_len,
                                    const struct sealwire_chain_time *time,
                                    const struct sealwire_verify_engine *verifier,
                                    size_t *ended);

/**
 * The lowest number of a revocation list of this module's own anchor that the granter takes, for
 * sealwire_trust_store_demand_list: of a session that a chain made, on the side that asked.
 *
 * Returns 0, SEALWIRE_ERR_CREDENTIAL_KIND for any other session, or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_session_demanded_list(const struct sealwire_session *session,
                                       uint64_t *number);

/**
 * The size of a certified slot in this library: SEALWIRE_CERTIFIED_SLOT_SIZE of its header.
 */
size_t sealwire_certified_slot_size(void);

/* ---- Bursts ---- */

/**
 * Signs `count` messages as one burst, for sealwire_burst_write. `size` is `sizeof *burst`, `work`
 * has room for SEALWIRE_BURST_WORK(count) pieces, `work_size` in bytes.
 *
 * The sealer is one of level 5, and its counter goes on by `count`. Payloads, contexts' names and
 * `work` are lent to the burst as long as it is in use; `items` is not.
 *
 * Returns 0, SEALWIRE_ERR_KEY_KIND below level 5, SEALWIRE_ERR_INVALID_ARGUMENT for no messages
 * or more than SEALWIRE_MAX_BURST, SEALWIRE_ERR_BUFFER_TOO_SMALL for too little work space, and
 * otherwise as sealwire_seal; then the burst is not initialised and the counter where it was. One
 * thread at a time per sealer.
 */
SEALWIRE_NODISCARD
int32_t sealwire_seal_burst(struct sealwire_sealer *sealer,
                            const struct sealwire_burst_item *items,
                            size_t count,
                            struct sealwire_burst_work *work,
                            size_t work_size,
                            struct sealwire_burst *burst,
                            size_t size);

/**
 * Bytes of the attached frame `index` of a burst.
 *
 * Returns 0, SEALWIRE_ERR_BURST_SHAPE if there is no such frame, or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_burst_frame_len(const struct sealwire_burst *burst,
                                 size_t index,
                                 size_t *len);

/**
 * Writes the attached frame `index` of a burst to `out`: in any order, more than once.
 *
 * `*len` becomes the frame's length, or the size needed if `cap` is too small. Returns 0,
 * SEALWIRE_ERR_BURST_SHAPE if there is no such frame, SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse.
 * Reads the burst only: any number of threads at once.
 */
SEALWIRE_NODISCARD
int32_t sealwire_burst_write(const struct sealwire_burst *burst,
                             size_t index,
                             uint8_t *out,
                             size_t cap,
                             size_t *len);

/**
 * Ends a burst and wipes its storage; what was lent to it is the caller's again.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_burst_destroy(struct sealwire_burst *burst);

/**
 * The size of a burst's storage in this library: SEALWIRE_BURST_SIZE of its header.
 */
size_t sealwire_burst_size(void);

/* ---- Audit ---- */

/**
 * Tells `sink` of every refused frame from now on; nobody with null.
 *
 * The function is copied; it and `user` must stay usable as long as the validator. Returns 0 or
 * misuse. Exclusive: see "Threads".
 */
SEALWIRE_NODISCARD
int32_t sealwire_set_audit_sink(struct sealwire_validator *validator,
                                const struct sealwire_audit_sink *sink);

/**
 * Counts a packet of a stream that never became a frame: SEALWIRE_ERR_COBS or
 * SEALWIRE_ERR_STREAM_TOO_LONG, as sealwire_stream_push returned it.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ARGUMENT for another status, or misuse. Exclusive.
 */
SEALWIRE_NODISCARD
int32_t sealwire_count_lost(struct sealwire_validator *validator,
                            int32_t stream_status);

/**
 * How many frames were refused with `error`; saturates.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ARGUMENT for no error of this library, or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_audit_refused(const struct sealwire_validator *validator,
                               int32_t error,
                               uint32_t *count);

/**
 * How many frames of a level were accepted; saturates.
 *
 * Returns 0, SEALWIRE_ERR_INVALID_ARGUMENT for no level, or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_audit_accepted(const struct sealwire_validator *validator,
                                uint8_t level_number,
                                uint32_t *count);

/**
 * The last refusals of one ring, SEALWIRE_AUDIT_UNPROVEN or SEALWIRE_AUDIT_PROVEN, newest first.
 * `cap` and `*len` count events; SEALWIRE_AUDIT_RING of them are always enough.
 *
 * `*len` becomes the number written, or the number needed if `cap` is too small. Returns 0,
 * SEALWIRE_ERR_BUFFER_TOO_SMALL, SEALWIRE_ERR_INVALID_ARGUMENT, or misuse. Reads only.
 */
SEALWIRE_NODISCARD
int32_t sealwire_audit_events(const struct sealwire_validator *validator,
                              uint8_t ring,
                              struct sealwire_event *out,
                              size_t cap,
                              size_t *len);

/* ---- Byte streams ---- */

/**
 * The most bytes that a frame of `frame_len` bytes takes on a stream, its closing zero included.
 *
 * Any thread.
 */
size_t sealwire_max_stream_len(size_t frame_len);

/**
 * Writes a frame for a byte stream to `out`: COBS, and a zero.
 *
 * `*len` becomes the number of bytes; or the size needed, sealwire_max_stream_len(frame_len), if
 * `cap` is below that. Returns 0, SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse. Any thread.
 */
SEALWIRE_NODISCARD
int32_t sealwire_stream_encode(const uint8_t *frame,
                               size_t frame_len,
                               uint8_t *out,
                               size_t cap,
                               size_t *len);

/**
 * Makes a decoder with room for frames of up to `buffer_size` bytes. `size` is `sizeof *stream`.
 *
 * The buffer is lent until sealwire_stream_destroy. Returns 0, SEALWIRE_ERR_OBJECT_SIZE,
 * SEALWIRE_ERR_OVERLAP, or misuse of pointers; the object is not initialised then. A decoder is
 * used by one thread at a time, or by one interrupt.
 */
SEALWIRE_NODISCARD
int32_t sealwire_stream_init(struct sealwire_stream *stream,
                             size_t size,
                             uint8_t *buffer,
                             size_t buffer_size);

/**
 * Takes bytes of the stream up to the end of a packet, or all of them.
 *
 * `*used` becomes the number of bytes taken; go on with the rest. If a packet ended, `*packet`
 * points into the decoder's buffer, good until the next call, and `*packet_len` is its length;
 * else `*packet` is null. A packet is a frame that nobody has believed yet.
 *
 * Returns 0; SEALWIRE_ERR_COBS or SEALWIRE_ERR_STREAM_TOO_LONG for a packet that was dropped
 * (see sealwire_count_lost), after which the stream goes on; or misuse.
 */
SEALWIRE_NODISCARD
int32_t sealwire_stream_push(struct sealwire_stream *stream,
                             const uint8_t *bytes,
                             size_t bytes_len,
                             size_t *used,
                             const uint8_t **packet,
                             size_t *packet_len);

/**
 * Drops what was taken of the current packet; the next byte begins one.
 *
 * Returns 0 or misuse.
 */
SEALWIRE_NODISCARD int32_t sealwire_stream_reset(struct sealwire_stream *stream);

/**
 * Ends a decoder and wipes its storage; the buffer is the caller's again, as it is.
 *
 * Returns 0 or misuse.
 */
int32_t sealwire_stream_destroy(struct sealwire_stream *stream);

/**
 * The size of a decoder's storage in this library: SEALWIRE_STREAM_SIZE of its header.
 */
size_t sealwire_stream_size(void);

/* ---- Looking without believing ---- */

/**
 * Reads the metadata of an attached frame that is whole. Nothing is proven by it.
 *
 * Returns 0, one of the malformed errors (1xx), or misuse; `metadata` is unchanged then. Any
 * thread.
 */
SEALWIRE_NODISCARD
int32_t sealwire_inspect(const uint8_t *frame,
                         size_t frame_len,
                         struct sealwire_metadata *metadata);

/**
 * Reads metadata from the front of some bytes: the beginning of a frame, a detached form.
 *
 * Returns as sealwire_inspect. Any thread.
 */
SEALWIRE_NODISCARD
int32_t sealwire_inspect_front(const uint8_t *bytes,
                               size_t bytes_len,
                               struct sealwire_metadata *metadata);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SEALWIRE_H */
