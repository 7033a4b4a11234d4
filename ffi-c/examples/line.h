/* What granter.c and requester.c share: a line between two programs, packets in COBS over stdin
 * and stdout, as it would be over a UART; a tick, a clock, and randomness. POSIX. */
#ifndef EXAMPLES_LINE_H
#define EXAMPLES_LINE_H

#include <sealwire.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_SIZE = 512 };

static const sealwire_id panel_id = {"panel-00000-0001"};
static const sealwire_id pump_ids[2] = {{"pump-000000-0001"}, {"pump-000000-0002"}};
static const sealwire_context pressure = {SEALWIRE_TOPIC, (const uint8_t *)"pump/pressure", 13,
                                          NULL, 0};
static const sealwire_context valve = {SEALWIRE_TOPIC, (const uint8_t *)"pump/valve", 10, NULL, 0};

static uint64_t micros(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

/* Only goes up: what time-outs and the lives of sessions are counted by. */
static uint64_t tick(void)
{
    return micros(CLOCK_MONOTONIC);
}

static uint64_t now(void)
{
    return micros(CLOCK_REALTIME);
}

static int fill(void *user, uint8_t *out, size_t len)
{
    FILE *random = fopen("/dev/urandom", "rb");
    size_t got = random ? fread(out, 1, len, random) : 0;
    (void)user;
    if (random)
        fclose(random);
    return got != len;
}

static const sealwire_entropy entropy = {NULL, fill};

static void send_packet(const uint8_t *packet, size_t len)
{
    uint8_t encoded[PACKET_SIZE + 8];
    size_t encoded_len, sent = 0;
    if (sealwire_stream_encode(packet, len, encoded, sizeof encoded, &encoded_len) != SEALWIRE_OK)
        return;
    while (sent < encoded_len) {
        ssize_t n = write(STDOUT_FILENO, encoded + sent, encoded_len - sent);
        if (n <= 0)
            return;
        sent += (size_t)n;
    }
}

/* The next packet: 1; 0 if none came before `deadline`, a tick; -1 at the line's end. */
static int next_packet(sealwire_stream *stream, uint64_t deadline, const uint8_t **packet,
                       size_t *len)
{
    for (;;) {
        struct pollfd line = {STDIN_FILENO, POLLIN, 0};
        uint64_t at = tick();
        uint8_t byte;
        size_t used;
        int left = at < deadline ? (int)((deadline - at + 999) / 1000) : 0;
        if (poll(&line, 1, left) <= 0)
            return 0;
        if (read(STDIN_FILENO, &byte, 1) <= 0)
            return -1;
        if (sealwire_stream_push(stream, &byte, 1, &used, packet, len) == SEALWIRE_OK &&
            *packet != NULL)
            return 1;
    }
}

static int failed(const char *what, int32_t status)
{
    fprintf(stderr, "%s: %s (%s)\n", what, sealwire_error_sentence(status),
            sealwire_error_name(status));
    return 1;
}

/* A receiver without keys yet: sessions bring them. */
static int32_t receiver(sealwire_validator *validator, sealwire_id own, sealwire_slot *slots,
                        size_t slots_size)
{
    sealwire_validator_config config;
    memset(&config, 0, sizeof config);
    config.own = own;
    config.past = SEALWIRE_DEFAULT_PAST;
    config.future = SEALWIRE_DEFAULT_FUTURE;
    config.restart.kind = SEALWIRE_RESTART_FRESH_KEYS; /* a session's keys are always fresh */
    config.slots = slots;
    config.slots_size = slots_size;
    int32_t status = sealwire_validator_init(validator, sizeof *validator, &config);
    if (status == SEALWIRE_OK)
        status = sealwire_use_host_verifier(validator);
    return status;
}

#endif
