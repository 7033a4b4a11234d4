/* A pump that asks for access, sends a measurement, takes a command, and renews its session:
 *
 *   requester secret | key4 | key5        level 4 by a secret, 4 by a key, 5 by a key
 *
 * The line to granter.c is stdin and stdout; what happened goes to stderr. Time-outs and
 * repetitions are this program's: the library only says what may be sent again. */
#define _POSIX_C_SOURCE 200809L
#include "line.h"

enum { TRIES = 5, PATIENCE = 500000, SENDINGS = 2, FIRST_KEY_ID = 16 };

/* The other half is the panel's own. */
static const uint8_t panels_key[SEALWIRE_PUBLIC_KEY_SIZE] = {
    0x09, 0xfb, 0xb0, 0x19, 0x3d, 0xae, 0x98, 0xd2, 0x28, 0xfb, 0x2f, 0x61, 0x52, 0x4d, 0xfe, 0x23,
    0x16, 0x78, 0x6e, 0x68, 0xa3, 0xdf, 0xe0, 0x4f, 0xee, 0xd9, 0xc2, 0x16, 0x9f, 0xba, 0x0e, 0xd6,
    0x4d, 0x37, 0xbd, 0xc7, 0x15, 0xb1, 0x56, 0x03, 0x6f, 0x2a, 0x98, 0xcc, 0xb7, 0xba, 0x6b, 0xae,
    0xef, 0xca, 0x60, 0x07, 0x66, 0xca, 0xe0, 0x9b, 0xeb, 0xa9, 0x99, 0xa0, 0x74, 0xae, 0xe2, 0x2a};
static sealwire_slot slots[2]; /* two sessions, while it renews */
static uint8_t buffer[PACKET_SIZE];
static sealwire_stream stream;
static sealwire_validator validator;
static sealwire_signer signer;
static sealwire_sealer sealer;
static sealwire_exchange exchange;
static sealwire_held_sessions held;
static sealwire_access_engines engines;
static sealwire_credential credential;
static sealwire_access_plan plan;

static int32_t begin(const char *kind)
{
    static const uint8_t private_key[32] = "the pump's private key, 32 bytes";
    static const uint8_t shared_secret[32] = {1}; /* in reality 32 random bytes */
    int has_key = strcmp(kind, "secret") != 0;
    int32_t status = sealwire_stream_init(&stream, sizeof stream, buffer, sizeof buffer);
    if (status == SEALWIRE_OK)
        status = receiver(&validator, pump_ids[has_key], slots, sizeof slots);
    if (status == SEALWIRE_OK)
        status = sealwire_signer_init(&signer, sizeof signer, private_key, sizeof private_key);
    if (status == SEALWIRE_OK)
        status = sealwire_exchange_init(&exchange, sizeof exchange);
    if (status == SEALWIRE_OK)
        status = sealwire_held_sessions_init(&held, sizeof held, SEALWIRE_DEFAULT_OVERLAP);
    engines.agreement = SEALWIRE_HOST_AGREEMENT;
    credential.kind = SEALWIRE_CREDENTIAL_SECRET;
    credential.key = shared_secret;
    credential.key_len = sizeof shared_secret;
    if (has_key) {
        engines.verifier = SEALWIRE_HOST_VERIFICATION;
        engines.signer = &signer;
        credential.kind = SEALWIRE_CREDENTIAL_KEY;
        credential.key = panels_key;
        credential.key_len = sizeof panels_key;
    }
    plan.own = pump_ids[has_key];
    plan.granter = panel_id;
    plan.key_id = FIRST_KEY_ID;
    plan.wanted = strcmp(kind, "key5") ? SEALWIRE_LEVEL_HMAC : SEALWIRE_LEVEL_DIGITAL_SIGNATURE;
    plan.lowest = plan.wanted;
    plan.algorithm = SEALWIRE_HMAC_SHA256_128;
    plan.role = "pump";
    plan.role_len = 4;
    return status;
}

/* What came goes into the exchange. A message that is refused changes nothing: go on waiting. */
static int32_t take(const uint8_t *packet, size_t len, sealwire_session *session)
{
    uint8_t kind;
    int32_t status = sealwire_access_kind(packet, len, &kind);
    if (status != SEALWIRE_OK || kind == SEALWIRE_ACCESS_NONE)
        return SEALWIRE_ERR_ACCESS_STATE;
    if (kind == SEALWIRE_ACCESS_CHALLENGE)
        return sealwire_exchange_challenge(&exchange, packet, len, tick(), &credential, &engines);
    return sealwire_exchange_grant(&exchange, packet, len, tick(), &credential, &engines, session,
                                   sizeof *session);
}

/* From request to session, however often a message is lost. */
static int32_t ask(sealwire_session *session)
{
    int32_t status = sealwire_exchange_begin(&exchange, &plan, &credential, &engines, &entropy);
    for (int attempt = 0; status == SEALWIRE_OK && attempt < TRIES; attempt++) {
        uint64_t deadline = tick() + PATIENCE;
        const uint8_t *packet;
        uint8_t message[SEALWIRE_MAX_PROOF], state;
        size_t len;
        int got;
        status = sealwire_exchange_state(&exchange, &state);
        if (status == SEALWIRE_OK)
            status = state == SEALWIRE_EXCHANGE_AWAIT_GRANT
                         ? sealwire_exchange_proof(&exchange, message, sizeof message, &len)
                         : sealwire_exchange_request(&exchange, message, sizeof message, &len);
        if (status != SEALWIRE_OK)
            return status;
        send_packet(message, len);
        while ((got = next_packet(&stream, deadline, &packet, &len)) > 0) {
            int32_t taken = take(packet, len, session);
            if (taken == SEALWIRE_ERR_ACCESS_FORBIDDEN)
                return taken; /* proven: the granter says no */
            if (taken == SEALWIRE_OK) {
                status = sealwire_exchange_state(&exchange, &state);
                if (status != SEALWIRE_OK || state == SEALWIRE_EXCHANGE_IDLE)
                    return status; /* the session is there */
                attempt = -1;      /* the proof is, and has tries of its own */
                break;
            }
        }
        if (got < 0)
            break;
    }
    return status == SEALWIRE_OK ? SEALWIRE_ERR_ACCESS_UNAVAILABLE : status;
}

/* What comes is checked under the session, and what goes is sealed under it. */
static int32_t use(sealwire_session *session)
{
    int32_t status = sealwire_held_sessions_install(&held, session, &validator);
    sealwire_sealer_destroy(&sealer); /* of the session before, if there was one */
    if (status == SEALWIRE_OK)
        status =
            plan.wanted == SEALWIRE_LEVEL_HMAC
                ? sealwire_sealer_init_session(&sealer, sizeof sealer, session)
                : sealwire_sealer_init_signed_session(&sealer, sizeof sealer, session, &signer);
    sealwire_session_destroy(session);
    return status;
}

/* Sends a measurement until a command comes back: the first one confirms the session. */
static int32_t work(void)
{
    sealwire_requirement demand = {SEALWIRE_LEVEL_HMAC, 0, 0, valve, SEALWIRE_ANY_PEER};
    demand.level = plan.wanted;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        uint64_t deadline = tick() + PATIENCE;
        const uint8_t *packet;
        uint8_t frame[PACKET_SIZE];
        sealwire_result result;
        size_t len;
        int32_t status = sealwire_seal(&sealer, (const uint8_t *)"4.2 bar", 7, &pressure, now(),
                                       frame, sizeof frame, &len, NULL);
        if (status != SEALWIRE_OK)
            return status;
        send_packet(frame, len);
        while (next_packet(&stream, deadline, &packet, &len) > 0) {
            status = sealwire_held_sessions_run(&held, tick(), &validator);
            if (status == SEALWIRE_OK)
                status = sealwire_validate(&validator, packet, len, &demand, now(), &result);
            if (status != SEALWIRE_OK || !SEALWIRE_ACCEPTED(&result))
                continue;
            fprintf(stderr, "level %d, valve: %.*s\n", result.level, (int)result.payload_len,
                    (const char *)result.payload);
            return sealwire_held_sessions_confirm(&held, &result, tick());
        }
    }
    return SEALWIRE_ERR_ACCESS_UNAVAILABLE;
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "secret";
    if (argc > 2 || (strcmp(kind, "secret") && strcmp(kind, "key4") && strcmp(kind, "key5"))) {
        fprintf(stderr, "usage: requester [secret | key4 | key5]\n");
        return 2;
    }
    sealwire_session session;
    int32_t status = begin(kind);
    signal(SIGPIPE, SIG_IGN); /* a line that ends while it is written is an end like any */
    memset(&session, 0, sizeof session);
    for (int i = 0; status == SEALWIRE_OK && i < SENDINGS; i++) {
        status = ask(&session); /* the second one renews */
        if (status == SEALWIRE_OK)
            status = use(&session);
        if (status == SEALWIRE_OK)
            status = work();
        plan.key_id++; /* the next session's is another */
    }
    sealwire_sealer_destroy(&sealer);
    sealwire_held_sessions_destroy(&held);
    sealwire_exchange_destroy(&exchange);
    sealwire_validator_destroy(&validator);
    sealwire_signer_destroy(&signer);
    sealwire_stream_destroy(&stream);
    return status == SEALWIRE_OK ? 0 : failed("no access", status);
}
