/* Certificates in C: anchors, lists and requests as tests/x509/x509.json says, a module that
 * becomes a peer by its chain and is revoked, sessions by chains on both sides, and misuse. The
 * cases of chains are in x509_vectors.c. */
#include "check.h"

#include "x509_cases.h"

#define MILLION UINT64_C(1000000)
#define NOW (1763000000 * MILLION)
#define DAY (86400 * MILLION)
#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define VERIFIER SEALWIRE_PORTABLE_VERIFICATION

static const sealwire_id PUMP = {{0x5e, 0xa1, 0x31, 0x7e, 0, 1, 0x40, 0, 0x80, [15] = 1}};
static const sealwire_id VALVE = {{0x5e, 0xa1, 0x31, 0x7e, 0, 2, 0x40, 0, 0x80, [15] = 1}};
static const sealwire_id GRANTING = {{0x5e, 0xa1, 0x31, 0x7e, 0, 0xff, 0x40, 0, 0x80, [15] = 1}};
static const sealwire_chain_time TODAY = {SEALWIRE_CHAIN_NOW, NOW};
static const sealwire_fleet FLEETS[] = {{{{0x5e, 0xa1, 0x31, 0x7e}}, 32},
                                        {{{0}}, SEALWIRE_ALL_MODULES}};
static const sealwire_bytes ROLES[] = {{(const uint8_t *)"operator", 8},
                                       {(const uint8_t *)"pump.controller", 15}};
static const sealwire_revocation UNCHECKED = {SEALWIRE_REVOCATION_UNCHECKED, NULL, 0, NULL, 0};
enum { OPERATOR = 7, KEY_ID = 0x51 };

struct store {
    sealwire_trust_store store;
    sealwire_issuer_slot slots[2];
    sealwire_issuer_id root;
};

static sealwire_issuer_record record_of(const uint8_t *certificate, size_t len)
{
    sealwire_issuer_record record;
    memset(&record, 0, sizeof record);
    record.certificate = certificate;
    record.certificate_len = len;
    record.fleets = FLEETS;
    record.fleets_len = 1;
    record.roles = ROLES;
    record.roles_len = 2;
    record.flags = SEALWIRE_ISSUER_ANY_AUTHORITY | SEALWIRE_ISSUER_TIME_SOURCES;
    return record;
}

static void trusts(struct store *its)
{
    sealwire_issuer_record record = record_of(ROOT, sizeof ROOT);
    memset(its, 0, sizeof *its);
    OK(sealwire_trust_store_init(&its->store, sizeof its->store, its->slots, sizeof its->slots));
    OK(sealwire_trust_store_install(&its->store, &record, &TODAY, VERIFIER, &its->root));
}

static sealwire_chain joined(const uint8_t *bytes, size_t len)
{
    sealwire_chain chain;
    memset(&chain, 0, sizeof chain);
    chain.joined = bytes;
    chain.joined_len = len;
    return chain;
}

static void anchors_are_installed_or_refused(void)
{
    for (size_t i = 0; i < LENGTH(installs); i++) {
        struct store its;
        sealwire_issuer_record record = record_of(installs[i].bytes, installs[i].len);
        sealwire_chain_time time = {SEALWIRE_CHAIN_NOW, installs[i].now};
        memset(&its, 0, sizeof its);
        OK(sealwire_trust_store_init(&its.store, sizeof its.store, its.slots, sizeof its.slots));
        CHECK(sealwire_trust_store_install(&its.store, &record, &time, VERIFIER, NULL) ==
              installs[i].error);
        OK(sealwire_trust_store_destroy(&its.store));
    }
}

static void lists_are_taken_in_their_order(void)
{
    struct store its;
    uint64_t lowest;
    trusts(&its);
    for (size_t i = 0; i < LENGTH(lists); i++) {
        sealwire_revocation_list list;
        sealwire_list_info info;
        sealwire_chain_time time = {SEALWIRE_CHAIN_NOW, lists[i].now};
        memset(&list, 0, sizeof list);
        CHECK(sealwire_trust_store_take_list(&its.store, lists[i].bytes, lists[i].len, &time,
                                             VERIFIER, &list, sizeof list) == lists[i].error);
        if (lists[i].error != 0) {
            STATUS(NOT_INITIALISED, sealwire_revocation_list_read(&list, &info));
            continue;
        }
        OK(sealwire_revocation_list_read(&list, &info));
        CHECK(memcmp(&info.issuer, &its.root, sizeof its.root) == 0);
        CHECK(info.issued < info.next_update);
        OK(sealwire_trust_store_lowest_list(&its.store, &its.root, &lowest));
        CHECK(lowest == info.number);
        OK(sealwire_revocation_list_destroy(&list));
    }
    OK(sealwire_trust_store_lowest_list(&its.store, &its.root, &lowest));
    CHECK(lowest == 7);
    OK(sealwire_trust_store_demand_list(&its.store, &its.root, 9));
    OK(sealwire_trust_store_demand_list(&its.store, &its.root, 8));
    OK(sealwire_trust_store_lowest_list(&its.store, &its.root, &lowest));
    CHECK(lowest == 9);
    OK(sealwire_trust_store_remove(&its.store, &its.root));
    STATUS(UNKNOWN_ANCHOR, sealwire_trust_store_remove(&its.store, &its.root));
    STATUS(UNKNOWN_ANCHOR, sealwire_trust_store_demand_list(&its.store, &its.root, 10));
    OK(sealwire_trust_store_destroy(&its.store));
}

/* The authority that made the modules' certificates. */
static void registers_sub(struct store *its)
{
    sealwire_issuer_record record = record_of(NULL, 0);
    record.key = SUB_KEY;
    record.key_len = sizeof SUB_KEY;
    OK(sealwire_trust_store_install(&its->store, &record, &TODAY, VERIFIER, NULL));
}

static void crls_are_taken_in_their_order(void)
{
    struct store its;
    sealwire_issuer_id issuer;
    trusts(&its);
    registers_sub(&its);
    for (size_t i = 0; i < LENGTH(crls); i++) {
        sealwire_chain_time time = {SEALWIRE_CHAIN_NOW, crls[i].now};
        memset(&issuer, 0, sizeof issuer);
        CHECK(sealwire_trust_store_take_crl(&its.store, crls[i].bytes, crls[i].len, &time, VERIFIER,
                                            &issuer) == crls[i].error);
        CHECK((issuer.bytes[0] != 0) == (crls[i].error == 0));
    }
    OK(sealwire_trust_store_destroy(&its.store));
}

static void requests_are_written_byte_for_byte(void)
{
    sealwire_signer signer;
    OK(sealwire_signer_init(&signer, sizeof signer, PUMP_KEY, sizeof PUMP_KEY));
    for (size_t i = 0; i < LENGTH(requests); i++) {
        uint8_t out[SEALWIRE_MAX_SIGNING_REQUEST];
        sealwire_bytes roles[8];
        size_t len = 0;
        for (size_t j = 0; j < requests[i].roles; j++) {
            roles[j].data = (const uint8_t *)requests[i].role[j];
            roles[j].len = strlen(requests[i].role[j]);
        }
        OK(sealwire_write_signing_request(&PUMP, roles, requests[i].roles, &signer, out, sizeof out,
                                          &len));
        CHECK(len == requests[i].len && memcmp(out, requests[i].der, len) == 0);
        STATUS(BUFFER_TOO_SMALL,
               sealwire_write_signing_request(&PUMP, roles, requests[i].roles, &signer, out,
                                              sizeof out - 1, &len));
        CHECK(len == SEALWIRE_MAX_SIGNING_REQUEST);
    }
    OK(sealwire_signer_destroy(&signer));
}

/* From a chain to a frame that is accepted, and to a list that ends it. */
static void a_module_is_a_peer_until_it_is_revoked(void)
{
    struct store its;
    sealwire_chain chain = joined(PUMP_CHAIN, sizeof PUMP_CHAIN);
    sealwire_checked_chain checked;
    sealwire_chain_info info;
    sealwire_revocation_list list3, list4;
    const sealwire_revocation_list *const lists_of[] = {&list3};
    const sealwire_revocation_list *const newer[] = {&list4};
    sealwire_revocation revocation = {SEALWIRE_REVOCATION_LISTS, lists_of, 1, NULL, 0};
    uint8_t is_revoked;
    trusts(&its);
    OK(sealwire_trust_store_take_list(&its.store, LIST_3, sizeof LIST_3, &TODAY, VERIFIER, &list3,
                                      sizeof list3));
    OK(sealwire_trust_store_check(&its.store, &chain, &TODAY, &revocation, VERIFIER, &checked,
                                  sizeof checked));
    OK(sealwire_checked_chain_read(&checked, &info));
    CHECK(memcmp(&info.module, &PUMP, sizeof PUMP) == 0 && info.roles_len == 2);
    CHECK(info.roles[1].len == 15 && memcmp(info.roles[1].data, "pump.controller", 15) == 0);
    CHECK(info.roles[2].data == NULL && !info.is_time_source);
    CHECK(memcmp(&info.anchor, &its.root, sizeof its.root) == 0);
    CHECK(info.status_until == NOW + DAY && info.expires > NOW);
    OK(sealwire_checked_chain_holds_at(&checked, NOW));
    STATUS(REVOCATION_STALE, sealwire_checked_chain_holds_at(&checked, NOW + 2 * DAY));
    STATUS(CERTIFICATE_EXPIRED, sealwire_checked_chain_holds_at(&checked, info.expires + MILLION));
    STATUS(CERTIFICATE_NOT_YET_VALID, sealwire_checked_chain_holds_at(&checked, 0));
    OK(sealwire_checked_chain_is_revoked_by(&checked, &list3, &is_revoked));
    CHECK(!is_revoked);

    OK(sealwire_trust_store_take_list(&its.store, LIST_4, sizeof LIST_4, &TODAY, VERIFIER, &list4,
                                      sizeof list4));
    OK(sealwire_checked_chain_is_revoked_by(&checked, &list4, &is_revoked));
    CHECK(is_revoked);
    OK(sealwire_checked_chain_destroy(&checked));
    revocation.lists = newer;
    STATUS(CERTIFICATE_REVOKED, sealwire_trust_store_check(&its.store, &chain, &TODAY, &revocation,
                                                           VERIFIER, &checked, sizeof checked));
    STATUS(NOT_INITIALISED, sealwire_checked_chain_read(&checked, &info));
    OK(sealwire_revocation_list_destroy(&list3));
    OK(sealwire_revocation_list_destroy(&list4));
    OK(sealwire_trust_store_destroy(&its.store));
}

/* One side of an exchange by chains. */
struct side {
    struct store trust;
    sealwire_signer signer;
    sealwire_access_engines engines;
    sealwire_chain_credential chain;
    sealwire_validator validator;
    sealwire_slot slots[4];
};

static struct side granting, asking;
static sealwire_granter granter;
static sealwire_access_slot modules[2];
static sealwire_certified_slot kept[2];
static sealwire_exchange exchange;
static sealwire_credential credential;
static sealwire_access_plan plan;
static sealwire_session session;
static sealwire_granted granted;
static sealwire_revocation_list list;
static const sealwire_revocation_list *const current[] = {&list};
static uint8_t message[SEALWIRE_MAX_CERTIFIED_MESSAGE], answer[SEALWIRE_MAX_CERTIFIED_GRANT];
static size_t message_len, answer_len;
static uint64_t tick, entropy_seed;

static int counts(void *user, uint8_t *out, size_t len)
{
    (void)user;
    for (size_t i = 0; i < len; i++) {
        entropy_seed = entropy_seed * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(entropy_seed >> 56);
    }
    return 0;
}

static const sealwire_entropy RANDOM = {NULL, counts};

static void sets_up(struct side *its, sealwire_id own, const uint8_t *chain, size_t chain_len,
                    const uint8_t *key)
{
    sealwire_validator_config config;
    memset(its, 0, sizeof *its);
    trusts(&its->trust);
    OK(sealwire_signer_init(&its->signer, sizeof its->signer, key, 32));
    its->engines.agreement = SEALWIRE_PORTABLE_AGREEMENT;
    its->engines.verifier = VERIFIER;
    its->engines.signer = &its->signer;
    its->chain.own = chain;
    its->chain.own_len = chain_len;
    its->chain.trust = &its->trust.store;
    its->chain.revocation = UNCHECKED;
    its->chain.time = TODAY;
    memset(&config, 0, sizeof config);
    config.own = own;
    config.past = SEALWIRE_DEFAULT_PAST;
    config.future = SEALWIRE_DEFAULT_FUTURE;
    config.restart.kind = SEALWIRE_RESTART_FRESH_KEYS;
    config.slots = its->slots;
    config.slots_size = sizeof its->slots;
    OK(sealwire_validator_init(&its->validator, sizeof its->validator, &config));
    OK(sealwire_use_portable_verifier(&its->validator));
}

static void tears_down(struct side *its)
{
    OK(sealwire_validator_destroy(&its->validator));
    OK(sealwire_signer_destroy(&its->signer));
    OK(sealwire_trust_store_destroy(&its->trust.store));
}

static void meet(sealwire_id id, const uint8_t *chain, size_t chain_len, const uint8_t *key)
{
    sealwire_granter_config config;
    tick = MILLION;
    sets_up(&granting, GRANTING, GRANTER_CHAIN, sizeof GRANTER_CHAIN, GRANTER_KEY);
    sets_up(&asking, id, chain, chain_len, key);
    memset(&config, 0, sizeof config);
    config.own = GRANTING;
    config.max_level = SEALWIRE_LEVEL_DIGITAL_SIGNATURE;
    config.life_seconds = SEALWIRE_DEFAULT_LIFE;
    config.overlap = SEALWIRE_DEFAULT_OVERLAP;
    config.per_second = config.burst = MILLION;
    config.modules = modules;
    config.modules_size = sizeof modules;
    config.certified = kept;
    config.certified_size = sizeof kept;
    OK(sealwire_granter_init(&granter, sizeof granter, &config, &RANDOM));
    OK(sealwire_granter_define_role(&granter, "operator", 8, OPERATOR));
    OK(sealwire_trust_store_take_list(&granting.trust.store, LIST_3, sizeof LIST_3, &TODAY,
                                      VERIFIER, &list, sizeof list));
    granting.chain.revocation.kind = SEALWIRE_REVOCATION_LISTS;
    granting.chain.revocation.lists = current;
    granting.chain.revocation.lists_len = 1;

    OK(sealwire_exchange_init(&exchange, sizeof exchange));
    memset(&credential, 0, sizeof credential);
    credential.kind = SEALWIRE_CREDENTIAL_CHAIN;
    credential.chain = &asking.chain;
    memset(&plan, 0, sizeof plan);
    plan.own = id;
    plan.granter = GRANTING;
    plan.key_id = KEY_ID;
    plan.wanted = plan.lowest = SEALWIRE_LEVEL_DIGITAL_SIGNATURE;
    plan.algorithm = SEALWIRE_HMAC_SHA256;
    plan.role = "operator";
    plan.role_len = 8;
}

static void part(void)
{
    sealwire_session_destroy(&session); /* not all tests made one */
    OK(sealwire_exchange_destroy(&exchange));
    OK(sealwire_revocation_list_destroy(&list));
    OK(sealwire_granter_destroy(&granter));
    tears_down(&granting);
    tears_down(&asking);
}

static sealwire_access_arrival arrival(size_t len)
{
    sealwire_access_arrival came = {message, len, (const uint8_t *)"bus", 3, tick, NOW + tick};
    return came;
}

/* Request, challenge and proof, with the chain behind it. */
static void asks(void)
{
    sealwire_access_arrival came;
    OK(sealwire_exchange_begin(&exchange, &plan, &credential, &asking.engines, &RANDOM));
    OK(sealwire_exchange_request(&exchange, message, sizeof message, &message_len));
    came = arrival(message_len);
    OK(sealwire_granter_challenge(&granter, &came, &granting.engines, &RANDOM, answer,
                                  sizeof answer, &answer_len));
    OK(sealwire_exchange_challenge(&exchange, answer, answer_len, tick, &credential,
                                   &asking.engines));
    OK(sealwire_exchange_proof(&exchange, message, sizeof message, &message_len));
    memcpy(&message[message_len], asking.chain.own, asking.chain.own_len);
    message_len += asking.chain.own_len;
}

static int32_t is_granted(void)
{
    sealwire_access_arrival came = arrival(message_len);
    return sealwire_granter_grant_certified(&granter, &granting.validator, &came, &granting.engines,
                                            &granting.chain, answer, sizeof answer, &answer_len,
                                            &granted, NULL, 0);
}

static int32_t takes(void)
{
    return sealwire_exchange_grant(&exchange, answer, answer_len, tick, &credential,
                                   &asking.engines, &session, sizeof session);
}

static int32_t is_accepted(sealwire_sealer *sealer, sealwire_result *result)
{
    static const sealwire_context PRESSURE = {SEALWIRE_TOPIC, (const uint8_t *)"pump/pressure", 13,
                                              NULL, 0};
    static uint8_t frame[256];
    sealwire_requirement demand;
    size_t len;
    int32_t status;
    memset(&demand, 0, sizeof demand);
    demand.level = SEALWIRE_LEVEL_DIGITAL_SIGNATURE;
    demand.context = PRESSURE;
    demand.policy = SEALWIRE_ANY_PEER;
    OK(sealwire_seal(sealer, (const uint8_t *)"4.2 bar", 7, &PRESSURE, NOW + tick, frame,
                     sizeof frame, &len, NULL));
    OK(sealwire_granter_run(&granter, &granting.validator, tick));
    status = sealwire_validate(&granting.validator, frame, len, &demand, NOW + tick, result);
    if (status == SEALWIRE_OK)
        OK(sealwire_granter_confirm(&granter, &granting.validator, result, tick, NULL));
    return status;
}

static void chains_give_a_session_until_one_is_revoked(void)
{
    sealwire_sealer sealer;
    sealwire_result result;
    sealwire_revocation_list newer;
    uint64_t demanded;
    size_t ended;
    meet(PUMP, PUMP_CHAIN, sizeof PUMP_CHAIN, PUMP_KEY);
    asks();
    OK(is_granted());
    CHECK(granted.outcome == SEALWIRE_GRANTED && granted.session.peer_role == OPERATOR);
    CHECK(granted.session.level == SEALWIRE_LEVEL_DIGITAL_SIGNATURE);
    OK(is_granted());
    CHECK(granted.outcome == SEALWIRE_GRANTED_AGAIN);
    OK(takes());
    OK(sealwire_session_demanded_list(&session, &demanded));
    CHECK(demanded == 3);
    OK(sealwire_sealer_init_signed_session(&sealer, sizeof sealer, &session, &asking.signer));
    OK(is_accepted(&sealer, &result));
    CHECK(SEALWIRE_ACCEPTED(&result) && result.role == OPERATOR &&
          memcmp(&result.sender, &PUMP, sizeof PUMP) == 0);

    OK(sealwire_trust_store_take_list(&granting.trust.store, LIST_4, sizeof LIST_4, &TODAY,
                                      VERIFIER, &newer, sizeof newer));
    OK(sealwire_granter_revoke_listed(&granter, &granting.validator, &list, &ended));
    CHECK(ended == 0);
    OK(is_accepted(&sealer, &result));
    OK(sealwire_granter_revoke_listed(&granter, &granting.validator, &newer, &ended));
    CHECK(ended == 1);
    STATUS(UNKNOWN_KEY, is_accepted(&sealer, &result));
    CHECK(!SEALWIRE_ACCEPTED(&result));

    OK(sealwire_revocation_list_destroy(&list)); /* and asks in vain from now on */
    OK(sealwire_trust_store_take_list(&granting.trust.store, LIST_4, sizeof LIST_4, &TODAY,
                                      VERIFIER, &list, sizeof list));
    asks();
    STATUS(CERTIFICATE_REVOKED, is_granted());
    OK(sealwire_revocation_list_destroy(&newer));
    OK(sealwire_sealer_destroy(&sealer));
    part();
}

static void a_crl_ends_a_session_too(void)
{
    sealwire_sealer sealer;
    sealwire_result result;
    size_t ended = 9;
    meet(PUMP, PUMP_CHAIN, sizeof PUMP_CHAIN, PUMP_KEY);
    registers_sub(&granting.trust);
    asks();
    OK(is_granted());
    OK(takes());
    OK(sealwire_sealer_init_signed_session(&sealer, sizeof sealer, &session, &asking.signer));
    OK(is_accepted(&sealer, &result));
    STATUS(REVOCATION_MALFORMED,
           sealwire_granter_revoke_crl(&granter, &granting.validator, &granting.trust.store, CRL_1,
                                       sizeof CRL_1 - 1, &TODAY, VERIFIER, &ended));
    CHECK(ended == 9);
    OK(is_accepted(&sealer, &result));
    OK(sealwire_granter_revoke_crl(&granter, &granting.validator, &granting.trust.store, CRL_1,
                                   sizeof CRL_1, &TODAY, VERIFIER, &ended));
    CHECK(ended == 1);
    STATUS(UNKNOWN_KEY, is_accepted(&sealer, &result));
    OK(sealwire_sealer_destroy(&sealer));
    part();
}

static void a_chain_is_for_its_module_and_its_key(void)
{
    sealwire_access_arrival came;
    meet(VALVE, VALVE_WITH_THE_PUMP_S_KEY_CHAIN, sizeof VALVE_WITH_THE_PUMP_S_KEY_CHAIN, PUMP_KEY);
    plan.role = NULL;
    plan.role_len = 0;
    asks();
    OK(is_granted()); /* the chain is good: VALVE, with that key */
    CHECK(granted.outcome == SEALWIRE_GRANTED);
    OK(takes());
    part();

    meet(PUMP, PUMP_CHAIN, sizeof PUMP_CHAIN, PUMP_KEY);
    asks();
    came = arrival(message_len);
    came.now = SEALWIRE_NO_CLOCK;
    STATUS(NO_CLOCK, sealwire_granter_grant_certified(
                         &granter, &granting.validator, &came, &granting.engines, &granting.chain,
                         answer, sizeof answer, &answer_len, &granted, NULL, 0));
    came.now = NOW;
    STATUS(BUFFER_TOO_SMALL, sealwire_granter_grant_certified(
                                 &granter, &granting.validator, &came, &granting.engines,
                                 &granting.chain, answer, 200, &answer_len, &granted, NULL, 0));
    CHECK(answer_len == SEALWIRE_MAX_GRANT + 8 + sizeof GRANTER_CHAIN);
    STATUS(CREDENTIAL_KIND,
           sealwire_granter_grant(&granter, &granting.validator, &came, &granting.engines, answer,
                                  sizeof answer, &answer_len, &granted, NULL, 0));
    granting.chain.own = PUMP_CHAIN; /* not this granter's */
    granting.chain.own_len = sizeof PUMP_CHAIN;
    STATUS(KEY_KIND, is_granted());
    granting.chain.own = GRANTER_CHAIN;
    granting.chain.own_len = sizeof GRANTER_CHAIN;
    message[message_len - 1] ^= 1;
    STATUS(ACCESS_MAC_WRONG, is_granted()); /* the proof covers the chain */
    message[message_len - 1] ^= 1;
    OK(is_granted());
    asking.chain.time.time = NOW + 400 * DAY;
    STATUS(CERTIFICATE_EXPIRED, takes());
    asking.chain.time = TODAY;
    OK(takes());
    part();

    meet(PUMP, PUMP_CHAIN, sizeof PUMP_CHAIN, VALVE_KEY);
    OK(sealwire_exchange_begin(&exchange, &plan, &credential, &asking.engines, &RANDOM));
    OK(sealwire_exchange_request(&exchange, message, sizeof message, &message_len));
    came = arrival(message_len);
    OK(sealwire_granter_challenge(&granter, &came, &granting.engines, &RANDOM, answer,
                                  sizeof answer, &answer_len));
    STATUS(KEY_KIND, sealwire_exchange_challenge(&exchange, answer, answer_len, tick, &credential,
                                                 &asking.engines));
    part();
}

static void misuse_is_refused(void)
{
    struct store its;
    sealwire_chain chain = joined(PUMP_CHAIN, sizeof PUMP_CHAIN);
    sealwire_bytes one = {PUMP_CHAIN, sizeof PUMP_CHAIN};
    sealwire_bytes five[5] = {
        {PUMP_CHAIN, 9}, {PUMP_CHAIN, 9}, {PUMP_CHAIN, 9}, {PUMP_CHAIN, 9}, {PUMP_CHAIN, 9}};
    sealwire_chain_time time = TODAY;
    sealwire_revocation revocation = UNCHECKED;
    sealwire_checked_chain checked, copy;
    sealwire_chain_info info;
    sealwire_issuer_record record = record_of(ROOT, sizeof ROOT);
    sealwire_fleet fleet = FLEETS[0];
    sealwire_access_record access;
    uint8_t name[200];
    trusts(&its);
#define TRY()                                                                                      \
    sealwire_trust_store_check(&its.store, &chain, &time, &revocation, VERIFIER, &checked,         \
                               sizeof checked)
    time.kind = 0;
    STATUS(INVALID_ARGUMENT, TRY());
    time = TODAY;
    time.time = SEALWIRE_NO_CLOCK;
    STATUS(TIMESTAMP_RANGE, TRY());
    time = TODAY;
    revocation.kind = 0;
    STATUS(INVALID_ARGUMENT, TRY());
    revocation.kind = SEALWIRE_REVOCATION_LISTS;
    STATUS(REVOCATION_UNKNOWN, TRY());
    revocation.crls = &one;
    revocation.crls_len = 1;
    STATUS(INVALID_ARGUMENT, TRY());
    revocation.kind = SEALWIRE_REVOCATION_CRLS;
    STATUS(REVOCATION_MALFORMED, TRY());
    revocation.crls = five;
    revocation.crls_len = 5;
    STATUS(INVALID_ARGUMENT, TRY());
    revocation = UNCHECKED;
    revocation.lists = current;
    revocation.lists_len = 1;
    STATUS(INVALID_ARGUMENT, TRY());
    revocation.kind = SEALWIRE_REVOCATION_LISTS;
    STATUS(NOT_INITIALISED, TRY());
    revocation = UNCHECKED;
    chain.certificates = &one;
    chain.certificates_len = 1;
    STATUS(INVALID_ARGUMENT, TRY());
    chain.joined = NULL;
    STATUS(NULL_POINTER, TRY());
    chain.joined_len = 0;
    chain.certificates = five;
    chain.certificates_len = 5;
    STATUS(CHAIN_LENGTH, TRY());
    chain.certificates_len = 0;
    STATUS(CHAIN_LENGTH, TRY());
    chain = joined(PUMP_CHAIN, sizeof PUMP_CHAIN);
    STATUS(OBJECT_SIZE, sealwire_trust_store_check(&its.store, &chain, &time, &revocation, VERIFIER,
                                                   &checked, sizeof checked - 1));
    STATUS(OVERLAP, sealwire_trust_store_check(&its.store, (const sealwire_chain *)&checked, &time,
                                               &revocation, VERIFIER, &checked, sizeof checked));
    chain = joined((const uint8_t *)&checked, 100);
    STATUS(OVERLAP, TRY());
    chain = joined(PUMP_CHAIN, sizeof PUMP_CHAIN);
    STATUS(NULL_POINTER, sealwire_trust_store_check(&its.store, NULL, &time, &revocation, VERIFIER,
                                                    &checked, sizeof checked));
    OK(TRY());
    memcpy(&copy, &checked, sizeof copy);
    STATUS(NOT_INITIALISED, sealwire_checked_chain_read(&copy, &info));
    OK(sealwire_checked_chain_destroy(&checked));
    STATUS(NOT_INITIALISED, sealwire_checked_chain_destroy(&checked));

    STATUS(DUPLICATE_ISSUER,
           sealwire_trust_store_install(&its.store, &record, &TODAY, VERIFIER, NULL));
    record.key = ROOT;
    record.key_len = 64;
    STATUS(INVALID_ARGUMENT,
           sealwire_trust_store_install(&its.store, &record, &TODAY, VERIFIER, NULL));
    record.certificate_len = 0;
    STATUS(KEY_INVALID, sealwire_trust_store_install(&its.store, &record, &TODAY, VERIFIER, NULL));
    record.key_len = 63;
    STATUS(KEY_LENGTH, sealwire_trust_store_install(&its.store, &record, &TODAY, VERIFIER, NULL));
    record = record_of(ROOT, sizeof ROOT);
    record.flags = 8;
    STATUS(INVALID_ARGUMENT,
           sealwire_trust_store_install(&its.store, &record, &TODAY, VERIFIER, NULL));
    record.flags = 0;
    record.fleets = &fleet;
    for (unsigned bits = 0; bits < 3; bits++) {
        static const uint16_t wrong[] = {0, 129, 257};
        fleet.bits = wrong[bits];
        STATUS(INVALID_ARGUMENT,
               sealwire_trust_store_install(&its.store, &record, &TODAY, VERIFIER, NULL));
    }
    record.fleets_len = 5;
    STATUS(INVALID_ARGUMENT,
           sealwire_trust_store_install(&its.store, &record, &TODAY, VERIFIER, NULL));
    record.fleets_len = 0;
    memset(name, 'A', sizeof name);
    one.data = name;
    one.len = 1;
    record.roles = &one;
    record.roles_len = 1;
    STATUS(INVALID_ROLE, sealwire_trust_store_install(&its.store, &record, &TODAY, VERIFIER, NULL));
    STATUS(NULL_POINTER, sealwire_trust_store_install(&its.store, &record, &TODAY, NULL, NULL));

    /* Nobody registers who comes with a chain. */
    meet(PUMP, PUMP_CHAIN, sizeof PUMP_CHAIN, PUMP_KEY);
    memset(&access, 0, sizeof access);
    access.id = VALVE;
    access.credential = credential;
    access.max_level = SEALWIRE_LEVEL_HMAC;
    STATUS(INVALID_ARGUMENT, sealwire_granter_register(&granter, &access, VERIFIER));
    part();
    OK(sealwire_trust_store_destroy(&its.store));
    STATUS(NOT_INITIALISED, TRY());
    CHECK(sealwire_trust_store_size() == sizeof its.store);
    CHECK(sealwire_issuer_slot_size() == sizeof its.slots[0]);
    CHECK(sealwire_checked_chain_size() == sizeof checked);
    CHECK(sealwire_revocation_list_size() == sizeof list);
    CHECK(sealwire_certified_slot_size() == sizeof kept[0]);
}

int main(void)
{
    anchors_are_installed_or_refused();
    lists_are_taken_in_their_order();
    crls_are_taken_in_their_order();
    requests_are_written_byte_for_byte();
    a_module_is_a_peer_until_it_is_revoked();
    chains_give_a_session_until_one_is_revoked();
    a_crl_ends_a_session_too();
    a_chain_is_for_its_module_and_its_key();
    misuse_is_refused();
    return report();
}
