/* Validates a frame, as a program does that lets two roles do different things, and shows every
 * way in which the same frame is refused. */
#include <sealwire.h>

#include <stdio.h>
#include <string.h>

static const uint64_t now = 1790000000000000;
static const sealwire_id panel_id = {"panel-00000-0001"};
static const sealwire_id pump_id = {"pump-000000-0001"};
static const uint8_t secret[32] = {7}; /* in reality 32 random bytes */
enum { KEY_ID = 1, ROLE_OPERATOR = 1 };

static sealwire_slot slots[4];
static sealwire_validator validator;

static void try_frame(const char *what, const uint8_t *frame, size_t len,
                      const sealwire_requirement *demand, uint64_t at)
{
    sealwire_result result;
    int32_t status = sealwire_validate(&validator, frame, len, demand, at, &result);
    if (SEALWIRE_ACCEPTED(&result))
        printf("%-20s accepted, nonce %u, level %u: %.*s\n", what, (unsigned)result.nonce,
               (unsigned)result.level, (int)result.payload_len, (const char *)result.payload);
    else
        printf("%-20s refused at step %u: %s\n", what, (unsigned)result.step,
               sealwire_error_name(status));
}

int main(void)
{
    /* Operators may ask for anything that begins with "pump/"; nobody may do anything else. */
    const sealwire_rule rules[] = {
        {ROLE_OPERATOR, SEALWIRE_REQUEST, SEALWIRE_NAME_PREFIX, (const uint8_t *)"pump/", 5}};
    const sealwire_policy policy = {SEALWIRE_POLICY_RULES, rules, 1};
    const sealwire_context start = {SEALWIRE_REQUEST, (const uint8_t *)"pump/start", 10, NULL, 0};
    const sealwire_context stop = {SEALWIRE_REQUEST, (const uint8_t *)"pump/stop", 9, NULL, 0};
    sealwire_requirement demand = {SEALWIRE_LEVEL_HMAC, 0, 0, start, &policy};
    sealwire_validator_config to;
    sealwire_peer_key key;
    sealwire_sealer_config from;
    sealwire_sealer sealer;
    uint8_t frames[3][96];
    size_t lens[3];

    memset(&to, 0, sizeof to);
    to.own = panel_id;
    to.past = SEALWIRE_DEFAULT_PAST;
    to.future = SEALWIRE_DEFAULT_FUTURE;
    to.restart.kind = SEALWIRE_RESTART_FRESH_KEYS;
    to.slots = slots;
    to.slots_size = sizeof slots;
    memset(&key, 0, sizeof key);
    key.key_id = KEY_ID;
    key.algorithm = SEALWIRE_HMAC_SHA256;
    key.role = ROLE_OPERATOR;
    key.sender = pump_id;
    key.key = secret;
    key.key_len = sizeof secret;
    memset(&from, 0, sizeof from);
    from.key_id = KEY_ID;
    from.audience_kind = SEALWIRE_AUDIENCE_PEER;
    from.sender = pump_id;
    from.audience = panel_id;
    from.start.kind = SEALWIRE_NONCE_FRESH;
    if (sealwire_validator_init(&validator, sizeof validator, &to) != SEALWIRE_OK ||
        sealwire_register(&validator, &key) != SEALWIRE_OK ||
        sealwire_sealer_init_hmac(&sealer, sizeof sealer, &from, SEALWIRE_HMAC_SHA256, secret,
                                  sizeof secret) != SEALWIRE_OK)
        return 1;
    for (int i = 0; i < 3; i++)
        if (sealwire_seal(&sealer, (const uint8_t *)"3000 rpm", 8, &start, now, frames[i],
                          sizeof frames[i], &lens[i], NULL) != SEALWIRE_OK)
            return 1;

    try_frame("as it was sent", frames[0], lens[0], &demand, now + 2000);
    try_frame("once more", frames[0], lens[0], &demand, now + 3000);
    try_frame("cut off", frames[1], lens[1] - 1, &demand, now + 3000);
    frames[1][lens[1] - 40] ^= 1;
    try_frame("one bit flipped", frames[1], lens[1], &demand, now + 3000);
    frames[1][lens[1] - 40] ^= 1;
    demand.context = stop;
    try_frame("as something else", frames[1], lens[1], &demand, now + 3000);
    demand.context = start;
    demand.level = SEALWIRE_LEVEL_DIGITAL_SIGNATURE;
    try_frame("where 5 is required", frames[1], lens[1], &demand, now + 3000);
    demand.level = SEALWIRE_LEVEL_HMAC;
    demand.policy = NULL;
    try_frame("without a policy", frames[1], lens[1], &demand, now + 3000);
    demand.policy = &policy;
    try_frame("a minute late", frames[2], lens[2], &demand, now + 60000000);
    sealwire_sealer_destroy(&sealer);
    sealwire_validator_destroy(&validator);
    return 0;
}
