"""A pump seals a measurement, a panel checks it. Payloads travel in clear."""

import sealwire as sw

# Provisioned: both IDs, the secret, and under which number the panel knows it.
pump, panel, secret = sw.ModuleId.random(), sw.ModuleId.random(), sw.PeerSecret.generate()
context = sw.Context.topic("pump/pressure")

# The pump
start = sw.NonceStart.fresh()
sealer = sw.Sealer.hmac(key_id=1, sender=pump, receiver=panel, secret=secret, start=start)
frame = sealer.seal(b"4.2 bar", context)

# The panel
validator = sw.Validator(panel, policy=sw.AnyPeer(), restart=sw.Restart.fresh_keys())
validator.register(sw.PeerKey.hmac(1, pump, secret))
requirement = sw.Requirement.at_least(sw.Level.HMAC, context)
message = validator.validate(frame, requirement)
print(message.payload, "from", message.sender)
try:
    validator.validate(frame, requirement)
except sw.SecurityError as refusal:
    print("refused:", refusal.name)
