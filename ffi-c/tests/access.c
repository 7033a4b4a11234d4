/* Access, both sides of it in C: sessions by a secret and by keys, what is refused, and that no
 * refusal ends an exchange. */
#include "access_world.h"

static struct meeting its;
static sealwire_result result;
static sealwire_confirmation confirmation;

static void frames_go_both_ways(void)
{
    for (int kind = 0; kind < KINDS; kind++) {
        meet(&its, (enum kind)kind);
        gets_a_session(&its);
        STATUS(SESSION_UNKNOWN, is_sent(&its, &result)); /* not before the pump used it */
        OK(sends(&its, &result, &confirmation));
        CHECK(SEALWIRE_ACCEPTED(&result) && result.role == OPERATOR &&
              result.level == its.plan.wanted);
        CHECK(confirmation.is_confirmed && !confirmation.has_replaced);
        CHECK(memcmp(&confirmation.module, &PUMP, sizeof PUMP) == 0);
        OK(sends(&its, &result, &confirmation));
        CHECK(!confirmation.is_confirmed);
        OK(is_sent(&its, &result));
        CHECK(SEALWIRE_ACCEPTED(&result) && result.key_id == PUMPS_KEY_ID);
        part(&its);
    }
}

static void both_sides_hold_the_same(void)
{
    for (int kind = 0; kind < KINDS; kind++) {
        sealwire_session theirs;
        sealwire_session_info ours, granters;
        uint8_t secrets[4][SEALWIRE_TOKEN_SIZE];
        sealwire_access_arrival came;
        size_t len;
        memset(&theirs, 0, sizeof theirs);
        meet(&its, (enum kind)kind);
        asks(&its);
        came = arrival(&its, its.proof, its.proof_len);
        OK(sealwire_granter_grant(&its.granter, &its.panel, &came, &its.panels, its.grant,
                                  sizeof its.grant, &its.grant_len, &its.granted, &theirs,
                                  sizeof theirs));
        OK(takes(&its, its.grant, its.grant_len));
        OK(sealwire_session_read(&its.session, &ours));
        OK(sealwire_session_read(&theirs, &granters));
        CHECK(memcmp(&ours.own, &granters.peer, 16) == 0 && memcmp(&ours.peer, &PANEL, 16) == 0);
        CHECK(ours.key_id == PUMPS_KEY_ID && granters.peer_key_id == PUMPS_KEY_ID);
        CHECK(ours.peer_key_id == granters.key_id && granters.key_id == its.granted.session.key_id);
        CHECK(ours.level == its.plan.wanted && granters.level == ours.level);
        CHECK(ours.algorithm == granters.algorithm);
        CHECK(ours.algorithm == (kind == KEY_5 ? SEALWIRE_ECDSA_P256 : SEALWIRE_HMAC_SHA256_128));
        CHECK(memcmp(ours.binder, granters.binder, sizeof ours.binder) == 0);
        CHECK(granters.peer_role == OPERATOR && ours.peer_role == 0);
        CHECK(ours.flags == SEALWIRE_SESSION_EXPIRES && ours.expires == granters.expires);
        CHECK(ours.life_seconds == SEALWIRE_DEFAULT_LIFE && ours.time == SEALWIRE_NO_CLOCK);
        CHECK(ours.ends_at_tick == its.tick + (uint64_t)SEALWIRE_DEFAULT_LIFE * MILLION);
        CHECK(granters.first_frame_by_tick == its.tick + SEALWIRE_UNCONFIRMED);
        OK(sealwire_session_token(&its.session, secrets[0], 32, &len));
        OK(sealwire_session_token(&theirs, secrets[1], 32, &len));
        OK(sealwire_session_hmac_key(&its.session, secrets[2], 32, &len));
        OK(sealwire_session_hmac_key(&theirs, secrets[3], 32, &len));
        CHECK(memcmp(secrets[0], secrets[1], 32) == 0 && memcmp(secrets[2], secrets[3], 32) == 0);
        CHECK(memcmp(secrets[0], secrets[2], 32) != 0);
        /* A granter sends by its own functions, which know whether it may. */
        STATUS(SESSION_UNCONFIRMED,
               kind == KEY_5
                   ? sealwire_sealer_init_signed_session(&its.sealer, sizeof its.sealer, &theirs,
                                                         &its.signers[0])
                   : sealwire_sealer_init_session(&its.sealer, sizeof its.sealer, &theirs));
        OK(sealwire_session_destroy(&theirs));
        part(&its);
    }
}

static void a_secret_never_reaches_level_5(void)
{
    sealwire_access_record record;
    meet(&its, SECRET_4);
    its.plan.wanted = its.plan.lowest = SEALWIRE_LEVEL_DIGITAL_SIGNATURE;
    STATUS(SECRET_LEVEL, begins(&its));
    its.plan.lowest = SEALWIRE_LEVEL_HMAC; /* wants 5, and takes 4 */
    asks(&its);
    OK(is_granted(&its, its.proof, its.proof_len));
    CHECK(its.granted.session.level == SEALWIRE_LEVEL_HMAC);
    OK(takes(&its, its.grant, its.grant_len));
    OK(sealwire_granter_remove(&its.granter, &its.panel, &PUMP));
    record = pumps_record(&its);
    record.max_level = SEALWIRE_LEVEL_DIGITAL_SIGNATURE;
    STATUS(SECRET_LEVEL, sealwire_granter_register(&its.granter, &record, NULL));
    part(&its);
}

static void one_kind_never_stands_in_for_the_other(void)
{
    sealwire_credential key;
    meet(&its, SECRET_4);
    key = its.credential;
    key.kind = SEALWIRE_CREDENTIAL_KEY;
    key.key = its.public_keys[0];
    key.key_len = SEALWIRE_PUBLIC_KEY_SIZE;
    its.pumps.verifier = SEALWIRE_PORTABLE_VERIFICATION;
    its.pumps.signer = &its.signers[1];
    OK(begins(&its));
    OK(is_challenged(&its, its.request, its.request_len));
    STATUS(CREDENTIAL_KIND,
           sealwire_exchange_challenge(&its.exchange, its.challenge, its.challenge_len, its.tick,
                                       &key, &its.pumps));
    its.credential = key;
    OK(begins(&its));
    OK(is_challenged(&its, its.request, its.request_len));
    OK(answers(&its, its.challenge, its.challenge_len));
    STATUS(CREDENTIAL_KIND, is_granted(&its, its.proof, its.proof_len));
    part(&its);
}

/* Nobody holds a session: not the pump, and the granter none that a frame came under. */
static void nobody_has_a_session(void)
{
    size_t count, unconfirmed;
    OK(sealwire_granter_session_count(&its.granter, &count, &unconfirmed));
    CHECK(count == 0 && unconfirmed == 0);
    STATUS(NOT_INITIALISED, sealwire_session_destroy(&its.session));
}

/* What comes of a changed message, up to the grant: nothing. */
static void nothing_comes_of(int which, const uint8_t *message, size_t len)
{
    uint8_t kept[SEALWIRE_MAX_CHALLENGE], kept_proof[SEALWIRE_MAX_PROOF];
    size_t kept_len = its.challenge_len, kept_proof_len = its.proof_len;
    memcpy(kept, its.challenge, sizeof kept);
    memcpy(kept_proof, its.proof, sizeof kept_proof);
    int32_t status = SEALWIRE_OK;
    if (which == SEALWIRE_ACCESS_REQUEST) {
        status = is_challenged(&its, message, len);
        if (status == SEALWIRE_OK)
            status = answers(&its, its.challenge, its.challenge_len);
    } else if (which == SEALWIRE_ACCESS_CHALLENGE)
        status = answers(&its, message, len);
    if (which == SEALWIRE_ACCESS_PROOF)
        status = is_granted(&its, message, len);
    else if (which != SEALWIRE_ACCESS_GRANT && status == SEALWIRE_OK)
        status = is_granted(&its, its.proof, its.proof_len);
    if (which == SEALWIRE_ACCESS_GRANT)
        status = takes(&its, message, len);
    else
        nobody_has_a_session();
    CHECK(status != SEALWIRE_OK);
    CHECK(sealwire_error_class(status) != SEALWIRE_CLASS_MISUSE);
    memcpy(its.challenge, kept, sizeof kept);
    its.challenge_len = kept_len;
    memcpy(its.proof, kept_proof, sizeof kept_proof);
    its.proof_len = kept_proof_len;
}

static void every_byte_changed(int which, const uint8_t *message, size_t len)
{
    uint8_t changed[SEALWIRE_MAX_PROOF + 1];
    CHECK(len < sizeof changed);
    memcpy(changed, message, len);
    for (size_t i = 0; i < len; i++) {
        changed[i] ^= (uint8_t)(1u << (i % 8));
        nothing_comes_of(which, changed, len);
        changed[i] = message[i];
    }
    nothing_comes_of(which, changed, len - 1);
    changed[len] = 0;
    nothing_comes_of(which, changed, len + 1);
    nothing_comes_of(which, NULL, 0);
}

static void changed_messages_are_refused_and_the_exchange_goes_on(void)
{
    for (int kind = 0; kind < KINDS; kind++) {
        uint8_t right[SEALWIRE_MAX_CHALLENGE];
        meet(&its, (enum kind)kind);
        OK(begins(&its));
        every_byte_changed(SEALWIRE_ACCESS_REQUEST, its.request, its.request_len);
        OK(is_challenged(&its, its.request, its.request_len));
        memcpy(right, its.challenge, sizeof right);
        size_t right_len = its.challenge_len;
        every_byte_changed(SEALWIRE_ACCESS_CHALLENGE, right, right_len);
        OK(answers(&its, right, right_len));
        uint8_t proof[SEALWIRE_MAX_PROOF];
        size_t proof_len = its.proof_len;
        memcpy(proof, its.proof, sizeof proof);
        every_byte_changed(SEALWIRE_ACCESS_PROOF, proof, proof_len);
        OK(is_granted(&its, proof, proof_len));
        CHECK(its.granted.outcome == SEALWIRE_GRANTED);
        uint8_t grant[SEALWIRE_MAX_GRANT];
        size_t grant_len = its.grant_len;
        memcpy(grant, its.grant, sizeof grant);
        every_byte_changed(SEALWIRE_ACCESS_GRANT, grant, grant_len);
        OK(takes(&its, grant, grant_len));
        uses(&its);
        OK(sends(&its, &result, &confirmation));
        CHECK(confirmation.is_confirmed);
        OK(is_sent(&its, &result));
        part(&its);
    }
}

static void messages_of_other_kinds_and_repetitions(void)
{
    for (int kind = 0; kind < KINDS; kind++) {
        uint8_t grant[SEALWIRE_MAX_GRANT], old_challenge[SEALWIRE_MAX_CHALLENGE];
        uint8_t old_proof[SEALWIRE_MAX_PROOF], told;
        size_t grant_len, old_proof_len, old_challenge_len;
        meet(&its, (enum kind)kind);
        asks(&its);
        OK(sealwire_access_kind(its.request, its.request_len, &told));
        CHECK(told == SEALWIRE_ACCESS_REQUEST);
        OK(sealwire_access_kind(its.challenge, its.challenge_len, &told));
        CHECK(told == SEALWIRE_ACCESS_CHALLENGE);
        OK(sealwire_access_kind(its.proof, its.proof_len, &told));
        CHECK(told == SEALWIRE_ACCESS_PROOF);
        STATUS(ACCESS_KIND, is_challenged(&its, its.proof, its.proof_len));
        STATUS(ACCESS_KIND, answers(&its, its.request, its.request_len)); /* reflected */
        STATUS(ACCESS_KIND, is_granted(&its, its.request, its.request_len));
        STATUS(ACCESS_KIND, takes(&its, its.proof, its.proof_len));
        OK(is_granted(&its, its.proof, its.proof_len));
        memcpy(grant, its.grant, sizeof grant);
        grant_len = its.grant_len;
        OK(sealwire_access_kind(grant, grant_len, &told));
        CHECK(told == SEALWIRE_ACCESS_GRANT);
        STATUS(ACCESS_KIND, is_granted(&its, grant, grant_len)); /* reflected */
        /* A dropped grant costs a repetition: the same bytes. */
        OK(is_granted(&its, its.proof, its.proof_len));
        CHECK(its.granted.outcome == SEALWIRE_GRANTED_AGAIN && its.granted.session.level == 0);
        CHECK(its.grant_len == grant_len && memcmp(its.grant, grant, grant_len) == 0);
        OK(takes(&its, grant, grant_len));
        STATUS(ACCESS_STATE, takes(&its, grant, grant_len));
        uses(&its);
        OK(sends(&its, &result, NULL));
        memcpy(old_proof, its.proof, sizeof old_proof);
        old_proof_len = its.proof_len;
        memcpy(old_challenge, its.challenge, sizeof old_challenge);
        old_challenge_len = its.challenge_len;
        /* The next exchange takes nothing of the one before. */
        its.tick += MILLION;
        its.plan.key_id++;
        OK(begins(&its));
        STATUS(ACCESS_ELSEWHERE, answers(&its, old_challenge, old_challenge_len));
        OK(is_challenged(&its, its.request, its.request_len));
        OK(answers(&its, its.challenge, its.challenge_len));
        STATUS(ACCESS_ELSEWHERE, takes(&its, grant, grant_len));
        OK(is_granted(&its, its.proof, its.proof_len));
        STATUS(ACCESS_REPLAYED, is_granted(&its, old_proof, old_proof_len));
        OK(takes(&its, its.grant, its.grant_len));
        part(&its);
    }
}

static void out_of_order_says_where_it_stands(void)
{
    sealwire_exchange_failure failure;
    char text[SEALWIRE_EXPLANATION_SIZE];
    uint8_t state;
    size_t len;
    meet(&its, SECRET_4);
    OK(sealwire_exchange_state(&its.exchange, &state));
    CHECK(state == SEALWIRE_EXCHANGE_IDLE);
    STATUS(ACCESS_STATE, sealwire_exchange_request(&its.exchange, its.request, sizeof its.request,
                                                   &its.request_len));
    OK(sealwire_exchange_last_failure(&its.exchange, &failure));
    CHECK(failure.status == SEALWIRE_ERR_ACCESS_STATE && failure.state == SEALWIRE_EXCHANGE_IDLE &&
          failure.needs == SEALWIRE_EXCHANGE_AWAIT_CHALLENGE);
    OK(sealwire_exchange_explain(&its.exchange, text, sizeof text, &len));
    CHECK(strcmp(text, "ACCESS_STATE: the state is 'idle', the call needs 'await challenge'") == 0);
    CHECK(strlen(text) == len);
    STATUS(ACCESS_STATE, answers(&its, its.challenge, 9));
    STATUS(ACCESS_STATE, takes(&its, its.grant, 9));
    STATUS(ACCESS_STATE,
           sealwire_exchange_proof(&its.exchange, its.proof, sizeof its.proof, &its.proof_len));
    OK(sealwire_exchange_last_failure(&its.exchange, &failure));
    CHECK(failure.needs == SEALWIRE_EXCHANGE_AWAIT_GRANT);
    OK(begins(&its));
    OK(sealwire_exchange_last_failure(&its.exchange, &failure));
    CHECK(failure.status == SEALWIRE_OK && failure.state == SEALWIRE_EXCHANGE_AWAIT_CHALLENGE);
    OK(sealwire_exchange_explain(&its.exchange, text, sizeof text, &len));
    CHECK(len == 0 && text[0] == '\0');
    STATUS(ACCESS_STATE, takes(&its, its.grant, 9));
    STATUS(ACCESS_STATE,
           sealwire_exchange_proof(&its.exchange, its.proof, sizeof its.proof, &its.proof_len));
    OK(sealwire_exchange_explain(&its.exchange, text, sizeof text, &len));
    CHECK(strcmp(text, "ACCESS_STATE: the state is 'await challenge', the call needs "
                       "'await grant'") == 0);
    STATUS(ACCESS_MALFORMED, answers(&its, its.challenge, 0));
    OK(sealwire_exchange_explain(&its.exchange, text, sizeof text, &len));
    CHECK(strncmp(text, "ACCESS_MALFORMED: ", 18) == 0);
    CHECK(strstr(text, "(in state 'await challenge')") != NULL);
    OK(is_challenged(&its, its.request, its.request_len));
    OK(answers(&its, its.challenge, its.challenge_len));
    OK(sealwire_exchange_state(&its.exchange, &state));
    CHECK(state == SEALWIRE_EXCHANGE_AWAIT_GRANT);
    OK(sealwire_exchange_abandon(&its.exchange));
    OK(sealwire_exchange_state(&its.exchange, &state));
    CHECK(state == SEALWIRE_EXCHANGE_IDLE);
    gets_a_session(&its);
    OK(sealwire_exchange_state(&its.exchange, &state));
    CHECK(state == SEALWIRE_EXCHANGE_IDLE);
    part(&its);
}

static void refusals_tell_the_module_their_class(void)
{
    static const uint8_t other[32] = {99};
    sealwire_access_record record;
    sealwire_granter_config config;
    meet(&its, SECRET_4);
    its.plan.role = "admin";
    its.plan.role_len = 5;
    asks(&its);
    OK(is_granted(&its, its.proof, its.proof_len));
    CHECK(its.granted.outcome == SEALWIRE_GRANT_REFUSED);
    CHECK(its.granted.why == SEALWIRE_ERR_ROLE_NOT_GRANTED);
    STATUS(ACCESS_FORBIDDEN, takes(&its, its.grant, its.grant_len));
    nobody_has_a_session();
    its.plan.role = NULL;
    its.plan.role_len = 0;
    asks(&its);
    sealwire_access_arrival came = arrival(&its, its.proof, its.proof_len);
    came.now = SEALWIRE_NO_CLOCK;
    OK(sealwire_granter_grant(&its.granter, &its.panel, &came, &its.panels, its.grant,
                              sizeof its.grant, &its.grant_len, &its.granted, NULL, 0));
    CHECK(its.granted.why == SEALWIRE_ERR_NO_CLOCK);
    STATUS(ACCESS_UNAVAILABLE, takes(&its, its.grant, its.grant_len));
    /* Who isn't known, or doesn't hold the secret, gets no answer at all. */
    its.credential.key = other;
    asks(&its);
    STATUS(ACCESS_MAC_WRONG, is_granted(&its, its.proof, its.proof_len));
    OK(sealwire_granter_remove(&its.granter, &its.panel, &PUMP));
    STATUS(ACCESS_UNKNOWN_MODULE, is_granted(&its, its.proof, its.proof_len));
    STATUS(ACCESS_UNKNOWN_MODULE, sealwire_granter_remove(&its.granter, &its.panel, &PUMP));
    part(&its);

    meet(&its, KEY_5); /* a granter whose highest level is 4 */
    OK(sealwire_granter_destroy(&its.granter));
    config = granter_config(&its);
    config.max_level = SEALWIRE_LEVEL_HMAC;
    OK(sealwire_granter_init(&its.granter, sizeof its.granter, &config, &its.random));
    OK(sealwire_granter_define_role(&its.granter, "operator", 8, OPERATOR));
    record = pumps_record(&its);
    OK(sealwire_granter_register(&its.granter, &record, SEALWIRE_PORTABLE_VERIFICATION));
    asks(&its);
    OK(is_granted(&its, its.proof, its.proof_len));
    CHECK(its.granted.why == SEALWIRE_ERR_LEVEL_NOT_GRANTED);
    STATUS(ACCESS_FORBIDDEN, takes(&its, its.grant, its.grant_len));
    part(&its);
}

static void work_is_limited_by_source(void)
{
    sealwire_source_slot sources[4];
    sealwire_granter_config config;
    sealwire_access_record record;
    meet(&its, SECRET_4);
    OK(sealwire_granter_destroy(&its.granter));
    config = granter_config(&its);
    config.source_per_second = 1;
    config.source_burst = 2;
    config.sources = sources;
    config.sources_size = sizeof sources;
    OK(sealwire_granter_init(&its.granter, sizeof its.granter, &config, &its.random));
    OK(sealwire_granter_define_role(&its.granter, "operator", 8, OPERATOR));
    record = pumps_record(&its);
    OK(sealwire_granter_register(&its.granter, &record, NULL));
    for (int i = 0; i < 3; i++) {
        asks(&its);
        if (i < 2)
            OK(is_granted(&its, its.proof, its.proof_len));
        else
            STATUS(ACCESS_BUSY, is_granted(&its, its.proof, its.proof_len));
    }
    its.tick += 2 * MILLION;
    OK(is_granted(&its, its.proof, its.proof_len));
    part(&its);
}

static void a_session_that_nobody_used_is_forgotten(void)
{
    size_t count, unconfirmed;
    meet(&its, SECRET_4);
    gets_a_session(&its);
    OK(sealwire_granter_session_count(&its.granter, &count, &unconfirmed));
    CHECK(count == 1 && unconfirmed == 1);
    its.tick += SEALWIRE_UNCONFIRMED;
    STATUS(UNKNOWN_KEY, sends(&its, &result, NULL));
    OK(sealwire_granter_session_count(&its.granter, &count, &unconfirmed));
    CHECK(count == 0 && unconfirmed == 0);
    part(&its);
    /* The requester's side of the same rule. */
    meet(&its, SECRET_4);
    asks(&its);
    OK(is_granted(&its, its.proof, its.proof_len));
    its.tick += SEALWIRE_UNCONFIRMED;
    STATUS(SESSION_UNKNOWN, takes(&its, its.grant, its.grant_len));
    STATUS(COOKIE_EXPIRED,
           (its.tick += SEALWIRE_UNCONFIRMED, is_granted(&its, its.proof, its.proof_len)));
    part(&its);
}

static void a_renewal_ends_the_old_after_the_overlap(void)
{
    uint32_t id, first;
    meet(&its, SECRET_4);
    gets_a_session(&its);
    OK(sends(&its, &result, NULL));
    OK(sealwire_granter_session_of(&its.granter, &PUMP, &first, NULL));
    sealwire_sealer old = {{0}};
    OK(sealwire_sealer_init_session(&old, sizeof old, &its.session)); /* the test's, for later */
    OK(sealwire_sealer_destroy(&old));
    sealwire_session_destroy(&its.session);
    OK(sealwire_sealer_destroy(&its.sealer));
    its.plan.key_id++;
    gets_a_session(&its);
    OK(sealwire_held_sessions_newest(&its.held, &id));
    CHECK(id == PUMPS_KEY_ID + 1);
    OK(is_sent(&its, &result)); /* the old one, until the new one is used */
    CHECK(result.key_id == PUMPS_KEY_ID);
    OK(sends(&its, &result, &confirmation));
    CHECK(confirmation.is_confirmed && confirmation.has_replaced && confirmation.replaces == first);
    OK(is_sent(&its, &result));
    CHECK(result.key_id == PUMPS_KEY_ID + 1);
    sealwire_slot before[4];
    memcpy(before, its.pump_slots, sizeof before);
    its.tick += SEALWIRE_DEFAULT_OVERLAP;
    OK(sealwire_held_sessions_run(&its.held, its.tick, &its.pump));
    CHECK(memcmp(before, its.pump_slots, sizeof before) != 0); /* the older one is gone */
    size_t count, unconfirmed;
    OK(sealwire_granter_run(&its.granter, &its.panel, its.tick));
    OK(sealwire_granter_session_count(&its.granter, &count, &unconfirmed));
    CHECK(count == 1 && unconfirmed == 0);
    OK(sealwire_held_sessions_end(&its.held, &its.pump));
    STATUS(SESSION_UNKNOWN, sealwire_held_sessions_newest(&its.held, &id));
    STATUS(UNKNOWN_KEY, is_sent(&its, &result));
    OK(sealwire_granter_end_sessions(&its.granter, &its.panel, &PUMP));
    STATUS(SESSION_UNKNOWN, is_sent(&its, &result));
    STATUS(UNKNOWN_KEY, sends(&its, &result, NULL));
    part(&its);
}

static void time_is_learned_from_a_source_of_time(void)
{
    sealwire_clock clock;
    uint64_t now, error, past = SEALWIRE_DEFAULT_PAST, future = SEALWIRE_DEFAULT_FUTURE;
    sealwire_session_info info;
    memset(&clock, 0, sizeof clock);
    meet(&its, SECRET_4);
    OK(sealwire_clock_init(&clock, sizeof clock, NOW - MILLION, 100));
    its.plan.counter_only = 1;
    its.plan.is_time_source = 1;
    asks(&its);
    its.tick += 400000;
    OK(is_granted(&its, its.proof, its.proof_len));
    its.tick += 200000;
    OK(takes(&its, its.grant, its.grant_len));
    uses(&its);
    OK(sends(&its, &result, NULL));
    CHECK(result.flags & SEALWIRE_IS_COUNTER_ONLY);
    OK(is_sent(&its, &result));
    OK(sealwire_session_read(&its.session, &info));
    CHECK(info.flags == (SEALWIRE_SESSION_COUNTER_ONLY | SEALWIRE_SESSION_TIME));
    CHECK(info.expires == SEALWIRE_NO_CLOCK && info.round_trip == 600000);
    CHECK(info.time == NOW + its.tick - 200000);
    OK(sealwire_clock_now(&clock, its.tick, &now));
    CHECK(now == SEALWIRE_NO_CLOCK);
    STATUS(NO_CLOCK, sealwire_clock_error(&clock, its.tick, &error));
    STATUS(NO_CLOCK, sealwire_clock_widen(&clock, its.tick, &past, &future));
    OK(sealwire_clock_learn(&clock, &its.session));
    OK(sealwire_clock_now(&clock, its.tick + 5, &now));
    CHECK(now == info.time + 300005);
    OK(sealwire_clock_error(&clock, its.tick, &error));
    CHECK(error == 300000);
    OK(sealwire_clock_widen(&clock, its.tick, &past, &future));
    CHECK(past == SEALWIRE_DEFAULT_PAST + error && future == SEALWIRE_DEFAULT_FUTURE + error);
    OK(sealwire_clock_destroy(&clock));
    OK(sealwire_clock_init(&clock, sizeof clock, 2 * NOW, 100));
    STATUS(TIME_BEFORE_FLOOR, sealwire_clock_learn(&clock, &its.session));
    OK(sealwire_clock_destroy(&clock));
    part(&its);

    meet(&its, SECRET_4);
    OK(sealwire_clock_init(&clock, sizeof clock, 0, 100));
    gets_a_session(&its);
    STATUS(NOT_TIME_SOURCE, sealwire_clock_learn(&clock, &its.session));
    part(&its);
    meet(&its, SECRET_4);
    its.plan.counter_only = its.plan.is_time_source = 1;
    asks(&its);
    OK(is_granted(&its, its.proof, its.proof_len));
    its.tick += SEALWIRE_MAX_ROUND_TRIP + 1;
    OK(takes(&its, its.grant, its.grant_len));
    STATUS(TIME_TOO_SLOW, sealwire_clock_learn(&clock, &its.session));
    OK(sealwire_clock_destroy(&clock));
    part(&its);
}

static void a_token_stands_for_its_module(void)
{
    sealwire_token_slot slots[1];
    sealwire_tokens tokens;
    sealwire_session theirs;
    sealwire_id module;
    uint8_t token[SEALWIRE_TOKEN_SIZE], role;
    size_t len;
    memset(&tokens, 0, sizeof tokens);
    memset(&theirs, 0, sizeof theirs);
    meet(&its, SECRET_4);
    OK(sealwire_tokens_init(&tokens, sizeof tokens, slots, sizeof slots));
    asks(&its);
    sealwire_access_arrival came = arrival(&its, its.proof, its.proof_len);
    OK(sealwire_granter_grant(&its.granter, &its.panel, &came, &its.panels, its.grant,
                              sizeof its.grant, &its.grant_len, NULL, &theirs, sizeof theirs));
    OK(takes(&its, its.grant, its.grant_len));
    OK(sealwire_session_token(&its.session, token, sizeof token, &len));
    STATUS(TOKEN_UNKNOWN, sealwire_tokens_check(&tokens, token, len, its.tick, &module, &role));
    OK(sealwire_tokens_keep(&tokens, &theirs, its.tick));
    OK(sealwire_tokens_check(&tokens, token, len, its.tick, &module, &role));
    CHECK(memcmp(&module, &PUMP, sizeof PUMP) == 0 && role == OPERATOR);
    token[31] ^= 1;
    STATUS(TOKEN_UNKNOWN, sealwire_tokens_check(&tokens, token, len, its.tick, &module, NULL));
    token[31] ^= 1;
    STATUS(KEY_LENGTH, sealwire_tokens_check(&tokens, token, 31, its.tick, &module, NULL));
    OK(sealwire_tokens_revoke(&tokens, &PUMP));
    STATUS(TOKEN_UNKNOWN, sealwire_tokens_revoke(&tokens, &PUMP));
    STATUS(TOKEN_UNKNOWN, sealwire_tokens_check(&tokens, token, len, its.tick, &module, NULL));
    OK(sealwire_session_destroy(&theirs));
    OK(sealwire_tokens_destroy(&tokens));
    part(&its);
}

static void a_group_key_comes_with_the_grant(void)
{
    sealwire_group_key group;
    sealwire_access_record record;
    sealwire_peer_key key;
    sealwire_sealer_config config = sealer_config(GROUP_KEY);
    sealwire_sealer publisher;
    sealwire_session_info info;
    uint8_t secret[SEALWIRE_SECRET_SIZE], frame[256];
    size_t len;
    memset(&group, 0, sizeof group);
    memset(&publisher, 0, sizeof publisher);
    meet(&its, SECRET_4);
    OK(sealwire_granter_remove(&its.granter, &its.panel, &PUMP));
    record = pumps_record(&its);
    record.flags = SEALWIRE_RECORD_IN_GROUP;
    OK(sealwire_granter_register(&its.granter, &record, NULL));
    gets_a_session(&its);
    STATUS(UNKNOWN_KEY, sealwire_session_group(&its.session, &key, secret, sizeof secret, &len));
    group.id = GROUP;
    group.key_id = GROUP_KEY;
    group.algorithm = SEALWIRE_HMAC_SHA256;
    group.secret = GROUP_SECRET;
    group.secret_len = sizeof GROUP_SECRET;
    OK(sealwire_granter_set_group(&its.granter, &group));
    OK(sealwire_session_destroy(&its.session));
    its.plan.key_id++;
    asks(&its);
    OK(is_granted(&its, its.proof, its.proof_len));
    OK(takes(&its, its.grant, its.grant_len));
    OK(sealwire_session_read(&its.session, &info));
    CHECK(info.flags & SEALWIRE_SESSION_GROUP);
    len = 0;
    STATUS(BUFFER_TOO_SMALL, sealwire_session_group(&its.session, &key, secret, 31, &len));
    CHECK(len == sizeof secret);
    OK(sealwire_session_group(&its.session, &key, secret, sizeof secret, &len));
    CHECK(memcmp(secret, GROUP_SECRET, sizeof secret) == 0);
    key.role = 3;
    OK(sealwire_register(&its.pump, &key));
    sealwire_wipe(secret, sizeof secret);
    config.sender = PANEL;
    OK(sealwire_sealer_init_hmac(&publisher, sizeof publisher, &config, SEALWIRE_HMAC_SHA256,
                                 GROUP_SECRET, 32));
    OK(sealwire_seal(&publisher, BYTES("to all"), &PRESSURE, NOW, frame, sizeof frame, &len, NULL));
    its.demand.allow_groups = 1;
    OK(sealwire_validate(&its.pump, frame, len, &its.demand, NOW, &result));
    CHECK(SEALWIRE_ACCEPTED(&result) && (result.flags & SEALWIRE_HAS_GROUP) && result.role == 3);
    OK(sealwire_granter_set_group(&its.granter, NULL));
    OK(sealwire_sealer_destroy(&publisher));
    part(&its);
}

static void a_credential_may_end(void)
{
    sealwire_access_record record;
    meet(&its, SECRET_4);
    OK(sealwire_granter_remove(&its.granter, &its.panel, &PUMP));
    record = pumps_record(&its);
    record.expires = NOW + 100 * MILLION;
    STATUS(INVALID_ARGUMENT, sealwire_granter_register(&its.granter, &record, NULL));
    record.flags = SEALWIRE_RECORD_EXPIRES;
    OK(sealwire_granter_register(&its.granter, &record, NULL));
    gets_a_session(&its);
    CHECK(its.granted.session.life_seconds == 95);
    its.tick = 101 * MILLION;
    asks(&its);
    OK(is_granted(&its, its.proof, its.proof_len));
    CHECK(its.granted.why == SEALWIRE_ERR_CREDENTIAL_EXPIRED);
    part(&its);
}

/* A granter whose engines are from outside, and fail when they are told to. */
static int32_t engine_says;

static int outside_generate(void *user, const uint8_t *private_key, uint8_t *xy)
{
    const sealwire_agree_engine *inner = (const sealwire_agree_engine *)user;
    return engine_says ? engine_says : inner->generate(inner->user, private_key, xy);
}

static int outside_agree(void *user, const uint8_t *private_key, const uint8_t *xy, uint8_t *shared)
{
    const sealwire_agree_engine *inner = (const sealwire_agree_engine *)user;
    return engine_says ? engine_says : inner->agree(inner->user, private_key, xy, shared);
}

static void engines_from_outside_are_asked(void)
{
    sealwire_agree_engine inner = sealwire_portable_agreement;
    sealwire_agree_engine outside = {&inner, outside_generate, outside_agree};
    meet(&its, KEY_4);
    its.panels.agreement = its.pumps.agreement = &outside;
    its.panels.verifier = its.pumps.verifier = SEALWIRE_HOST_VERIFICATION;
    engine_says = 1; /* neither yes nor no */
    STATUS(ENGINE_FAILED, begins(&its));
    engine_says = SEALWIRE_ENGINE_NO; /* never a scalar */
    STATUS(ENGINE_FAILED, begins(&its));
    engine_says = 0;
    OK(begins(&its));
    engine_says = -1;
    STATUS(ENGINE_FAILED, is_challenged(&its, its.request, its.request_len));
    engine_says = 0;
    OK(is_challenged(&its, its.request, its.request_len));
    engine_says = SEALWIRE_ENGINE_NO; /* no point */
    STATUS(ACCESS_MALFORMED, answers(&its, its.challenge, its.challenge_len));
    engine_says = 0;
    OK(answers(&its, its.challenge, its.challenge_len));
    OK(is_granted(&its, its.proof, its.proof_len));
    OK(takes(&its, its.grant, its.grant_len));
    uses(&its);
    OK(sends(&its, &result, NULL));
    part(&its);

    meet(&its, KEY_5); /* engines that a key needs */
    its.pumps.signer = NULL;
    OK(begins(&its));
    OK(is_challenged(&its, its.request, its.request_len));
    STATUS(NO_ENGINE, answers(&its, its.challenge, its.challenge_len));
    its.pumps.signer = &its.signers[1];
    OK(answers(&its, its.challenge, its.challenge_len));
    its.panels.verifier = NULL;
    STATUS(NO_ENGINE, is_granted(&its, its.proof, its.proof_len));
    its.panels.verifier = SEALWIRE_PORTABLE_VERIFICATION;
    OK(is_granted(&its, its.proof, its.proof_len));
    its.pumps.verifier = NULL;
    STATUS(NO_ENGINE, takes(&its, its.grant, its.grant_len));
    its.pumps.verifier = SEALWIRE_PORTABLE_VERIFICATION;
    OK(takes(&its, its.grant, its.grant_len));
    uses(&its);
    OK(sends(&its, &result, NULL));
    its.panels.signer = NULL;
    STATUS(NO_ENGINE, is_sent(&its, &result));
    part(&its);
}

static void entropy_that_fails_starts_nothing(void)
{
    meet(&its, SECRET_4);
    its.entropy_fails = 1;
    STATUS(NO_ENTROPY, begins(&its));
    its.entropy_fails = 0;
    OK(begins(&its));
    its.entropy_fails = 1;
    STATUS(NO_ENTROPY, is_challenged(&its, its.request, its.request_len));
    its.entropy_fails = 0;
    OK(is_challenged(&its, its.request, its.request_len));
    part(&its);
}

int main(void)
{
    frames_go_both_ways();
    both_sides_hold_the_same();
    a_secret_never_reaches_level_5();
    one_kind_never_stands_in_for_the_other();
    changed_messages_are_refused_and_the_exchange_goes_on();
    messages_of_other_kinds_and_repetitions();
    out_of_order_says_where_it_stands();
    refusals_tell_the_module_their_class();
    work_is_limited_by_source();
    a_session_that_nobody_used_is_forgotten();
    a_renewal_ends_the_old_after_the_overlap();
    time_is_learned_from_a_source_of_time();
    a_token_stands_for_its_module();
    a_group_key_comes_with_the_grant();
    a_credential_may_end();
    engines_from_outside_are_asked();
    entropy_that_fails_starts_nothing();
    return report();
}
