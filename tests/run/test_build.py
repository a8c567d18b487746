"""The builder: what it accepts, and the exact words of what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from pinnsuite.errors import InputError
from pinnsuite.run.build import build, build_from, resolve

if TYPE_CHECKING:
    from nowhere import Absent

HERE = __name__


@dataclass(frozen=True)
class Search:
    kind: Literal["armijo", "wolfe"] = "armijo"
    shrink: float = 0.5


@dataclass(frozen=True)
class Options:
    damping: float = 1e-3
    steps: int = 10
    exact: bool = False
    name: str = "one"
    folder: Path | None = None
    sizes: tuple[int, ...] = ()
    box: tuple[float, float] = (0.0, 1.0)
    rates: list[float] = field(default_factory=list)
    weights: dict[str, float] = field(default_factory=dict)
    search: Search = Search()
    extra: Any = None
    call: Callable[[float], float] | None = None
    absent: Absent | None = None

    def __post_init__(self) -> None:
        if self.damping < 0:
            raise ValueError(f"damping must not be negative, it is {self.damping}")


@dataclass(frozen=True)
class Needy:
    nu: float
    label: str


class Plain:
    def __init__(self, inputs: int, width: int = 8, *, scale: float | tuple[float, ...] = 1.0) -> None:
        self.inputs, self.width, self.scale = inputs, width, scale


def open_ended(a: int, **rest: object) -> dict[str, object]:
    return {"a": a, **rest}


def options(**values: object) -> Options:
    made = build(Options, values, path="optimizer")
    assert isinstance(made, Options)
    return made


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("damping", 2, 2.0),
        ("damping", "1e-3", 1e-3),
        ("damping", float("inf"), float("inf")),
        ("steps", 1e4, 10000),
        ("steps", "12", 12),
        ("exact", True, True),
        ("folder", "a/b", Path("a/b")),
        ("folder", None, None),
        ("sizes", [1, 2, 3], (1, 2, 3)),
        ("sizes", [], ()),
        ("box", [0, 2], (0.0, 2.0)),
        ("rates", (1, 2.5), [1.0, 2.5]),
        ("weights", {"ic": 1, "bc": "2"}, {"ic": 1.0, "bc": 2.0}),
        ("search", {"kind": "wolfe"}, Search("wolfe")),
        ("search", {"target": f"{HERE}.Search", "shrink": 1}, Search(shrink=1.0)),
        ("extra", [1, "a", {"b": 2}], [1, "a", {"b": 2}]),
        ("extra", {"target": f"{HERE}.Search"}, Search()),
        ("absent", "anything", "anything"),
    ],
)
def test_accepts(name: str, value: object, expected: object) -> None:
    got = getattr(options(**{name: value}), name)
    assert got == expected
    assert type(got) is type(expected)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"dampng": 1.0},
            "optimizer.dampng: There is no option of Options named 'dampng'. Expected: one of absent, box, call, "
            "damping, exact, extra, folder, name, rates, search, sizes, steps, weights. Did you mean 'damping'?",
        ),
        ({"damping": "x"}, "optimizer.damping: wrong kind of value. Given: 'x' (str). Expected: float."),
        ({"damping": True}, "optimizer.damping: wrong kind of value. Given: True (bool). Expected: float."),
        ({"damping": "nan"}, "optimizer.damping: wrong kind of value. Given: 'nan' (str). Expected: float."),
        ({"damping": None}, "optimizer.damping: wrong kind of value. Given: None (NoneType). Expected: float."),
        ({"steps": 1.5}, "optimizer.steps: wrong kind of value. Given: 1.5 (float). Expected: int."),
        ({"steps": False}, "optimizer.steps: wrong kind of value. Given: False (bool). Expected: int."),
        ({"steps": float("inf")}, "optimizer.steps: wrong kind of value. Given: inf (float). Expected: int."),
        ({"exact": 1}, "optimizer.exact: wrong kind of value. Given: 1 (int). Expected: true or false."),
        ({"name": 3}, "optimizer.name: wrong kind of value. Given: 3 (int). Expected: text."),
        ({"folder": 3}, "optimizer.folder: wrong kind of value. Given: 3 (int). Expected: path or null."),
        ({"sizes": 3}, "optimizer.sizes: wrong kind of value. Given: 3 (int). Expected: list of int."),
        ({"sizes": [1, "b"]}, "optimizer.sizes[1]: wrong kind of value. Given: 'b' (str). Expected: int."),
        (
            {"box": [1.0]},
            "optimizer.box: wrong kind of value. Given: [1.0] (list). Expected: list of 2 values (float, float).",
        ),
        ({"weights": {"ic": "x"}}, "optimizer.weights.ic: wrong kind of value. Given: 'x' (str). Expected: float."),
        ({"weights": 1}, "optimizer.weights: wrong kind of value. Given: 1 (int). Expected: mapping of text to float."),
        (
            {"search": {"kind": "wolf"}},
            "optimizer.search.kind: wrong kind of value. Given: 'wolf' (str). Expected: one of 'armijo', 'wolfe'. "
            "Did you mean 'wolfe'?",
        ),
        (
            {"search": {"shrnk": 1}},
            "optimizer.search.shrnk: There is no option of Search named 'shrnk'. Expected: one of kind, shrink. "
            "Did you mean 'shrink'?",
        ),
        (
            {"search": 3},
            "optimizer.search: wrong kind of value. Given: 3 (int). Expected: Search. "
            "Write the values as a mapping, {target: module.Class, ...}.",
        ),
        (
            {"search": {"target": f"{HERE}.Plain", "inputs": 1}},
            "optimizer.search: wrong kind of value. Given: <PLAIN> (Plain). Expected: Search. "
            "Write the values as a mapping, {target: module.Class, ...}.",
        ),
        (
            {"search": {"target": f"{HERE}.Sarch"}},
            "optimizer.search.target: There is no class in HERE named 'Sarch'. Did you mean 'Search'?",
        ),
        ({"damping": -1}, "optimizer: damping must not be negative, it is -1.0"),
    ],
)
def test_refuses(values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        options(**values)
    text = str(caught.value)
    if "<PLAIN>" in message:
        text = text.replace(text[text.index("<") : text.index(">") + 1], "<PLAIN>")
    if "HERE" in message:
        start, end = text.index(" Expected:"), text.index(" Did you")
        text = (text[:start] + text[end:]).replace(HERE, "HERE")
    assert text == message


def test_missing_values_are_listed_together() -> None:
    with pytest.raises(InputError) as caught:
        build(Needy, {}, path="problem")
    assert str(caught.value) == (
        "problem: Needy needs a value for nu, label. Given: the keys (none). Expected: nu: float, label: text."
    )


def test_context_is_passed_where_named_and_cannot_be_configured() -> None:
    made = build(Plain, {"scale": [1, 2]}, path="network", inputs=3, unused=object())
    assert isinstance(made, Plain)
    assert (made.inputs, made.width, made.scale) == (3, 8, (1.0, 2.0))
    with pytest.raises(InputError, match=r"network\.inputs: set by the run itself"):
        build(Plain, {"inputs": 2}, path="network", inputs=3)
    with pytest.raises(InputError, match=r"network: Plain needs a value for inputs\."):
        build(Plain, {}, path="network")


def test_a_function_with_open_keywords_takes_any() -> None:
    assert build(open_ended, {"a": "1", "b": [2]}) == {"a": 1, "b": [2]}


def test_a_class_without_options() -> None:
    class Empty:
        pass

    assert isinstance(build(Empty, {}), Empty)
    with pytest.raises(InputError, match=r"solver\.x: Empty takes no options"):
        build(Empty, {"x": 1}, path="solver")


def test_inherited_hints_are_those_of_the_field() -> None:
    @dataclass(frozen=True)
    class Child(Needy):
        extra: int = 0

    assert build(Child, {"nu": "1e-2", "label": "a"}) == Child(0.01, "a")


def test_convert_comes_first_and_its_errors_name_the_key() -> None:
    def convert(value: object) -> object:
        if isinstance(value, Mapping) and "unknown" in value:
            return "unknown"
        if value == "bad":
            raise ValueError("not an unknown")
        return NotImplemented

    made = build(Needy, {"nu": {"unknown": {}}, "label": "a"}, path="problem", convert=convert)
    assert made == Needy("unknown", "a")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^problem\.nu: not an unknown$"):
        build(Needy, {"nu": "bad", "label": "a"}, path="problem", convert=convert)


def test_build_from_needs_a_target() -> None:
    assert build_from({"target": f"{HERE}.Search", "shrink": 0.1}, path="x") == Search(shrink=0.1)
    with pytest.raises(InputError) as caught:
        build_from({"shrink": 0.1}, path="optimizer")
    assert str(caught.value) == (
        "optimizer: no target. Given: the keys shrink. Expected: target: module.Class. Choose one with optimizer=NAME."
    )


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nowhere.Thing", "solver.target: there is no module 'nowhere'"),
        ("pinnsuite.solverz.pinn.Pinn", "solver.target: there is no module 'pinnsuite.solverz'"),
        ("Thing", "solver.target: not a name"),
        ("a b.Thing", "solver.target: not a name"),
        ("pinnsuite.errors.InputEror", "Did you mean 'InputError'?"),
    ],
)
def test_targets_that_do_not_exist(target: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        resolve(target, "solver")
    assert message in str(caught.value)


def test_an_error_inside_an_imported_module_is_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_target.py").write_text("import not_installed_anywhere\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="not_installed_anywhere"):
        resolve("broken_target.Thing")
