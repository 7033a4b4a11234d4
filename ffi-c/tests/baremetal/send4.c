/* A sender of level 4 and nothing else. */
#include <sealwire.h>

static sealwire_sealer sealer;
static uint8_t frame[128];
volatile uint64_t input[8];

static const void *any(unsigned index)
{
    return (const void *)(uintptr_t)input[index];
}

int main(void)
{
    size_t len = 0;
    int32_t status = sealwire_sealer_init_hmac(&sealer, sizeof sealer, any(0),
                                               SEALWIRE_HMAC_SHA256_128, any(1), 32);
    status |= sealwire_seal(&sealer, any(2), (size_t)input[3], any(4), input[5], frame,
                            sizeof frame, &len, NULL);
    return status == SEALWIRE_OK ? (int)len : (int)status;
}
