/* Eight threads offer the same frames to one validator: each is accepted exactly once, with each
 * of the three ways to lock that the header describes. Level 4 with 10,000 frames, level 5 with
 * fewer, since its point is that nobody verifies under the lock. */
#define _POSIX_C_SOURCE 200809L

#include "world.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 8, FRAMES = 10000, SIGNED_FRAMES = 100, FRAME_SIZE = 128 };

static struct world world;
static uint8_t (*frames)[FRAME_SIZE];
static size_t frame_lens[FRAMES];
static size_t frame_count;
static unsigned accepted_count[FRAMES];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static void must(int result)
{
    if (result != 0)
        abort();
}

static int all_under_a_mutex(size_t i)
{
    sealwire_result result;
    must(pthread_mutex_lock(&mutex));
    int32_t status =
        sealwire_validate(&world.panel, frames[i], frame_lens[i], &world.demand, NOW, &result);
    must(pthread_mutex_unlock(&mutex));
    return status == SEALWIRE_OK && SEALWIRE_ACCEPTED(&result);
}

static int checks_side_by_side(size_t i)
{
    sealwire_result result;
    sealwire_checked checked;
    memset(&checked, 0, sizeof checked);
    must(pthread_rwlock_rdlock(&rwlock));
    int32_t found = sealwire_check(&world.panel, frames[i], frame_lens[i], &world.demand, NOW,
                                   &checked, sizeof checked);
    must(pthread_rwlock_unlock(&rwlock));
    must(pthread_rwlock_wrlock(&rwlock)); /* also for a refusal, so that it is counted */
    int32_t status = sealwire_admit(&world.panel, &checked, &result);
    must(pthread_rwlock_unlock(&rwlock));
    return found == SEALWIRE_OK && status == SEALWIRE_OK && SEALWIRE_ACCEPTED(&result);
}

static int signatures_without_a_lock(size_t i)
{
    sealwire_result result;
    sealwire_checked checked;
    memset(&checked, 0, sizeof checked);
    must(pthread_mutex_lock(&mutex));
    int32_t found = sealwire_begin(&world.panel, frames[i], frame_lens[i], &world.demand, NOW,
                                   &checked, sizeof checked);
    must(pthread_mutex_unlock(&mutex));
    if (found == SEALWIRE_OK)
        found = sealwire_finish(&checked);
    must(pthread_mutex_lock(&mutex));
    int32_t status = sealwire_admit(&world.panel, &checked, &result);
    must(pthread_mutex_unlock(&mutex));
    return found == SEALWIRE_OK && status == SEALWIRE_OK && SEALWIRE_ACCEPTED(&result);
}

struct job {
    int (*offer)(size_t);
    unsigned *own;
    size_t start;
};

static void *run(void *argument)
{
    struct job *job = argument;
    for (size_t i = 0; i < frame_count; i++) {
        /* Every thread begins elsewhere, but stays inside of the window around the others. */
        size_t at = (i & ~(size_t)255) + ((i + job->start) & 255);
        if (at < frame_count)
            job->own[at] += (unsigned)job->offer(at);
    }
    return NULL;
}

static void offered(const char *name, int (*offer)(size_t))
{
    pthread_t threads[THREADS];
    struct job jobs[THREADS];
    uint32_t level4, level5;
    memset(accepted_count, 0, sizeof accepted_count);
    for (size_t t = 0; t < THREADS; t++) {
        jobs[t].offer = offer;
        jobs[t].start = t * 32;
        jobs[t].own = calloc(FRAMES, sizeof *jobs[t].own);
        must(jobs[t].own == NULL);
    }
    for (size_t t = 0; t < THREADS; t++)
        must(pthread_create(&threads[t], NULL, run, &jobs[t]));
    for (size_t t = 0; t < THREADS; t++) {
        must(pthread_join(threads[t], NULL));
        for (size_t i = 0; i < frame_count; i++)
            accepted_count[i] += jobs[t].own[i];
        free(jobs[t].own);
    }
    size_t once = 0, more = 0;
    for (size_t i = 0; i < frame_count; i++) {
        once += accepted_count[i] == 1;
        more += accepted_count[i] > 1;
    }
    /* A frame that every thread brings after the window has gone by would be nobody's; with
     * threads of equal pace there is none, so each must be somebody's. */
    printf("%s: %zu frames offered %d times, %zu accepted once, %zu more often\n", name,
           frame_count, THREADS, once, more);
    CHECK(more == 0);
    CHECK(once == frame_count);
    OK(sealwire_audit_accepted(&world.panel, SEALWIRE_LEVEL_HMAC, &level4));
    OK(sealwire_audit_accepted(&world.panel, SEALWIRE_LEVEL_DIGITAL_SIGNATURE, &level5));
    CHECK(level4 + level5 == once);
}

static void with_frames(uint32_t key_id, size_t count)
{
    sealwire_sealer sealer;
    sealwire_sealer_config config = sealer_config(key_id);
    begin(&world);
    memset(&sealer, 0, sizeof sealer);
    if (key_id == ECDSA_KEY)
        OK(sealwire_sealer_init_ecdsa(&sealer, sizeof sealer, &config, &world.signer));
    else
        OK(sealwire_sealer_init_hmac(&sealer, sizeof sealer, &config, SEALWIRE_HMAC_SHA256, SECRET,
                                     32));
    frame_count = count;
    int32_t status = SEALWIRE_OK;
    for (size_t i = 0; i < count && status == SEALWIRE_OK; i++)
        status = sealwire_seal(&sealer, BYTES("4.2 bar"), &PRESSURE, NOW, frames[i], FRAME_SIZE,
                               &frame_lens[i], NULL);
    OK(status);
    OK(sealwire_sealer_destroy(&sealer));
}

int main(void)
{
    frames = calloc(FRAMES, sizeof *frames);
    if (frames == NULL)
        return 1;
    with_frames(HMAC_KEY, FRAMES);
    offered("a mutex around validate", all_under_a_mutex);
    end(&world);
    with_frames(HMAC_KEY, FRAMES);
    offered("a read-write lock around check and admit", checks_side_by_side);
    end(&world);
    with_frames(ECDSA_KEY, SIGNED_FRAMES);
    offered("no lock around finish", signatures_without_a_lock);
    end(&world);
    free(frames);
    return report();
}
