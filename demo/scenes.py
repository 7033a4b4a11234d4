"""What is done to the frames, and what every validator must say of it.

One function a scene, in the order in which they are played. `Play.show` compares and keeps the
row; the first verdict that differs is kept too, and fails the demo at its end.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import plant
import sealwire
from bridge import Bridge, Listener
from plant import ALARM, ANSWER, HEALTH, STATION_HOST, TELEMETRY, TOPICS
from station import PAST, Report, Station, Verdict

NAMES = {TELEMETRY: "telemetry", HEALTH: "health", ANSWER: "answer"}
LEVELS = {TELEMETRY: 4, HEALTH: 5, ANSWER: 4}
PROOF_WRONG = {TELEMETRY: "TAG_WRONG", HEALTH: "SIGNATURE_WRONG"}
KEY_ID = 3  # where the key ID stands in a packet: channel, version and level, algorithm, key ID
PUMP_PAST = 10_000_000  # µs: the pump's limit
SETTLING = 2.3  # s: future limit, and a second for a clock that only knows seconds


@dataclass
class Row:
    """A frame, what was done to it, and what was said of it."""

    frame: str
    level: int
    done: str
    python: Verdict | None = None
    c: Verdict | None = None
    pump: Verdict | None = None
    wrong: bool = False


@dataclass
class Play:
    """Who plays, and what has been shown so far."""

    bridge: Bridge
    station: Station
    listener: Listener
    stranger: Station
    stranger_in_c: Listener
    rows: list[Row] = field(default_factory=list)

    def show(
        self,
        frame: str,
        level: int,
        done: str,
        *,
        python: tuple[Verdict, str] | None = None,
        c: tuple[Verdict, str] | None = None,
        pump: tuple[Verdict, str] | None = None,
    ) -> None:
        """Keeps a row. Each verdict comes with the name that it must have."""
        said = [pair for pair in (python, c, pump) if pair]
        wrong = any(verdict.name != expected for verdict, expected in said)
        first = [pair and pair[0] for pair in (python, c, pump)]
        self.rows.append(Row(frame, level, done, *first, wrong))

    def offer(self, channel: int, done: str, packet: bytes, expected: str) -> None:
        """Offers a packet of the pump, or what was made of it, to Python and C."""
        self.show(
            NAMES[channel],
            LEVELS[channel],
            done,
            python=(self.station.validate(packet), expected),
            c=(self.listener.validate(packet), expected),
        )

    def order(self, done: str, packet: bytes, expected: str, frame: str = "command") -> None:
        """Offers a packet to the pump."""
        self.show(frame, 4, done, pump=(self.bridge.give(packet), expected))

    def catch(self, channel: int) -> bytes:
        """A packet of the pump that nobody has seen. Health comes when it is asked for."""
        if channel == HEALTH:
            self.bridge.line.sendall(sealwire.encode_stream(self.station.command(b"health")))
        return self.bridge.catch(channel)


def flipped(packet: bytes) -> bytes:
    """One bit of the payload is another."""
    place = len(packet) // 3
    return packet[:place] + bytes([packet[place] ^ 0x10]) + packet[place + 1 :]


def under_key(packet: bytes, key_id: int) -> bytes:
    return packet[:KEY_ID] + bytes([key_id]) + packet[KEY_ID + 1 :]


def commands(play: Play) -> None:
    """Commands are obeyed once, when they are fresh, and by the pump that they are for."""
    station, bridge = play.station, play.bridge
    good = station.command(b"period 60")
    play.order("nothing", good, "ACCEPTED")
    bridge.line.sendall(sealwire.encode_stream(station.command(b"health")))
    answer, asked = bridge.catch(ANSWER), station.request_tag
    station.request_tag = sealwire.tag_of(good[1:])
    exchanged = (station.validate(answer), "TAG_WRONG")
    play.show("answer", 4, "context exchanged: another request", python=exchanged)
    station.request_tag = asked
    bridge.pass_on(answer)
    _answer, in_python, in_c = bridge.last[ANSWER]
    play.show("answer", 4, "nothing", python=(in_python, "ACCEPTED"), c=(in_c, "UNKNOWN_KEY"))
    play.order("replayed", good, "REPLAYED")
    play.order("one bit flipped", flipped(station.command(b"period 70")), "TAG_WRONG")
    lowered = sealwire.Sealer.unproven(
        level=3, sender=plant.STATION, start=sealwire.NonceStart.fresh()
    )
    packet = bytes([plant.COMMAND]) + lowered.seal(b"reset", TOPICS[plant.COMMAND])
    play.order("level lowered to 3", packet, "LEVEL_TOO_LOW")
    packet = under_key(station.command(b"reset"), plant.STATION_IN_PLANT)
    play.order("sender exchanged: a group's key", packet, "GROUP_NOT_ALLOWED")
    packet = bytes([STATION_HOST]) + station.command(b"reset")[1:]
    play.order("context exchanged: as a measurement", packet, "TAG_WRONG")
    play.order(
        "key unknown", under_key(station.command(b"reset"), plant.UNKNOWN_KEY), "UNKNOWN_KEY"
    )
    packet = under_key(station.command(b"reset"), plant.PUMP_TO_STATION)
    reflected = (station.validate(bytes([ANSWER]) + packet[1:]), "TAG_WRONG")
    play.show("command", 4, "reflected to its sender", python=reflected)
    other = sealwire.Sealer.hmac(
        key_id=plant.STATION_TO_PUMP,
        sender=plant.STATION,
        receiver=sealwire.ModuleId(b"pump-000000-0002"),
        secret=station.secrets.station,
        start=sealwire.NonceStart.reserved(1000, 1001),
    )
    packet = bytes([plant.COMMAND]) + other.seal(b"reset", TOPICS[plant.COMMAND])
    play.order("sent to another receiver", packet, "TAG_WRONG")


def frames_of_the_pump(play: Play, channel: int) -> None:
    """The same for what the pump says, at level 4 or 5, in Python and in C."""
    wrong = PROOF_WRONG[channel]
    packet = play.catch(channel)
    play.offer(channel, "nothing", packet, "ACCEPTED")
    play.offer(channel, "replayed", packet, "REPLAYED")
    play.offer(channel, "one bit flipped", flipped(play.catch(channel)), wrong)
    packet = play.catch(channel)
    play.offer(channel, *lowered(play, channel), "LEVEL_TOO_LOW")
    if channel == TELEMETRY:
        # The station's own key isn't registered with the station; C knows both senders.
        exchanged = under_key(packet, plant.STATION_IN_PLANT)
        python = (play.station.validate(exchanged), "UNKNOWN_KEY")
        c = (play.listener.validate(exchanged), wrong)
        play.show("telemetry", 4, "sender exchanged", python=python, c=c)
    else:
        play.offer(
            channel, "sender exchanged", under_key(packet, plant.PUMP_IN_PLANT), "KEY_ALGORITHM"
        )
    elsewhere = STATION_HOST if channel == TELEMETRY else ALARM
    play.offer(channel, "context exchanged", bytes([elsewhere]) + packet[1:], wrong)
    play.offer(channel, "key unknown", under_key(packet, plant.UNKNOWN_KEY), "UNKNOWN_KEY")
    play.show(
        NAMES[channel],
        LEVELS[channel],
        "sent to another receiver",
        python=(play.stranger.validate(packet), wrong),
        c=(play.stranger_in_c.validate(packet), wrong),
    )
    reflected = bytes([STATION_HOST]) + under_key(packet, plant.STATION_IN_PLANT)[1:]
    expected = wrong if channel == TELEMETRY else "LEVEL_NOT_EXACT"
    pump = (play.bridge.give(reflected), expected)
    play.show(NAMES[channel], LEVELS[channel], "reflected to its sender", pump=pump)
    held = play.catch(channel)
    play.bridge.idle(PAST / 1e6 + 1.2)
    play.offer(channel, "held back past the limit", held, "TOO_OLD")


def lowered(play: Play, channel: int) -> tuple[str, bytes]:
    """The pump's frame, forged at the highest level that a thief or a member can reach."""
    start = sealwire.NonceStart.fresh()
    if channel == TELEMETRY:
        thief = sealwire.Sealer.unproven(level=3, sender=plant.PUMP, start=start)
        return "level lowered to 3", bytes([channel]) + thief.seal(bytes(28), TOPICS[channel])
    member = sealwire.Sealer.hmac(
        key_id=plant.PUMP_IN_PLANT,
        sender=plant.PUMP,
        group=plant.PLANT,
        secret=play.station.secrets.plant,
        start=start,
    )
    return "level lowered to 4 by a member", bytes([channel]) + member.seal(
        bytes(28), TOPICS[channel]
    )


def measurements(play: Play) -> None:
    """What the host measures, sealed in Python, for the pump and for C."""
    packet = play.station.measurement()
    for done, bad, expected in (
        ("nothing", packet, "ACCEPTED"),
        ("replayed", packet, "REPLAYED"),
        ("one bit flipped", flipped(play.station.measurement()), "TAG_WRONG"),
    ):
        c, pump = play.listener.validate(bad), play.bridge.give(bad)
        play.show("host's load", 4, done, c=(c, expected), pump=(pump, expected))


def receivers_restart(play: Play) -> None:
    """Python and C begin anew, with their saved state and without, and hear old frames again."""
    packets = {channel: play.catch(channel) for channel in (TELEMETRY, HEALTH)}
    for channel, packet in packets.items():
        play.offer(channel, "nothing", packet, "ACCEPTED")
    state = play.station.validator.save()
    play.station.restart(sealwire.Restart.saved(state))
    play.listener.validate(b"\0s")
    for channel, packet in packets.items():
        play.offer(channel, "receiver reset, state saved; replayed", packet, "REPLAYED")
    play.station.restart(sealwire.Restart.not_before())
    play.listener.validate(b"\0n")
    for channel, packet in packets.items():
        play.offer(channel, "receiver reset, nothing saved; replayed", packet, "BEFORE_RESTART")
    play.bridge.tolerated = "BEFORE_RESTART"
    play.bridge.idle(SETTLING)
    play.bridge.tolerated = ""


def the_pump_restarts(play: Play, held: bytes, held_since: float) -> None:
    """The pump is reset by a command: it goes on in its next block of nonces, and hears old
    commands again."""
    bridge, station = play.bridge, play.station
    before = bridge.report()
    old = station.command(b"period 60")
    play.order("nothing", old, "ACCEPTED")
    bridge.line.sendall(sealwire.encode_stream(station.command(b"reset")))
    bridge.pass_on(bridge.catch(ANSWER))
    while True:
        packet = bridge.catch(TELEMETRY)
        verdict = station.validate(packet)
        in_c = play.listener.validate(packet)
        if not verdict.accepted or Report.of(verdict.payload).uptime < before.uptime:
            break
    done = "sender reset: next block of nonces"
    play.show("telemetry", 4, done, python=(verdict, "ACCEPTED"), c=(in_c, "ACCEPTED"))
    play.order("receiver reset and then replayed", old, "BEFORE_RESTART")
    bridge.idle(SETTLING)
    again = station.command(b"period 60")
    play.order("nothing", again, "ACCEPTED")
    forgetful = station.sealer(plant.STATION_TO_PUMP)
    for _ in range(station.commands.next_nonce or 0):
        packet = bytes([plant.COMMAND]) + forgetful.seal(b"period 60", TOPICS[plant.COMMAND])
    play.order("sender reset, its counter lost", packet, "REPLAYED")
    bridge.idle(max(0.1, held_since + PUMP_PAST / 1e6 + 1.2 - time.monotonic()))
    play.order("held back past the limit", held, "TOO_OLD")


def play_all(play: Play) -> None:
    play.bridge.idle(SETTLING)  # the pump refuses what was stamped before it was up
    held, held_since = play.station.command(b"reset"), time.monotonic()
    commands(play)
    frames_of_the_pump(play, TELEMETRY)
    frames_of_the_pump(play, HEALTH)
    measurements(play)
    receivers_restart(play)
    the_pump_restarts(play, held, held_since)
