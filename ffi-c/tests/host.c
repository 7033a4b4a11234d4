/* Level 5 with the host's engine and with the portable one, each checking the other's frames.
 * The argument says how the library was built: host or portable. */
#include "world.h"

static sealwire_slot slots[2][2];

static void panel_of(sealwire_validator *panel, sealwire_slot *its_slots, int host)
{
    struct world unused;
    sealwire_validator_config config = validator_config(&unused);
    sealwire_peer_key key;
    sealwire_signer signer;
    uint8_t public_key[SEALWIRE_PUBLIC_KEY_SIZE];
    size_t len;
    config.slots = its_slots;
    config.slots_size = sizeof slots[0];
    config.nonces = NULL;
    config.nonces_size = 0;
    OK(sealwire_validator_init(panel, sizeof *panel, &config));
    OK(host ? sealwire_use_host_verifier(panel) : sealwire_use_portable_verifier(panel));
    OK(sealwire_signer_init(&signer, sizeof signer, PRIVATE_KEY, 32));
    OK(sealwire_signer_public_key(&signer, public_key, sizeof public_key, &len));
    key = peer_key(ECDSA_KEY, SEALWIRE_ECDSA_P256, public_key, len);
    OK(sealwire_register(panel, &key));
    OK(sealwire_signer_destroy(&signer));
}

static void exchange(sealwire_signer *signer)
{
    sealwire_sealer_config config = sealer_config(ECDSA_KEY);
    sealwire_sealer pump;
    sealwire_validator panel;
    sealwire_requirement demand = {0};
    sealwire_result result;
    uint8_t frame[256];
    size_t len, i;
    int host;
    demand.level = SEALWIRE_LEVEL_DIGITAL_SIGNATURE;
    demand.context = PRESSURE;
    demand.policy = SEALWIRE_ANY_PEER;
    OK(sealwire_sealer_init_ecdsa(&pump, sizeof pump, &config, signer));
    for (host = 0; host < 2; host++) {
        memset(slots, 0, sizeof slots);
        panel_of(&panel, slots[host], host);
        for (i = 0; i < 20; i++) {
            OK(sealwire_seal(&pump, BYTES("4.2 bar"), &PRESSURE, NOW, frame, sizeof frame, &len,
                             NULL));
            frame[len - 1 - i] ^= 1;
            CHECK(sealwire_validate(&panel, frame, len, &demand, NOW, &result) != SEALWIRE_OK);
            frame[len - 1 - i] ^= 1;
            OK(sealwire_validate(&panel, frame, len, &demand, NOW, &result));
            CHECK(SEALWIRE_ACCEPTED(&result));
        }
        OK(sealwire_validator_destroy(&panel));
    }
    OK(sealwire_sealer_destroy(&pump));
}

/* Both engines make the same keys, agree crosswise, and take no point that is none. */
static void agreement(void)
{
    const sealwire_agree_engine *engines[2] = {SEALWIRE_PORTABLE_AGREEMENT,
                                               SEALWIRE_HOST_AGREEMENT};
    uint8_t seed[32] = {0}, other[32] = {0}, xy[64], same[64], peer[64], shared[32], theirs[32];
    int i, k;
    for (i = 1; i < 20; i++) {
        seed[31] = (uint8_t)i;
        other[0] = other[31] = (uint8_t)(i + 40);
        CHECK(engines[0]->generate(NULL, seed, xy) == SEALWIRE_ENGINE_YES);
        CHECK(engines[1]->generate(NULL, seed, same) == SEALWIRE_ENGINE_YES);
        CHECK(memcmp(xy, same, sizeof xy) == 0);
        CHECK(engines[i % 2]->generate(NULL, other, peer) == SEALWIRE_ENGINE_YES);
        for (k = 0; k < 2; k++) {
            CHECK(engines[k]->agree(NULL, seed, peer, shared) == SEALWIRE_ENGINE_YES);
            CHECK(engines[1 - k]->agree(NULL, other, xy, theirs) == SEALWIRE_ENGINE_YES);
            CHECK(memcmp(shared, theirs, sizeof shared) == 0);
            peer[i] ^= 1;
            CHECK(engines[k]->agree(NULL, seed, peer, shared) == SEALWIRE_ENGINE_NO);
            peer[i] ^= 1;
        }
    }
    memset(seed, 0, sizeof seed);
    for (k = 0; k < 2; k++) {
        CHECK(engines[k]->generate(NULL, seed, xy) == SEALWIRE_ENGINE_NO);
        memset(seed, 0xff, sizeof seed);
        CHECK(engines[k]->generate(NULL, seed, xy) == SEALWIRE_ENGINE_NO);
        memset(seed, 0, sizeof seed);
    }
}

int main(int count, char **words)
{
    sealwire_signer signer;
    int portable = count > 1 && strcmp(words[1], "portable") == 0;
    printf("computes with %s\n", sealwire_host_engine_name());
    agreement();
    OK(sealwire_signer_init(&signer, sizeof signer, PRIVATE_KEY, 32));
    exchange(&signer);
    OK(sealwire_signer_destroy(&signer));
    if (portable) {
        STATUS(NO_ENGINE, sealwire_signer_init_host(&signer, sizeof signer, PRIVATE_KEY, 32));
    } else {
        OK(sealwire_signer_init_host(&signer, sizeof signer, PRIVATE_KEY, 32));
        exchange(&signer);
        OK(sealwire_signer_destroy(&signer));
        STATUS(KEY_LENGTH, sealwire_signer_init_host(&signer, sizeof signer, PRIVATE_KEY, 31));
        STATUS(KEY_INVALID,
               sealwire_signer_init_host(&signer, sizeof signer, (uint8_t[32]){0}, 32));
        STATUS(OBJECT_SIZE, sealwire_signer_init_host(&signer, 8, PRIVATE_KEY, 32));
    }
    STATUS(NULL_POINTER, sealwire_signer_init_host(&signer, sizeof signer, NULL, 32));
    STATUS(NULL_POINTER, sealwire_use_host_verifier(NULL));
    return report();
}
