/* A pump seals its pressure, a panel validates it: the whole library in one file.
 * The part between the marks is what the header's essay shows. */
#include <sealwire.h>

#include <stdio.h>

#define NAME(text) ((const uint8_t *)(text)), (sizeof(text) - 1)

static const uint64_t now = 1790000000000000; /* microseconds since 1970; your clock's */

// [essay]
static sealwire_slot slots[4];   // one per key that the receiver knows
static sealwire_validator panel; // objects stay at their address
static sealwire_sealer pump;

int quick_start(const sealwire_id *pump_id, const sealwire_id *panel_id,
                const uint8_t secret[32]) // 32 random bytes that both were given
{
    const sealwire_context pressure = {SEALWIRE_TOPIC, NAME("pump/pressure"), NULL, 0};

    // The sender: this key was never used, so its nonces begin at 0.
    const sealwire_sealer_config from = {.key_id = 1,
                                         .sender = *pump_id,
                                         .audience = *panel_id,
                                         .audience_kind = SEALWIRE_AUDIENCE_PEER,
                                         .start.kind = SEALWIRE_NONCE_FRESH};
    if (sealwire_sealer_init_hmac(&pump, sizeof pump, &from, SEALWIRE_HMAC_SHA256, secret, 32))
        return 1;
    uint8_t frame[128];
    size_t frame_len;
    if (sealwire_seal(&pump, NAME("4.2 bar"), &pressure, now, frame, sizeof frame, &frame_len,
                      NULL))
        return 1;

    // The receiver: nothing was accepted under these keys before.
    const sealwire_validator_config to = {.own = *panel_id,
                                          .past = SEALWIRE_DEFAULT_PAST,
                                          .future = SEALWIRE_DEFAULT_FUTURE,
                                          .restart.kind = SEALWIRE_RESTART_FRESH_KEYS,
                                          .slots = slots,
                                          .slots_size = sizeof slots};
    sealwire_peer_key key = {.key_id = 1,
                             .algorithm = SEALWIRE_HMAC_SHA256,
                             .sender = *pump_id,
                             .key = secret,
                             .key_len = 32};
    if (sealwire_validator_init(&panel, sizeof panel, &to) || sealwire_register(&panel, &key))
        return 1;
    const sealwire_requirement demand = {SEALWIRE_LEVEL_HMAC, 0, 0, pressure, SEALWIRE_ANY_PEER};
    sealwire_result message;
    int32_t status = sealwire_validate(&panel, frame, frame_len, &demand, now, &message);
    if (!SEALWIRE_ACCEPTED(&message)) {
        printf("refused: %s\n", sealwire_error_sentence(status));
        return 1;
    }
    printf("accepted: %.*s\n", (int)message.payload_len, (const char *)message.payload);
    return 0;
}
// [/essay]

int main(void)
{
    sealwire_id pump_id, panel_id;
    uint8_t secret[32] = {7}; /* a real one comes from sealwire_generate_secret */
    if (sealwire_check_abi(SEALWIRE_ABI_VERSION) != SEALWIRE_OK ||
        sealwire_id_parse("70756d70-2d30-3030-3030-302d30303031", 36, &pump_id) != SEALWIRE_OK ||
        sealwire_id_parse("70616e65-6c2d-3030-3030-302d30303031", 36, &panel_id) != SEALWIRE_OK)
        return 1;
    int failed = quick_start(&pump_id, &panel_id, secret);
    sealwire_wipe(secret, sizeof secret);
    sealwire_sealer_destroy(&pump);
    sealwire_validator_destroy(&panel);
    return failed;
}
