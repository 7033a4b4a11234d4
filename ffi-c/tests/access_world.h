/* A panel that grants access and a pump that asks for it, each with its validator: what the tests
 * of access start from. Randomness is a counter's, so that a failure repeats itself. */
#ifndef SEALWIRE_TESTS_ACCESS_WORLD_H
#define SEALWIRE_TESTS_ACCESS_WORLD_H

#include "world.h"

enum { OPERATOR = 7, PUMPS_KEY_ID = 0x51, MILLION = 1000000 };

static const uint8_t PANELS_PRIVATE_KEY[32] = {17, 18, 19};

/* The three ways that a module and its granter know each other, and the level. */
enum kind { SECRET_4, KEY_4, KEY_5, KINDS };

struct meeting {
    enum kind kind;
    uint64_t tick, entropy;
    int entropy_fails;
    sealwire_entropy random;
    uint8_t public_keys[2][SEALWIRE_PUBLIC_KEY_SIZE]; /* the panel's, the pump's */
    sealwire_signer signers[2];
    sealwire_access_slot modules[3];
    sealwire_slot panel_slots[8], pump_slots[4];
    sealwire_granter granter;
    sealwire_validator panel, pump;
    sealwire_exchange exchange;
    sealwire_held_sessions held;
    sealwire_access_engines panels, pumps; /* engines */
    sealwire_credential credential;        /* the pump's */
    sealwire_access_plan plan;
    sealwire_requirement demand;
    uint8_t request[SEALWIRE_MAX_REQUEST], challenge[SEALWIRE_MAX_CHALLENGE];
    uint8_t proof[SEALWIRE_MAX_PROOF], grant[SEALWIRE_MAX_GRANT];
    size_t request_len, challenge_len, proof_len, grant_len;
    sealwire_granted granted;
    sealwire_session session;
    sealwire_sealer sealer;
};

static inline int counted(void *user, uint8_t *out, size_t len)
{
    struct meeting *its = (struct meeting *)user;
    for (size_t i = 0; i < len; i++) {
        its->entropy = its->entropy * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(its->entropy >> 56);
    }
    return its->entropy_fails;
}

static inline void receiver(sealwire_validator *validator, sealwire_id own, sealwire_slot *slots,
                            size_t size)
{
    struct world unused;
    sealwire_validator_config config = validator_config(&unused);
    config.own = own;
    config.slots = slots;
    config.slots_size = size;
    config.nonces = NULL;
    config.nonces_size = 0;
    OK(sealwire_validator_init(validator, sizeof *validator, &config));
    OK(sealwire_use_portable_verifier(validator));
}

static inline sealwire_granter_config granter_config(struct meeting *its)
{
    sealwire_granter_config config;
    memset(&config, 0, sizeof config);
    config.own = PANEL;
    config.max_level = SEALWIRE_LEVEL_DIGITAL_SIGNATURE;
    config.life_seconds = SEALWIRE_DEFAULT_LIFE;
    config.overlap = SEALWIRE_DEFAULT_OVERLAP;
    config.per_second = config.burst = MILLION; /* not what these tests are about */
    config.modules = its->modules;
    config.modules_size = sizeof its->modules;
    return config;
}

static inline sealwire_access_record pumps_record(const struct meeting *its)
{
    static const uint8_t roles[] = {OPERATOR};
    sealwire_access_record record;
    memset(&record, 0, sizeof record);
    record.id = PUMP;
    record.credential.kind = SEALWIRE_CREDENTIAL_SECRET;
    record.credential.key = SECRET;
    record.credential.key_len = sizeof SECRET;
    record.max_level = SEALWIRE_LEVEL_HMAC;
    if (its->kind != SECRET_4) {
        record.credential.kind = SEALWIRE_CREDENTIAL_KEY;
        record.credential.key = its->public_keys[1];
        record.credential.key_len = SEALWIRE_PUBLIC_KEY_SIZE;
        record.max_level = SEALWIRE_LEVEL_DIGITAL_SIGNATURE;
    }
    record.roles = roles;
    record.roles_len = sizeof roles;
    return record;
}

static inline void meet(struct meeting *its, enum kind kind)
{
    sealwire_granter_config config;
    sealwire_access_record record;
    size_t len;
    memset(its, 0, sizeof *its);
    its->kind = kind;
    its->tick = 5 * MILLION;
    its->random.user = its;
    its->random.fill = counted;
    OK(sealwire_signer_init(&its->signers[0], sizeof its->signers[0], PANELS_PRIVATE_KEY, 32));
    OK(sealwire_signer_init(&its->signers[1], sizeof its->signers[1], PRIVATE_KEY, 32));
    OK(sealwire_signer_public_key(&its->signers[0], its->public_keys[0], 64, &len));
    OK(sealwire_signer_public_key(&its->signers[1], its->public_keys[1], 64, &len));
    its->panels.agreement = its->pumps.agreement = SEALWIRE_PORTABLE_AGREEMENT;
    if (kind != SECRET_4) {
        its->panels.verifier = its->pumps.verifier = SEALWIRE_PORTABLE_VERIFICATION;
        its->panels.signer = &its->signers[0];
        its->pumps.signer = &its->signers[1];
    }

    receiver(&its->panel, PANEL, its->panel_slots, sizeof its->panel_slots);
    config = granter_config(its);
    OK(sealwire_granter_init(&its->granter, sizeof its->granter, &config, &its->random));
    OK(sealwire_granter_define_role(&its->granter, "operator", 8, OPERATOR));
    record = pumps_record(its);
    OK(sealwire_granter_register(&its->granter, &record, its->panels.verifier));

    receiver(&its->pump, PUMP, its->pump_slots, sizeof its->pump_slots);
    OK(sealwire_exchange_init(&its->exchange, sizeof its->exchange));
    OK(sealwire_held_sessions_init(&its->held, sizeof its->held, SEALWIRE_DEFAULT_OVERLAP));
    its->credential = record.credential;
    if (kind != SECRET_4)
        its->credential.key = its->public_keys[0];
    its->plan.own = PUMP;
    its->plan.granter = PANEL;
    its->plan.key_id = PUMPS_KEY_ID;
    its->plan.wanted = kind == KEY_5 ? SEALWIRE_LEVEL_DIGITAL_SIGNATURE : SEALWIRE_LEVEL_HMAC;
    its->plan.lowest = its->plan.wanted;
    its->plan.algorithm = SEALWIRE_HMAC_SHA256_128;
    its->plan.role = "operator";
    its->plan.role_len = 8;
    its->demand.level = its->plan.wanted;
    its->demand.context = PRESSURE;
    its->demand.policy = SEALWIRE_ANY_PEER;
}

static inline void part(struct meeting *its)
{
    sealwire_sealer_destroy(&its->sealer); /* not all tests made them */
    sealwire_session_destroy(&its->session);
    OK(sealwire_exchange_destroy(&its->exchange));
    OK(sealwire_held_sessions_destroy(&its->held));
    OK(sealwire_granter_destroy(&its->granter));
    OK(sealwire_validator_destroy(&its->panel));
    OK(sealwire_validator_destroy(&its->pump));
    OK(sealwire_signer_destroy(&its->signers[0]));
    OK(sealwire_signer_destroy(&its->signers[1]));
}

static inline sealwire_access_arrival arrival(const struct meeting *its, const uint8_t *message,
                                              size_t len)
{
    sealwire_access_arrival came;
    memset(&came, 0, sizeof came);
    came.message = message;
    came.message_len = len;
    came.source = (const uint8_t *)"uart 1";
    came.source_len = 6;
    came.tick = its->tick;
    came.now = NOW + its->tick;
    return came;
}

static inline int32_t begins(struct meeting *its)
{
    int32_t status = sealwire_exchange_begin(&its->exchange, &its->plan, &its->credential,
                                             &its->pumps, &its->random);
    if (status == SEALWIRE_OK)
        OK(sealwire_exchange_request(&its->exchange, its->request, sizeof its->request,
                                     &its->request_len));
    return status;
}

static inline int32_t is_challenged(struct meeting *its, const uint8_t *request, size_t len)
{
    sealwire_access_arrival came = arrival(its, request, len);
    return sealwire_granter_challenge(&its->granter, &came, &its->panels, &its->random,
                                      its->challenge, sizeof its->challenge, &its->challenge_len);
}

static inline int32_t answers(struct meeting *its, const uint8_t *challenge, size_t len)
{
    int32_t status = sealwire_exchange_challenge(&its->exchange, challenge, len, its->tick,
                                                 &its->credential, &its->pumps);
    if (status == SEALWIRE_OK)
        OK(sealwire_exchange_proof(&its->exchange, its->proof, sizeof its->proof, &its->proof_len));
    return status;
}

static inline int32_t is_granted(struct meeting *its, const uint8_t *proof, size_t len)
{
    sealwire_access_arrival came = arrival(its, proof, len);
    return sealwire_granter_grant(&its->granter, &its->panel, &came, &its->panels, its->grant,
                                  sizeof its->grant, &its->grant_len, &its->granted, NULL, 0);
}

static inline int32_t takes(struct meeting *its, const uint8_t *grant, size_t len)
{
    return sealwire_exchange_grant(&its->exchange, grant, len, its->tick, &its->credential,
                                   &its->pumps, &its->session, sizeof its->session);
}

/* From request to proof. */
static inline void asks(struct meeting *its)
{
    OK(begins(its));
    OK(is_challenged(its, its->request, its->request_len));
    OK(answers(its, its->challenge, its->challenge_len));
}

static inline void uses(struct meeting *its)
{
    OK(sealwire_held_sessions_install(&its->held, &its->session, &its->pump));
    if (its->plan.wanted == SEALWIRE_LEVEL_DIGITAL_SIGNATURE)
        OK(sealwire_sealer_init_signed_session(&its->sealer, sizeof its->sealer, &its->session,
                                               &its->signers[1]));
    else
        OK(sealwire_sealer_init_session(&its->sealer, sizeof its->sealer, &its->session));
}

/* From request to a session that the pump holds; the granter waits for its first frame. */
static inline void gets_a_session(struct meeting *its)
{
    asks(its);
    OK(is_granted(its, its->proof, its->proof_len));
    CHECK(its->granted.outcome == SEALWIRE_GRANTED);
    OK(takes(its, its->grant, its->grant_len));
    uses(its);
}

static inline uint64_t time_of(const struct meeting *its)
{
    return its->plan.counter_only ? SEALWIRE_NO_CLOCK : NOW + its->tick;
}

/* A frame from pump to panel. */
static inline int32_t sends(struct meeting *its, sealwire_result *result,
                            sealwire_confirmation *confirmation)
{
    static uint8_t frame[256];
    size_t len;
    OK(sealwire_seal(&its->sealer, BYTES("4.2 bar"), &PRESSURE, time_of(its), frame, sizeof frame,
                     &len, NULL));
    OK(sealwire_granter_run(&its->granter, &its->panel, its->tick));
    int32_t status =
        sealwire_validate(&its->panel, frame, len, &its->demand, NOW + its->tick, result);
    if (status == SEALWIRE_OK)
        OK(sealwire_granter_confirm(&its->granter, &its->panel, result, its->tick, confirmation));
    return status;
}

/* A frame from panel to pump, on the session that is the granter's choice. */
static inline int32_t is_sent(struct meeting *its, sealwire_result *result)
{
    static uint8_t frame[256];
    size_t len;
    uint32_t id;
    int32_t status = sealwire_granter_session_of(&its->granter, &PUMP, &id, NULL);
    if (status == SEALWIRE_OK)
        status =
            sealwire_granter_seal(&its->granter, id, its->tick, its->panels.signer, BYTES("open"),
                                  &PRESSURE, time_of(its), frame, sizeof frame, &len, NULL);
    if (status != SEALWIRE_OK)
        return status;
    OK(sealwire_held_sessions_run(&its->held, its->tick, &its->pump));
    status = sealwire_validate(&its->pump, frame, len, &its->demand, NOW + its->tick, result);
    if (status == SEALWIRE_OK)
        OK(sealwire_held_sessions_confirm(&its->held, result, its->tick));
    return status;
}

#endif
