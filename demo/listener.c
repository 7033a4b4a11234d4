/*
 * A listener of the plant, in C: checks every packet that comes over a line and says what it
 * thinks of it.
 *
 *   listener KEYS OWN_ID group|alone PAST
 *
 * KEYS holds the plant's secret (32 bytes) and the pump's public key (64). `group`: the keys are
 * the plant's, as they should be. `alone`: the same keys, registered as if the pump spoke to this
 * listener only; then nothing fits. PAST is the age in us up to which a frame counts.
 *
 * Standard input is the line: COBS packets of one byte of channel and a frame. For each there is
 * one line of output: channel, verdict, and how many ns it took. On channel 0 the bridge talks to
 * the listener itself: `s` restarts it with its saved state, `n` without any.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sealwire.h"

enum { TELEMETRY = 1, HEALTH = 2, STATION = 5, ALARM = 6 };
enum { PUMP_IN_PLANT = 0x11, PUMP_SIGNS = 0x12, STATION_IN_PLANT = 0x22 };
enum { SLOTS = 4, PACKET = 256, STATE = 1024 };

static const sealwire_id PUMP = {
    {'p', 'u', 'm', 'p', '-', '0', '0', '0', '0', '0', '0', '-', '0', '0', '0', '1'}};
static const sealwire_id STATION_ID = {
    {'s', 't', 'a', 't', 'i', 'o', 'n', '-', '0', '0', '0', '-', '0', '0', '0', '1'}};
static const sealwire_id PLANT = {
    {'p', 'l', 'a', 'n', 't', '-', '0', '0', '0', '0', '0', '-', '0', '0', '0', '1'}};

struct listener {
    sealwire_validator validator;
    sealwire_slot slots[SLOTS];
    sealwire_id own;
    uint8_t keys[32 + 64];
    int alone;
    uint64_t past;
};

static uint64_t nanoseconds(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) {
        return 0;
    }
    return (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_nsec;
}

static uint64_t now(void)
{
    return nanoseconds(CLOCK_REALTIME) / 1000U;
}

/* Registers one sender's key for the plant, or, if `alone`, as if it were for this listener. */
static int32_t register_key(struct listener *self, uint32_t id, const sealwire_id *sender)
{
    const int is_signed = id == PUMP_SIGNS;
    const sealwire_peer_key key = {
        .key_id = id,
        .algorithm = is_signed ? SEALWIRE_ECDSA_P256 : SEALWIRE_HMAC_SHA256,
        .flags = self->alone ? 0 : SEALWIRE_KEY_GROUP,
        .sender = *sender,
        .group = self->alone ? (sealwire_id){{0}} : PLANT,
        .key = is_signed ? self->keys + 32 : self->keys,
        .key_len = is_signed ? 64 : 32,
    };
    return sealwire_register(&self->validator, &key);
}

static int32_t start(struct listener *self, sealwire_restart restart)
{
    const sealwire_validator_config config = {
        .own = self->own,
        .past = self->past,
        .future = SEALWIRE_DEFAULT_FUTURE,
        .restart = restart,
        .slots = self->slots,
        .slots_size = sizeof self->slots,
    };
    int32_t status = sealwire_validator_init(&self->validator, sizeof self->validator, &config);
    if (status == SEALWIRE_OK) {
        status = sealwire_use_portable_verifier(&self->validator);
    }
    if (status == SEALWIRE_OK) {
        status = register_key(self, PUMP_IN_PLANT, &PUMP);
    }
    if (status == SEALWIRE_OK) {
        status = register_key(self, PUMP_SIGNS, &PUMP);
    }
    if (status == SEALWIRE_OK && !self->alone) {
        status = register_key(self, STATION_IN_PLANT, &STATION_ID);
    }
    return status;
}

static int32_t restart(struct listener *self, int with_state)
{
    uint8_t state[STATE];
    size_t len = 0;
    int32_t status = sealwire_save(&self->validator, state, sizeof state, &len);
    if (status != SEALWIRE_OK) {
        return status;
    }
    (void)sealwire_validator_destroy(&self->validator);
    if (with_state) {
        return start(self, (sealwire_restart){
                               .kind = SEALWIRE_RESTART_SAVED, .saved = state, .saved_len = len});
    }
    return start(self, (sealwire_restart){.kind = SEALWIRE_RESTART_NOT_BEFORE, .now = now()});
}

/* What a frame on `channel` is about, and how well it must be proven. */
static sealwire_requirement demanded(uint8_t channel)
{
    const char *topic = channel == TELEMETRY ? "pump/telemetry"
                        : channel == HEALTH  ? "pump/health"
                        : channel == STATION ? "station/host"
                        : channel == ALARM   ? "pump/alarm"
                                             : "pump/command";
    const int is_signed = channel == HEALTH || channel == ALARM;
    return (sealwire_requirement){
        .level = is_signed ? SEALWIRE_LEVEL_DIGITAL_SIGNATURE : SEALWIRE_LEVEL_HMAC,
        .exactly = 1,
        .allow_groups = 1,
        .context = {.kind = SEALWIRE_TOPIC,
                    .name = (const uint8_t *)topic,
                    .name_len = strlen(topic)},
        .policy = SEALWIRE_ANY_PEER,
    };
}

static void judge(struct listener *self, const uint8_t *packet, size_t len)
{
    if (len == 0) {
        return;
    }
    const uint8_t channel = packet[0];
    if (channel == 0) {
        const int32_t status = restart(self, len > 1 && packet[1] == 's');
        printf("0 %s 0\n", status == SEALWIRE_OK ? "RESTARTED" : sealwire_error_name(status));
        return;
    }
    const sealwire_requirement requirement = demanded(channel);
    sealwire_result result;
    const uint64_t begun = nanoseconds(CLOCK_MONOTONIC);
    const int32_t status =
        sealwire_validate(&self->validator, packet + 1, len - 1, &requirement, now(), &result);
    const uint64_t took = nanoseconds(CLOCK_MONOTONIC) - begun;
    const char *verdict = SEALWIRE_ACCEPTED(&result) ? "ACCEPTED" : sealwire_error_name(status);
    printf("%u %s %" PRIu64 "\n", (unsigned)channel, verdict, took);
}

static int listen_to(struct listener *self)
{
    uint8_t room[PACKET];
    sealwire_stream stream;
    if (sealwire_stream_init(&stream, sizeof stream, room, sizeof room) != SEALWIRE_OK) {
        return 1;
    }
    uint8_t bytes[512];
    ssize_t came;
    while ((came = read(STDIN_FILENO, bytes, sizeof bytes)) > 0) {
        size_t done = 0;
        while (done < (size_t)came) {
            size_t used = 0;
            const uint8_t *packet = NULL;
            size_t len = 0;
            const int32_t status = sealwire_stream_push(&stream, bytes + done, (size_t)came - done,
                                                        &used, &packet, &len);
            if (status != SEALWIRE_OK) {
                if (sealwire_count_lost(&self->validator, status) != SEALWIRE_OK) {
                    return 1;
                }
                printf("- %s 0\n", sealwire_error_name(status));
            } else if (packet != NULL) {
                judge(self, packet, len);
            }
            if (used == 0) {
                break;
            }
            done += used;
        }
        (void)fflush(stdout);
    }
    (void)sealwire_stream_destroy(&stream);
    return came == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct listener self;
    if (argc != 5 || strlen(argv[2]) != sizeof self.own.bytes) {
        (void)fprintf(stderr, "usage: listener KEYS OWN_ID group|alone PAST\n");
        return 2;
    }
    FILE *keys = fopen(argv[1], "rb");
    if (keys == NULL || fread(self.keys, 1, sizeof self.keys, keys) != sizeof self.keys) {
        (void)fprintf(stderr, "listener: no keys in %s\n", argv[1]);
        return 3;
    }
    (void)fclose(keys);
    memcpy(self.own.bytes, argv[2], sizeof self.own.bytes);
    self.alone = strcmp(argv[3], "alone") == 0;
    if (sscanf(argv[4], "%" SCNu64, &self.past) != 1) {
        return 2;
    }
    const int32_t status = start(&self, (sealwire_restart){.kind = SEALWIRE_RESTART_FRESH_KEYS});
    if (status != SEALWIRE_OK) {
        (void)fprintf(stderr, "listener: %s\n", sealwire_error_name(status));
        return 1;
    }
    const int code = listen_to(&self);
    (void)sealwire_validator_destroy(&self.validator);
    (void)sealwire_wipe(&self, sizeof self);
    return code;
}
