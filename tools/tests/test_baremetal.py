"""Which bare-metal toolchain is used, and what it changes in the environment."""

from __future__ import annotations

import os
from pathlib import Path

import baremetal
import pytest
import qemu
from house import MissingError


def test_an_installed_rustup_target_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baremetal, "installed_targets", lambda: {"thumbv6m-none-eabi"})
    monkeypatch.setenv("RUSTC", "another")
    environment = baremetal.environment_for("thumbv6m-none-eabi")
    assert "RUSTC" not in environment
    assert environment["PATH"] == os.environ["PATH"]
    assert environment["CARGO_TARGET_DIR"].endswith("/baremetal-build/rustup")


def test_without_rustup_and_debian_there_is_one_line_to_copy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(baremetal, "installed_targets", set)
    monkeypatch.setattr(baremetal, "can_unpack", lambda: False)
    monkeypatch.setattr(baremetal, "READY", tmp_path / "ready")
    with pytest.raises(MissingError) as told:
        baremetal.flavour("thumbv6m-none-eabi")
    assert "rustup target add thumbv7em-none-eabihf" in str(told.value)
    assert "\n" not in str(told.value)


def test_the_target_of_a_program_is_read_from_its_path() -> None:
    assert qemu.target_of(Path("/x/thumbv6m-none-eabi/release/demo")) == "thumbv6m-none-eabi"
    with pytest.raises(ValueError, match="no target"):
        qemu.target_of(Path("/x/release/demo"))


def test_serial_lines_are_named_as_the_help_says() -> None:
    assert qemu.serial_device("unix:/a/b") == "unix:/a/b"
    assert qemu.serial_device("unix-server:/a") == "unix:/a,server=on,wait=on"
    with pytest.raises(ValueError, match="no such"):
        qemu.serial_device("tty")
