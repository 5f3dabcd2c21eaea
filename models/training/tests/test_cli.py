"""Help and errors of the command."""

import argparse

import pytest

from voxhumana_train import cli, make
from voxhumana_train.makers import FAMILIES, registry


def test_the_command_names_its_parts(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert all(f"    {name}" in said and line.split()[0] in said for name, (_, line) in cli.COMMANDS.items())


@pytest.mark.parametrize("command", [*cli.COMMANDS, *(f"shipped {step}" for step in cli.STEPS)])
def test_every_part_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([*command.split(), "--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert f"usage: voxhumana-train {command}" in said and len(said) > 400


def test_what_does_not_exist_is_refused(capsys):
    for wrong in (["trian"], [], ["shipped", "train"], ["prepare", "--drop-leaking", "voice"]):
        with pytest.raises(SystemExit) as caught:
            cli.main(wrong)
        assert caught.value.code == 2 and "usage: voxhumana-train" in capsys.readouterr().err


def test_makers_state_what_must_be_known(capsys):
    make.run(argparse.Namespace(list=True))
    said = capsys.readouterr().out
    for name, maker in registry().items():
        assert maker.family in FAMILIES and maker.rtf > 0
        assert maker.code_licence and maker.weights_licence and maker.install
        assert name in said and maker.code_licence in said
