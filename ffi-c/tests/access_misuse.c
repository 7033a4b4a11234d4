/* Calls of access that a program should not make: each is refused before anything is read or
 * written, and what there was goes on. */
#include "access_world.h"

static struct meeting its;
static sealwire_result result;
static uint8_t out[SEALWIRE_MAX_PROOF];
static size_t len;
static uint8_t byte;
static uint32_t number;
static uint64_t time_us;

static void sizes_are_those_of_the_header(void)
{
    CHECK(sealwire_exchange_size() == sizeof(sealwire_exchange));
    CHECK(sealwire_session_size() == sizeof(sealwire_session));
    CHECK(sealwire_held_sessions_size() == sizeof(sealwire_held_sessions));
    CHECK(sealwire_clock_size() == sizeof(sealwire_clock));
    CHECK(sealwire_granter_size() == sizeof(sealwire_granter));
    CHECK(sealwire_access_slot_size() == sizeof(sealwire_access_slot));
    CHECK(sealwire_source_slot_size() == sizeof(sealwire_source_slot));
    CHECK(sealwire_tokens_size() == sizeof(sealwire_tokens));
    CHECK(sealwire_token_slot_size() == sizeof(sealwire_token_slot));
}

static void storage_is_looked_at(void)
{
    sealwire_granter_config config;
    sealwire_clock clock;
    sealwire_tokens tokens;
    sealwire_token_slot slots[2];
    meet(&its, SECRET_4);
    config = granter_config(&its);
    STATUS(OBJECT_SIZE, sealwire_exchange_init(&its.exchange, sizeof its.exchange - 1));
    STATUS(NULL_POINTER, sealwire_exchange_init(NULL, sizeof its.exchange));
    STATUS(OBJECT_SIZE, sealwire_held_sessions_init(&its.held, sizeof its.held - 1, 0));
    STATUS(NULL_POINTER, sealwire_held_sessions_init(NULL, sizeof its.held, 0));
    STATUS(OBJECT_SIZE, sealwire_clock_init(&clock, sizeof clock - 1, 0, 0));
    STATUS(NULL_POINTER, sealwire_clock_init(NULL, sizeof clock, 0, 0));
    STATUS(TIMESTAMP_RANGE, sealwire_clock_init(&clock, sizeof clock, SEALWIRE_NO_CLOCK, 0));
    STATUS(OBJECT_SIZE, sealwire_tokens_init(&tokens, sizeof tokens, slots, sizeof slots - 1));
    STATUS(OBJECT_SIZE, sealwire_tokens_init(&tokens, sizeof tokens - 1, slots, sizeof slots));
    STATUS(NULL_POINTER, sealwire_tokens_init(&tokens, sizeof tokens, NULL, sizeof slots));
    STATUS(OVERLAP, sealwire_tokens_init(&tokens, sizeof tokens, (sealwire_token_slot *)&tokens,
                                         sizeof slots[0]));

    sealwire_granter other;
    size_t size = sizeof other;
    memset(&other, 0, sizeof other);
    STATUS(OBJECT_SIZE, sealwire_granter_init(&other, size - 1, &config, &its.random));
    STATUS(NULL_POINTER, sealwire_granter_init(NULL, size, &config, &its.random));
    STATUS(NULL_POINTER, sealwire_granter_init(&other, size, NULL, &its.random));
    STATUS(NULL_POINTER, sealwire_granter_init(&other, size, &config, NULL));
    config.modules_size--;
    STATUS(OBJECT_SIZE, sealwire_granter_init(&other, size, &config, &its.random));
    config = granter_config(&its);
    config.modules = NULL;
    STATUS(NULL_POINTER, sealwire_granter_init(&other, size, &config, &its.random));
    config = granter_config(&its);
    config.modules = (sealwire_access_slot *)&other;
    STATUS(OVERLAP, sealwire_granter_init(&other, size, &config, &its.random));
    config = granter_config(&its);
    config.life_seconds = 0;
    STATUS(INVALID_ARGUMENT, sealwire_granter_init(&other, size, &config, &its.random));
    config = granter_config(&its);
    config.max_level = 6;
    STATUS(INVALID_ARGUMENT, sealwire_granter_init(&other, size, &config, &its.random));
    config = granter_config(&its);
    memset(&config.own, 0, sizeof config.own);
    STATUS(INVALID_ID, sealwire_granter_init(&other, size, &config, &its.random));
    config = granter_config(&its);
    its.entropy_fails = 1;
    STATUS(NO_ENTROPY, sealwire_granter_init(&other, size, &config, &its.random));
    its.entropy_fails = 0;
    STATUS(NOT_INITIALISED, sealwire_granter_destroy(&other));
    /* The exchange that failed to initialise is none any more; the others are as they were. */
    OK(sealwire_exchange_init(&its.exchange, sizeof its.exchange));
    OK(sealwire_held_sessions_init(&its.held, sizeof its.held, 0));
    memset(its.modules, 0, sizeof its.modules); /* lent to two: the test's own fault */
    part(&its);
}

/* An object that was copied is none, whatever is called. */
static void copies_are_refused(void)
{
    static struct meeting copy;
    meet(&its, SECRET_4);
    gets_a_session(&its);
    OK(sends(&its, &result, NULL));
    copy = its;
    STATUS(NOT_INITIALISED, begins(&copy));
    STATUS(NOT_INITIALISED, answers(&copy, its.challenge, its.challenge_len));
    STATUS(NOT_INITIALISED, takes(&copy, its.grant, its.grant_len));
    STATUS(NOT_INITIALISED, sealwire_exchange_request(&copy.exchange, out, sizeof out, &len));
    STATUS(NOT_INITIALISED, sealwire_exchange_proof(&copy.exchange, out, sizeof out, &len));
    STATUS(NOT_INITIALISED, sealwire_exchange_state(&copy.exchange, &byte));
    STATUS(NOT_INITIALISED, sealwire_exchange_abandon(&copy.exchange));
    STATUS(NOT_INITIALISED, sealwire_exchange_destroy(&copy.exchange));
    STATUS(NOT_INITIALISED, is_challenged(&copy, its.request, its.request_len));
    STATUS(NOT_INITIALISED, is_granted(&copy, its.proof, its.proof_len));
    STATUS(NOT_INITIALISED, sealwire_granter_run(&copy.granter, &its.panel, its.tick));
    STATUS(NOT_INITIALISED, sealwire_granter_run(&its.granter, &copy.panel, its.tick));
    STATUS(NOT_INITIALISED,
           sealwire_granter_confirm(&copy.granter, &its.panel, &result, its.tick, NULL));
    STATUS(NOT_INITIALISED, sealwire_granter_session_of(&copy.granter, &PUMP, &number, NULL));
    STATUS(NOT_INITIALISED, sealwire_granter_end_sessions(&copy.granter, &its.panel, &PUMP));
    STATUS(NOT_INITIALISED, sealwire_granter_remove(&copy.granter, &its.panel, &PUMP));
    STATUS(NOT_INITIALISED, sealwire_granter_set_group(&copy.granter, NULL));
    STATUS(NOT_INITIALISED, sealwire_granter_define_role(&copy.granter, "x", 1, 9));
    STATUS(NOT_INITIALISED, sealwire_granter_session_count(&copy.granter, &len, &len));
    STATUS(NOT_INITIALISED, sealwire_granter_destroy(&copy.granter));
    STATUS(NOT_INITIALISED, sealwire_held_sessions_install(&copy.held, &its.session, &its.pump));
    STATUS(NOT_INITIALISED, sealwire_held_sessions_install(&its.held, &copy.session, &its.pump));
    STATUS(NOT_INITIALISED, sealwire_held_sessions_install(&its.held, &its.session, &copy.pump));
    STATUS(NOT_INITIALISED, sealwire_held_sessions_run(&copy.held, its.tick, &its.pump));
    STATUS(NOT_INITIALISED, sealwire_held_sessions_end(&copy.held, &its.pump));
    STATUS(NOT_INITIALISED, sealwire_held_sessions_confirm(&copy.held, &result, its.tick));
    STATUS(NOT_INITIALISED, sealwire_held_sessions_newest(&copy.held, &number));
    STATUS(NOT_INITIALISED, sealwire_held_sessions_destroy(&copy.held));
    STATUS(NOT_INITIALISED, sealwire_session_token(&copy.session, out, sizeof out, &len));
    STATUS(NOT_INITIALISED,
           sealwire_sealer_init_session(&copy.sealer, sizeof copy.sealer, &copy.session));
    STATUS(NOT_INITIALISED, sealwire_session_destroy(&copy.session));
    /* One kind of object is not another. */
    STATUS(NOT_INITIALISED, sealwire_session_destroy((sealwire_session *)(void *)&its.exchange));
    STATUS(NOT_INITIALISED, sealwire_clock_destroy((sealwire_clock *)(void *)&its.held));
    OK(sends(&its, &result, NULL));
    part(&its);
}

static void small_buffers_tell_what_they_need(void)
{
    sealwire_access_arrival came;
    static uint8_t untouched[SEALWIRE_MAX_PROOF];
    memset(out, 0x5a, sizeof out);
    memset(untouched, 0x5a, sizeof untouched);
    meet(&its, KEY_4);
    OK(begins(&its));
    STATUS(BUFFER_TOO_SMALL,
           sealwire_exchange_request(&its.exchange, out, its.request_len - 1, &len));
    CHECK(len == its.request_len);
    STATUS(BUFFER_TOO_SMALL, sealwire_exchange_request(&its.exchange, NULL, 0, &len));
    CHECK(len == its.request_len);
    came = arrival(&its, its.request, its.request_len);
    STATUS(BUFFER_TOO_SMALL,
           sealwire_granter_challenge(&its.granter, &came, &its.panels, &its.random, out,
                                      SEALWIRE_MAX_CHALLENGE - 1, &len));
    CHECK(len == SEALWIRE_MAX_CHALLENGE);
    OK(is_challenged(&its, its.request, its.request_len));
    OK(answers(&its, its.challenge, its.challenge_len));
    STATUS(BUFFER_TOO_SMALL, sealwire_exchange_proof(&its.exchange, out, its.proof_len - 1, &len));
    CHECK(len == its.proof_len);
    came = arrival(&its, its.proof, its.proof_len);
    STATUS(BUFFER_TOO_SMALL,
           sealwire_granter_grant(&its.granter, &its.panel, &came, &its.panels, out,
                                  SEALWIRE_MAX_GRANT - 1, &len, NULL, NULL, 0));
    CHECK(len == SEALWIRE_MAX_GRANT);
    OK(is_granted(&its, its.proof, its.proof_len));
    CHECK(its.granted.outcome == SEALWIRE_GRANTED); /* the small buffer changed nothing */
    STATUS(OBJECT_SIZE, sealwire_exchange_grant(&its.exchange, its.grant, its.grant_len, its.tick,
                                                &its.credential, &its.pumps, &its.session,
                                                sizeof its.session - 1));
    OK(takes(&its, its.grant, its.grant_len));
    STATUS(BUFFER_TOO_SMALL, sealwire_session_token(&its.session, out, 31, &len));
    CHECK(len == SEALWIRE_TOKEN_SIZE);
    STATUS(BUFFER_TOO_SMALL, sealwire_session_hmac_key(&its.session, out, 0, &len));
    CHECK(len == SEALWIRE_TOKEN_SIZE);
    STATUS(BUFFER_TOO_SMALL, sealwire_exchange_explain(&its.exchange, (char *)out, 255, &len));
    CHECK(len == SEALWIRE_EXPLANATION_SIZE);
    uses(&its);
    OK(sends(&its, &result, NULL));
    OK(sealwire_granter_session_of(&its.granter, &PUMP, &number, &byte));
    CHECK(byte == SEALWIRE_LEVEL_HMAC);
    for (size_t cap = 0; cap < 28; cap += 9) {
        STATUS(BUFFER_TOO_SMALL,
               sealwire_granter_seal(&its.granter, number, its.tick, NULL, BYTES("open"), &PRESSURE,
                                     NOW, out, cap, &len, NULL));
        CHECK(len > 28 && len < 64);
    }
    CHECK(memcmp(out, untouched, sizeof out) == 0);
    size_t attached = len;
    OK(sealwire_granter_seal_detached(&its.granter, number, its.tick, NULL, BYTES("open"),
                                      &PRESSURE, NOW, out, sizeof out, &len, NULL));
    CHECK(len == attached - 4);
    part(&its);
}

static void pointers_are_looked_at(void)
{
    const uint8_t *far = (const uint8_t *)(uintptr_t)16;
    sealwire_access_arrival came;
    sealwire_access_engines engines;
    sealwire_credential credential;
    meet(&its, KEY_4);
    asks(&its);
    came = arrival(&its, its.proof, its.proof_len);
#define GRANT(granter, validator, proof, engines, to, len)                                         \
    sealwire_granter_grant(granter, validator, proof, engines, to, sizeof its.grant, len,          \
                           &its.granted, NULL, 0)
    STATUS(NULL_POINTER, GRANT(NULL, &its.panel, &came, &its.panels, its.grant, &len));
    STATUS(NULL_POINTER, GRANT(&its.granter, NULL, &came, &its.panels, its.grant, &len));
    STATUS(NULL_POINTER, GRANT(&its.granter, &its.panel, NULL, &its.panels, its.grant, &len));
    STATUS(NULL_POINTER, GRANT(&its.granter, &its.panel, &came, NULL, its.grant, &len));
    STATUS(NULL_POINTER, GRANT(&its.granter, &its.panel, &came, &its.panels, NULL, &len));
    STATUS(NULL_POINTER, GRANT(&its.granter, &its.panel, &came, &its.panels, its.grant, NULL));
    STATUS(OVERLAP, GRANT(&its.granter, &its.panel, &came, &its.panels, its.proof, &len));
    STATUS(OVERLAP,
           GRANT(&its.granter, &its.panel, &came, &its.panels, (uint8_t *)&its.granter, &len));
    STATUS(OVERLAP,
           GRANT(&its.granter, &its.panel, &came, &its.panels, (uint8_t *)&its.panel, &len));
    STATUS(OVERLAP, GRANT(&its.granter, &its.panel, &came, &its.panels, its.grant,
                          (size_t *)(void *)&its.granted));
    came.message = NULL;
    STATUS(NULL_POINTER, GRANT(&its.granter, &its.panel, &came, &its.panels, its.grant, &len));
    came.message = far;
    came.message_len = SIZE_MAX;
    STATUS(ABSURD_LENGTH, GRANT(&its.granter, &its.panel, &came, &its.panels, its.grant, &len));
    came = arrival(&its, its.proof, its.proof_len);
    came.source_len = SEALWIRE_MAX_SOURCE + 1;
    came.source = out;
    STATUS(INVALID_ARGUMENT, GRANT(&its.granter, &its.panel, &came, &its.panels, its.grant, &len));
    came = arrival(&its, its.proof, its.proof_len);
    engines = its.panels;
    engines.agreement = NULL;
    STATUS(NULL_POINTER, GRANT(&its.granter, &its.panel, &came, &engines, its.grant, &len));
    sealwire_agree_engine half = sealwire_portable_agreement;
    half.agree = NULL;
    engines.agreement = &half;
    STATUS(NULL_POINTER, GRANT(&its.granter, &its.panel, &came, &engines, its.grant, &len));
    engines = its.panels;
    sealwire_signer nobody;
    memset(&nobody, 0, sizeof nobody);
    engines.signer = &nobody;
    STATUS(NOT_INITIALISED, GRANT(&its.granter, &its.panel, &came, &engines, its.grant, &len));
    OK(GRANT(&its.granter, &its.panel, &came, &its.panels, its.grant, &its.grant_len));
    CHECK(its.granted.outcome == SEALWIRE_GRANTED); /* nothing of all that changed anything */

    STATUS(NULL_POINTER, takes(&its, NULL, 5));
    STATUS(OVERLAP, takes(&its, (const uint8_t *)&its.exchange, 100));
    STATUS(OVERLAP, takes(&its, (const uint8_t *)&its.session, 100));
    STATUS(OVERLAP, answers(&its, (const uint8_t *)&its.exchange, 100));
    STATUS(OVERLAP, sealwire_exchange_proof(&its.exchange, (uint8_t *)&its.exchange, 400, &len));
    STATUS(OVERLAP, sealwire_exchange_state(&its.exchange, (uint8_t *)&its.exchange));
    STATUS(NULL_POINTER, sealwire_exchange_state(&its.exchange, NULL));
    STATUS(NULL_POINTER, sealwire_exchange_last_failure(&its.exchange, NULL));
    credential = its.credential;
    its.credential.kind = 3;
    STATUS(INVALID_ARGUMENT, takes(&its, its.grant, its.grant_len));
    its.credential.kind = SEALWIRE_CREDENTIAL_SECRET;
    STATUS(KEY_LENGTH, takes(&its, its.grant, its.grant_len));
    its.credential = credential;
    its.credential.key = NULL;
    STATUS(NULL_POINTER, takes(&its, its.grant, its.grant_len));
    its.credential = credential;
    OK(takes(&its, its.grant, its.grant_len));

    STATUS(NULL_POINTER, sealwire_session_read(&its.session, NULL));
    STATUS(OVERLAP, sealwire_session_token(&its.session, (uint8_t *)&its.session, 32, &len));
    STATUS(NULL_POINTER, sealwire_session_token(&its.session, out, 32, NULL));
    STATUS(KEY_KIND, sealwire_sealer_init_signed_session(&its.sealer, sizeof its.sealer,
                                                         &its.session, &its.signers[1]));
    STATUS(OVERLAP, sealwire_sealer_init_session((sealwire_sealer *)(void *)&its.session,
                                                 sizeof its.sealer, &its.session));
    STATUS(INVALID_ID, sealwire_held_sessions_install(&its.held, &its.session, &its.panel));
    uses(&its);
    STATUS(DUPLICATE_KEY_ID, sealwire_held_sessions_install(&its.held, &its.session, &its.pump));
    memset(&result, 0, sizeof result);
    STATUS(INVALID_ARGUMENT,
           sealwire_granter_confirm(&its.granter, &its.panel, &result, its.tick, NULL));
    STATUS(INVALID_ARGUMENT, sealwire_held_sessions_confirm(&its.held, &result, its.tick));
    STATUS(NULL_POINTER, sealwire_held_sessions_confirm(&its.held, NULL, its.tick));
    STATUS(OVERLAP, sealwire_granter_confirm(&its.granter, &its.panel, &result, its.tick,
                                             (sealwire_confirmation *)(void *)&result));
    OK(sends(&its, &result, NULL));
    STATUS(NULL_POINTER, sealwire_granter_session_of(&its.granter, &PUMP, NULL, &byte));
    STATUS(OVERLAP, sealwire_granter_session_of(&its.granter, &PUMP, &number, (uint8_t *)&number));
    STATUS(SESSION_UNKNOWN, sealwire_granter_session_of(&its.granter, &PANEL, &number, NULL));
    OK(sealwire_granter_session_of(&its.granter, &PUMP, &number, NULL));
    STATUS(OVERLAP,
           sealwire_granter_seal(&its.granter, number, its.tick, NULL, BYTES("open"), &PRESSURE,
                                 NOW, (uint8_t *)&its.granter, 300, &len, NULL));
    STATUS(SESSION_UNKNOWN,
           sealwire_granter_seal(&its.granter, number + 1, its.tick, NULL, BYTES("open"), &PRESSURE,
                                 NOW, out, sizeof out, &len, NULL));
    STATUS(NULL_POINTER, sealwire_access_kind(NULL, 1, &byte));
    STATUS(NULL_POINTER, sealwire_access_kind(out, 1, NULL));
    OK(sealwire_access_kind(NULL, 0, &byte));
    CHECK(byte == SEALWIRE_ACCESS_NONE);
    part(&its);
}

static void plans_and_records_are_looked_at(void)
{
    static const uint8_t unnamed[] = {9}, many[17] = {OPERATOR};
    sealwire_access_plan plan;
    sealwire_access_record record;
    sealwire_group_key group;
    meet(&its, KEY_4);
    plan = its.plan;
#define BEGIN_WITH(error, field, value)                                                            \
    do {                                                                                           \
        its.plan = plan;                                                                           \
        its.plan.field = (value);                                                                  \
        STATUS(error, begins(&its));                                                               \
    } while (0)
    BEGIN_WITH(INVALID_ARGUMENT, wanted, 3);
    BEGIN_WITH(INVALID_ARGUMENT, wanted, 0);
    BEGIN_WITH(INVALID_ARGUMENT, lowest, 5);
    BEGIN_WITH(INVALID_ARGUMENT, algorithm, SEALWIRE_ECDSA_P256);
    BEGIN_WITH(INVALID_ARGUMENT, counter_only, 2);
    BEGIN_WITH(INVALID_ARGUMENT, is_time_source, 255);
    BEGIN_WITH(INVALID_ID, granter, PUMP);
    BEGIN_WITH(INVALID_ROLE, role, "Operator");
    BEGIN_WITH(INVALID_ROLE, role, "\xff\xff\xff\xff\xff\xff\xff\xff");
    BEGIN_WITH(NULL_POINTER, role, NULL);
    memset(&its.plan, 0, sizeof its.plan);
    STATUS(INVALID_ARGUMENT, begins(&its));
    its.plan = plan;

    record = pumps_record(&its);
    record.id = GROUP;
#define REGISTER(verifier) sealwire_granter_register(&its.granter, &record, verifier)
    STATUS(DUPLICATE_KEY, REGISTER(SEALWIRE_PORTABLE_VERIFICATION));
    record.credential.key = its.public_keys[0];
    STATUS(NO_ENGINE, REGISTER(NULL));
    record.max_level = 3;
    STATUS(KEY_KIND, REGISTER(SEALWIRE_PORTABLE_VERIFICATION));
    record.max_level = 6;
    STATUS(INVALID_ARGUMENT, REGISTER(SEALWIRE_PORTABLE_VERIFICATION));
    record.max_level = 5;
    record.flags = 4;
    STATUS(INVALID_ARGUMENT, REGISTER(SEALWIRE_PORTABLE_VERIFICATION));
    record.flags = 0;
    record.roles = unnamed;
    STATUS(ROLE_NOT_GRANTED, REGISTER(SEALWIRE_PORTABLE_VERIFICATION));
    record.roles = many;
    record.roles_len = sizeof many;
    STATUS(INVALID_ARGUMENT, REGISTER(SEALWIRE_PORTABLE_VERIFICATION));
    record.roles = NULL;
    STATUS(NULL_POINTER, REGISTER(SEALWIRE_PORTABLE_VERIFICATION));
    record.roles_len = 0;
    uint8_t no_point[64];
    memset(no_point, 1, sizeof no_point);
    record.credential.key = no_point;
    STATUS(KEY_INVALID, REGISTER(SEALWIRE_PORTABLE_VERIFICATION));
    STATUS(KEY_INVALID, REGISTER(SEALWIRE_HOST_VERIFICATION));
    record.credential.key = its.public_keys[0];
    record.id = PANEL;
    STATUS(INVALID_ID, REGISTER(SEALWIRE_HOST_VERIFICATION));
    record.id = PUMP;
    STATUS(DUPLICATE_KEY_ID, REGISTER(SEALWIRE_HOST_VERIFICATION));
    record.id = GROUP;
    OK(REGISTER(SEALWIRE_HOST_VERIFICATION));
    record.id.bytes[0] ^= 1;
    record.credential.kind = SEALWIRE_CREDENTIAL_SECRET;
    record.credential.key = SECRET;
    record.credential.key_len = 32;
    record.max_level = 4;
    OK(REGISTER(NULL));
    record.id.bytes[0] ^= 2;
    record.credential.key = SHORT_SECRET;
    STATUS(TABLE_FULL, REGISTER(NULL));
    STATUS(NULL_POINTER, sealwire_granter_register(&its.granter, NULL, NULL));

    STATUS(DUPLICATE_KEY_ID, sealwire_granter_define_role(&its.granter, "operator", 8, 9));
    STATUS(DUPLICATE_KEY_ID, sealwire_granter_define_role(&its.granter, "other", 5, OPERATOR));
    STATUS(INVALID_ROLE, sealwire_granter_define_role(&its.granter, NULL, 0, 9));
    STATUS(INVALID_ARGUMENT, sealwire_granter_define_role(&its.granter, "other", 5, 0));
    memset(&group, 0, sizeof group);
    STATUS(INVALID_ID, sealwire_granter_set_group(&its.granter, &group));
    group.id = GROUP;
    STATUS(INVALID_ARGUMENT, sealwire_granter_set_group(&its.granter, &group));
    group.algorithm = SEALWIRE_HMAC_SHA256;
    STATUS(KEY_LENGTH, sealwire_granter_set_group(&its.granter, &group));
    STATUS(NULL_POINTER, sealwire_granter_end_sessions(&its.granter, &its.panel, NULL));
    gets_a_session(&its); /* and all that changed nothing */
    part(&its);
}

/* What is wiped: nothing of the secrets is left in the storage. */
static int contains(const void *storage, size_t size, const uint8_t *secret, size_t secret_len)
{
    const uint8_t *bytes = (const uint8_t *)storage;
    for (size_t i = 0; i + secret_len <= size; i++)
        if (memcmp(bytes + i, secret, secret_len) == 0)
            return 1;
    return 0;
}

static void destroying_wipes(void)
{
    static const uint8_t nothing[sizeof(sealwire_granter)] = {0};
    meet(&its, SECRET_4);
    gets_a_session(&its);
    OK(sends(&its, &result, NULL));
    CHECK(contains(its.modules, sizeof its.modules, SECRET, sizeof SECRET));
    OK(sealwire_session_destroy(&its.session));
    CHECK(memcmp(&its.session, nothing, sizeof its.session) == 0);
    OK(sealwire_exchange_destroy(&its.exchange));
    CHECK(memcmp(&its.exchange, nothing, sizeof its.exchange) == 0);
    OK(sealwire_granter_destroy(&its.granter));
    CHECK(memcmp(&its.granter, nothing, sizeof its.granter) == 0);
    CHECK(!contains(its.modules, sizeof its.modules, SECRET, sizeof SECRET));
    STATUS(NOT_INITIALISED, sealwire_session_destroy(&its.session));
    STATUS(NOT_INITIALISED, sealwire_exchange_destroy(&its.exchange));
    STATUS(NOT_INITIALISED, sealwire_granter_destroy(&its.granter));
    OK(sealwire_held_sessions_destroy(&its.held));
    STATUS(NOT_INITIALISED, sealwire_held_sessions_destroy(&its.held));
    STATUS(NULL_POINTER, sealwire_held_sessions_destroy(NULL));
    STATUS(NULL_POINTER, sealwire_session_destroy(NULL));
    STATUS(NULL_POINTER, sealwire_exchange_destroy(NULL));
    STATUS(NULL_POINTER, sealwire_granter_destroy(NULL));
    STATUS(NULL_POINTER, sealwire_clock_destroy(NULL));
    STATUS(NULL_POINTER, sealwire_tokens_destroy(NULL));
    OK(sealwire_sealer_destroy(&its.sealer));
    OK(sealwire_validator_destroy(&its.panel));
    OK(sealwire_validator_destroy(&its.pump));
    OK(sealwire_signer_destroy(&its.signers[0]));
    OK(sealwire_signer_destroy(&its.signers[1]));
}

static void a_clock_is_looked_at(void)
{
    sealwire_clock clock, copy;
    uint64_t past = 1, future = 1;
    memset(&clock, 0, sizeof clock);
    meet(&its, SECRET_4);
    gets_a_session(&its);
    STATUS(NOT_INITIALISED, sealwire_clock_now(&clock, 0, &time_us));
    OK(sealwire_clock_init(&clock, sizeof clock, 0, 100));
    copy = clock;
    STATUS(NOT_INITIALISED, sealwire_clock_now(&copy, 0, &time_us));
    STATUS(NOT_INITIALISED, sealwire_clock_error(&copy, 0, &time_us));
    STATUS(NOT_INITIALISED, sealwire_clock_widen(&copy, 0, &past, &future));
    STATUS(NOT_INITIALISED, sealwire_clock_learn(&copy, &its.session));
    STATUS(NOT_INITIALISED, sealwire_clock_destroy(&copy));
    STATUS(NULL_POINTER, sealwire_clock_now(&clock, 0, NULL));
    STATUS(NULL_POINTER, sealwire_clock_learn(&clock, NULL));
    STATUS(OVERLAP, sealwire_clock_now(&clock, 0, (uint64_t *)(void *)&clock));
    STATUS(OVERLAP, sealwire_clock_widen(&clock, 0, &past, &past));
    OK(sealwire_clock_destroy(&clock));
    part(&its);
}

int main(void)
{
    sizes_are_those_of_the_header();
    storage_is_looked_at();
    copies_are_refused();
    small_buffers_tell_what_they_need();
    pointers_are_looked_at();
    plans_and_records_are_looked_at();
    destroying_wipes();
    a_clock_is_looked_at();
    return report();
}
