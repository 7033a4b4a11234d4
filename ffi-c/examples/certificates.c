/* A device that asks for a certificate, and a receiver that takes one.
 *
 *   certificates                          writes a request, and says how long it is
 *   certificates ANCHOR CHAIN LIST NOW    DER files as `sealwire ca` makes them (a list as it is),
 *                                         and the time in seconds: says who the chain is for
 */
#include <sealwire.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sealwire_trust_store store;
static sealwire_issuer_slot issuers[2];
static sealwire_revocation_list list;

/* Trusts an authority for modules with the role "pump", and for nothing else. */
static int32_t trust(const uint8_t *anchor, size_t len, uint64_t now)
{
    const sealwire_fleet all = {{{0}}, SEALWIRE_ALL_MODULES};
    const sealwire_bytes pump = {(const uint8_t *)"pump", 4};
    const sealwire_chain_time today = {SEALWIRE_CHAIN_NOW, now};
    sealwire_issuer_record record;
    int32_t status = sealwire_trust_store_init(&store, sizeof store, issuers, sizeof issuers);
    memset(&record, 0, sizeof record);
    record.certificate = anchor;
    record.certificate_len = len;
    record.fleets = &all;
    record.fleets_len = 1;
    record.roles = &pump;
    record.roles_len = 1;
    return status ? status
                  : sealwire_trust_store_install(&store, &record, &today,
                                                 SEALWIRE_PORTABLE_VERIFICATION, NULL);
}

/* Makes a peer of whom the chain is for: its frames cost one signature each from now on. */
static int32_t take(sealwire_validator *validator, const uint8_t *bytes, size_t len, uint64_t now)
{
    const sealwire_revocation_list *const lists[] = {&list};
    const sealwire_chain chain = {NULL, 0, bytes, len};
    const sealwire_chain_time today = {SEALWIRE_CHAIN_NOW, now};
    const sealwire_revocation revocation = {SEALWIRE_REVOCATION_LISTS, lists, 1, NULL, 0};
    sealwire_checked_chain checked;
    sealwire_peer_key key;
    uint8_t xy[SEALWIRE_PUBLIC_KEY_SIZE];
    char id[SEALWIRE_ID_TEXT_SIZE];
    size_t n;
    int32_t status =
        sealwire_trust_store_check(&store, &chain, &today, &revocation,
                                   SEALWIRE_PORTABLE_VERIFICATION, &checked, sizeof checked);
    if (status != SEALWIRE_OK)
        return status; /* SEALWIRE_ERR_CERTIFICATE_REVOKED, say */
    status = sealwire_checked_chain_peer_key(&checked, 1, &key, xy, sizeof xy, &n);
    sealwire_checked_chain_destroy(&checked); /* the bytes are free again, the peer stays */
    if (status == SEALWIRE_OK)
        status = sealwire_register(validator, &key);
    if (status == SEALWIRE_OK)
        status = sealwire_id_format(&key.sender, id, sizeof id, &n);
    if (status == SEALWIRE_OK)
        printf("a peer: %s\n", id);
    return status;
}

/* A request for a certificate. The key stays here; `sealwire ca sign` takes the bytes. */
static int32_t request(void)
{
    const uint8_t private_key[32] = {1}; /* yours: sealwire_generate_private_key, or an engine */
    const sealwire_id module = {"pump-000000-0001"};
    const sealwire_bytes pump = {(const uint8_t *)"pump", 4};
    uint8_t der[SEALWIRE_MAX_SIGNING_REQUEST];
    sealwire_signer signer;
    size_t len = 0;
    int32_t status = sealwire_signer_init(&signer, sizeof signer, private_key, 32);
    if (status != SEALWIRE_OK)
        return status;
    status = sealwire_write_signing_request(&module, &pump, 1, &signer, der, sizeof der, &len);
    sealwire_signer_destroy(&signer);
    if (status == SEALWIRE_OK)
        printf("a request of %u bytes\n", (unsigned)len);
    return status;
}

static size_t read_file(const char *path, uint8_t *out, size_t cap)
{
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(out, 1, cap, file) : 0;
    if (file)
        fclose(file);
    else
        perror(path);
    return len;
}

static int32_t receive(char **argv)
{
    static uint8_t anchor[SEALWIRE_MAX_CERTIFICATE], chain[SEALWIRE_MAX_CHAIN_BYTES], bytes[65536];
    static sealwire_validator validator;
    static sealwire_slot slots[4];
    const size_t anchor_len = read_file(argv[1], anchor, sizeof anchor);
    const size_t chain_len = read_file(argv[2], chain, sizeof chain);
    const size_t bytes_len = read_file(argv[3], bytes, sizeof bytes);
    const uint64_t now = strtoull(argv[4], NULL, 10) * 1000000;
    const sealwire_chain_time today = {SEALWIRE_CHAIN_NOW, now};
    sealwire_validator_config config;
    int32_t status;
    memset(&config, 0, sizeof config);
    memcpy(config.own.bytes, "panel-00000-0001", 16);
    config.past = SEALWIRE_DEFAULT_PAST;
    config.future = SEALWIRE_DEFAULT_FUTURE;
    config.restart.kind = SEALWIRE_RESTART_FRESH_KEYS;
    config.slots = slots;
    config.slots_size = sizeof slots;
    status = sealwire_validator_init(&validator, sizeof validator, &config);
    if (status == SEALWIRE_OK)
        status = sealwire_use_portable_verifier(&validator);
    if (status == SEALWIRE_OK)
        status = trust(anchor, anchor_len, now);
    if (status == SEALWIRE_OK)
        status = sealwire_trust_store_take_list(&store, bytes, bytes_len, &today,
                                                SEALWIRE_PORTABLE_VERIFICATION, &list, sizeof list);
    return status ? status : take(&validator, chain, chain_len, now);
}

int main(int argc, char **argv)
{
    if (argc != 1 && argc != 5) {
        fprintf(stderr, "usage: certificates [ANCHOR CHAIN LIST NOW]\n");
        return 2;
    }
    const int32_t status = argc == 5 ? receive(argv) : request();
    if (status != SEALWIRE_OK)
        printf("refused: %s\n", sealwire_error_name(status));
    return status != SEALWIRE_OK;
}
