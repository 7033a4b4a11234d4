/* A device with certificates: it asks for its own, checks chains, and takes lists. It signs its
 * request by an engine from outside. */
#include <sealwire.h>

static sealwire_trust_store store;
static sealwire_issuer_slot issuers[2];
static sealwire_checked_chain checked;
static sealwire_revocation_list list;
static sealwire_signer signer;
static sealwire_peer_key key;
static uint8_t out[SEALWIRE_MAX_SIGNING_REQUEST];
volatile uint64_t input[8];

static const void *any(unsigned index)
{
    return (const void *)(uintptr_t)input[index];
}

int main(void)
{
    const sealwire_verify_engine *engine = SEALWIRE_PORTABLE_VERIFICATION;
    const sealwire_chain_time *time = any(0);
    const size_t n = (size_t)input[1];
    size_t len;
    int32_t status = sealwire_trust_store_init(&store, sizeof store, issuers, sizeof issuers);
    status |= sealwire_trust_store_install(&store, any(2), time, engine, NULL);
    status |= sealwire_trust_store_take_list(&store, any(3), n, time, engine, &list, sizeof list);
    status |=
        sealwire_trust_store_check(&store, any(4), time, any(5), engine, &checked, sizeof checked);
    status |= sealwire_checked_chain_peer_key(&checked, 1, &key, out, sizeof out, &len);
    status |= sealwire_signer_init_external(&signer, sizeof signer, any(6));
    status |= sealwire_write_signing_request(any(7), NULL, 0, &signer, out, sizeof out, &len);
    return status;
}
