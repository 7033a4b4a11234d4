/* A device that asks for access by a secret, with the library's own key agreement. */
#include <sealwire.h>

static sealwire_exchange exchange;
static sealwire_session session;
static sealwire_held_sessions held;
static sealwire_sealer sealer;
static sealwire_validator validator;
static uint8_t out[SEALWIRE_MAX_PROOF];
volatile uint64_t input[8];

static const void *any(unsigned index)
{
    return (const void *)(uintptr_t)input[index];
}

int main(void)
{
    const sealwire_credential *credential = any(0);
    const sealwire_access_engines engines = {SEALWIRE_PORTABLE_AGREEMENT, NULL, NULL};
    const uint8_t *bytes = any(1);
    const size_t n = (size_t)input[2];
    const uint64_t tick = input[3];
    size_t len;
    int32_t status = sealwire_validator_init(&validator, sizeof validator, any(4));
    status |= sealwire_exchange_init(&exchange, sizeof exchange);
    status |= sealwire_exchange_begin(&exchange, any(5), credential, &engines, any(6));
    status |= sealwire_exchange_request(&exchange, out, sizeof out, &len);
    status |= sealwire_exchange_challenge(&exchange, bytes, n, tick, credential, &engines);
    status |= sealwire_exchange_proof(&exchange, out, sizeof out, &len);
    status |= sealwire_exchange_grant(&exchange, bytes, n, tick, credential, &engines, &session,
                                      sizeof session);
    status |= sealwire_held_sessions_init(&held, sizeof held, SEALWIRE_DEFAULT_OVERLAP);
    status |= sealwire_held_sessions_install(&held, &session, &validator);
    status |= sealwire_sealer_init_session(&sealer, sizeof sealer, &session);
    status |= sealwire_seal(&sealer, bytes, n, any(7), tick, out, sizeof out, &len, NULL);
    return status;
}
