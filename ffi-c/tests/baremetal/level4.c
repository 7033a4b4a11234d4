/* Both directions at level 4, and levels 1 to 3: must link without `sealwire_on_panic`, or the
 * library could panic there. Nothing runs: this is about what the linker keeps. */
#include <sealwire.h>

static sealwire_slot slots[4];
static sealwire_nonce_entry nonces[16];
static sealwire_validator validator;
static sealwire_sealer sealer;
static sealwire_stream stream;
static sealwire_checked checked;
static uint8_t buffer[256], frame[256], state[1024];

/* What the linker can't see through: the program's inputs. */
extern volatile uint64_t input[16];
volatile uint64_t input[16];

static const void *any(unsigned index)
{
    return (const void *)(uintptr_t)input[index];
}

int main(void)
{
    const sealwire_validator_config *config = any(0);
    const sealwire_sealer_config *sealer_config = any(1);
    const sealwire_requirement *requirement = any(2);
    const sealwire_context *context = any(3);
    const sealwire_peer_key *key = any(4);
    const uint8_t *bytes = any(5);
    const size_t n = (size_t)input[6];
    const uint64_t now = input[7];
    sealwire_result result;
    sealwire_sealed sealed;
    size_t len, at;
    const uint8_t *packet;
    int32_t status = 0;
    (void)slots;
    (void)nonces;

    status |= sealwire_validator_init(&validator, sizeof validator, config);
    status |= sealwire_register(&validator, key);
    status |= sealwire_rollover(&validator, 1, key, now);
    status |= sealwire_register_module(&validator, any(8));
    status |= sealwire_revoke(&validator, 1);
    status |= sealwire_remove(&validator, 1);
    status |= sealwire_remove_module(&validator, any(9));
    status |= sealwire_sealer_init_hmac(&sealer, sizeof sealer, sealer_config, 1, bytes, n);
    status |= sealwire_seal(&sealer, bytes, n, context, now, frame, sizeof frame, &len, &sealed);
    status |=
        sealwire_seal_detached(&sealer, bytes, n, context, now, frame, sizeof frame, &len, &sealed);
    status |= sealwire_seal_in_place(&sealer, frame, sizeof frame, n, n, context, now, &at, &len,
                                     &sealed);
    status |= sealwire_sealer_extend(&sealer, now);
    status |= sealwire_sealer_destroy(&sealer);
    status |= sealwire_sealer_init_unproven(&sealer, sizeof sealer, 3, any(9), any(10));
    status |= sealwire_validate(&validator, bytes, n, requirement, now, &result);
    status |= sealwire_validate_detached(&validator, bytes, n, frame, n, requirement, now, &result);
    status |= sealwire_check(&validator, bytes, n, requirement, now, &checked, sizeof checked);
    status |= sealwire_admit(&validator, &checked, &result);
    status |= sealwire_saved_len(&validator, &len);
    status |= sealwire_save(&validator, state, sizeof state, &len);
    status |= sealwire_stream_init(&stream, sizeof stream, buffer, sizeof buffer);
    status |= sealwire_stream_push(&stream, bytes, n, &at, &packet, &len);
    status |= sealwire_stream_encode(bytes, n, frame, sizeof frame, &len);
    status |= sealwire_validator_destroy(&validator);
    status |= sealwire_error_name(status)[0] + sealwire_error_sentence(status)[0];
    return SEALWIRE_ACCEPTED(&result) ? (int)result.payload_len : (int)status;
}
