/* Seals lines of text from stdin, or one of its own, and writes each frame as hex.
 *
 *   seal            "hello" at level 4, and again at level 5
 *   seal < FILE     the same for every line
 *
 * A real program loads its keys from where it was provisioned with them, and begins its nonces
 * where it stored that they may begin (SEALWIRE_NONCE_RESERVED); see sensor.c for that. */
#include <sealwire.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PAYLOAD_MAX = 200 };

static int failed(const char *what, int32_t status)
{
    fprintf(stderr, "%s: %s (%s)\n", what, sealwire_error_sentence(status),
            sealwire_error_name(status));
    return 1;
}

static void print_hex(const char *title, const uint8_t *bytes, size_t len)
{
    printf("%s ", title);
    for (size_t i = 0; i < len; i++)
        printf("%02x", bytes[i]);
    printf("\n");
}

int main(void)
{
    static const uint8_t secret[32] = "a secret from provisioning 32 by";
    static const uint8_t private_key[32] = "a private key of its own 32 byt";
    sealwire_context topic = {SEALWIRE_TOPIC, (const uint8_t *)"log", 3, NULL, 0};
    sealwire_sealer_config config;
    sealwire_sealer hmac, ecdsa;
    sealwire_signer signer;
    char line[PAYLOAD_MAX] = "hello";
    uint8_t frame[PAYLOAD_MAX + SEALWIRE_MAX_METADATA + SEALWIRE_MAX_TAG];
    size_t len;
    int32_t status;
    uint64_t now = (uint64_t)time(NULL) * 1000000;

    memset(&config, 0, sizeof config);
    memcpy(config.sender.bytes, "logger-000000001", 16);
    memcpy(config.audience.bytes, "archive-00000001", 16);
    config.audience_kind = SEALWIRE_AUDIENCE_PEER;
    config.start.kind = SEALWIRE_NONCE_FROM_CLOCK;
    config.start.from = now;

    config.key_id = 1;
    status = sealwire_sealer_init_hmac(&hmac, sizeof hmac, &config, SEALWIRE_HMAC_SHA256_128,
                                       secret, sizeof secret);
    if (status != SEALWIRE_OK)
        return failed("level 4", status);
    status = sealwire_signer_init(&signer, sizeof signer, private_key, sizeof private_key);
    if (status != SEALWIRE_OK)
        return failed("the signer", status);
    config.key_id = 2;
    status = sealwire_sealer_init_ecdsa(&ecdsa, sizeof ecdsa, &config, &signer);
    if (status != SEALWIRE_OK)
        return failed("level 5", status);

    while (fgets(line, sizeof line, stdin) != NULL || line[0] != '\0') {
        size_t n = strcspn(line, "\n");
        status = sealwire_seal(&hmac, (const uint8_t *)line, n, &topic, now, frame, sizeof frame,
                               &len, NULL);
        if (status != SEALWIRE_OK)
            return failed("seal", status);
        print_hex("level 4", frame, len);
        status = sealwire_seal(&ecdsa, (const uint8_t *)line, n, &topic, now, frame, sizeof frame,
                               &len, NULL);
        if (status != SEALWIRE_OK)
            return failed("seal", status);
        print_hex("level 5", frame, len);
        line[0] = '\0';
    }
    sealwire_sealer_destroy(&hmac);
    sealwire_sealer_destroy(&ecdsa);
    sealwire_signer_destroy(&signer);
    return 0;
}
