"""From the words of the command line to one plain dictionary: Hydra composes it from the installed ``configs/``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pinnsuite.errors import InputError
from pinnsuite.run.options import config_folder, groups, options
from pinnsuite.run.userfile import is_data_file, is_problem_file, load_problem_file, split_class
from pinnsuite.run.words import check_word, read_schema

OPTIONAL = ("experiment", "data")  # groups of which nothing need be chosen
__all__ = ["compose", "groups", "load_problem_file", "options"]


def compose(overrides: Sequence[str], config_name: str = "config") -> dict[str, object]:
    """The complete configuration that ``name=value`` words ask for, with every default filled in.

    ``problem=path/to/file.py`` (or ``...py:ClassName``) takes the problem from that file. A key of a group
    (``problem.nu=0.02``) may be any parameter of its target. Where a word names another choice than the experiment does
    (``experiment=burgers optimizer=adam``), the experiment's values for the old choice are dropped with it.
    Changes no directory and makes no folder. Raises ``InputError`` for unknown keys or options and for bad syntax.
    """
    schema = read_schema(config_name)
    group_names = [name for name in schema if name in groups()]
    words = [check_word(word, schema, group_names) for word in overrides]
    file_target = ""
    for index, word in enumerate(words):
        key, _, value = word.partition("=")
        if key == "problem" and is_problem_file(value):
            file_target = f"{Path(split_class(value)[0]).resolve()}:{load_problem_file(value).__name__}"
            words[index] = "problem=[]"
        if key == "data" and is_data_file(value):
            words[index] = "data=file"
            words.append(f"++data.file='{Path(value).resolve()}'")
    config = _drop_replaced(_hydra(words, config_name)[0], words, config_name, group_names)
    if file_target:
        values = config.get("problem") or {}
        assert isinstance(values, dict)
        config["problem"] = {"target": file_target} | {k: v for k, v in values.items() if k != "target"}
    for name, default in schema.items():
        if isinstance(default, Mapping) and name not in OPTIONAL and not isinstance(config.get(name), dict):
            given = repr(config[name]) if name in config else "nothing"
            raise InputError(f"{name}: not a section", given=given, expected=f"{name}.KEY=VALUE")
    return config


def _hydra(words: Iterable[str], config_name: str) -> tuple[dict[str, object], dict[str, str]]:
    """One composition, as a plain dictionary, and the option chosen in each group."""
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.errors import HydraException, OverrideParseException
    from omegaconf import OmegaConf, open_dict
    from omegaconf.errors import OmegaConfBaseException

    try:
        with initialize_config_dir(str(config_folder()), version_base="1.3"):  # leaves Hydra's global state as it was
            composed = hydra_compose(config_name, list(words), return_hydra_config=True)
            choices = dict(composed.hydra.runtime.choices)
            with open_dict(composed):
                del composed["hydra"]
            config = OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)
    except OverrideParseException as error:
        raise InputError(
            f"The value cannot be read ({str(error).splitlines()[0]})",
            given=error.override,
            expected="name=value",
            do="Put a value with special characters in quotes: \"name='value'\"",
        ) from None
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        raise _refuse(str(error)) from None
    assert isinstance(config, dict)
    return {str(key): value for key, value in config.items()}, choices


def _refuse(message: str) -> InputError:
    missing = re.match(r"You must specify '(\w+)'", message)
    if missing:
        group = missing[1]
        names = ", ".join(options(group))
        also = " or experiment=NAME" if group == "problem" else ""
        return InputError(f"No {group} is chosen", expected=f"{group}=NAME{also}", do=f"{group.title()}s: {names}")
    kept = [line.strip() for line in message.splitlines() if line.strip() and "--multirun" not in line]
    return InputError("The configuration cannot be composed", given="; ".join(kept))


def _drop_replaced(
    config: dict[str, object], words: Sequence[str], config_name: str, group_names: Sequence[str]
) -> dict[str, object]:
    """Take the sections whose choice overrules the experiment's from a composition without the experiment."""
    chosen = {key: value for key, _, value in (word.partition("=") for word in words) if key in group_names}
    experiment = chosen.pop("experiment", None)
    if experiment is None or not chosen:
        return config
    choices = _hydra([f"experiment={experiment}"], config_name)[1]
    replaced = [group for group, option in chosen.items() if choices.get(group) != option]
    if not replaced:
        return config
    others = [word for word in words if not word.startswith("experiment=")]
    plain = _hydra(others if "problem" in chosen else ["problem=[]", *others], config_name)[0]
    return config | {group: plain.get(group, {}) for group in replaced}
