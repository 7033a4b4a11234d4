/* Four modules ask one granter at once, each in a thread of its own: the exchanges need no lock,
 * the granter and its validator one for both, as the header says. */
#define _POSIX_C_SOURCE 200809L

#include "access_world.h"

#include <pthread.h>
#include <stdlib.h>

enum { MODULES = 4, ROUNDS = 25 };

static struct meeting panel; /* its granter and its validator */
static sealwire_access_slot modules[MODULES];
static sealwire_slot slots[2 * MODULES];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

struct module {
    struct meeting its; /* its exchange, its engines, its randomness */
    uint8_t secret[32];
    unsigned confirmed;
};

static struct module all[MODULES];

static void must(int result)
{
    if (result != 0)
        abort();
}

/* One exchange and its first frame; 0 if anything went wrong. */
static int round_of(struct module *module, uint32_t key_id)
{
    struct meeting *its = &module->its;
    sealwire_access_arrival came;
    sealwire_confirmation confirmation;
    sealwire_result result;
    uint8_t frame[256];
    size_t len;
    int32_t status;
    its->plan.key_id = key_id;
    status = sealwire_exchange_begin(&its->exchange, &its->plan, &its->credential, &its->pumps,
                                     &its->random);
    status |= sealwire_exchange_request(&its->exchange, its->request, sizeof its->request,
                                        &its->request_len);
    came = arrival(its, its->request, its->request_len);
    must(pthread_mutex_lock(&mutex));
    status |=
        sealwire_granter_challenge(&panel.granter, &came, &panel.panels, &panel.random,
                                   its->challenge, sizeof its->challenge, &its->challenge_len);
    must(pthread_mutex_unlock(&mutex));
    status |= sealwire_exchange_challenge(&its->exchange, its->challenge, its->challenge_len,
                                          its->tick, &its->credential, &its->pumps);
    status |=
        sealwire_exchange_proof(&its->exchange, its->proof, sizeof its->proof, &its->proof_len);
    came = arrival(its, its->proof, its->proof_len);
    must(pthread_mutex_lock(&mutex));
    status |= sealwire_granter_grant(&panel.granter, &panel.panel, &came, &panel.panels, its->grant,
                                     sizeof its->grant, &its->grant_len, &its->granted, NULL, 0);
    must(pthread_mutex_unlock(&mutex));
    status |=
        sealwire_exchange_grant(&its->exchange, its->grant, its->grant_len, its->tick,
                                &its->credential, &its->pumps, &its->session, sizeof its->session);
    status |= sealwire_sealer_init_session(&its->sealer, sizeof its->sealer, &its->session);
    status |= sealwire_seal(&its->sealer, BYTES("4.2 bar"), &PRESSURE, NOW + its->tick, frame,
                            sizeof frame, &len, NULL);
    must(pthread_mutex_lock(&mutex));
    status |= sealwire_granter_run(&panel.granter, &panel.panel, its->tick);
    status |= sealwire_validate(&panel.panel, frame, len, &its->demand, NOW + its->tick, &result);
    if (SEALWIRE_ACCEPTED(&result))
        status |= sealwire_granter_confirm(&panel.granter, &panel.panel, &result, its->tick,
                                           &confirmation);
    must(pthread_mutex_unlock(&mutex));
    if (status != SEALWIRE_OK || !SEALWIRE_ACCEPTED(&result))
        return 0;
    return confirmation.is_confirmed && memcmp(&confirmation.module, &its->plan.own, 16) == 0;
}

static void *asks_again_and_again(void *argument)
{
    struct module *module = (struct module *)argument;
    for (uint32_t i = 0; i < ROUNDS; i++)
        module->confirmed += (unsigned)round_of(module, i + 1);
    return NULL;
}

int main(void)
{
    pthread_t threads[MODULES];
    size_t count, unconfirmed;
    sealwire_granter_config config;
    meet(&panel, SECRET_4);
    OK(sealwire_validator_destroy(&panel.panel));
    OK(sealwire_granter_destroy(&panel.granter));
    receiver(&panel.panel, PANEL, slots, sizeof slots);
    config = granter_config(&panel);
    config.modules = modules;
    config.modules_size = sizeof modules;
    OK(sealwire_granter_init(&panel.granter, sizeof panel.granter, &config, &panel.random));
    OK(sealwire_granter_define_role(&panel.granter, "operator", 8, OPERATOR));
    for (uint8_t i = 0; i < MODULES; i++) {
        struct module *module = &all[i];
        sealwire_access_record record;
        meet(&module->its, SECRET_4);
        module->its.entropy = 1000u + i;
        module->its.plan.own.bytes[15] = (uint8_t)('a' + i);
        module->secret[0] = (uint8_t)(i + 1);
        module->secret[31] = 0xa5;
        module->its.credential.key = module->secret;
        record = pumps_record(&module->its);
        record.id = module->its.plan.own;
        record.credential = module->its.credential;
        OK(sealwire_granter_register(&panel.granter, &record, NULL));
    }
    for (int i = 0; i < MODULES; i++)
        must(pthread_create(&threads[i], NULL, asks_again_and_again, &all[i]));
    for (int i = 0; i < MODULES; i++)
        must(pthread_join(threads[i], NULL));
    for (int i = 0; i < MODULES; i++) {
        CHECK(all[i].confirmed == ROUNDS);
        part(&all[i].its);
    }
    OK(sealwire_granter_session_count(&panel.granter, &count, &unconfirmed));
    CHECK(count == 2 * MODULES && unconfirmed == 0);
    part(&panel);
    return report();
}
