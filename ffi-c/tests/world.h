/* A pump that seals and a panel that validates, with keys for every level: what tests start from.
 */
#ifndef SEALWIRE_TESTS_WORLD_H
#define SEALWIRE_TESTS_WORLD_H

#include "check.h"

#define BYTES(text) ((const uint8_t *)(text)), (sizeof(text) - 1)

enum { HMAC_KEY = 1, SHORT_KEY = 2, ECDSA_KEY = 3, GROUP_KEY = 4, COUNTER_KEY = 5, RANDOM_KEY = 6 };

static const uint64_t NOW = 1790000000000000;
static const sealwire_id PUMP = {"pump-000000-0001"};
static const sealwire_id PANEL = {"panel-00000-0001"};
static const sealwire_id GROUP = {"all-panels-00001"};
static const uint8_t SECRET[32] = {1, 2, 3};
static const uint8_t SHORT_SECRET[32] = {4, 5, 6};
static const uint8_t GROUP_SECRET[32] = {7, 8, 9};
static const uint8_t COUNTER_SECRET[32] = {10, 11, 12};
static const uint8_t RANDOM_SECRET[32] = {13, 14, 15};
static const uint8_t PRIVATE_KEY[32] = {16, 17, 18};
static const sealwire_context PRESSURE = {SEALWIRE_TOPIC, BYTES("pump/pressure"), NULL, 0};

struct world {
    sealwire_slot slots[8];
    sealwire_nonce_entry nonces[16];
    sealwire_validator panel;
    sealwire_sealer pump;
    sealwire_signer signer;
    sealwire_requirement demand;
};

static inline sealwire_sealer_config sealer_config(uint32_t key_id)
{
    sealwire_sealer_config config = {0};
    config.key_id = key_id;
    config.audience_kind = key_id == GROUP_KEY ? SEALWIRE_AUDIENCE_GROUP : SEALWIRE_AUDIENCE_PEER;
    config.counter_only = key_id == COUNTER_KEY;
    config.sender = PUMP;
    config.audience = key_id == GROUP_KEY ? GROUP : PANEL;
    config.start.kind = key_id == RANDOM_KEY ? SEALWIRE_NONCE_RANDOM : SEALWIRE_NONCE_FRESH;
    return config;
}

static inline sealwire_validator_config validator_config(struct world *world)
{
    sealwire_validator_config config = {0};
    config.own = PANEL;
    config.past = SEALWIRE_DEFAULT_PAST;
    config.future = SEALWIRE_DEFAULT_FUTURE;
    config.restart.kind = SEALWIRE_RESTART_FRESH_KEYS;
    config.slots = world->slots;
    config.slots_size = sizeof world->slots;
    config.nonces = world->nonces;
    config.nonces_size = sizeof world->nonces;
    return config;
}

static inline sealwire_peer_key peer_key(uint32_t key_id, uint8_t algorithm, const uint8_t *key,
                                         size_t key_len)
{
    sealwire_peer_key peer = {0};
    peer.key_id = key_id;
    peer.algorithm = algorithm;
    peer.sender = PUMP;
    peer.key = key;
    peer.key_len = key_len;
    return peer;
}

static inline void register_all(struct world *world)
{
    uint8_t public_key[SEALWIRE_PUBLIC_KEY_SIZE];
    size_t len;
    sealwire_peer_key key = peer_key(HMAC_KEY, SEALWIRE_HMAC_SHA256, SECRET, 32);
    key.role = 7;
    OK(sealwire_register(&world->panel, &key));
    key = peer_key(SHORT_KEY, SEALWIRE_HMAC_SHA256_128, SHORT_SECRET, 32);
    OK(sealwire_register(&world->panel, &key));
    key = peer_key(GROUP_KEY, SEALWIRE_HMAC_SHA256, GROUP_SECRET, 32);
    key.flags = SEALWIRE_KEY_GROUP;
    key.group = GROUP;
    OK(sealwire_register(&world->panel, &key));
    key = peer_key(COUNTER_KEY, SEALWIRE_HMAC_SHA256, COUNTER_SECRET, 32);
    key.flags = SEALWIRE_KEY_COUNTER_ONLY;
    OK(sealwire_register(&world->panel, &key));
    key = peer_key(RANDOM_KEY, SEALWIRE_HMAC_SHA256, RANDOM_SECRET, 32);
    key.flags = SEALWIRE_KEY_RANDOM_NONCES;
    key.quota = 4;
    OK(sealwire_register(&world->panel, &key));
    OK(sealwire_public_key(PRIVATE_KEY, 32, public_key, sizeof public_key, &len));
    OK(sealwire_use_portable_verifier(&world->panel));
    key = peer_key(ECDSA_KEY, SEALWIRE_ECDSA_P256, public_key, len);
    OK(sealwire_register(&world->panel, &key));
    sealwire_known_module module = {PUMP, 3, 4};
    OK(sealwire_register_module(&world->panel, &module));
}

static inline void begin(struct world *world)
{
    memset(world, 0, sizeof *world);
    sealwire_validator_config to = validator_config(world);
    OK(sealwire_validator_init(&world->panel, sizeof world->panel, &to));
    register_all(world);
    sealwire_sealer_config from = sealer_config(HMAC_KEY);
    OK(sealwire_sealer_init_hmac(&world->pump, sizeof world->pump, &from, SEALWIRE_HMAC_SHA256,
                                 SECRET, 32));
    OK(sealwire_signer_init(&world->signer, sizeof world->signer, PRIVATE_KEY, 32));
    world->demand.level = SEALWIRE_LEVEL_HMAC;
    world->demand.context = PRESSURE;
    world->demand.policy = SEALWIRE_ANY_PEER;
}

static inline void end(struct world *world)
{
    OK(sealwire_sealer_destroy(&world->pump));
    OK(sealwire_signer_destroy(&world->signer));
    OK(sealwire_validator_destroy(&world->panel));
}

/* A frame of `key_id`'s kind around "4.2 bar"; returns its length. */
static inline size_t sealed_by(struct world *world, uint32_t key_id, uint8_t *out, size_t cap)
{
    static const struct {
        const uint8_t *secret;
        uint8_t algorithm;
    } kinds[] = {
        {0},
        {SECRET, SEALWIRE_HMAC_SHA256},
        {SHORT_SECRET, SEALWIRE_HMAC_SHA256_128},
        {NULL, SEALWIRE_ECDSA_P256},
        {GROUP_SECRET, SEALWIRE_HMAC_SHA256},
        {COUNTER_SECRET, SEALWIRE_HMAC_SHA256},
        {RANDOM_SECRET, SEALWIRE_HMAC_SHA256},
    };
    sealwire_sealer sealer;
    memset(&sealer, 0, sizeof sealer);
    sealwire_sealer_config config = sealer_config(key_id);
    size_t len = 0;
    if (key_id == ECDSA_KEY)
        OK(sealwire_sealer_init_ecdsa(&sealer, sizeof sealer, &config, &world->signer));
    else
        OK(sealwire_sealer_init_hmac(&sealer, sizeof sealer, &config, kinds[key_id].algorithm,
                                     kinds[key_id].secret, 32));
    if (key_id == RANDOM_KEY)
        OK(sealwire_seal_with_nonce(&sealer, 0x123456789abcdef0, BYTES("4.2 bar"), &PRESSURE, NOW,
                                    out, cap, &len, NULL));
    else
        OK(sealwire_seal(&sealer, BYTES("4.2 bar"), &PRESSURE, NOW, out, cap, &len, NULL));
    OK(sealwire_sealer_destroy(&sealer));
    return len;
}

#endif
