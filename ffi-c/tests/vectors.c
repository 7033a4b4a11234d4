/* Runs tests/vectors/vectors.swv (its format: tests/vectors/README.md) through the C interface,
 * once for each way in which a frame can be validated. */
#include "check.h"

#include <stdlib.h>

enum op {
    END,
    CASE,
    NEW,
    KEY,
    MODULE,
    REMOVE,
    REVOKE,
    ROLLOVER,
    SAVE,
    VALIDATE,
    SEALER,
    SEAL,
    BURST
};
enum way { IN_A_ROW, CHECK_AND_ADMIT, BEGIN_AND_FINISH, AS_AN_ARRAY, WAYS };
enum { SLOTS = 8, CACHE = 64, RULES = 16, FRAMES = 16 };

struct reader {
    const uint8_t *at, *end;
};

static sealwire_slot slots[SLOTS];
static sealwire_nonce_entry nonces[CACHE];
static sealwire_burst_entry bursts[SLOTS];
static sealwire_validator validator;
static sealwire_sealer sealer;
static sealwire_signer signer;
static sealwire_rule rules[RULES];
static sealwire_policy policy;
static const sealwire_policy *the_policy;
static uint8_t state[4096], out[4096];
static size_t state_len;
static unsigned file_number, case_number;
static enum way way;

static const uint8_t *take(struct reader *reader, size_t n)
{
    if ((size_t)(reader->end - reader->at) < n) {
        fprintf(stderr, "file %u, case %u: the record is too short\n", file_number, case_number);
        exit(1);
    }
    reader->at += n;
    return reader->at - n;
}

static uint64_t number(struct reader *reader, size_t bytes)
{
    const uint8_t *at = take(reader, bytes);
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static uint8_t byte(struct reader *reader)
{
    return *take(reader, 1);
}

static sealwire_id id(struct reader *reader)
{
    sealwire_id id;
    memcpy(id.bytes, take(reader, 16), 16);
    return id;
}

static void same(int32_t is, int32_t should, const char *what)
{
    if (is != should) {
        checks_failed++;
        fprintf(stderr, "file %u, case %u, way %d: %s says %s, should be %s\n", file_number,
                case_number, (int)way, what, sealwire_error_name(is), sealwire_error_name(should));
    } else {
        checks_passed++;
    }
}

static uint64_t digest(uint64_t value, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        value = (value ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
    return value;
}

static const uint64_t EMPTY_DIGEST = UINT64_C(0xcbf29ce484222325);

static uint64_t digest_number(uint64_t value, uint64_t of, size_t bytes)
{
    uint8_t little[8];
    for (size_t i = 0; i < 8; i++)
        little[i] = (uint8_t)(of >> (8 * i));
    return digest(value, little, bytes);
}

static uint64_t digest_result(const sealwire_result *result)
{
    uint64_t flags = ((result->flags & SEALWIRE_HAS_SENDER) ? 1u : 0u) |
                     ((result->flags & SEALWIRE_HAS_GROUP) ? 2u : 0u) |
                     ((result->flags & SEALWIRE_HAS_KEY_ID) ? 4u : 0u);
    uint64_t value = digest_number(EMPTY_DIGEST, result->level, 1);
    value = digest_number(value, result->role, 1);
    value = digest_number(value, flags, 1);
    value = digest(value, result->sender.bytes, 16);
    value = digest(value, result->group.bytes, 16);
    value = digest_number(value, result->key_id, 4);
    value = digest_number(value, result->nonce, 8);
    value = digest_number(value, result->timestamp, 8);
    return digest(value, result->payload, result->payload_len);
}

static sealwire_context context(struct reader *reader)
{
    sealwire_context context = {0, NULL, 0, NULL, 0};
    context.kind = byte(reader);
    context.name_len = byte(reader);
    context.name = take(reader, context.name_len);
    if (context.kind == SEALWIRE_RESPONSE) {
        context.request_tag_len = byte(reader);
        context.request_tag = take(reader, context.request_tag_len);
    }
    return context;
}

static sealwire_bytes sized(struct reader *reader)
{
    sealwire_bytes bytes;
    bytes.len = (size_t)number(reader, 2);
    bytes.data = take(reader, bytes.len);
    return bytes;
}

static void new_validator(struct reader *reader)
{
    static const uint8_t restarts[] = {SEALWIRE_RESTART_FRESH_KEYS, SEALWIRE_RESTART_NOT_BEFORE,
                                       SEALWIRE_RESTART_SAVED};
    sealwire_validator_config config = {0};
    config.own = id(reader);
    config.past = number(reader, 8);
    config.future = number(reader, 8);
    config.restart.kind = restarts[byte(reader)];
    uint64_t now = number(reader, 8);
    if (config.restart.kind == SEALWIRE_RESTART_NOT_BEFORE)
        config.restart.now = now;
    if (config.restart.kind == SEALWIRE_RESTART_SAVED) {
        config.restart.saved = state;
        config.restart.saved_len = state_len;
    }
    config.slots = slots;
    config.slots_size = sizeof slots;
    config.nonces = nonces;
    config.nonces_size = sizeof nonces;
    config.bursts = bursts;
    config.bursts_size = sizeof bursts;
    int has_engine = byte(reader);
    uint8_t kind = byte(reader);
    policy.kind = kind == 1 ? SEALWIRE_POLICY_ANY_PEER : SEALWIRE_POLICY_RULES;
    policy.rules = rules;
    policy.rules_len = byte(reader);
    the_policy = kind == 0 ? NULL : &policy;
    for (size_t i = 0; i < policy.rules_len && i < RULES; i++) {
        uint8_t flags = byte(reader);
        rules[i].role = byte(reader);
        rules[i].kind = byte(reader);
        if (flags & 1)
            rules[i].role = SEALWIRE_ANY_ROLE;
        if (flags & 2)
            rules[i].kind = SEALWIRE_ANY_KIND;
        rules[i].name_match = (flags & 4) ? SEALWIRE_NAME_PREFIX : SEALWIRE_NAME_EXACTLY;
        rules[i].name_len = byte(reader);
        rules[i].name = take(reader, rules[i].name_len);
    }
    same(sealwire_validator_init(&validator, sizeof validator, &config), SEALWIRE_OK, "init");
    if (has_engine)
        same(sealwire_use_portable_verifier(&validator), SEALWIRE_OK, "the verifier");
}

static sealwire_peer_key peer_key(struct reader *reader)
{
    sealwire_peer_key key = {0};
    key.key_id = (uint32_t)number(reader, 4);
    key.algorithm = byte(reader);
    key.sender = id(reader);
    key.flags = byte(reader);
    uint16_t quota = (uint16_t)number(reader, 2);
    key.quota = (key.flags & SEALWIRE_KEY_RANDOM_NONCES) ? quota : 0;
    key.role = byte(reader);
    if (key.flags & SEALWIRE_KEY_GROUP)
        key.group = id(reader);
    if (key.flags & SEALWIRE_KEY_EXPIRES)
        key.expires = number(reader, 8);
    if (key.flags & SEALWIRE_KEY_BURSTS)
        key.burst_rate = (uint16_t)number(reader, 2);
    key.key_len = key.algorithm == SEALWIRE_ECDSA_P256 ? 64 : 32;
    key.key = take(reader, key.key_len);
    return key;
}

static void run(struct reader record);

static void run_all(struct reader *reader, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        size_t len = (size_t)number(reader, 2);
        struct reader record;
        record.at = take(reader, len);
        record.end = reader->at;
        run(record);
    }
}

/* The first packet of a stream that isn't empty, fed byte by byte, or why there is none. */
static int32_t from_stream(sealwire_bytes *frame, size_t buffer_size)
{
    static uint8_t buffer[1024];
    sealwire_stream stream;
    const uint8_t *packet = NULL;
    size_t used, len = 0;
    int32_t status = sealwire_stream_init(&stream, sizeof stream, buffer, buffer_size);
    for (size_t i = 0; i < frame->len && status == SEALWIRE_OK && packet == NULL; i++)
        status = sealwire_stream_push(&stream, frame->data + i, 1, &used, &packet, &len);
    frame->data = packet;
    frame->len = len;
    if (status != SEALWIRE_OK)
        same(sealwire_count_lost(&validator, status), SEALWIRE_OK, "count_lost");
    sealwire_stream_destroy(&stream);
    return status;
}

static void validate(struct reader *reader, int32_t expected)
{
    sealwire_checked checked = {{0}};
    sealwire_requirement demand = {0};
    sealwire_result result = {0};
    sealwire_bytes frame, payload = {NULL, 0};
    uint64_t wanted = 0, now = SEALWIRE_NO_CLOCK;
    uint8_t flags = byte(reader);
    demand.level = byte(reader);
    demand.exactly = (flags & 2) != 0;
    demand.allow_groups = (flags & 4) != 0;
    demand.policy = the_policy;
    uint8_t form = byte(reader);
    if (flags & 1)
        now = number(reader, 8);
    demand.context = context(reader);
    frame = sized(reader);
    int32_t status = SEALWIRE_OK;
    if (form == 1)
        payload = sized(reader);
    if (form == 2)
        status = from_stream(&frame, (size_t)number(reader, 2));
    if (expected == SEALWIRE_OK)
        wanted = number(reader, 8);
    int has_between = (flags & 8) != 0;
    if (status != SEALWIRE_OK) {
        same(status, expected, "the stream");
        return;
    }
    if (has_between || way == CHECK_AND_ADMIT || way == BEGIN_AND_FINISH) {
        int in_parts = way == BEGIN_AND_FINISH;
        if (form == 1)
            status = (in_parts ? sealwire_begin_detached : sealwire_check_detached)(
                &validator, frame.data, frame.len, payload.data, payload.len, &demand, now,
                &checked, sizeof checked);
        else
            status = (in_parts ? sealwire_begin : sealwire_check)(
                &validator, frame.data, frame.len, &demand, now, &checked, sizeof checked);
        if (in_parts && status == SEALWIRE_OK)
            status = sealwire_finish(&checked);
        if (has_between)
            run_all(reader, byte(reader));
        int32_t found = status;
        status = sealwire_admit(&validator, &checked, &result);
        if (found != SEALWIRE_OK)
            same(status, found, "admit of a refusal");
    } else if (form == 1) {
        status = sealwire_validate_detached(&validator, frame.data, frame.len, payload.data,
                                            payload.len, &demand, now, &result);
    } else if (way == AS_AN_ARRAY) {
        status = sealwire_validate_many(&validator, &frame, 1, &demand, now, &result);
    } else {
        status = sealwire_validate(&validator, frame.data, frame.len, &demand, now, &result);
    }
    same(status, expected, "the frame");
    CHECK(SEALWIRE_ACCEPTED(&result) == (expected == SEALWIRE_OK));
    if (SEALWIRE_ACCEPTED(&result) && expected == SEALWIRE_OK)
        CHECK(digest_result(&result) == wanted);
}

static void new_sealer(struct reader *reader)
{
    static const uint8_t starts[] = {SEALWIRE_NONCE_FRESH, SEALWIRE_NONCE_RESERVED,
                                     SEALWIRE_NONCE_FROM_CLOCK};
    sealwire_sealer_config config = {0};
    uint8_t level = byte(reader), algorithm = byte(reader);
    config.sender = id(reader);
    config.audience_kind = byte(reader);
    config.audience = id(reader);
    config.key_id = (uint32_t)number(reader, 4);
    config.counter_only = byte(reader);
    config.start.kind = starts[byte(reader)];
    config.start.from = number(reader, 8);
    config.start.until = number(reader, 8);
    size_t len = byte(reader);
    const uint8_t *key = take(reader, len);
    int32_t status;
    if (algorithm == SEALWIRE_ALGORITHM_NONE) {
        status = sealwire_sealer_init_unproven(&sealer, sizeof sealer, level, &config.sender,
                                               &config.start);
    } else if (algorithm == SEALWIRE_ECDSA_P256) {
        same(sealwire_signer_init(&signer, sizeof signer, key, len), SEALWIRE_OK, "the signer");
        status = sealwire_sealer_init_ecdsa(&sealer, sizeof sealer, &config, &signer);
    } else {
        status = sealwire_sealer_init_hmac(&sealer, sizeof sealer, &config, algorithm, key, len);
    }
    same(status, SEALWIRE_OK, "the sealer");
}

static void seal(struct reader *reader, int32_t expected)
{
    static uint8_t frame[2048];
    uint64_t now = SEALWIRE_NO_CLOCK;
    uint8_t flags = byte(reader), form = byte(reader);
    if (flags & 1)
        now = number(reader, 8);
    sealwire_context about = context(reader);
    sealwire_bytes payload = sized(reader);
    size_t len = 0, at = 0;
    int32_t status;
    if (form == 1) {
        status = sealwire_seal_detached(&sealer, payload.data, payload.len, &about, now, frame,
                                        sizeof frame, &len, NULL);
    } else if (way == AS_AN_ARRAY) { /* here: in place, which must give the same bytes */
        memcpy(frame + SEALWIRE_MAX_METADATA, payload.data, payload.len);
        status = sealwire_seal_in_place(&sealer, frame, sizeof frame, SEALWIRE_MAX_METADATA,
                                        payload.len, &about, now, &at, &len, NULL);
    } else {
        status = sealwire_seal(&sealer, payload.data, payload.len, &about, now, frame, sizeof frame,
                               &len, NULL);
    }
    same(status, expected, "seal");
    if (status != SEALWIRE_OK || expected != SEALWIRE_OK)
        return;
    const uint8_t *written = frame + at;
    if (form == 2) {
        size_t stream_len;
        same(sealwire_stream_encode(written, len, out, sizeof out, &stream_len), SEALWIRE_OK,
             "encode");
        written = out;
        len = stream_len;
    }
    CHECK(digest(EMPTY_DIGEST, written, len) == number(reader, 8));
}

static void seal_burst(struct reader *reader, int32_t expected)
{
    static sealwire_burst_item items[FRAMES];
    static sealwire_burst_work work[SEALWIRE_BURST_WORK(FRAMES)];
    sealwire_burst burst;
    size_t count = byte(reader), len;
    for (size_t i = 0; i < count && i < FRAMES; i++) {
        uint8_t flags = byte(reader);
        items[i].now = (flags & 1) ? number(reader, 8) : SEALWIRE_NO_CLOCK;
        items[i].context = context(reader);
        sealwire_bytes payload = sized(reader);
        items[i].payload = payload.data;
        items[i].payload_len = payload.len;
    }
    int32_t status =
        sealwire_seal_burst(&sealer, items, count, work, sizeof work, &burst, sizeof burst);
    same(status, expected, "seal_burst");
    if (status != SEALWIRE_OK || expected != SEALWIRE_OK)
        return;
    uint64_t value = EMPTY_DIGEST;
    for (size_t i = 0; i < count; i++) {
        same(sealwire_burst_write(&burst, i, out, sizeof out, &len), SEALWIRE_OK, "burst_write");
        value = digest(value, out, len);
    }
    CHECK(value == number(reader, 8));
    same(sealwire_burst_write(&burst, count, out, sizeof out, &len), SEALWIRE_ERR_BURST_SHAPE,
         "a frame behind the last");
    same(sealwire_burst_destroy(&burst), SEALWIRE_OK, "destroy");
}

static void run(struct reader record)
{
    enum op op = (enum op)byte(&record);
    int32_t expected = (int32_t)number(&record, 2);
    sealwire_peer_key key;
    sealwire_known_module module;
    uint32_t old;
    uint64_t overlap_end;
    switch (op) {
    case CASE:
        file_number = byte(&record);
        case_number = (unsigned)number(&record, 2);
        break;
    case NEW:
        new_validator(&record);
        break;
    case KEY:
        key = peer_key(&record);
        same(sealwire_register(&validator, &key), expected, "register");
        break;
    case MODULE:
        module.id = id(&record);
        module.role = byte(&record);
        module.quota = (uint16_t)number(&record, 2);
        same(sealwire_register_module(&validator, &module), expected, "register_module");
        break;
    case REMOVE:
        same(sealwire_remove(&validator, (uint32_t)number(&record, 4)), expected, "remove");
        break;
    case REVOKE:
        same(sealwire_revoke(&validator, (uint32_t)number(&record, 4)), expected, "revoke");
        break;
    case ROLLOVER:
        old = (uint32_t)number(&record, 4);
        overlap_end = number(&record, 8);
        key = peer_key(&record);
        same(sealwire_rollover(&validator, old, &key, overlap_end), expected, "rollover");
        break;
    case SAVE:
        same(sealwire_save(&validator, state, sizeof state, &state_len), expected, "save");
        break;
    case VALIDATE:
        validate(&record, expected);
        break;
    case SEALER:
        new_sealer(&record);
        break;
    case SEAL:
        seal(&record, expected);
        break;
    case BURST:
        seal_burst(&record, expected);
        break;
    case END:
    default:
        fprintf(stderr, "record of an unknown kind: %d\n", (int)op);
        exit(1);
    }
}

static void run_file(const uint8_t *file, size_t len)
{
    struct reader reader = {file, file + len};
    unsigned records = 0, cases = 0;
    if (memcmp(take(&reader, 4), "SWV1", 4) != 0)
        exit(1);
    for (;;) {
        size_t record_len = (size_t)number(&reader, 2);
        struct reader record;
        record.at = take(&reader, record_len);
        record.end = reader.at;
        if (record.at[0] == END) {
            record.at += 3;
            CHECK(number(&record, 4) == records && reader.at == reader.end);
            printf("way %d: %u cases, %u records\n", (int)way, cases, records);
            return;
        }
        cases += record.at[0] == CASE;
        records++;
        run(record);
    }
}

int main(int argc, char **argv)
{
    FILE *file = fopen(argc > 1 ? argv[1] : "tests/vectors/vectors.swv", "rb");
    if (file == NULL) {
        perror("vectors.swv");
        return 1;
    }
    size_t cap = 16u << 20;
    uint8_t *bytes = malloc(cap);
    size_t len = bytes == NULL ? 0 : fread(bytes, 1, cap, file);
    fclose(file);
    if (bytes == NULL)
        return 1;
    for (way = IN_A_ROW; way < WAYS; way++)
        run_file(bytes, len);
    free(bytes);
    return report();
}
