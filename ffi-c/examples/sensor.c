/* What a sensor without an operating system does: seals measurements in place for a serial line,
 * keeps its counter in blocks over a reset, and validates commands that come back. Here the line
 * is an array, the flash a variable, and the other end a validator in the same program.
 *
 * The counter: before a block of nonces is used, its end is stored as spent. After a reset
 * counting goes on behind it, so that no nonce is ever used twice, at the cost of those left. */
#include <sealwire.h>

#include <stdio.h>
#include <string.h>

enum { BLOCK = 100, KEY_ID = 1, LINE_SIZE = 512 };

static const sealwire_id sensor_id = {"sensor-000000001"};
static const sealwire_id gateway_id = {"gateway-00000001"};
static const uint8_t secret[32] = {42}; /* in reality 32 random bytes */
static uint64_t flash_spent_until;      /* survives a reset */

static sealwire_sealer sealer;
static sealwire_validator gateway;
static sealwire_slot slots[2];
static const sealwire_context topic = {SEALWIRE_TOPIC, (const uint8_t *)"room/temp", 9, NULL, 0};

static int32_t boot(void)
{
    sealwire_sealer_config config;
    memset(&config, 0, sizeof config);
    config.key_id = KEY_ID;
    config.audience_kind = SEALWIRE_AUDIENCE_PEER;
    config.counter_only = 1; /* no clock: the frames promise order, and no age */
    config.sender = sensor_id;
    config.audience = gateway_id;
    config.start.kind = SEALWIRE_NONCE_RESERVED;
    config.start.from = flash_spent_until;
    flash_spent_until += BLOCK; /* stored before it is used */
    config.start.until = flash_spent_until;
    return sealwire_sealer_init_hmac(&sealer, sizeof sealer, &config, SEALWIRE_HMAC_SHA256_128,
                                     secret, sizeof secret);
}

/* Seals the measurement where it was written, and puts it onto the line. */
static int32_t send(int32_t millidegrees, uint8_t *line, size_t cap, size_t *len)
{
    uint8_t buffer[SEALWIRE_MAX_METADATA + 4 + SEALWIRE_MAX_TAG];
    uint8_t *payload = buffer + SEALWIRE_MAX_METADATA;
    size_t at, frame_len;
    uint64_t left;
    for (int i = 0; i < 4; i++)
        payload[i] = (uint8_t)((uint32_t)millidegrees >> (8 * i));
    int32_t status = sealwire_sealer_nonces_left(&sealer, &left);
    if (status == SEALWIRE_OK && left == 0) {
        flash_spent_until += BLOCK;
        status = sealwire_sealer_extend(&sealer, flash_spent_until);
    }
    if (status == SEALWIRE_OK)
        status = sealwire_seal_in_place(&sealer, buffer, sizeof buffer, SEALWIRE_MAX_METADATA, 4,
                                        &topic, SEALWIRE_NO_CLOCK, &at, &frame_len, NULL);
    if (status == SEALWIRE_OK)
        status = sealwire_stream_encode(buffer + at, frame_len, line, cap, len);
    return status;
}

static int32_t open_gateway(void)
{
    sealwire_validator_config config;
    sealwire_peer_key key;
    memset(&config, 0, sizeof config);
    config.own = gateway_id;
    config.past = SEALWIRE_DEFAULT_PAST;
    config.future = SEALWIRE_DEFAULT_FUTURE;
    config.restart.kind = SEALWIRE_RESTART_FRESH_KEYS;
    config.slots = slots;
    config.slots_size = sizeof slots;
    memset(&key, 0, sizeof key);
    key.key_id = KEY_ID;
    key.algorithm = SEALWIRE_HMAC_SHA256_128;
    key.flags = SEALWIRE_KEY_COUNTER_ONLY;
    key.sender = sensor_id;
    key.key = secret;
    key.key_len = sizeof secret;
    int32_t status = sealwire_validator_init(&gateway, sizeof gateway, &config);
    return status == SEALWIRE_OK ? sealwire_register(&gateway, &key) : status;
}

/* Takes what came over the line, in whatever pieces. */
static void receive(sealwire_stream *stream, const uint8_t *bytes, size_t len)
{
    const sealwire_requirement demand = {SEALWIRE_LEVEL_HMAC, 0, 0, topic, SEALWIRE_ANY_PEER};
    while (len > 0) {
        const uint8_t *packet;
        size_t used, packet_len;
        int32_t status = sealwire_stream_push(stream, bytes, len, &used, &packet, &packet_len);
        if (status != SEALWIRE_OK) {
            printf("lost a packet: %s\n", sealwire_error_name(status));
        } else if (packet != NULL) {
            sealwire_result result;
            status = sealwire_validate(&gateway, packet, packet_len, &demand, SEALWIRE_NO_CLOCK,
                                       &result);
            if (SEALWIRE_ACCEPTED(&result) && result.payload_len == 4) {
                unsigned value = result.payload[0] | (unsigned)result.payload[1] << 8;
                printf("nonce %3u accepted: %u.%03u degrees\n", (unsigned)result.nonce,
                       value / 1000, value % 1000);
            } else {
                printf("refused: %s\n", sealwire_error_name(status));
            }
        }
        bytes += used;
        len -= used;
    }
}

int main(void)
{
    uint8_t line[LINE_SIZE], packet_buffer[128];
    size_t len, all = 0;
    sealwire_stream stream;
    if (open_gateway() != SEALWIRE_OK || sealwire_stream_init(&stream, sizeof stream, packet_buffer,
                                                              sizeof packet_buffer) != SEALWIRE_OK)
        return 1;
    for (int reset = 0; reset < 2; reset++) {
        if (boot() != SEALWIRE_OK)
            return 1;
        for (int32_t i = 0; i < 3; i++) {
            if (send(21500 + 100 * i, line + all, sizeof line - all, &len) != SEALWIRE_OK)
                return 1;
            all += len;
        }
        sealwire_sealer_destroy(&sealer); /* the power goes, after three of a hundred */
    }
    line[20] ^= 0xff; /* noise */
    receive(&stream, line, all);
    receive(&stream, line + all - len, len); /* somebody repeats the last */
    sealwire_stream_destroy(&stream);
    sealwire_validator_destroy(&gateway);
    return 0;
}
