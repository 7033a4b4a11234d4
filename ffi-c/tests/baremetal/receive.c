/* A receiver of level 5 that never signs: nothing of signing may stay in its image. */
#include <sealwire.h>

static sealwire_slot slots[2];
static sealwire_validator validator;
static sealwire_validator_config
    config; /* on the stack it would ask for a memset of the program's */
volatile uint64_t input[8];

static const void *any(unsigned index)
{
    return (const void *)(uintptr_t)input[index];
}

int main(void)
{
    sealwire_result result;
    config.past = SEALWIRE_DEFAULT_PAST;
    config.restart.kind = SEALWIRE_RESTART_FRESH_KEYS;
    config.slots = slots;
    config.slots_size = sizeof slots;
    int32_t status = sealwire_validator_init(&validator, sizeof validator, &config);
    status |= sealwire_use_portable_verifier(&validator);
    status |= sealwire_register(&validator, any(0));
    status |= sealwire_validate(&validator, any(1), (size_t)input[2], any(3), input[4], &result);
    return SEALWIRE_ACCEPTED(&result) ? (int)result.payload_len : (int)status;
}
