"""The words of the command line, ``name=value``: their keys are checked against the primary configuration file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pinnsuite.errors import InputError, choose
from pinnsuite.run.cast import at
from pinnsuite.run.options import config_folder, options
from pinnsuite.run.userfile import is_data_file, is_problem_file


def read_schema(config_name: str) -> dict[str, object]:
    """The keys of the primary file with their defaults; a group is an empty mapping."""
    import yaml

    content = yaml.safe_load((config_folder() / f"{config_name}.yaml").read_text(encoding="utf-8"))
    names = [name for entry in content.pop("defaults") if isinstance(entry, dict) for name in entry]
    return content | {name: {} for name in names}


def check_word(word: str, schema: Mapping[str, object], group_names: Sequence[str]) -> str:
    """The word with its keys checked; a parameter of a group's target is marked as one that may be added."""
    match = re.fullmatch(r"(\+\+|\+|~)?([^=\s]+?)(?:=(.*))?", word, re.DOTALL)
    if match is None or (match[3] is None and match[1] != "~"):
        plain = [f"{group}={word}" for group in ("experiment", "problem") if word in options(group)]
        do = f"Did you mean '{plain[0]}'?" if plain else None
        raise InputError("Not a name and a value", given=repr(word), expected="name=value", do=do)
    sign, key, value = match[1] or "", match[2], match[3]
    top, *rest = key.split(".")
    if top not in schema:
        do_mean = _near(key, schema)
        if do_mean:
            raise InputError(f"There is no setting named '{key}'", given=word, do=do_mean)
        choose(top, schema, "setting")
    if top in group_names:
        own_file = {"problem": is_problem_file, "data": is_data_file}.get(top)
        if not rest and value is not None and not (own_file and own_file(value)):
            try:
                choose(value, options(top), top)
            except InputError as error:
                raise at(top, error) from None
        return f"++{word}" if rest and not sign else word
    known, place = schema[top], top
    for part in rest:
        if not isinstance(known, Mapping):
            raise InputError(f"There is no setting named '{key}'", given=word, expected=f"{place}=VALUE")
        try:
            known = known[choose(part, known, "setting")]
        except InputError as error:
            raise at(place, error) from None
        place = f"{place}.{part}"
    return word


def _near(key: str, schema: Mapping[str, object]) -> str:
    """A hint for ``max_seconds`` where ``run.max_seconds`` is meant."""
    for section, values in schema.items():
        if isinstance(values, Mapping) and key in values:
            return f"Did you mean '{section}.{key}'?"
    return ""
