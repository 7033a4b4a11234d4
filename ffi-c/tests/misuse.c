/* Wrong calls, function by function: each is refused with its own code, nothing is written to the
 * output, no state changes, and what was wrong stays dead. */
#include "world.h"

#include <stdlib.h>

#define ABSURD ((size_t)-1 / 2 + 1)

static struct world world;
static uint8_t frame[256], out[256];
static size_t frame_len;

/* Whether `out` and `len` are as they were set before the call. */
static size_t len;
static void fresh_output(void)
{
    memset(out, 0xee, sizeof out);
    len = 4711;
}
static int untouched(void)
{
    for (size_t i = 0; i < sizeof out; i++)
        if (out[i] != 0xee)
            return 0;
    return len == 4711;
}
#define REFUSED(error, call)                                                                       \
    do {                                                                                           \
        fresh_output();                                                                            \
        STATUS(error, call);                                                                       \
        CHECK(untouched());                                                                        \
    } while (0)

static sealwire_result poisoned(void)
{
    sealwire_result result;
    memset(&result, 0xa5, sizeof result);
    return result;
}

/* What a refused call left in a result: nothing that passes the gate, no pointer. */
#define REFUSED_RESULT(error, call)                                                                \
    do {                                                                                           \
        result = poisoned();                                                                       \
        STATUS(error, call);                                                                       \
        CHECK(!SEALWIRE_ACCEPTED(&result) && result.payload == NULL && result.tag == NULL);        \
        CHECK(result.status == SEALWIRE_ERR_##error);                                              \
    } while (0)

static void gates_that_must_stay_shut(void)
{
    sealwire_result result;
    memset(&result, 0, sizeof result);
    CHECK(!SEALWIRE_ACCEPTED(&result));
    memset(&result, 0xff, sizeof result);
    CHECK(!SEALWIRE_ACCEPTED(&result));
    result = poisoned();
    CHECK(!SEALWIRE_ACCEPTED(&result));
    result.status = SEALWIRE_OK;
    CHECK(!SEALWIRE_ACCEPTED(&result));
    memset(&result, 0, sizeof result);
    result.accept_check = SEALWIRE_ACCEPT_PATTERN; /* accept is still 0 */
    CHECK(!SEALWIRE_ACCEPTED(&result));
}

static void ids(void)
{
    sealwire_id id = PUMP;
    char *text = (char *)out;
    REFUSED(NULL_POINTER, sealwire_id_parse(NULL, 36, &id));
    REFUSED(NULL_POINTER, sealwire_id_parse("70756d70-2d30-3030-3030-302d30303031", 36, NULL));
    REFUSED(ABSURD_LENGTH, sealwire_id_parse("7", ABSURD, &id));
    REFUSED(OVERLAP, sealwire_id_parse((const char *)&id, 16, &id));
    REFUSED(INVALID_ARGUMENT, sealwire_id_parse(NULL, 0, &id));
    REFUSED(INVALID_ID, sealwire_id_parse("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", 36, &id));
    CHECK(memcmp(&id, &PUMP, sizeof id) == 0);
    REFUSED(NULL_POINTER, sealwire_id_format(NULL, text, 37, &len));
    REFUSED(NULL_POINTER, sealwire_id_format(&id, NULL, 37, &len));
    REFUSED(NULL_POINTER, sealwire_id_format(&id, text, 37, NULL));
    REFUSED(ABSURD_LENGTH, sealwire_id_format(&id, text, ABSURD, &len));
    REFUSED(OVERLAP, sealwire_id_format(&id, (char *)&id, 37, &len));
    REFUSED(OVERLAP, sealwire_id_format(&id, (char *)&len, 37, &len));
}

static int32_t zeros(void *user, uint8_t *to, size_t n)
{
    (void)user;
    memset(to, 0, n);
    return 0;
}
static int32_t ones(void *user, uint8_t *to, size_t n)
{
    (void)user;
    memset(to, 1, n);
    return 0;
}
static int32_t broken(void *user, uint8_t *to, size_t n)
{
    (void)user;
    memset(to, 1, n);
    return 5;
}

static void making_keys(void)
{
    const sealwire_entropy good = {NULL, ones}, bad = {NULL, broken}, dull = {NULL, zeros};
    const sealwire_entropy none = {NULL, NULL};
    static const uint8_t zero_key[32];
    REFUSED(NULL_POINTER, sealwire_generate_secret(NULL, out, 32, &len));
    REFUSED(NULL_POINTER, sealwire_generate_secret(&none, out, 32, &len));
    REFUSED(NULL_POINTER, sealwire_generate_secret(&good, NULL, 32, &len));
    REFUSED(NULL_POINTER, sealwire_generate_secret(&good, out, 32, NULL));
    REFUSED(NO_ENTROPY, sealwire_generate_secret(&bad, out, 32, &len));
    REFUSED(NO_ENTROPY, sealwire_generate_secret(&dull, out, 32, &len));
    STATUS(BUFFER_TOO_SMALL, sealwire_generate_secret(&good, out, 31, &len));
    CHECK(len == 32 && out[0] == 0xee);
    REFUSED(NO_ENTROPY, sealwire_generate_private_key(&bad, out, 32, &len));
    REFUSED(NO_ENTROPY, sealwire_generate_private_key(&dull, out, 32, &len));
    REFUSED(NULL_POINTER, sealwire_generate_private_key(&none, out, 32, &len));
    STATUS(BUFFER_TOO_SMALL, sealwire_generate_private_key(&good, NULL, 0, &len));
    CHECK(len == 32);
    REFUSED(NULL_POINTER, sealwire_public_key(NULL, 32, out, 64, &len));
    REFUSED(KEY_LENGTH, sealwire_public_key(PRIVATE_KEY, 31, out, 64, &len));
    REFUSED(KEY_INVALID, sealwire_public_key(zero_key, 32, out, 64, &len));
    uint8_t order[32];
    memset(order, 0xff, sizeof order);
    REFUSED(KEY_INVALID, sealwire_public_key(order, 32, out, 64, &len));
    REFUSED(OVERLAP, sealwire_public_key(out + 10, 32, out, 64, &len));
    STATUS(BUFFER_TOO_SMALL, sealwire_public_key(PRIVATE_KEY, 32, out, 63, &len));
    CHECK(len == 64);
    OK(sealwire_generate_secret(&good, out, sizeof out, &len));
    CHECK(len == 32 && out[31] == 1 && out[32] == 0xee);
    STATUS(NULL_POINTER, sealwire_wipe(NULL, 1));
    STATUS(ABSURD_LENGTH, sealwire_wipe(out, ABSURD));
    OK(sealwire_wipe(NULL, 0));
    OK(sealwire_wipe(out, 32));
    CHECK(out[31] == 0 && out[32] == 0xee);
}

static int32_t no_key(void *user, uint8_t *xy)
{
    (void)user;
    (void)xy;
    return SEALWIRE_OK; /* which is not yes */
}
static int32_t signs(void *user, const sealwire_bytes *parts, size_t n, uint8_t *signature)
{
    (void)user;
    (void)parts;
    (void)n;
    memset(signature, 0, 64); /* out of range */
    return SEALWIRE_ENGINE_YES;
}
static int32_t has_key(void *user, uint8_t *xy)
{
    (void)user;
    memset(xy, 1, 64);
    return SEALWIRE_ENGINE_YES;
}

static void signers(void)
{
    sealwire_signer signer, copy;
    const sealwire_sign_engine dumb = {NULL, no_key, signs}, half = {NULL, has_key, NULL};
    const sealwire_sign_engine wrong = {NULL, has_key, signs};
    const sealwire_entropy none = {NULL, NULL};
    uint8_t *skewed = (uint8_t *)&copy + 1;
    memset(&signer, 0xa5, sizeof signer);
    REFUSED(NOT_INITIALISED, sealwire_signer_public_key(&signer, out, 64, &len));
    STATUS(NOT_INITIALISED, sealwire_signer_destroy(&signer));
    STATUS(NULL_POINTER, sealwire_signer_destroy(NULL));
    STATUS(NULL_POINTER, sealwire_signer_init(NULL, sizeof signer, PRIVATE_KEY, 32));
    STATUS(NULL_POINTER, sealwire_signer_init(&signer, sizeof signer, NULL, 32));
    STATUS(OBJECT_SIZE, sealwire_signer_init(&signer, sizeof signer - 1, PRIVATE_KEY, 32));
    STATUS(OBJECT_SIZE,
           sealwire_signer_init((sealwire_signer *)(void *)skewed, sizeof signer, PRIVATE_KEY, 32));
    STATUS(KEY_LENGTH, sealwire_signer_init(&signer, sizeof signer, PRIVATE_KEY, 33));
    STATUS(ABSURD_LENGTH, sealwire_signer_init(&signer, sizeof signer, PRIVATE_KEY, ABSURD));
    STATUS(OVERLAP, sealwire_signer_init(&signer, sizeof signer, (const uint8_t *)&signer + 8, 32));
    STATUS(NULL_POINTER,
           sealwire_signer_init_hedged(&signer, sizeof signer, PRIVATE_KEY, 32, NULL));
    STATUS(NULL_POINTER,
           sealwire_signer_init_hedged(&signer, sizeof signer, PRIVATE_KEY, 32, &none));
    STATUS(NULL_POINTER, sealwire_signer_init_external(&signer, sizeof signer, NULL));
    STATUS(NULL_POINTER, sealwire_signer_init_external(&signer, sizeof signer, &half));
    STATUS(ENGINE_FAILED, sealwire_signer_init_external(&signer, sizeof signer, &dumb));
    REFUSED(NOT_INITIALISED, sealwire_signer_public_key(&signer, out, 64, &len));

    OK(sealwire_signer_init(&signer, sizeof signer, PRIVATE_KEY, 32));
    memcpy(&copy, &signer, sizeof copy);
    REFUSED(NOT_INITIALISED, sealwire_signer_public_key(&copy, out, 64, &len));
    REFUSED(NULL_POINTER, sealwire_signer_public_key(&signer, NULL, 64, &len));
    REFUSED(NULL_POINTER, sealwire_signer_public_key(NULL, out, 64, &len));
    REFUSED(OVERLAP, sealwire_signer_public_key(&signer, (uint8_t *)&signer, 64, &len));
    STATUS(BUFFER_TOO_SMALL, sealwire_signer_public_key(&signer, out, 0, &len));
    CHECK(len == 64);

    /* A sealer whose signer is gone, or gives rubbish, seals nothing. */
    sealwire_sealer sealer;
    sealwire_sealer_config config = sealer_config(ECDSA_KEY);
    memset(&sealer, 0, sizeof sealer);
    STATUS(NOT_INITIALISED, sealwire_sealer_init_ecdsa(&sealer, sizeof sealer, &config, &copy));
    STATUS(NULL_POINTER, sealwire_sealer_init_ecdsa(&sealer, sizeof sealer, &config, NULL));
    OK(sealwire_sealer_init_ecdsa(&sealer, sizeof sealer, &config, &signer));
    OK(sealwire_signer_destroy(&signer));
    REFUSED(NOT_INITIALISED,
            sealwire_seal(&sealer, BYTES("x"), &PRESSURE, NOW, out, sizeof out, &len, NULL));
    OK(sealwire_signer_init_external(&signer, sizeof signer, &wrong));
    REFUSED(ENGINE_FAILED,
            sealwire_seal(&sealer, BYTES("x"), &PRESSURE, NOW, out, sizeof out, &len, NULL));
    OK(sealwire_sealer_destroy(&sealer));
    OK(sealwire_signer_destroy(&signer));
    CHECK(sealer.opaque[5] == 0 && signer.opaque[3] == 0);
}

static void sealers_that_must_not_be(void)
{
    static const uint8_t zero_secret[32];
    sealwire_sealer sealer;
    sealwire_sealer_config good = sealer_config(HMAC_KEY), config;
    sealwire_nonce_start start = {SEALWIRE_NONCE_FRESH, 0, 0}, bad_start = {0, 0, 0};
    sealwire_id zero_id = {{0}};
    memset(&sealer, 0xa5, sizeof sealer);
#define INIT(error)                                                                                \
    STATUS(error, sealwire_sealer_init_hmac(&sealer, sizeof sealer, &config, SEALWIRE_HMAC_SHA256, \
                                            SECRET, 32))
    config = good;
    STATUS(NULL_POINTER, sealwire_sealer_init_hmac(NULL, sizeof sealer, &good, 1, SECRET, 32));
    STATUS(NULL_POINTER, sealwire_sealer_init_hmac(&sealer, sizeof sealer, NULL, 1, SECRET, 32));
    STATUS(NULL_POINTER, sealwire_sealer_init_hmac(&sealer, sizeof sealer, &good, 1, NULL, 32));
    STATUS(OBJECT_SIZE, sealwire_sealer_init_hmac(&sealer, 8, &good, 1, SECRET, 32));
    STATUS(KEY_LENGTH, sealwire_sealer_init_hmac(&sealer, sizeof sealer, &good, 1, SECRET, 16));
    STATUS(KEY_LENGTH, sealwire_sealer_init_hmac(&sealer, sizeof sealer, &good, 1, NULL, 0));
    STATUS(KEY_INVALID,
           sealwire_sealer_init_hmac(&sealer, sizeof sealer, &good, 1, zero_secret, 32));
    STATUS(INVALID_ARGUMENT,
           sealwire_sealer_init_hmac(&sealer, sizeof sealer, &good, 3, SECRET, 32));
    STATUS(ABSURD_LENGTH,
           sealwire_sealer_init_hmac(&sealer, sizeof sealer, &good, 1, SECRET, ABSURD));
    STATUS(OVERLAP, sealwire_sealer_init_hmac(&sealer, sizeof sealer, &good, 1,
                                              (const uint8_t *)&sealer, 32));
    config.sender = zero_id;
    INIT(INVALID_ID);
    config = good;
    config.audience = config.sender;
    INIT(INVALID_ID);
    config = good;
    config.audience_kind = 0;
    INIT(INVALID_ARGUMENT);
    config = good;
    config.counter_only = 2;
    INIT(INVALID_ARGUMENT);
    config = good;
    config.start.kind = 0;
    INIT(INVALID_NONCE_START);
    config.start.kind = SEALWIRE_NONCE_FRESH;
    config.start.from = 1;
    INIT(INVALID_NONCE_START);
    config.start.kind = SEALWIRE_NONCE_RESERVED;
    config.start.from = 9;
    config.start.until = 9;
    INIT(INVALID_NONCE_START);
    config.start.until = (UINT64_C(1) << 63) + 1;
    INIT(INVALID_NONCE_START);
    config.start.kind = SEALWIRE_NONCE_FROM_CLOCK;
    config.start.until = 0;
    config.start.from = UINT64_C(1) << 63;
    INIT(TIMESTAMP_RANGE);
    config = good;
    config.counter_only = 1;
    config.start.kind = SEALWIRE_NONCE_RANDOM;
    INIT(KEY_KIND);
#undef INIT
    STATUS(KEY_KIND, sealwire_sealer_init_unproven(&sealer, sizeof sealer, 4, &PUMP, &start));
    STATUS(INVALID_ARGUMENT,
           sealwire_sealer_init_unproven(&sealer, sizeof sealer, 0, &PUMP, &start));
    STATUS(NULL_POINTER, sealwire_sealer_init_unproven(&sealer, sizeof sealer, 1, NULL, &start));
    STATUS(NULL_POINTER, sealwire_sealer_init_unproven(&sealer, sizeof sealer, 1, &PUMP, NULL));
    STATUS(INVALID_NONCE_START,
           sealwire_sealer_init_unproven(&sealer, sizeof sealer, 1, &PUMP, &bad_start));
    STATUS(INVALID_ID, sealwire_sealer_init_unproven(&sealer, sizeof sealer, 1, &zero_id, &start));
    REFUSED(NOT_INITIALISED,
            sealwire_seal(&sealer, BYTES("x"), &PRESSURE, NOW, out, sizeof out, &len, NULL));
}

static void sealing(void)
{
    sealwire_sealer *pump = &world.pump, copy;
    sealwire_sealed sealed;
    sealwire_context context = PRESSURE;
    uint64_t number = 7, next;
    size_t at = 7;
    begin(&world);
    OK(sealwire_sealer_next_nonce(pump, &next));
#define SEAL(error, ...)                                                                           \
    REFUSED(error, sealwire_seal(__VA_ARGS__));                                                    \
    REFUSED(error, sealwire_seal_detached(__VA_ARGS__))
    SEAL(NULL_POINTER, NULL, BYTES("x"), &PRESSURE, NOW, out, 200, &len, NULL);
    SEAL(NULL_POINTER, pump, NULL, 1, &PRESSURE, NOW, out, 200, &len, NULL);
    SEAL(NULL_POINTER, pump, BYTES("x"), NULL, NOW, out, 200, &len, NULL);
    SEAL(NULL_POINTER, pump, BYTES("x"), &PRESSURE, NOW, NULL, 200, &len, NULL);
    SEAL(NULL_POINTER, pump, BYTES("x"), &PRESSURE, NOW, out, 200, NULL, NULL);
    SEAL(ABSURD_LENGTH, pump, frame, ABSURD, &PRESSURE, NOW, out, 200, &len, NULL);
    SEAL(ABSURD_LENGTH, pump, frame, (size_t)-1, &PRESSURE, NOW, out, 200, &len, NULL);
    SEAL(ABSURD_LENGTH, pump, BYTES("x"), &PRESSURE, NOW, out, ABSURD, &len, NULL);
    SEAL(OVERLAP, pump, out, 10, &PRESSURE, NOW, out, 200, &len, NULL);
    SEAL(OVERLAP, pump, out + 199, 10, &PRESSURE, NOW, out, 200, &len, NULL);
    SEAL(OVERLAP, pump, BYTES("x"), &PRESSURE, NOW, (uint8_t *)pump, 200, &len, NULL);
    SEAL(OVERLAP, pump, (const uint8_t *)pump, 20, &PRESSURE, NOW, out, 200, &len, NULL);
    SEAL(OVERLAP, pump, BYTES("x"), &PRESSURE, NOW, (uint8_t *)&len, 8, &len, NULL);
    SEAL(OVERLAP, pump, BYTES("x"), &PRESSURE, NOW, out, 200, &len,
         (sealwire_sealed *)(void *)pump);
    SEAL(OBJECT_SIZE, pump, BYTES("x"), &PRESSURE, NOW, out, 200, &len,
         (sealwire_sealed *)(void *)((uint8_t *)&sealed + 1));
    SEAL(NO_CLOCK, pump, BYTES("x"), &PRESSURE, SEALWIRE_NO_CLOCK, out, 200, &len, NULL);
    SEAL(TIMESTAMP_RANGE, pump, BYTES("x"), &PRESSURE, UINT64_C(1) << 63, out, 200, &len, NULL);
    context.kind = 0;
    SEAL(INVALID_CONTEXT, pump, BYTES("x"), &context, NOW, out, 200, &len, NULL);
    context.kind = SEALWIRE_RESPONSE;
    SEAL(INVALID_CONTEXT, pump, BYTES("x"), &context, NOW, out, 200, &len, NULL);
    context.kind = SEALWIRE_TOPIC;
    context.request_tag = frame;
    context.request_tag_len = 16;
    SEAL(INVALID_CONTEXT, pump, BYTES("x"), &context, NOW, out, 200, &len, NULL);
    context = PRESSURE;
    context.name = NULL;
    SEAL(NULL_POINTER, pump, BYTES("x"), &context, NOW, out, 200, &len, NULL);
    context.name = frame;
    context.name_len = 256;
    SEAL(INVALID_CONTEXT, pump, BYTES("x"), &context, NOW, out, 200, &len, NULL);
    context.name_len = ABSURD;
    SEAL(ABSURD_LENGTH, pump, BYTES("x"), &context, NOW, out, 200, &len, NULL);
#undef SEAL
    /* 2^28 bytes that are nowhere: refused by their number. Nothing reads them. */
    if (sizeof(size_t) > 4) {
        uint8_t *large = calloc(1, (size_t)SEALWIRE_MAX_PAYLOAD + 1);
        CHECK(large != NULL);
        if (large != NULL)
            REFUSED(PAYLOAD_TOO_LONG, sealwire_seal(pump, large, (size_t)SEALWIRE_MAX_PAYLOAD + 1,
                                                    &PRESSURE, NOW, out, 200, &len, NULL));
        free(large);
    }
    REFUSED(PAYLOAD_TOO_LONG,
            sealwire_frame_len(pump, (size_t)SEALWIRE_MAX_PAYLOAD + 1, NOW, &len));
    REFUSED(NULL_POINTER, sealwire_frame_len(pump, 1, NOW, NULL));
    REFUSED(NO_CLOCK, sealwire_detached_len(pump, 1, SEALWIRE_NO_CLOCK, &len));
    REFUSED(OVERLAP, sealwire_frame_len(pump, 1, NOW, (size_t *)(void *)pump));
    REFUSED(INVALID_NONCE_START,
            sealwire_seal_with_nonce(pump, 1, BYTES("x"), &PRESSURE, NOW, out, 200, &len, NULL));
    REFUSED(NULL_POINTER,
            sealwire_seal_in_place(pump, NULL, 200, 50, 1, &PRESSURE, NOW, &at, &len, NULL));
    REFUSED(NULL_POINTER,
            sealwire_seal_in_place(pump, out, 200, 50, 1, &PRESSURE, NOW, NULL, &len, NULL));
    REFUSED(ABSURD_LENGTH, sealwire_seal_in_place(pump, out, 200, 50, (size_t)-1, &PRESSURE, NOW,
                                                  &at, &len, NULL));
    REFUSED(INVALID_ARGUMENT,
            sealwire_seal_in_place(pump, out, 200, 150, 100, &PRESSURE, NOW, &at, &len, NULL));
    REFUSED(OVERLAP, sealwire_seal_in_place(pump, (uint8_t *)pump, 200, 50, 1, &PRESSURE, NOW, &at,
                                            &len, NULL));
    CHECK(at == 7);
    memcpy(&copy, pump, sizeof copy);
    REFUSED(NOT_INITIALISED,
            sealwire_seal(&copy, BYTES("x"), &PRESSURE, NOW, out, 200, &len, NULL));
    STATUS(NOT_INITIALISED, sealwire_sealer_next_nonce(&copy, &number));
    STATUS(NOT_INITIALISED, sealwire_sealer_nonces_left(&copy, &number));
    STATUS(NOT_INITIALISED, sealwire_sealer_extend(&copy, 9));
    STATUS(NOT_INITIALISED, sealwire_sealer_destroy(&copy));
    STATUS(NULL_POINTER, sealwire_sealer_next_nonce(pump, NULL));
    STATUS(NULL_POINTER, sealwire_sealer_extend(NULL, 9));
    STATUS(INVALID_NONCE_START, sealwire_sealer_extend(pump, UINT64_MAX));
    CHECK(number == 7);
    OK(sealwire_sealer_next_nonce(pump, &number));
    CHECK(number == next); /* nothing of all that moved the counter */
    end(&world);
    STATUS(NOT_INITIALISED, sealwire_sealer_destroy(&world.pump));
    for (size_t i = 0; i < sizeof world.pump.opaque / 8; i++)
        CHECK(world.pump.opaque[i] == 0);
}

static void validators_that_must_not_be(void)
{
    sealwire_validator_config good, config;
    memset(&world, 0xa5, sizeof world);
    good = validator_config(&world);
    sealwire_validator *panel = &world.panel;
#define INIT(error) STATUS(error, sealwire_validator_init(panel, sizeof *panel, &config))
    config = good;
    STATUS(NULL_POINTER, sealwire_validator_init(NULL, sizeof *panel, &good));
    STATUS(NULL_POINTER, sealwire_validator_init(panel, sizeof *panel, NULL));
    STATUS(OBJECT_SIZE, sealwire_validator_init(panel, sizeof *panel - 8, &good));
    config.own.bytes[0] = 0;
    memset(&config.own, 0, sizeof config.own);
    INIT(INVALID_ID);
    config = good;
    config.past = 0;
    INIT(INVALID_LIMITS);
    config.past = UINT64_C(86400000001);
    INIT(INVALID_LIMITS);
    config = good;
    config.future = UINT64_MAX;
    INIT(INVALID_LIMITS);
    config = good;
    config.restart.kind = 0;
    INIT(INVALID_ARGUMENT);
    config.restart.kind = 4;
    INIT(INVALID_ARGUMENT);
    config.restart.kind = SEALWIRE_RESTART_FRESH_KEYS;
    config.restart.now = 5;
    INIT(INVALID_ARGUMENT);
    config.restart.kind = SEALWIRE_RESTART_NOT_BEFORE;
    config.restart.now = SEALWIRE_NO_CLOCK;
    INIT(TIMESTAMP_RANGE);
    config = good;
    config.restart.kind = SEALWIRE_RESTART_SAVED;
    INIT(INVALID_STATE);
    config.restart.saved_len = 10;
    INIT(NULL_POINTER);
    config.restart.saved = (const uint8_t *)world.slots;
    INIT(OVERLAP);
    config.restart.saved = frame;
    config.restart.saved_len = ABSURD;
    INIT(ABSURD_LENGTH);
    config = good;
    config.slots = NULL;
    INIT(NULL_POINTER);
    config.slots_size = 0;
    config.slots_size = sizeof world.slots - 1;
    config.slots = world.slots;
    INIT(OBJECT_SIZE);
    config.slots = (sealwire_slot *)(void *)((uint8_t *)world.slots + 4);
    config.slots_size = SEALWIRE_SLOT_SIZE;
    INIT(OBJECT_SIZE);
    config.slots = world.slots;
    config.slots_size = (size_t)-1 / SEALWIRE_SLOT_SIZE * SEALWIRE_SLOT_SIZE;
    INIT(ABSURD_LENGTH);
    config = good;
    config.nonces = (sealwire_nonce_entry *)(void *)world.slots;
    INIT(OVERLAP);
    config = good;
    config.nonces_size = 17;
    INIT(OBJECT_SIZE);
    config = good;
    config.slots = (sealwire_slot *)(void *)panel;
    config.slots_size = SEALWIRE_SLOT_SIZE;
    INIT(OVERLAP);
#undef INIT
    REFUSED(NOT_INITIALISED, sealwire_save(panel, out, sizeof out, &len));
    STATUS(NOT_INITIALISED, sealwire_validator_destroy(panel));
    STATUS(NULL_POINTER, sealwire_validator_destroy(NULL));
}

static void registering(void)
{
    static const uint8_t zero_secret[32], other_secret[32] = {99};
    sealwire_peer_key good, key;
    sealwire_known_module module = {PANEL, 0, 0};
    uint8_t point[65] = {4, 1, 2, 3};
    begin(&world);
    sealwire_validator *panel = &world.panel;
    good = peer_key(100, SEALWIRE_HMAC_SHA256, other_secret, 32);
#define REGISTER(error) STATUS(error, sealwire_register(panel, &key))
    STATUS(NULL_POINTER, sealwire_register(NULL, &good));
    STATUS(NULL_POINTER, sealwire_register(panel, NULL));
    STATUS(OVERLAP, sealwire_register(panel, (const sealwire_peer_key *)(const void *)panel));
    key = good;
    key.key = NULL;
    REGISTER(NULL_POINTER);
    key.key = (const uint8_t *)panel;
    REGISTER(OVERLAP);
    key.key_len = ABSURD;
    REGISTER(ABSURD_LENGTH);
    key = good;
    key.key_len = 31;
    REGISTER(KEY_LENGTH);
    key = good;
    key.key = zero_secret;
    REGISTER(KEY_INVALID);
    key = good;
    key.algorithm = 0;
    REGISTER(INVALID_ARGUMENT);
    key.algorithm = 5;
    REGISTER(INVALID_ARGUMENT);
    key.algorithm = SEALWIRE_ECDSA_P256;
    REGISTER(KEY_LENGTH);
    key.key = point;
    key.key_len = 65;
    REGISTER(KEY_INVALID); /* no point of the curve */
    point[0] = 2;
    REGISTER(KEY_INVALID); /* compressed */
    key = good;
    key.key_id = HMAC_KEY;
    REGISTER(DUPLICATE_KEY_ID);
    key = good;
    key.key = SECRET;
    REGISTER(DUPLICATE_KEY);
    key = good;
    key.sender = PANEL;
    REGISTER(INVALID_ID);
    memset(&key.sender, 0, sizeof key.sender);
    REGISTER(INVALID_ID);
    key = good;
    key.flags = 0x80;
    REGISTER(INVALID_ARGUMENT);
    key.flags = 0;
    key.expires = NOW; /* without its flag */
    REGISTER(INVALID_ARGUMENT);
    key.flags = SEALWIRE_KEY_EXPIRES;
    key.expires = SEALWIRE_NO_CLOCK;
    REGISTER(TIMESTAMP_RANGE);
    key = good;
    key.group = GROUP;
    REGISTER(INVALID_ARGUMENT);
    key = good;
    key.quota = 4;
    REGISTER(INVALID_ARGUMENT);
    key.flags = SEALWIRE_KEY_RANDOM_NONCES | SEALWIRE_KEY_COUNTER_ONLY;
    REGISTER(INVALID_ARGUMENT);
    key.flags = SEALWIRE_KEY_RANDOM_NONCES;
    key.quota = 1000;
    REGISTER(NONCE_QUOTA);
    key = good;
    OK(sealwire_register(panel, &key));
    key.key_id = 101;
    key.key = point; /* some 32 bytes */
    key.key_len = 32;
    REGISTER(TABLE_FULL);
#undef REGISTER
    STATUS(UNKNOWN_KEY, sealwire_rollover(panel, 999, &good, NOW));
    STATUS(TIMESTAMP_RANGE, sealwire_rollover(panel, HMAC_KEY, &good, SEALWIRE_NO_CLOCK));
    STATUS(NULL_POINTER, sealwire_rollover(panel, HMAC_KEY, NULL, NOW));
    STATUS(NULL_POINTER, sealwire_revoke(NULL, 1));
    STATUS(NULL_POINTER, sealwire_remove(NULL, 1));
    STATUS(INVALID_ID, sealwire_register_module(panel, &module));
    module.id = PUMP;
    STATUS(DUPLICATE_KEY_ID, sealwire_register_module(panel, &module));
    STATUS(NULL_POINTER, sealwire_register_module(panel, NULL));
    STATUS(NULL_POINTER, sealwire_remove_module(panel, NULL));
    STATUS(UNKNOWN_SENDER, sealwire_remove_module(panel, &GROUP));
    end(&world);

    /* Without an engine it isn't the key's fault. */
    memset(&world, 0, sizeof world);
    sealwire_validator_config config = validator_config(&world);
    OK(sealwire_validator_init(panel, sizeof *panel, &config));
    uint8_t xy[64];
    OK(sealwire_public_key(PRIVATE_KEY, 32, xy, 64, &len));
    key = peer_key(ECDSA_KEY, SEALWIRE_ECDSA_P256, xy, 64);
    STATUS(NO_ENGINE, sealwire_register(panel, &key));
    key = good;
    key.key = zero_secret;
    STATUS(KEY_INVALID, sealwire_register(panel, &key));
    const sealwire_verify_engine none = {NULL, NULL, NULL};
    STATUS(NULL_POINTER, sealwire_use_verify_engine(panel, NULL));
    STATUS(NULL_POINTER, sealwire_use_verify_engine(panel, &none));
    STATUS(NULL_POINTER, sealwire_use_portable_verifier(NULL));
    OK(sealwire_validator_destroy(panel));
}

static void validating(void)
{
    sealwire_result result;
    sealwire_validator *panel = &world.panel, copy;
    sealwire_requirement demand, good;
    sealwire_policy policy = {SEALWIRE_POLICY_RULES, NULL, 1};
    sealwire_rule rule = {SEALWIRE_ANY_ROLE, SEALWIRE_ANY_KIND, SEALWIRE_NAME_ANY, NULL, 0};
    uint32_t before, after;
    begin(&world);
    good = world.demand;
    demand = good;
    frame_len = sealed_by(&world, HMAC_KEY, frame, sizeof frame);
    OK(sealwire_audit_refused(panel, SEALWIRE_ERR_TRUNCATED, &before));
#define VALIDATE(error)                                                                            \
    REFUSED_RESULT(error, sealwire_validate(panel, frame, frame_len, &demand, NOW, &result));      \
    REFUSED_RESULT(error,                                                                          \
                   sealwire_validate_detached(panel, frame, 9, frame, 9, &demand, NOW, &result))
    STATUS(NULL_POINTER, sealwire_validate(panel, frame, frame_len, &good, NOW, NULL));
    REFUSED_RESULT(NULL_POINTER, sealwire_validate(NULL, frame, frame_len, &good, NOW, &result));
    REFUSED_RESULT(NULL_POINTER, sealwire_validate(panel, NULL, 5, &good, NOW, &result));
    REFUSED_RESULT(NULL_POINTER, sealwire_validate(panel, frame, frame_len, NULL, NOW, &result));
    REFUSED_RESULT(ABSURD_LENGTH, sealwire_validate(panel, frame, ABSURD, &good, NOW, &result));
    REFUSED_RESULT(ABSURD_LENGTH,
                   sealwire_validate(panel, (const uint8_t *)UINTPTR_MAX, 2, &good, NOW, &result));
    REFUSED_RESULT(TIMESTAMP_RANGE,
                   sealwire_validate(panel, frame, frame_len, &good, UINT64_MAX - 1, &result));
    REFUSED_RESULT(OVERLAP,
                   sealwire_validate(panel, (const uint8_t *)panel, 60, &good, NOW, &result));
    REFUSED_RESULT(OVERLAP,
                   sealwire_validate(panel, (const uint8_t *)&result, 60, &good, NOW, &result));
    STATUS(OVERLAP, sealwire_validate(panel, frame, frame_len, &good, NOW,
                                      (sealwire_result *)(void *)panel));
    REFUSED_RESULT(NULL_POINTER,
                   sealwire_validate_detached(panel, NULL, 5, frame, 9, &good, NOW, &result));
    REFUSED_RESULT(NULL_POINTER,
                   sealwire_validate_detached(panel, frame, 9, NULL, 5, &good, NOW, &result));
    demand.level = 0;
    VALIDATE(INVALID_ARGUMENT);
    demand.level = 6;
    VALIDATE(INVALID_ARGUMENT);
    demand = good;
    demand.exactly = 2;
    VALIDATE(INVALID_ARGUMENT);
    demand = good;
    demand.allow_groups = 0xa5;
    VALIDATE(INVALID_ARGUMENT);
    demand = good;
    demand.context.kind = 5;
    VALIDATE(INVALID_CONTEXT);
    demand = good;
    demand.context.name = NULL;
    VALIDATE(NULL_POINTER);
    demand = good;
    demand.policy = &policy;
    VALIDATE(NULL_POINTER);
    policy.rules = &rule;
    policy.kind = 9;
    VALIDATE(INVALID_ARGUMENT);
    policy.kind = SEALWIRE_POLICY_RULES;
    rule.role = 257;
    VALIDATE(INVALID_ARGUMENT);
    rule.role = SEALWIRE_ANY_ROLE;
    rule.kind = 5;
    VALIDATE(INVALID_ARGUMENT);
    rule.kind = SEALWIRE_ANY_KIND;
    rule.name_match = 3;
    VALIDATE(INVALID_ARGUMENT);
    rule.name_match = SEALWIRE_NAME_ANY;
    rule.name = frame;
    rule.name_len = 1; /* a name that nothing would be compared with */
    VALIDATE(INVALID_ARGUMENT);
    rule.name = NULL;
    VALIDATE(NULL_POINTER);
#undef VALIDATE
    OK(sealwire_audit_refused(panel, SEALWIRE_ERR_TRUNCATED, &after));
    CHECK(before == after); /* misuse is nobody's message */
    memcpy(&copy, panel, sizeof copy);
    REFUSED_RESULT(NOT_INITIALISED,
                   sealwire_validate(&copy, frame, frame_len, &good, NOW, &result));
    STATUS(NOT_INITIALISED, sealwire_validator_destroy(&copy));
    REFUSED_RESULT(NO_CLOCK,
                   sealwire_validate(panel, frame, frame_len, &good, SEALWIRE_NO_CLOCK, &result));

    sealwire_bytes list[2] = {{frame, 5}, {frame, 6}};
    sealwire_result results[2];
    STATUS(NULL_POINTER, sealwire_validate_many(panel, NULL, 2, &good, NOW, results));
    STATUS(NULL_POINTER, sealwire_validate_many(panel, list, 2, &good, NOW, NULL));
    STATUS(NULL_POINTER, sealwire_validate_many(panel, list, 2, NULL, NOW, results));
    STATUS(NULL_POINTER, sealwire_validate_many(NULL, list, 2, &good, NOW, results));
    STATUS(ABSURD_LENGTH, sealwire_validate_many(panel, list, ABSURD, &good, NOW, results));
    STATUS(ABSURD_LENGTH, sealwire_validate_many(panel, list, ABSURD / 8, &good, NOW, results));
    STATUS(OVERLAP, sealwire_validate_many(panel, (const sealwire_bytes *)(const void *)results, 2,
                                           &good, NOW, results));
    memset(results, 0xa5, sizeof results);
    STATUS(TIMESTAMP_RANGE, sealwire_validate_many(panel, list, 2, &good, UINT64_MAX - 1, results));
    CHECK(results[0].payload == NULL && !SEALWIRE_ACCEPTED(&results[1]));

    OK(sealwire_validate(panel, frame, frame_len, &good, NOW, &result));
    CHECK(SEALWIRE_ACCEPTED(&result)); /* after all of that */
    end(&world);
    REFUSED_RESULT(NOT_INITIALISED,
                   sealwire_validate(panel, frame, frame_len, &good, NOW, &result));
    for (size_t i = 0; i < sizeof world.slots / 8; i++) /* 0xffffffff: an expiry of "never" */
        CHECK((((const uint64_t *)(const void *)world.slots)[i] & ~UINT64_C(0xffffffff)) == 0);
}

static void checking(void)
{
    sealwire_checked checked, copy;
    sealwire_result result;
    sealwire_validator *panel = &world.panel;
    begin(&world);
    frame_len = sealed_by(&world, HMAC_KEY, frame, sizeof frame);
    memset(&checked, 0xa5, sizeof checked);
    const size_t size = sizeof checked;
    REFUSED_RESULT(NOT_INITIALISED, sealwire_admit(panel, &checked, &result));
    STATUS(NOT_INITIALISED, sealwire_finish(&checked));
    STATUS(NULL_POINTER, sealwire_finish(NULL));
#define CHECK_CALL(error, panel, frame, frame_len, demand, now, checked, size)                     \
    STATUS(error, sealwire_check(panel, frame, frame_len, demand, now, checked, size));            \
    STATUS(error, sealwire_begin(panel, frame, frame_len, demand, now, checked, size))
    CHECK_CALL(NULL_POINTER, NULL, frame, frame_len, &world.demand, NOW, &checked, size);
    CHECK_CALL(NULL_POINTER, panel, NULL, 1, &world.demand, NOW, &checked, size);
    CHECK_CALL(NULL_POINTER, panel, frame, frame_len, NULL, NOW, &checked, size);
    CHECK_CALL(NULL_POINTER, panel, frame, frame_len, &world.demand, NOW, NULL, size);
    CHECK_CALL(OBJECT_SIZE, panel, frame, frame_len, &world.demand, NOW, &checked, size - 1);
    CHECK_CALL(ABSURD_LENGTH, panel, frame, ABSURD, &world.demand, NOW, &checked, size);
    CHECK_CALL(TIMESTAMP_RANGE, panel, frame, frame_len, &world.demand, UINT64_MAX - 1, &checked,
               size);
    CHECK_CALL(OVERLAP, panel, frame, frame_len, &world.demand, NOW,
               (sealwire_checked *)(void *)panel, size);
#undef CHECK_CALL
    STATUS(OVERLAP, sealwire_check(panel, (const uint8_t *)&checked, 60, &world.demand, NOW,
                                   &checked, size));
    STATUS(NULL_POINTER,
           sealwire_check_detached(panel, NULL, 5, frame, 5, &world.demand, NOW, &checked, size));
    STATUS(NULL_POINTER,
           sealwire_begin_detached(panel, frame, 5, NULL, 5, &world.demand, NOW, &checked, size));
    REFUSED_RESULT(NOT_INITIALISED, sealwire_admit(panel, &checked, &result));

    OK(sealwire_check(panel, frame, frame_len, &world.demand, NOW, &checked, size));
    memcpy(&copy, &checked, sizeof copy);
    REFUSED_RESULT(NOT_INITIALISED, sealwire_admit(panel, &copy, &result));
    STATUS(NULL_POINTER, sealwire_admit(panel, &checked, NULL));
    REFUSED_RESULT(NULL_POINTER, sealwire_admit(NULL, &checked, &result));
    REFUSED_RESULT(NULL_POINTER, sealwire_admit(panel, NULL, &result));
    STATUS(OVERLAP, sealwire_admit(panel, &checked, (sealwire_result *)(void *)&checked));
    STATUS(OVERLAP, sealwire_admit(panel, &checked, (sealwire_result *)(void *)panel));
    OK(sealwire_admit(panel, &checked, &result));
    CHECK(SEALWIRE_ACCEPTED(&result));

    /* A check that fails as misuse takes an earlier one with it. */
    frame_len = sealed_by(&world, SHORT_KEY, frame, sizeof frame);
    OK(sealwire_check(panel, frame, frame_len, &world.demand, NOW, &checked, size));
    STATUS(NULL_POINTER, sealwire_check(panel, NULL, 9, &world.demand, NOW, &checked, size));
    REFUSED_RESULT(NOT_INITIALISED, sealwire_admit(panel, &checked, &result));
    end(&world);
}

static void saving_and_the_audit(void)
{
    sealwire_validator *panel = &world.panel;
    sealwire_event events[8];
    uint32_t count = 7;
    const sealwire_audit_sink none = {NULL, NULL};
    begin(&world);
    REFUSED(NULL_POINTER, sealwire_save(NULL, out, sizeof out, &len));
    REFUSED(NULL_POINTER, sealwire_save(panel, NULL, 2000, &len));
    REFUSED(NULL_POINTER, sealwire_save(panel, out, sizeof out, NULL));
    REFUSED(ABSURD_LENGTH, sealwire_save(panel, out, ABSURD, &len));
    REFUSED(OVERLAP, sealwire_save(panel, (uint8_t *)panel, 1000, &len));
    REFUSED(OVERLAP, sealwire_save(panel, (uint8_t *)world.slots, 1000, &len));
    STATUS(NULL_POINTER, sealwire_saved_len(panel, NULL));
    STATUS(NULL_POINTER, sealwire_set_audit_sink(panel, &none));
    STATUS(NULL_POINTER, sealwire_set_audit_sink(NULL, NULL));
    STATUS(INVALID_ARGUMENT, sealwire_audit_refused(panel, 0, &count));
    STATUS(INVALID_ARGUMENT, sealwire_audit_refused(panel, 70000, &count));
    STATUS(INVALID_ARGUMENT, sealwire_audit_accepted(panel, 0, &count));
    STATUS(NULL_POINTER, sealwire_audit_refused(panel, 601, NULL));
    STATUS(NULL_POINTER, sealwire_audit_accepted(NULL, 4, &count));
    STATUS(OVERLAP, sealwire_audit_accepted(panel, 4, (uint32_t *)(void *)panel));
    CHECK(count == 7);
    REFUSED(INVALID_ARGUMENT, sealwire_audit_events(panel, 0, events, 8, &len));
    REFUSED(NULL_POINTER, sealwire_audit_events(panel, 1, NULL, 8, &len));
    REFUSED(NULL_POINTER, sealwire_audit_events(panel, 1, events, 8, NULL));
    REFUSED(ABSURD_LENGTH, sealwire_audit_events(panel, 1, events, ABSURD / 8, &len));
    STATUS(NULL_POINTER, sealwire_count_lost(NULL, SEALWIRE_ERR_COBS));
    STATUS(INVALID_ARGUMENT, sealwire_count_lost(panel, 0));
    end(&world);
}

static void streams(void)
{
    sealwire_stream stream, copy;
    uint8_t buffer[64];
    const uint8_t *packet = out;
    size_t used = 5, packet_len = 6;
    memset(&stream, 0xa5, sizeof stream);
    STATUS(NOT_INITIALISED, sealwire_stream_push(&stream, frame, 4, &used, &packet, &packet_len));
    STATUS(NULL_POINTER, sealwire_stream_init(NULL, sizeof stream, buffer, 64));
    STATUS(NULL_POINTER, sealwire_stream_init(&stream, sizeof stream, NULL, 64));
    STATUS(OBJECT_SIZE, sealwire_stream_init(&stream, 1, buffer, 64));
    STATUS(ABSURD_LENGTH, sealwire_stream_init(&stream, sizeof stream, buffer, ABSURD));
    STATUS(OVERLAP, sealwire_stream_init(&stream, sizeof stream, (uint8_t *)&stream, 64));
    STATUS(NOT_INITIALISED, sealwire_stream_destroy(&stream));
    OK(sealwire_stream_init(&stream, sizeof stream, buffer, 64));
    memcpy(&copy, &stream, sizeof copy);
    STATUS(NOT_INITIALISED, sealwire_stream_push(&copy, frame, 4, &used, &packet, &packet_len));
    STATUS(NULL_POINTER, sealwire_stream_push(&stream, NULL, 4, &used, &packet, &packet_len));
    STATUS(NULL_POINTER, sealwire_stream_push(&stream, frame, 4, NULL, &packet, &packet_len));
    STATUS(NULL_POINTER, sealwire_stream_push(&stream, frame, 4, &used, NULL, &packet_len));
    STATUS(NULL_POINTER, sealwire_stream_push(&stream, frame, 4, &used, &packet, NULL));
    STATUS(ABSURD_LENGTH,
           sealwire_stream_push(&stream, frame, ABSURD, &used, &packet, &packet_len));
    STATUS(OVERLAP, sealwire_stream_push(&stream, buffer, 4, &used, &packet, &packet_len));
    STATUS(OVERLAP, sealwire_stream_push(&stream, frame, 4, &used, &packet, &used));
    CHECK(used == 5 && packet == out && packet_len == 6);
    OK(sealwire_stream_push(&stream, NULL, 0, &used, &packet, &packet_len));
    CHECK(used == 0 && packet == NULL);
    OK(sealwire_stream_destroy(&stream));
    STATUS(NULL_POINTER, sealwire_stream_reset(NULL));
    REFUSED(NULL_POINTER, sealwire_stream_encode(NULL, 4, out, sizeof out, &len));
    REFUSED(NULL_POINTER, sealwire_stream_encode(frame, 4, NULL, 64, &len));
    REFUSED(NULL_POINTER, sealwire_stream_encode(frame, 4, out, 64, NULL));
    REFUSED(OVERLAP, sealwire_stream_encode(out + 8, 4, out, 64, &len));
    REFUSED(ABSURD_LENGTH, sealwire_stream_encode(frame, ABSURD, out, 64, &len));
    STATUS(BUFFER_TOO_SMALL, sealwire_stream_encode(frame, 4, out, 6, &len));
    CHECK(len == 7 && out[0] == 0xee);
    sealwire_metadata metadata;
    memset(&metadata, 0xa5, sizeof metadata);
    STATUS(NULL_POINTER, sealwire_inspect(NULL, 4, &metadata));
    STATUS(NULL_POINTER, sealwire_inspect(frame, 4, NULL));
    STATUS(ABSURD_LENGTH, sealwire_inspect_front(frame, ABSURD, &metadata));
    STATUS(OVERLAP, sealwire_inspect((const uint8_t *)&metadata, 40, &metadata));
    STATUS(UNKNOWN_VERSION, sealwire_inspect((const uint8_t *)"\xff\xff", 2, &metadata));
    CHECK(metadata.level == 0xa5);
}

int main(void)
{
    gates_that_must_stay_shut();
    ids();
    making_keys();
    signers();
    sealers_that_must_not_be();
    sealing();
    validators_that_must_not_be();
    registering();
    validating();
    checking();
    saving_and_the_audit();
    streams();
    return report();
}
