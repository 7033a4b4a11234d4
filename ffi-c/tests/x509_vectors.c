/* Runs the cases of tests/x509/x509.swx (its format: tests/x509/binary.py) through the C
 * interface: each chain certificate by certificate and as it travels, and each module whose chain
 * is good becomes a peer. */
#include "check.h"

#include <stdlib.h>

enum { ISSUERS = 4, LISTS = 2, CHAIN = 5, FLEETS = 4, ROLES = 8, LONG_AGO = 1760500000 };
enum operation { END, CASE, ISSUER, LIST, CRL, TRY };

static uint8_t bytes[1 << 19];
static const uint8_t *at, *record_end;
static unsigned case_number, expected;
static sealwire_trust_store store;
static sealwire_issuer_slot issuers[ISSUERS];
static sealwire_chain_time when;
static sealwire_bytes given[LISTS];
static size_t given_len;

static const uint8_t *take(size_t n)
{
    if ((size_t)(record_end - at) < n) {
        fprintf(stderr, "case %u: the record is too short\n", case_number);
        exit(1);
    }
    at += n;
    return at - n;
}

static uint64_t number(size_t len)
{
    const uint8_t *from = take(len);
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value |= (uint64_t)from[i] << (8 * i);
    return value;
}

static void says(int32_t is, int32_t should, const char *what)
{
    if (is == should) {
        checks_passed++;
        return;
    }
    checks_failed++;
    fprintf(stderr, "case %u, %s: %s, should be %s\n", case_number, what, sealwire_error_name(is),
            sealwire_error_name(should));
}

static void begins(void)
{
    uint64_t seconds;
    int is_floor;
    case_number = (unsigned)number(2);
    expected = (unsigned)number(2);
    is_floor = number(1) == 1;
    seconds = number(8);
    number(1); /* whether it is measured */
    when.kind = is_floor ? SEALWIRE_CHAIN_NOT_BEFORE : SEALWIRE_CHAIN_NOW;
    when.time = seconds * 1000000;
    given_len = 0;
    OK(sealwire_trust_store_init(&store, sizeof store, issuers, sizeof issuers));
}

static void installs(void)
{
    /* Anchors were installed in their time, whenever the case takes place. */
    static const sealwire_chain_time long_ago = {SEALWIRE_CHAIN_NOT_BEFORE,
                                                 LONG_AGO * UINT64_C(1000000)};
    sealwire_issuer_record record;
    sealwire_fleet fleets[FLEETS];
    sealwire_bytes roles[ROLES];
    sealwire_issuer_id issuer;
    unsigned flags = (unsigned)number(1);
    memset(&record, 0, sizeof record);
    record.flags = (uint8_t)(flags >> 1);
    record.fleets_len = (size_t)number(1);
    record.fleets = fleets;
    for (size_t i = 0; i < record.fleets_len; i++) {
        memcpy(fleets[i].prefix.bytes, take(16), 16);
        fleets[i].bits = (uint16_t)number(1);
        if (fleets[i].bits == 0)
            fleets[i].bits = SEALWIRE_ALL_MODULES;
    }
    record.roles_len = (size_t)number(1);
    record.roles = roles;
    for (size_t i = 0; i < record.roles_len; i++) {
        roles[i].len = (size_t)number(1);
        roles[i].data = take(roles[i].len);
    }
    if (flags & 1) {
        record.certificate_len = (size_t)(record_end - at);
        record.certificate = take(record.certificate_len);
    } else {
        record.key_len = (size_t)(record_end - at);
        record.key = take(record.key_len);
    }
    OK(sealwire_trust_store_install(&store, &record, &long_ago, SEALWIRE_PORTABLE_VERIFICATION,
                                    &issuer));
}

static void becomes_a_peer(const sealwire_checked_chain *checked)
{
    sealwire_chain_info info;
    sealwire_peer_key key;
    sealwire_validator validator;
    sealwire_validator_config config;
    sealwire_slot slot;
    uint8_t xy[SEALWIRE_PUBLIC_KEY_SIZE], has;
    size_t len;
    OK(sealwire_checked_chain_read(checked, &info));
    for (size_t i = 0; i < info.roles_len; i++) {
        OK(sealwire_checked_chain_has_role(checked, (const char *)info.roles[i].data,
                                           info.roles[i].len, &has));
        CHECK(has == 1);
    }
    OK(sealwire_checked_chain_peer_key(checked, case_number, &key, xy, sizeof xy, &len));
    CHECK(len == sizeof xy && memcmp(xy, info.key, len) == 0 && key.expires == info.expires);
    memset(&config, 0, sizeof config);
    memset(config.own.bytes, 7, sizeof config.own.bytes);
    config.past = SEALWIRE_DEFAULT_PAST;
    config.future = SEALWIRE_DEFAULT_FUTURE;
    config.restart.kind = SEALWIRE_RESTART_FRESH_KEYS;
    config.slots = &slot;
    config.slots_size = sizeof slot;
    OK(sealwire_validator_init(&validator, sizeof validator, &config));
    OK(sealwire_use_portable_verifier(&validator));
    OK(sealwire_register(&validator, &key));
    OK(sealwire_validator_destroy(&validator));
}

static void is_checked(void)
{
    static sealwire_revocation_list lists[LISTS];
    static uint8_t joined[CHAIN * 2048];
    const sealwire_revocation_list *taken[LISTS];
    sealwire_revocation revocation;
    sealwire_chain chain;
    sealwire_bytes certificates[CHAIN];
    sealwire_checked_chain checked;
    int32_t status;
    unsigned kind = (unsigned)number(1);
    memset(&revocation, 0, sizeof revocation);
    memset(&chain, 0, sizeof chain);
    revocation.kind = (uint8_t)(kind + SEALWIRE_REVOCATION_UNCHECKED);
    if (revocation.kind == SEALWIRE_REVOCATION_CRLS) {
        revocation.crls = given;
        revocation.crls_len = given_len;
    } else {
        revocation.lists = taken;
        revocation.lists_len = given_len;
        for (size_t i = 0; i < given_len; i++) {
            OK(sealwire_trust_store_take_list(&store, given[i].data, given[i].len, &when,
                                              SEALWIRE_PORTABLE_VERIFICATION, &lists[i],
                                              sizeof lists[i]));
            taken[i] = &lists[i];
        }
    }
    chain.certificates_len = (size_t)number(1);
    chain.certificates = certificates;
    for (size_t i = 0; i < chain.certificates_len; i++) {
        certificates[i].len = (size_t)number(2);
        certificates[i].data = take(certificates[i].len);
    }
    status = sealwire_trust_store_check(&store, &chain, &when, &revocation,
                                        SEALWIRE_PORTABLE_VERIFICATION, &checked, sizeof checked);
    says(status, (int32_t)expected, "certificate by certificate");
    if (status == SEALWIRE_OK) {
        becomes_a_peer(&checked);
        OK(sealwire_checked_chain_destroy(&checked));
    }
    for (size_t i = 0; i < chain.certificates_len; i++) {
        memcpy(&joined[chain.joined_len], certificates[i].data, certificates[i].len);
        chain.joined_len += certificates[i].len;
    }
    chain.joined = joined;
    chain.certificates = NULL;
    chain.certificates_len = 0;
    status = sealwire_trust_store_check(&store, &chain, &when, &revocation,
                                        SEALWIRE_PORTABLE_VERIFICATION, &checked, sizeof checked);
    CHECK((status == SEALWIRE_OK) == (expected == 0));
    if (status == SEALWIRE_OK)
        OK(sealwire_checked_chain_destroy(&checked));
    for (size_t i = 0; revocation.kind == SEALWIRE_REVOCATION_LISTS && i < given_len; i++)
        OK(sealwire_revocation_list_destroy(&lists[i]));
    OK(sealwire_trust_store_destroy(&store));
}

int main(void)
{
    FILE *file = fopen("tests/x509/x509.swx", "rb");
    size_t len = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    unsigned cases = 0;
    if (file)
        fclose(file);
    if (len < 4 || len == sizeof bytes || memcmp(bytes, "SWX1", 4) != 0) {
        fprintf(stderr, "no tests/x509/x509.swx here\n");
        return 1;
    }
    at = bytes + 4;
    for (;;) {
        size_t record_len;
        record_end = bytes + len;
        record_len = (size_t)number(2);
        if (record_len > (size_t)(record_end - at))
            return 1;
        record_end = at + record_len;
        switch (number(1)) {
        case CASE:
            begins();
            break;
        case ISSUER:
            installs();
            break;
        case LIST:
        case CRL:
            if (given_len == LISTS)
                return 1;
            given[given_len].len = (size_t)(record_end - at);
            given[given_len].data = take(given[given_len].len);
            given_len++;
            break;
        case TRY:
            is_checked();
            cases++;
            break;
        case END:
            CHECK(number(2) == cases && cases >= 205);
            return report();
        default:
            return 1;
        }
    }
}
