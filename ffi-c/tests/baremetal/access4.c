/* Both sides of access by a secret, at level 4, with a key agreement from outside: what a device
 * with an accelerator links. No P-256 of the library, no signing. */
#include <sealwire.h>

static sealwire_exchange exchange;
static sealwire_session session;
static sealwire_held_sessions held;
static sealwire_clock clock;
static sealwire_sealer sealer;
static sealwire_validator validator;
static sealwire_granter granter;
static uint8_t out[SEALWIRE_MAX_PROOF];
volatile uint64_t input[16];

static const void *any(unsigned index)
{
    return (const void *)(uintptr_t)input[index];
}

int main(void)
{
    const sealwire_access_plan *plan = any(0);
    const sealwire_credential *credential = any(1);
    const sealwire_access_engines *engines = any(2);
    const sealwire_entropy *entropy = any(3);
    const sealwire_access_arrival *arrival = any(4);
    const uint8_t *bytes = any(5);
    const size_t n = (size_t)input[6];
    const uint64_t tick = input[7];
    sealwire_result result;
    sealwire_granted granted;
    size_t len;
    int32_t status = 0;

    status |= sealwire_validator_init(&validator, sizeof validator, any(8));
    status |= sealwire_exchange_init(&exchange, sizeof exchange);
    status |= sealwire_exchange_begin(&exchange, plan, credential, engines, entropy);
    status |= sealwire_exchange_request(&exchange, out, sizeof out, &len);
    status |= sealwire_exchange_challenge(&exchange, bytes, n, tick, credential, engines);
    status |= sealwire_exchange_proof(&exchange, out, sizeof out, &len);
    status |= sealwire_exchange_grant(&exchange, bytes, n, tick, credential, engines, &session,
                                      sizeof session);
    status |= sealwire_exchange_abandon(&exchange);
    status |= sealwire_held_sessions_init(&held, sizeof held, SEALWIRE_DEFAULT_OVERLAP);
    status |= sealwire_held_sessions_install(&held, &session, &validator);
    status |= sealwire_sealer_init_session(&sealer, sizeof sealer, &session);
    status |= sealwire_clock_init(&clock, sizeof clock, tick, 100);
    status |= sealwire_clock_learn(&clock, &session);
    status |= sealwire_session_destroy(&session);
    status |= sealwire_seal(&sealer, bytes, n, any(9), tick, out, sizeof out, &len, NULL);
    status |= sealwire_validate(&validator, bytes, n, any(10), tick, &result);
    status |= sealwire_held_sessions_confirm(&held, &result, tick);
    status |= sealwire_held_sessions_run(&held, tick, &validator);

    status |= sealwire_granter_init(&granter, sizeof granter, any(11), entropy);
    status |= sealwire_granter_register(&granter, any(12), NULL);
    status |=
        sealwire_granter_challenge(&granter, arrival, engines, entropy, out, sizeof out, &len);
    status |= sealwire_granter_grant(&granter, &validator, arrival, engines, out, sizeof out, &len,
                                     &granted, NULL, 0);
    status |= sealwire_granter_run(&granter, &validator, tick);
    status |= sealwire_granter_confirm(&granter, &validator, &result, tick, NULL);
    status |= sealwire_granter_seal(&granter, result.key_id, tick, NULL, bytes, n, any(9), tick,
                                    out, sizeof out, &len, NULL);
    status |= sealwire_granter_remove(&granter, &validator, any(13));
    status |= sealwire_granter_destroy(&granter);
    status |= sealwire_exchange_destroy(&exchange);
    return status + granted.why;
}
