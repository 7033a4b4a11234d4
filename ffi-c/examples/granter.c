/* Grants access to two pumps and listens to them: the one proves itself by a secret, the other by
 * a key. What it did goes to stderr; the line is stdin and stdout, until that ends.
 *
 * A real program loads keys from where it was provisioned with them, and serves many lines. */
#define _POSIX_C_SOURCE 200809L
#include "line.h"

enum { MODULES = 2, PUMP = 1 };

static const uint8_t private_key[32] = "the panel's private key, 32 byte";
static const uint8_t shared_secret[32] = {1}; /* in reality 32 random bytes */
/* The other half is the pump's own. */
static const uint8_t pumps_key[SEALWIRE_PUBLIC_KEY_SIZE] = {
    0xd1, 0x57, 0x58, 0x7c, 0xfc, 0x72, 0xcd, 0xc6, 0x0a, 0x32, 0x29, 0xcf, 0xcc, 0x77, 0x9c, 0xfb,
    0x41, 0xd0, 0x4c, 0x39, 0x4d, 0x0a, 0x31, 0xd0, 0x57, 0x50, 0x7a, 0xbe, 0xdc, 0x48, 0xcf, 0xbd,
    0x66, 0xb2, 0xad, 0x71, 0x95, 0x8a, 0xb6, 0xa6, 0xb5, 0xe6, 0xa8, 0x13, 0xc8, 0xfc, 0x7f, 0xb2,
    0xc9, 0xc0, 0x4f, 0x48, 0x11, 0xf4, 0xb7, 0xc0, 0x18, 0x6d, 0xa7, 0x5d, 0xf0, 0xac, 0x69, 0xe4};

static sealwire_access_slot modules[MODULES];
static sealwire_source_slot sources[8];
static sealwire_slot slots[2 * MODULES]; /* a module holds two sessions while it renews */
static uint8_t buffer[PACKET_SIZE];
static sealwire_granter granter;
static sealwire_validator validator;
static sealwire_signer signer;
static sealwire_access_engines engines;

static int32_t registered(int which, uint8_t kind, const uint8_t *key, size_t key_len, uint8_t max)
{
    static const uint8_t roles[] = {PUMP};
    sealwire_access_record record;
    memset(&record, 0, sizeof record);
    record.id = pump_ids[which];
    record.credential.kind = kind;
    record.credential.key = key;
    record.credential.key_len = key_len;
    record.max_level = max;
    record.roles = roles;
    record.roles_len = sizeof roles;
    return sealwire_granter_register(&granter, &record, engines.verifier);
}

static int32_t begin(void)
{
    sealwire_granter_config config;
    int32_t status = receiver(&validator, panel_id, slots, sizeof slots);
    if (status == SEALWIRE_OK)
        status = sealwire_signer_init(&signer, sizeof signer, private_key, sizeof private_key);
    engines.agreement = SEALWIRE_HOST_AGREEMENT;
    engines.verifier = SEALWIRE_HOST_VERIFICATION;
    engines.signer = &signer;

    memset(&config, 0, sizeof config);
    config.own = panel_id;
    config.max_level = SEALWIRE_LEVEL_DIGITAL_SIGNATURE;
    config.life_seconds = SEALWIRE_DEFAULT_LIFE;
    config.overlap = SEALWIRE_DEFAULT_OVERLAP;
    config.per_second = SEALWIRE_DEFAULT_PER_SECOND;
    config.burst = SEALWIRE_DEFAULT_BURST;
    config.source_per_second = SEALWIRE_DEFAULT_SOURCE_PER_SECOND;
    config.source_burst = SEALWIRE_DEFAULT_SOURCE_BURST;
    config.modules = modules;
    config.modules_size = sizeof modules;
    config.sources = sources;
    config.sources_size = sizeof sources;
    if (status == SEALWIRE_OK)
        status = sealwire_granter_init(&granter, sizeof granter, &config, &entropy);
    if (status == SEALWIRE_OK)
        status = sealwire_granter_define_role(&granter, "pump", 4, PUMP);
    if (status == SEALWIRE_OK)
        status = registered(0, SEALWIRE_CREDENTIAL_SECRET, shared_secret, sizeof shared_secret,
                            SEALWIRE_LEVEL_HMAC);
    if (status == SEALWIRE_OK)
        status = registered(1, SEALWIRE_CREDENTIAL_KEY, pumps_key, sizeof pumps_key,
                            SEALWIRE_LEVEL_DIGITAL_SIGNATURE);
    return status;
}

/* A message of an exchange: what there is to answer goes back, or silence. */
static void answer(uint8_t kind, const uint8_t *message, size_t len)
{
    uint8_t out[SEALWIRE_MAX_GRANT];
    sealwire_access_arrival came = {message, len, (const uint8_t *)"stdin", 5, tick(), now()};
    sealwire_granted granted;
    size_t out_len;
    int32_t status;
    memset(&granted, 0, sizeof granted);
    if (kind == SEALWIRE_ACCESS_REQUEST)
        status = sealwire_granter_challenge(&granter, &came, &engines, &entropy, out, sizeof out,
                                            &out_len);
    else
        status = sealwire_granter_grant(&granter, &validator, &came, &engines, out, sizeof out,
                                        &out_len, &granted, NULL, 0);
    if (status == SEALWIRE_OK)
        send_packet(out, out_len);
    else
        failed("nothing is answered", status);
    if (granted.outcome == SEALWIRE_GRANTED)
        fprintf(stderr, "granted level %d\n", granted.session.level);
    if (granted.outcome == SEALWIRE_GRANT_REFUSED)
        failed("refused", granted.why);
}

/* A frame: believed if a session proves it, and answered with what the valve shall do. */
static void listen(const uint8_t *frame, size_t frame_len)
{
    static const sealwire_rule rules[] = {
        {PUMP, SEALWIRE_TOPIC, SEALWIRE_NAME_EXACTLY, (const uint8_t *)"pump/pressure", 13}};
    static const sealwire_policy policy = {SEALWIRE_POLICY_RULES, rules, 1};
    sealwire_requirement demand = {SEALWIRE_LEVEL_HMAC, 0, 0, pressure, &policy};
    sealwire_confirmation confirmation;
    sealwire_result result;
    uint8_t out[PACKET_SIZE];
    uint32_t session;
    size_t len;
    int32_t status = sealwire_granter_run(&granter, &validator, tick());
    if (status == SEALWIRE_OK)
        status = sealwire_validate(&validator, frame, frame_len, &demand, now(), &result);
    if (status != SEALWIRE_OK || !SEALWIRE_ACCEPTED(&result)) {
        failed("not believed", status);
        return;
    }
    status = sealwire_granter_confirm(&granter, &validator, &result, tick(), &confirmation);
    if (status != SEALWIRE_OK) {
        failed("the session is over", status);
        return;
    }
    fprintf(stderr, "%slevel %d: %.*s\n", confirmation.is_confirmed ? "confirmed, " : "",
            result.level, (int)result.payload_len, (const char *)result.payload);
    /* A session whose frames carry no time is answered without one, too. */
    uint64_t time = result.flags & SEALWIRE_IS_COUNTER_ONLY ? SEALWIRE_NO_CLOCK : now();
    status = sealwire_granter_session_of(&granter, &result.sender, &session, NULL);
    if (status == SEALWIRE_OK)
        status = sealwire_granter_seal(&granter, session, tick(), &signer, (const uint8_t *)"open",
                                       4, &valve, time, out, sizeof out, &len, NULL);
    if (status == SEALWIRE_OK)
        send_packet(out, len);
    else
        failed("can't be sent", status);
}

int main(void)
{
    sealwire_stream stream;
    const uint8_t *packet;
    size_t len;
    int got;
    int32_t status = begin();
    signal(SIGPIPE, SIG_IGN); /* a line that ends while it is written is an end like any */
    if (status == SEALWIRE_OK)
        status = sealwire_stream_init(&stream, sizeof stream, buffer, sizeof buffer);
    if (status != SEALWIRE_OK)
        return failed("the granter doesn't begin", status);
    while ((got = next_packet(&stream, tick() + 1000000, &packet, &len)) >= 0) {
        uint8_t kind = SEALWIRE_ACCESS_NONE;
        if (got == 0) /* nothing came: what is over ends all the same */
            status = sealwire_granter_run(&granter, &validator, tick());
        else
            status = sealwire_access_kind(packet, len, &kind);
        if (status != SEALWIRE_OK)
            return failed("misuse", status);
        if (kind != SEALWIRE_ACCESS_NONE)
            answer(kind, packet, len);
        else if (got > 0)
            listen(packet, len);
    }
    sealwire_granter_destroy(&granter);
    sealwire_validator_destroy(&validator);
    sealwire_signer_destroy(&signer);
    sealwire_stream_destroy(&stream);
    return 0;
}
