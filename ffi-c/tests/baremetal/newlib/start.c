/* What QEMU's mps2-an386 needs before newlib's own start: a stack, and the FPU switched on. */
#include <stdint.h>

_Noreturn void sealwire_on_panic(void);
extern void _start(void);
extern char stack_top[];

static void reset(void)
{
    *(volatile uint32_t *)UINT32_C(0xe000ed88) |= UINT32_C(0xf)
                                                  << 20; /* CPACR (DDI 0403, B3.2.20) */
    __asm__ volatile("dsb\n\tisb");
    _start();
}

void sealwire_on_panic(void)
{
    for (;;)
        ;
}

typedef void (*vector)(void);
__attribute__((section(".vectors"), used)) static const vector vectors[] = {(vector)stack_top,
                                                                            reset};
