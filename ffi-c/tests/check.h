/* What the C tests share: counting checks, and telling where one failed. */
#ifndef SEALWIRE_TESTS_CHECK_H
#define SEALWIRE_TESTS_CHECK_H

#include <sealwire.h>

#include <stdio.h>
#include <string.h>

static unsigned checks_passed, checks_failed;

static inline void check_that(int holds, const char *what, const char *file, int line)
{
    if (holds) {
        checks_passed++;
        return;
    }
    checks_failed++;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
}

static inline void check_status(int32_t is, int32_t should, const char *what, const char *file,
                                int line)
{
    if (is == should) {
        checks_passed++;
        return;
    }
    checks_failed++;
    fprintf(stderr, "%s:%d: %s, should be %s: %s\n", file, line, sealwire_error_name(is),
            sealwire_error_name(should), what);
}

#define CHECK(condition) check_that((condition) != 0, #condition, __FILE__, __LINE__)
#define STATUS(error, call) check_status((call), SEALWIRE_ERR_##error, #call, __FILE__, __LINE__)
#define OK(call) check_status((call), SEALWIRE_OK, #call, __FILE__, __LINE__)

/* The last line of a test program, and its exit code. */
static inline int report(void)
{
    printf("%u passed, %u failed\n", checks_passed, checks_failed);
    return checks_failed != 0 || checks_passed == 0;
}

#endif
