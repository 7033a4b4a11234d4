
/* A function whose status must not be ignored. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define SEALWIRE_NODISCARD [[nodiscard]]
#elif defined(__GNUC__)
#define SEALWIRE_NODISCARD __attribute__((__warn_unused_result__))
#else
#define SEALWIRE_NODISCARD
#endif

/**
 * The gate: whether `result`, a pointer to a sealwire_result, is of an accepted frame. True only
 * for what an accepting function wrote on acceptance: not for zeros, not for memory that was never
 * set, not after a refusal or misuse.
 */
#define SEALWIRE_ACCEPTED(result)                                                                  \
    ((result)->status == SEALWIRE_OK && (result)->accept != 0 &&                                   \
     ((result)->accept ^ (result)->accept_check) == (uint32_t)SEALWIRE_ACCEPT_PATTERN)

/** Pieces of workspace, sealwire_burst_work, for a burst of `frames`. */
#define SEALWIRE_BURST_WORK(frames) ((frames) + 2)

/** For a requirement's policy: every peer that is registered may do everything. */
#define SEALWIRE_ANY_PEER (&sealwire_any_peer)

/** For an exchange's engines: the library's own key agreement, for every target. */
#define SEALWIRE_PORTABLE_AGREEMENT (&sealwire_portable_agreement)

/** The same, the fastest of this library and this CPU; the portable one where there is none. */
#define SEALWIRE_HOST_AGREEMENT (&sealwire_host_agreement)

/** For an exchange's engines and for registration: the library's own verification. */
#define SEALWIRE_PORTABLE_VERIFICATION (&sealwire_portable_verification)

/** The same, the fastest of this library and this CPU; the portable one where there is none. */
#define SEALWIRE_HOST_VERIFICATION (&sealwire_host_verification)
