/* The access vectors through the C interface: every message, key and frame is what both sides
 * make of the same randomness, and what is malformed is refused so. access_cases.h is made of
 * tests/vectors/access.json by access_cases.py. */
#include "check.h"

#include "access_cases.h"

enum { ROLE = 7 };

/* Gives what it was given, and no more. */
struct given {
    uint8_t bytes[128];
    size_t at, len;
};

static struct given asks, grants;
static sealwire_validator validator;
static sealwire_slot slots[2];
static sealwire_access_slot modules[1];
static sealwire_granter granter;
static sealwire_exchange exchange;
static sealwire_signer signers[2]; /* the requester's, the granter's */
static uint8_t public_keys[2][SEALWIRE_PUBLIC_KEY_SIZE];
static sealwire_access_engines engines[2];
static sealwire_credential credentials[2]; /* what the requester has, what the granter has */
static uint8_t out[512];
static size_t out_len;

static const sealwire_context context = {SEALWIRE_TOPIC, (const uint8_t *)"pump/pressure", 13, NULL,
                                         0};

static int give(void *user, uint8_t *to, size_t len)
{
    struct given *given = (struct given *)user;
    if (given->len - given->at < len)
        return 1;
    memcpy(to, given->bytes + given->at, len);
    given->at += len;
    return 0;
}

static void put(struct given *given, const uint8_t *bytes, size_t len)
{
    memcpy(given->bytes + given->len, bytes, len);
    given->len += len;
}

static int is(const struct text *text, const uint8_t *bytes, size_t len)
{
    return len == text->len && memcmp(text->bytes, bytes, len) == 0;
}

static void begin_validator(const struct exchange *its)
{
    sealwire_validator_config config;
    memset(&config, 0, sizeof config);
    config.own = its->granter;
    config.past = SEALWIRE_DEFAULT_PAST;
    config.future = SEALWIRE_DEFAULT_FUTURE;
    config.restart.kind = SEALWIRE_RESTART_FRESH_KEYS;
    config.slots = slots;
    config.slots_size = sizeof slots;
    OK(sealwire_validator_init(&validator, sizeof validator, &config));
    OK(sealwire_use_portable_verifier(&validator));
}

static void credentials_of(const struct exchange *its)
{
    static const uint8_t any[32] = {1};
    const struct text *keys[2] = {&its->requester_key, &its->granter_key};
    size_t len;
    for (int i = 0; i < 2; i++) {
        const uint8_t *key = keys[i]->len == 32 ? keys[i]->bytes : any;
        OK(sealwire_signer_init(&signers[i], sizeof signers[i], key, 32));
        OK(sealwire_signer_public_key(&signers[i], public_keys[i], 64, &len));
        engines[i].agreement = SEALWIRE_PORTABLE_AGREEMENT;
        engines[i].verifier = SEALWIRE_PORTABLE_VERIFICATION;
        engines[i].signer = &signers[i];
    }
    for (int i = 0; i < 2; i++) {
        int is_secret = its->secret.len == 32;
        credentials[i].kind = is_secret ? SEALWIRE_CREDENTIAL_SECRET : SEALWIRE_CREDENTIAL_KEY;
        credentials[i].key = is_secret ? its->secret.bytes : public_keys[1 - i];
        credentials[i].key_len = is_secret ? 32 : 64;
    }
}

static void begin(const struct exchange *its)
{
    sealwire_access_plan plan;
    sealwire_entropy entropy = {&asks, give};
    memset(&asks, 0, sizeof asks);
    put(&asks, its->seed.bytes, its->seed.len);
    put(&asks, its->nonce.bytes, its->nonce.len);
    memset(&plan, 0, sizeof plan);
    plan.own = its->requester;
    plan.granter = its->granter;
    plan.key_id = (uint32_t)its->key_id;
    plan.wanted = (uint8_t)its->wanted;
    plan.lowest = (uint8_t)its->lowest;
    plan.algorithm = (uint8_t)its->algorithm;
    plan.counter_only = (uint8_t)its->counter_only;
    plan.role = (const char *)its->role.bytes;
    plan.role_len = its->role.len;
    OK(sealwire_exchange_init(&exchange, sizeof exchange));
    OK(sealwire_exchange_begin(&exchange, &plan, &credentials[0], &engines[0], &entropy));
}

static int32_t is_challenged(const struct text *challenge)
{
    return sealwire_exchange_challenge(&exchange, challenge->bytes, challenge->len, 0,
                                       &credentials[0], &engines[0]);
}

static int32_t takes(const struct text *grant, sealwire_session *session)
{
    return sealwire_exchange_grant(&exchange, grant->bytes, grant->len, 0, &credentials[0],
                                   &engines[0], session, sizeof *session);
}

static void begin_granter(const struct exchange *its)
{
    static const uint8_t zeros[32] = {0}, roles[] = {ROLE};
    /* The next generation and one place bit make the key ID. */
    uint32_t generation = (uint32_t)(its->granted_key_id >> 1) - 1;
    const uint8_t big_endian[4] = {(uint8_t)(generation >> 24), (uint8_t)(generation >> 16),
                                   (uint8_t)(generation >> 8), (uint8_t)generation};
    sealwire_granter_config config;
    sealwire_access_record record;
    sealwire_group_key group;
    sealwire_entropy entropy = {&grants, give};
    memset(&grants, 0, sizeof grants);
    put(&grants, zeros, 32);
    put(&grants, big_endian, 4);
    put(&grants, its->cookie_secret.bytes, its->cookie_secret.len);
    memset(&config, 0, sizeof config);
    config.own = its->granter;
    config.max_level = SEALWIRE_LEVEL_DIGITAL_SIGNATURE;
    config.life_seconds = (uint32_t)its->life;
    config.per_second = config.burst = SEALWIRE_DEFAULT_BURST;
    config.modules = modules;
    config.modules_size = sizeof modules;
    OK(sealwire_granter_init(&granter, sizeof granter, &config, &entropy));
    memset(&record, 0, sizeof record);
    record.id = its->requester;
    record.credential = credentials[1];
    record.max_level = (uint8_t)its->level;
    if (its->role.len != 0) {
        OK(sealwire_granter_define_role(&granter, (const char *)its->role.bytes, its->role.len,
                                        ROLE));
        record.roles = roles;
        record.roles_len = 1;
    }
    if (its->group_secret.len != 0) {
        memset(&group, 0, sizeof group);
        group.id = its->group;
        group.key_id = (uint32_t)its->group_key_id;
        group.algorithm = (uint8_t)its->group_algorithm;
        group.secret = its->group_secret.bytes;
        group.secret_len = its->group_secret.len;
        OK(sealwire_granter_set_group(&granter, &group));
        record.flags = SEALWIRE_RECORD_IN_GROUP;
    }
    OK(sealwire_granter_register(&granter, &record, SEALWIRE_PORTABLE_VERIFICATION));
}

static int32_t answers(const struct exchange *its, int is_proof, const struct text *message,
                       sealwire_granted *granted, sealwire_session *session)
{
    sealwire_entropy entropy = {&grants, give};
    sealwire_access_arrival came;
    memset(&came, 0, sizeof came);
    came.message = message->bytes;
    came.message_len = message->len;
    came.source = its->source.bytes;
    came.source_len = its->source.len;
    came.tick = its->issued;
    came.now = its->time != 0 ? its->time : SEALWIRE_NO_CLOCK;
    return is_proof ? sealwire_granter_grant(&granter, &validator, &came, &engines[1], out,
                                             sizeof out, &out_len, granted, session,
                                             session != NULL ? sizeof *session : 0)
                    : sealwire_granter_challenge(&granter, &came, &engines[1], &entropy, out,
                                                 sizeof out, &out_len);
}

static void same_session(const struct exchange *its, const sealwire_session *session)
{
    sealwire_session_info info;
    OK(sealwire_session_read(session, &info));
    CHECK(is(&its->binder, info.binder, sizeof info.binder));
    CHECK(info.level == its->level && info.life_seconds == its->life);
    OK(sealwire_session_token(session, out, sizeof out, &out_len));
    CHECK(is(&its->token, out, out_len));
    OK(sealwire_session_hmac_key(session, out, sizeof out, &out_len));
    CHECK(is(&its->hmac_key, out, out_len));
}

static void same_frames(const struct exchange *its, const sealwire_session *session)
{
    sealwire_requirement demand = {(uint8_t)its->level, 0, 0, context, SEALWIRE_ANY_PEER};
    uint64_t now = its->time != 0 && !its->counter_only ? its->time : SEALWIRE_NO_CLOCK;
    sealwire_sealer sealer;
    memset(&sealer, 0, sizeof sealer);
    if (its->level == SEALWIRE_LEVEL_DIGITAL_SIGNATURE)
        OK(sealwire_sealer_init_signed_session(&sealer, sizeof sealer, session, &signers[0]));
    else
        OK(sealwire_sealer_init_session(&sealer, sizeof sealer, session));
    for (int i = 0; i < 2; i++) {
        sealwire_result result;
        sealwire_confirmation confirmation;
        OK(sealwire_seal(&sealer, (const uint8_t *)"4.2 bar", 7, &context, now, out, sizeof out,
                         &out_len, NULL));
        CHECK(is(&its->frames[i], out, out_len));
        OK(sealwire_validate(&validator, out, out_len, &demand, now, &result));
        CHECK(SEALWIRE_ACCEPTED(&result));
        OK(sealwire_granter_confirm(&granter, &validator, &result, its->issued, &confirmation));
        CHECK(confirmation.is_confirmed == (i == 0));
    }
    OK(sealwire_sealer_destroy(&sealer));
}

static void run(const struct exchange *its)
{
    sealwire_session session, theirs;
    sealwire_granted granted;
    memset(&session, 0, sizeof session);
    memset(&theirs, 0, sizeof theirs);
    begin(its);
    OK(sealwire_exchange_request(&exchange, out, sizeof out, &out_len));
    CHECK(is(&its->request, out, out_len));
    OK(is_challenged(&its->challenge));
    OK(sealwire_exchange_proof(&exchange, out, sizeof out, &out_len));
    CHECK(is(&its->proof, out, out_len));
    STATUS(ACCESS_UNAVAILABLE, takes(&its->refusal_unavailable, &session));
    STATUS(ACCESS_FORBIDDEN, takes(&its->refusal_forbidden, &session));
    OK(takes(&its->grant, &session));

    begin_granter(its);
    OK(answers(its, 0, &its->request, NULL, NULL));
    CHECK(is(&its->challenge, out, out_len));
    OK(answers(its, 1, &its->proof, &granted, &theirs));
    CHECK(granted.outcome == SEALWIRE_GRANTED && is(&its->grant, out, out_len));
    CHECK(granted.session.key_id == its->granted_key_id);
    same_session(its, &session);
    same_session(its, &theirs);
    same_frames(its, &session);
    OK(sealwire_session_destroy(&theirs));
    OK(sealwire_session_destroy(&session));
    OK(sealwire_granter_destroy(&granter));
    OK(sealwire_exchange_destroy(&exchange));
}

static void run_malformed(const struct exchange *its, const struct malformed *row)
{
    sealwire_session session;
    int32_t status = SEALWIRE_OK;
    begin(its);
    begin_granter(its);
    if (row->kind == SEALWIRE_ACCESS_REQUEST)
        status = answers(its, 0, &row->data, NULL, NULL);
    if (row->kind == SEALWIRE_ACCESS_CHALLENGE)
        status = is_challenged(&row->data);
    if (row->kind == SEALWIRE_ACCESS_PROOF)
        status = answers(its, 1, &row->data, NULL, NULL);
    if (row->kind == SEALWIRE_ACCESS_GRANT) {
        OK(is_challenged(&its->challenge));
        status = takes(&row->data, &session);
    }
    check_status(status, row->error, (const char *)its->comment.bytes, __FILE__, row->kind);
    OK(sealwire_granter_destroy(&granter));
    OK(sealwire_exchange_destroy(&exchange));
}

int main(void)
{
    for (size_t i = 0; i < sizeof exchanges / sizeof exchanges[0]; i++) {
        const struct exchange *its = &exchanges[i];
        begin_validator(its);
        credentials_of(its);
        run(its);
        for (size_t j = 0; j < its->malformed_len; j++)
            run_malformed(its, &its->malformed[j]);
        OK(sealwire_validator_destroy(&validator));
        OK(sealwire_signer_destroy(&signers[0]));
        OK(sealwire_signer_destroy(&signers[1]));
    }
    return report();
}
