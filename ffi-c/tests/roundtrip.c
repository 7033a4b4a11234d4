/* Every level, form and rule once through both ends: what is sealed is accepted as it should be,
 * and what is refused says why. */
#include "world.h"

static struct world world;
static uint8_t frame[256];

static sealwire_result accepted(uint32_t key_id)
{
    sealwire_result result;
    size_t len = sealed_by(&world, key_id, frame, sizeof frame);
    OK(sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    CHECK(SEALWIRE_ACCEPTED(&result));
    CHECK(result.payload_len == 7 && memcmp(result.payload, "4.2 bar", 7) == 0);
    CHECK(result.payload >= frame && result.payload < frame + len);
    CHECK(result.key_id == key_id && (result.flags & SEALWIRE_HAS_KEY_ID) != 0);
    CHECK((result.flags & SEALWIRE_HAS_SENDER) != 0);
    CHECK(memcmp(&result.sender, &PUMP, sizeof PUMP) == 0);
    STATUS(REPLAYED, sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    CHECK(!SEALWIRE_ACCEPTED(&result) && result.payload == NULL && result.step == 5);
    return result;
}

static void every_kind_of_key(void)
{
    sealwire_result result;
    begin(&world);
    world.demand.allow_groups = 1;
    accepted(HMAC_KEY);
    accepted(SHORT_KEY);
    accepted(ECDSA_KEY);
    accepted(GROUP_KEY);
    accepted(COUNTER_KEY);
    accepted(RANDOM_KEY);
    world.demand.allow_groups = 0;
    size_t len = sealed_by(&world, GROUP_KEY, frame, sizeof frame);
    STATUS(GROUP_NOT_ALLOWED,
           sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    CHECK(result.status == SEALWIRE_ERR_GROUP_NOT_ALLOWED && result.step == 3);
    end(&world);
}

static void what_a_result_tells(void)
{
    sealwire_result result;
    begin(&world);
    world.demand.allow_groups = 1;
    size_t len = sealed_by(&world, HMAC_KEY, frame, sizeof frame);
    OK(sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    CHECK(result.level == SEALWIRE_LEVEL_HMAC && result.algorithm == SEALWIRE_HMAC_SHA256);
    CHECK(result.role == 7 && result.nonce == 0 && result.timestamp == NOW);
    CHECK((result.flags & SEALWIRE_HAS_TIMESTAMP) != 0 && result.tag_len == 32);
    CHECK(result.tag == frame + len - 32);
    sealwire_result other = result;
    other.accept ^= 1;
    CHECK(!SEALWIRE_ACCEPTED(&other));
    len = sealed_by(&world, GROUP_KEY, frame, sizeof frame);
    OK(sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    CHECK((result.flags & SEALWIRE_HAS_GROUP) != 0);
    CHECK(memcmp(&result.group, &GROUP, sizeof GROUP) == 0);
    len = sealed_by(&world, COUNTER_KEY, frame, sizeof frame);
    OK(sealwire_validate(&world.panel, frame, len, &world.demand, SEALWIRE_NO_CLOCK, &result));
    CHECK((result.flags & SEALWIRE_IS_COUNTER_ONLY) != 0);
    CHECK((result.flags & SEALWIRE_HAS_TIMESTAMP) == 0 && result.timestamp == 0);
    len = sealed_by(&world, ECDSA_KEY, frame, sizeof frame);
    OK(sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    CHECK(result.level == SEALWIRE_LEVEL_DIGITAL_SIGNATURE && result.tag_len == 64);
    CHECK(result.algorithm == SEALWIRE_ECDSA_P256);
    end(&world);
}

static void levels_without_proof(void)
{
    sealwire_sealer sealer;
    sealwire_result result;
    sealwire_nonce_start start = {SEALWIRE_NONCE_FRESH, 0, 0};
    size_t len;
    begin(&world);
    for (uint8_t level = 1; level <= 3; level++) {
        memset(&sealer, 0, sizeof sealer);
        OK(sealwire_sealer_init_unproven(&sealer, sizeof sealer, level, &PUMP, &start));
        uint64_t now = level < 3 ? SEALWIRE_NO_CLOCK : NOW;
        OK(sealwire_seal(&sealer, BYTES("hello"), &PRESSURE, now, frame, sizeof frame, &len, NULL));
        STATUS(LEVEL_TOO_LOW,
               sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
        world.demand.level = level;
        world.demand.exactly = 1;
        OK(sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
        CHECK(SEALWIRE_ACCEPTED(&result) && result.level == level && result.tag_len == 0);
        CHECK(((result.flags & SEALWIRE_HAS_SENDER) != 0) == (level > 1));
        world.demand.level = SEALWIRE_LEVEL_HMAC;
        world.demand.exactly = 0;
        OK(sealwire_sealer_destroy(&sealer));
    }
    world.demand.level = SEALWIRE_LEVEL_NONE;
    world.demand.exactly = 1;
    len = sealed_by(&world, HMAC_KEY, frame, sizeof frame);
    STATUS(LEVEL_NOT_EXACT,
           sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    end(&world);
}

static void detached_and_in_place(void)
{
    static const char text[] = "unchanged";
    uint8_t form[128], buffer[256];
    size_t len, at, needed;
    sealwire_sealed sealed;
    sealwire_result result;
    begin(&world);
    OK(sealwire_seal_detached(&world.pump, BYTES(text), &PRESSURE, NOW, form, sizeof form, &len,
                              &sealed));
    OK(sealwire_validate_detached(&world.panel, form, len, BYTES(text), &world.demand, NOW,
                                  &result));
    CHECK(SEALWIRE_ACCEPTED(&result) && result.payload == (const uint8_t *)text);
    CHECK(sealed.tag_len == 32 && memcmp(sealed.tag, result.tag, 32) == 0);
    CHECK(sealed.nonce == result.nonce);
    STATUS(LENGTH_MISMATCH, sealwire_validate_detached(&world.panel, form, len, BYTES("short"),
                                                       &world.demand, NOW, &result));

    memcpy(buffer + SEALWIRE_MAX_METADATA, text, sizeof text);
    OK(sealwire_frame_len(&world.pump, sizeof text, NOW, &needed));
    OK(sealwire_seal_in_place(&world.pump, buffer, sizeof buffer, SEALWIRE_MAX_METADATA,
                              sizeof text, &PRESSURE, NOW, &at, &len, &sealed));
    CHECK(len == needed && at + len <= sizeof buffer);
    OK(sealwire_validate(&world.panel, buffer + at, len, &world.demand, NOW, &result));
    CHECK(SEALWIRE_ACCEPTED(&result) && result.payload == buffer + SEALWIRE_MAX_METADATA);
    STATUS(BUFFER_TOO_SMALL, sealwire_seal_in_place(&world.pump, buffer, sizeof buffer, 3, 4,
                                                    &PRESSURE, NOW, &at, &len, &sealed));
    OK(sealwire_frame_len(&world.pump, 4, NOW, &needed));
    CHECK(len == needed);
    STATUS(INVALID_ARGUMENT,
           sealwire_seal_in_place(&world.pump, buffer, sizeof buffer, sizeof buffer - 1, 4,
                                  &PRESSURE, NOW, &at, &len, &sealed));
    OK(sealwire_detached_len(&world.pump, 9, NOW, &needed));
    OK(sealwire_seal_detached(&world.pump, BYTES(text), &PRESSURE, NOW, form, needed, &len, NULL));
    CHECK(len == needed);
    end(&world);
}

static void many_as_one_by_one(void)
{
    enum { FRAMES = 6 };
    uint8_t frames[FRAMES][128];
    sealwire_bytes list[FRAMES];
    sealwire_result together[FRAMES], alone;
    struct world single;
    begin(&world);
    begin(&single);
    for (int i = 0; i < FRAMES; i++) {
        OK(sealwire_seal(&world.pump, BYTES("4.2 bar"), &PRESSURE, NOW, frames[i], 128,
                         &list[i].len, NULL));
        list[i].data = frames[i];
    }
    frames[1][30] ^= 1;  /* forged */
    list[3] = list[2];   /* repeated */
    list[4].len -= 1;    /* cut off */
    list[5].data = NULL; /* the program's fault, and of this frame only */
    STATUS(TAG_WRONG,
           sealwire_validate_many(&world.panel, list, FRAMES, &world.demand, NOW, together));
    for (int i = 0; i < FRAMES; i++) {
        int32_t status =
            sealwire_validate(&single.panel, list[i].data, list[i].len, &world.demand, NOW, &alone);
        CHECK(together[i].status == status);
        CHECK(SEALWIRE_ACCEPTED(&together[i]) == SEALWIRE_ACCEPTED(&alone));
        CHECK(memcmp(&together[i], &alone, sizeof alone) == 0);
    }
    CHECK(SEALWIRE_ACCEPTED(&together[0]) && SEALWIRE_ACCEPTED(&together[2]));
    CHECK(together[3].status == SEALWIRE_ERR_REPLAYED);
    CHECK(together[4].status == SEALWIRE_ERR_TRUNCATED);
    CHECK(together[5].status == SEALWIRE_ERR_NULL_POINTER);
    OK(sealwire_validate_many(&world.panel, NULL, 0, &world.demand, NOW, NULL));
    end(&single);
    end(&world);
}

static void policies(void)
{
    const sealwire_rule rules[] = {
        {7, SEALWIRE_REQUEST, SEALWIRE_NAME_ANY, NULL, 0},
        {SEALWIRE_ANY_ROLE, SEALWIRE_TOPIC, SEALWIRE_NAME_PREFIX, BYTES("pump/")},
    };
    sealwire_policy policy = {SEALWIRE_POLICY_RULES, rules, 2};
    sealwire_result result;
    begin(&world);
    world.demand.policy = &policy;
    accepted(HMAC_KEY);
    policy.rules_len = 1;
    size_t len = sealed_by(&world, SHORT_KEY, frame, sizeof frame);
    STATUS(POLICY_REFUSED,
           sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    CHECK(result.step == 8);
    STATUS(REPLAYED, sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    world.demand.policy = NULL;
    len = sealed_by(&world, COUNTER_KEY, frame, sizeof frame);
    STATUS(POLICY_MISSING,
           sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    end(&world);
}

static void check_and_admit(void)
{
    sealwire_checked checked, forged, pending;
    sealwire_result result;
    uint8_t signed_frame[256];
    begin(&world);
    memset(&checked, 0, sizeof checked);
    memset(&forged, 0, sizeof forged);
    memset(&pending, 0, sizeof pending);
    size_t len = sealed_by(&world, HMAC_KEY, frame, sizeof frame);
    OK(sealwire_check(&world.panel, frame, len, &world.demand, NOW, &checked, sizeof checked));
    OK(sealwire_check(&world.panel, frame, len, &world.demand, NOW, &pending, sizeof pending));
    OK(sealwire_admit(&world.panel, &checked, &result));
    CHECK(SEALWIRE_ACCEPTED(&result) && result.payload_len == 7);
    STATUS(NOT_INITIALISED, sealwire_admit(&world.panel, &checked, &result));
    STATUS(REPLAYED, sealwire_admit(&world.panel, &pending, &result));
    CHECK(result.step == 7);

    size_t signed_len = sealed_by(&world, ECDSA_KEY, signed_frame, sizeof signed_frame);
    OK(sealwire_begin(&world.panel, signed_frame, signed_len, &world.demand, NOW, &pending,
                      sizeof pending));
    STATUS(INVALID_ARGUMENT, sealwire_admit(&world.panel, &pending, &result));
    OK(sealwire_finish(&pending));
    OK(sealwire_finish(&pending));
    OK(sealwire_admit(&world.panel, &pending, &result));
    CHECK(SEALWIRE_ACCEPTED(&result) && result.level == SEALWIRE_LEVEL_DIGITAL_SIGNATURE);

    frame[len - 1] ^= 1;
    frame[6] ^= 0; /* nonce and time as they were */
    sealwire_sealer_config config = sealer_config(SHORT_KEY);
    (void)config;
    signed_frame[signed_len - 1] ^= 1;
    size_t next = sealed_by(&world, SHORT_KEY, frame, sizeof frame);
    frame[next - 1] ^= 1;
    STATUS(TAG_WRONG,
           sealwire_check(&world.panel, frame, next, &world.demand, NOW, &forged, sizeof forged));
    uint32_t before, after;
    OK(sealwire_audit_refused(&world.panel, SEALWIRE_ERR_TAG_WRONG, &before));
    STATUS(TAG_WRONG, sealwire_admit(&world.panel, &forged, &result));
    OK(sealwire_audit_refused(&world.panel, SEALWIRE_ERR_TAG_WRONG, &after));
    CHECK(before == 0 && after == 1 && result.step == 6);

    struct world other;
    begin(&other);
    frame[next - 1] ^= 1;
    OK(sealwire_check(&world.panel, frame, next, &world.demand, NOW, &checked, sizeof checked));
    STATUS(INVALID_ARGUMENT, sealwire_admit(&other.panel, &checked, &result));
    OK(sealwire_admit(&world.panel, &checked, &result));
    CHECK(SEALWIRE_ACCEPTED(&result));
    end(&other);
    end(&world);
}

static int32_t count_events(void *user, const sealwire_event *event)
{
    unsigned *count = user;
    *count += 1;
    CHECK(event->status != SEALWIRE_OK && event->step >= 1 && event->step <= 8);
    return 0;
}

static void the_audit(void)
{
    unsigned told = 0;
    const sealwire_audit_sink sink = {&told, count_events};
    sealwire_event events[SEALWIRE_AUDIT_RING];
    sealwire_result result;
    size_t len, n;
    uint32_t count;
    begin(&world);
    OK(sealwire_set_audit_sink(&world.panel, &sink));
    len = sealed_by(&world, HMAC_KEY, frame, sizeof frame);
    OK(sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    CHECK(told == 0);
    for (int i = 0; i < 3; i++)
        STATUS(REPLAYED, sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    CHECK(told == 3);
    OK(sealwire_audit_refused(&world.panel, SEALWIRE_ERR_REPLAYED, &count));
    CHECK(count == 3);
    OK(sealwire_audit_accepted(&world.panel, SEALWIRE_LEVEL_HMAC, &count));
    CHECK(count == 1);
    OK(sealwire_audit_events(&world.panel, SEALWIRE_AUDIT_UNPROVEN, events, SEALWIRE_AUDIT_RING,
                             &n));
    CHECK(n == 1 && events[0].repeats == 3 && events[0].status == SEALWIRE_ERR_REPLAYED);
    CHECK(events[0].flags == SEALWIRE_CLAIMS_KEY && events[0].key_id == HMAC_KEY);
    CHECK(events[0].at == NOW && events[0].level == SEALWIRE_LEVEL_HMAC);
    STATUS(BUFFER_TOO_SMALL,
           sealwire_audit_events(&world.panel, SEALWIRE_AUDIT_UNPROVEN, NULL, 0, &n));
    CHECK(n == 1);
    OK(sealwire_audit_events(&world.panel, SEALWIRE_AUDIT_PROVEN, NULL, 0, &n));
    CHECK(n == 0);
    OK(sealwire_count_lost(&world.panel, SEALWIRE_ERR_COBS));
    STATUS(INVALID_ARGUMENT, sealwire_count_lost(&world.panel, SEALWIRE_ERR_TAG_WRONG));
    OK(sealwire_audit_refused(&world.panel, SEALWIRE_ERR_COBS, &count));
    CHECK(count == 1);
    OK(sealwire_set_audit_sink(&world.panel, NULL));
    STATUS(REPLAYED, sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    CHECK(told == 3);
    end(&world);
}

static void over_a_restart(void)
{
    uint8_t state[2048];
    size_t len, state_len, enough;
    sealwire_result result;
    begin(&world);
    len = sealed_by(&world, HMAC_KEY, frame, sizeof frame);
    OK(sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    OK(sealwire_saved_len(&world.panel, &enough));
    STATUS(BUFFER_TOO_SMALL, sealwire_save(&world.panel, state, enough - 1, &state_len));
    CHECK(state_len == enough);
    OK(sealwire_save(&world.panel, state, sizeof state, &state_len));
    CHECK(state_len <= enough);
    OK(sealwire_validator_destroy(&world.panel));

    sealwire_validator_config config = validator_config(&world);
    config.restart.kind = SEALWIRE_RESTART_SAVED;
    config.restart.saved = state;
    config.restart.saved_len = state_len;
    OK(sealwire_validator_init(&world.panel, sizeof world.panel, &config));
    register_all(&world);
    STATUS(REPLAYED, sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    OK(sealwire_validator_destroy(&world.panel));

    state[9] ^= 1;
    STATUS(INVALID_STATE, sealwire_validator_init(&world.panel, sizeof world.panel, &config));
    STATUS(NOT_INITIALISED,
           sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));

    config.restart.kind = SEALWIRE_RESTART_NOT_BEFORE;
    config.restart.now = NOW;
    config.restart.saved = NULL;
    config.restart.saved_len = 0;
    OK(sealwire_validator_init(&world.panel, sizeof world.panel, &config));
    register_all(&world);
    STATUS(BEFORE_RESTART,
           sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    len = sealed_by(&world, COUNTER_KEY, frame, sizeof frame);
    STATUS(NO_WINDOW_STATE,
           sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    end(&world);
}

static void keys_come_and_go(void)
{
    static const uint8_t next_secret[32] = {42};
    sealwire_result result;
    begin(&world);
    sealwire_peer_key next = peer_key(77, SEALWIRE_HMAC_SHA256, next_secret, 32);
    OK(sealwire_rollover(&world.panel, HMAC_KEY, &next, NOW + 60000000));
    next.key_id = 78;
    STATUS(ROLLOVER_PENDING, sealwire_rollover(&world.panel, 77, &next, NOW + 60000000));
    accepted(HMAC_KEY);
    size_t len = sealed_by(&world, SHORT_KEY, frame, sizeof frame);
    OK(sealwire_revoke(&world.panel, SHORT_KEY));
    STATUS(KEY_REVOKED, sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    OK(sealwire_remove(&world.panel, ECDSA_KEY));
    len = sealed_by(&world, ECDSA_KEY, frame, sizeof frame);
    STATUS(UNKNOWN_KEY, sealwire_validate(&world.panel, frame, len, &world.demand, NOW, &result));
    OK(sealwire_remove_module(&world.panel, &PUMP));
    STATUS(UNKNOWN_SENDER, sealwire_remove_module(&world.panel, &PUMP));
    STATUS(UNKNOWN_KEY, sealwire_remove(&world.panel, ECDSA_KEY));
    STATUS(UNKNOWN_KEY, sealwire_revoke(&world.panel, 999));
    end(&world);
}

static void responses(void)
{
    uint8_t answer[256];
    size_t len, answer_len;
    sealwire_sealed request;
    sealwire_result result;
    sealwire_sealer panel;
    const sealwire_context ask = {SEALWIRE_REQUEST, BYTES("pump/start"), NULL, 0};
    begin(&world);
    OK(sealwire_seal(&world.pump, BYTES("?"), &ask, NOW, frame, sizeof frame, &len, &request));
    sealwire_context reply = {SEALWIRE_RESPONSE, BYTES("pump/start"), request.tag, request.tag_len};
    memset(&panel, 0, sizeof panel);
    sealwire_sealer_config config = sealer_config(SHORT_KEY);
    OK(sealwire_sealer_init_hmac(&panel, sizeof panel, &config, SEALWIRE_HMAC_SHA256_128,
                                 SHORT_SECRET, 32));
    OK(sealwire_seal(&panel, BYTES("!"), &reply, NOW, answer, sizeof answer, &answer_len, NULL));
    world.demand.context = reply;
    OK(sealwire_validate(&world.panel, answer, answer_len, &world.demand, NOW, &result));
    CHECK(SEALWIRE_ACCEPTED(&result));
    OK(sealwire_seal(&panel, BYTES("!"), &reply, NOW, answer, sizeof answer, &answer_len, NULL));
    request.tag[0] ^= 1;
    STATUS(TAG_WRONG,
           sealwire_validate(&world.panel, answer, answer_len, &world.demand, NOW, &result));
    OK(sealwire_sealer_destroy(&panel));
    end(&world);
}

static void streams(void)
{
    uint8_t buffer[128], line[600];
    size_t len, one, all = 0, used, packet_len, seen = 0;
    const uint8_t *packet;
    sealwire_stream stream;
    sealwire_result result;
    begin(&world);
    memset(&stream, 0, sizeof stream);
    OK(sealwire_stream_init(&stream, sizeof stream, buffer, sizeof buffer));
    line[all++] = 0x09; /* the end of something */
    line[all++] = 0x00;
    for (int i = 0; i < 3; i++) {
        OK(sealwire_seal(&world.pump, BYTES("4.2 bar"), &PRESSURE, NOW, frame, sizeof frame, &len,
                         NULL));
        OK(sealwire_stream_encode(frame, len, line + all, sizeof line - all, &one));
        CHECK(one <= sealwire_max_stream_len(len) &&
              memchr(line + all, 0, one) == line + all + one - 1);
        all += one;
    }
    STATUS(BUFFER_TOO_SMALL, sealwire_stream_encode(frame, len, line, len, &one));
    CHECK(one == sealwire_max_stream_len(len));
    STATUS(COBS, sealwire_stream_push(&stream, line, all, &used, &packet, &packet_len));
    CHECK(used == 2 && packet == NULL);
    for (size_t at = used; at < all; at += used) {
        OK(sealwire_stream_push(&stream, line + at, all - at, &used, &packet, &packet_len));
        CHECK(packet != NULL);
        OK(sealwire_validate(&world.panel, packet, packet_len, &world.demand, NOW, &result));
        CHECK(SEALWIRE_ACCEPTED(&result));
        seen++;
    }
    CHECK(seen == 3);
    memset(line, 1, sizeof line);
    line[sizeof line - 1] = 0;
    STATUS(STREAM_TOO_LONG,
           sealwire_stream_push(&stream, line, sizeof line, &used, &packet, &packet_len));
    CHECK(used == sizeof line);
    OK(sealwire_stream_push(&stream, line, 10, &used, &packet, &packet_len));
    CHECK(used == 10 && packet == NULL && packet_len == 0);
    OK(sealwire_stream_reset(&stream));
    OK(sealwire_stream_destroy(&stream));
    STATUS(NOT_INITIALISED, sealwire_stream_reset(&stream));
    end(&world);
}

static void looking_without_believing(void)
{
    sealwire_metadata metadata;
    begin(&world);
    size_t len = sealed_by(&world, ECDSA_KEY, frame, sizeof frame);
    frame[len - 1] ^= 1;
    OK(sealwire_inspect(frame, len, &metadata));
    CHECK(metadata.level == 5 && metadata.algorithm == SEALWIRE_ECDSA_P256);
    CHECK(metadata.key_id == ECDSA_KEY && metadata.timestamp == NOW && metadata.nonce == 0);
    CHECK(metadata.metadata_len + metadata.payload_len + metadata.tag_len == len);
    STATUS(TRUNCATED, sealwire_inspect(frame, len - 1, &metadata));
    OK(sealwire_inspect_front(frame, len - 1, &metadata));
    STATUS(TRUNCATED, sealwire_inspect(NULL, 0, &metadata));
    end(&world);
}

static void counters_of_a_sealer(void)
{
    uint64_t number;
    size_t len, needed;
    sealwire_sealer sealer;
    sealwire_sealed sealed;
    sealwire_sealer_config config = sealer_config(HMAC_KEY);
    memset(&sealer, 0, sizeof sealer);
    config.start.kind = SEALWIRE_NONCE_RESERVED;
    config.start.from = 10;
    config.start.until = 11;
    OK(sealwire_sealer_init_hmac(&sealer, sizeof sealer, &config, SEALWIRE_HMAC_SHA256, SECRET,
                                 32));
    OK(sealwire_sealer_nonces_left(&sealer, &number));
    CHECK(number == 1);
    memset(frame, 0xee, sizeof frame);
    STATUS(BUFFER_TOO_SMALL,
           sealwire_seal(&sealer, BYTES("x"), &PRESSURE, NOW, frame, 20, &needed, NULL));
    CHECK(frame[0] == 0xee);
    STATUS(BUFFER_TOO_SMALL,
           sealwire_seal(&sealer, BYTES("x"), &PRESSURE, NOW, NULL, 0, &len, NULL));
    CHECK(len == needed);
    OK(sealwire_seal(&sealer, BYTES("x"), &PRESSURE, NOW, frame, needed, &len, &sealed));
    CHECK(len == needed && sealed.nonce == 10 && frame[len] == 0xee);
    STATUS(NONCES_SPENT,
           sealwire_seal(&sealer, BYTES("x"), &PRESSURE, NOW, frame, sizeof frame, &len, NULL));
    STATUS(INVALID_NONCE_START, sealwire_sealer_extend(&sealer, 11));
    OK(sealwire_sealer_extend(&sealer, 20));
    OK(sealwire_sealer_next_nonce(&sealer, &number));
    CHECK(number == 11);
    OK(sealwire_sealer_destroy(&sealer));

    config = sealer_config(RANDOM_KEY);
    OK(sealwire_sealer_init_hmac(&sealer, sizeof sealer, &config, SEALWIRE_HMAC_SHA256,
                                 RANDOM_SECRET, 32));
    STATUS(INVALID_NONCE_START,
           sealwire_seal(&sealer, BYTES("x"), &PRESSURE, NOW, frame, sizeof frame, &len, NULL));
    for (unsigned bits = 0; bits < 64; bits++) {
        uint64_t nonce = UINT64_C(1) << bits;
        STATUS(BUFFER_TOO_SMALL, sealwire_seal_with_nonce(&sealer, nonce, BYTES("x"), &PRESSURE,
                                                          NOW, frame, 0, &needed, NULL));
        OK(sealwire_seal_with_nonce(&sealer, nonce, BYTES("x"), &PRESSURE, NOW, frame, needed, &len,
                                    NULL));
        CHECK(len == needed);
    }
    OK(sealwire_sealer_destroy(&sealer));
}

static void names_and_numbers(void)
{
    char text[SEALWIRE_ID_TEXT_SIZE];
    size_t len;
    sealwire_id id;
    OK(sealwire_id_format(&PUMP, text, sizeof text, &len));
    CHECK(len == 36 && strcmp(text, "70756d70-2d30-3030-3030-302d30303031") == 0);
    OK(sealwire_id_parse("70756D70-2D30-3030-3030-302D30303031", 36, &id));
    CHECK(memcmp(&id, &PUMP, sizeof id) == 0);
    STATUS(INVALID_ARGUMENT, sealwire_id_parse(text, 35, &id));
    STATUS(INVALID_ARGUMENT, sealwire_id_parse("70756d7g-2d30-3030-3030-302d30303031", 36, &id));
    STATUS(INVALID_ARGUMENT, sealwire_id_parse("70756d7002d30-3030-3030-302d30303031", 36, &id));
    STATUS(INVALID_ID, sealwire_id_parse("00000000-0000-0000-0000-000000000000", 36, &id));
    STATUS(BUFFER_TOO_SMALL, sealwire_id_format(&PUMP, text, 36, &len));
    CHECK(len == SEALWIRE_ID_TEXT_SIZE);

    OK(sealwire_check_abi(SEALWIRE_ABI_VERSION));
    STATUS(ABI_MISMATCH, sealwire_check_abi(SEALWIRE_ABI_VERSION + 1));
    CHECK(sealwire_abi_version() == SEALWIRE_ABI_VERSION && sealwire_version()[0] != '\0');
    CHECK(strcmp(sealwire_error_name(0), "OK") == 0);
    CHECK(strcmp(sealwire_error_name(601), "TAG_WRONG") == 0);
    CHECK(strcmp(sealwire_error_name(SEALWIRE_ERR_TRUNCATED), "TRUNCATED") == 0);
    CHECK(strcmp(sealwire_error_name(SEALWIRE_ERR_NONCE_QUOTA), "NONCE_QUOTA") == 0);
    CHECK(strcmp(sealwire_error_name(-1), "UNKNOWN") == 0);
    CHECK(strcmp(sealwire_error_name(70000), "UNKNOWN") == 0);
    CHECK(strlen(sealwire_error_sentence(601)) > 20 && strlen(sealwire_error_sentence(7)) > 20);
    CHECK(sealwire_error_class(601) == SEALWIRE_CLASS_UNAUTHENTICATED);
    CHECK(sealwire_error_class(1) == SEALWIRE_CLASS_UNKNOWN && sealwire_error_class(0) == 0);
    CHECK(strcmp(sealwire_class_name(SEALWIRE_CLASS_STALE), "stale") == 0);
    CHECK(strcmp(sealwire_class_name(99), "unknown") == 0);

    CHECK(sealwire_validator_size() == sizeof(sealwire_validator));
    CHECK(sealwire_sealer_size() == sizeof(sealwire_sealer));
    CHECK(sealwire_signer_size() == sizeof(sealwire_signer));
    CHECK(sealwire_stream_size() == sizeof(sealwire_stream));
    CHECK(sealwire_checked_size() == sizeof(sealwire_checked));
    CHECK(sealwire_slot_size() == sizeof(sealwire_slot));
    CHECK(sealwire_nonce_entry_size() == sizeof(sealwire_nonce_entry));
    CHECK(SEALWIRE_VALIDATOR_SIZE == sizeof(sealwire_validator));
    CHECK(SEALWIRE_SEALER_SIZE == sizeof(sealwire_sealer));
    CHECK(SEALWIRE_SIGNER_SIZE == sizeof(sealwire_signer));
    CHECK(SEALWIRE_STREAM_SIZE == sizeof(sealwire_stream));
    CHECK(SEALWIRE_CHECKED_SIZE == sizeof(sealwire_checked));
    CHECK(SEALWIRE_SLOT_SIZE == 192 && SEALWIRE_NONCE_ENTRY_SIZE == 16);
}

int main(void)
{
    every_kind_of_key();
    what_a_result_tells();
    levels_without_proof();
    detached_and_in_place();
    many_as_one_by_one();
    policies();
    check_and_admit();
    the_audit();
    over_a_restart();
    keys_come_and_go();
    responses();
    streams();
    looking_without_believing();
    counters_of_a_sealer();
    names_and_numbers();
    return report();
}
