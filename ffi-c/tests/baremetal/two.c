/* This library and another one in Rust, both with helpers of the same names. */
#include <sealwire.h>

#include "send4.c"

uint32_t second_sum(const uint8_t *bytes, size_t len);
int start(void);

int start(void)
{
    return main() + (int)second_sum(frame, sizeof frame);
}
