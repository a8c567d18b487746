"""The command line. Nothing heavy is imported before a command needs it, so that ``--help`` answers at once."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from pinnsuite.errors import InputError, choose
from pinnsuite.report.bench import KINDS

INTERRUPTED = 130
BAD_INPUT = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(message, do=f"See {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; bad input is one message on standard error and status 2."""
    words = list(sys.argv[1:] if argv is None else argv)
    # torch and two copies of OpenBLAS have a pool of threads each; one that waits by spinning takes the others' cores
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "14")  # it spins for 2^14 cycles instead of 2^26
    try:
        if words and not words[0].startswith("-"):
            choose(words[0], _COMMANDS, "command")
        arguments = _parser().parse_args(words)
        return int(_COMMANDS[arguments.command](arguments))
    except SystemExit as stop:  # argparse, after --help or --version
        return int(stop.code or 0)
    except InputError as error:
        sys.stderr.write(f"pinnsuite: {error}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        sys.stderr.write("pinnsuite: interrupted\n")
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="pinnsuite", description="Solve differential equations with physics-informed methods.")
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    solve = commands.add_parser("solve", help="solve a problem", description=_solve.__doc__)
    solve.add_argument("overrides", nargs="*", metavar="NAME=VALUE", help="experiment=burgers seed=1 problem.nu=0.02")

    fit = commands.add_parser("fit", help="find unknown numbers from data", description=_fit.__doc__)
    fit.add_argument("overrides", nargs="*", metavar="NAME=VALUE", help="problem=burgers data=measurements.csv")

    check = commands.add_parser("check-data", help="say what was understood of data", description=_check_data.__doc__)
    check.add_argument("overrides", nargs="*", metavar="NAME=VALUE", help="problem=burgers data=measurements.csv")

    make = commands.add_parser("make-data", help="write made-up data to a file", description=_make_data.__doc__)
    make.add_argument("words", nargs="*", metavar="NAME=VALUE", help="experiment=burgers_inverse output=burgers.h5")

    profile = commands.add_parser("profile", help="profile likelihoods of a finished fit", description=_profile.__doc__)
    profile.add_argument("run", metavar="RUN", help="the folder of a finished fit")
    profile.add_argument("names", nargs="*", metavar="NAME", help="unknown numbers; all if none is named")

    ensemble = commands.add_parser(
        "ensemble", help="fits to the data with further noise", description=_ensemble.__doc__
    )
    ensemble.add_argument("run", metavar="RUN", help="the folder of a finished fit")
    ensemble.add_argument("--members", type=int, default=20, metavar="N")
    ensemble.add_argument("--seed", type=int, default=0)

    listing = commands.add_parser("list", help="list what can be chosen", description=_list.__doc__)
    listing.add_argument("group", nargs="?", metavar="GROUP", help="problem, solver, network, optimizer, experiment")

    describe = commands.add_parser("describe", help="print a problem's equations", description=_describe.__doc__)
    describe.add_argument("problem", metavar="PROBLEM", help="problem=NAME, or a name or path/to/file.py alone")
    describe.add_argument("overrides", nargs="*", metavar="NAME=VALUE", help="problem.nu=0.02")

    bench = commands.add_parser("bench", help="regenerate the result tables", description=_bench.__doc__)
    bench.add_argument("kind", nargs="?", default="accuracy", choices=tuple(KINDS))
    bench.add_argument("--only", action="append", default=[], metavar="NAME", help="one experiment; may be repeated")
    bench.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="SEED")
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help="print the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"pinnsuite {version('pinnsuite')}\n")
        parser.exit()


def _solve(arguments: argparse.Namespace) -> int:
    """Solve a problem. Every setting is a word NAME=VALUE; `pinnsuite list` shows the choices."""
    from pinnsuite.run.compose import compose

    return _run(compose(arguments.overrides))


def _fit(arguments: argparse.Namespace) -> int:
    """Find the unknown numbers of a problem from data, with 95 % intervals. Words are those of `pinnsuite solve`."""
    from pinnsuite.run.compose import compose

    return _run(_with_data(compose(arguments.overrides)))


def _check_data(arguments: argparse.Namespace) -> int:
    """Read data as a fit would: counts, ranges, units, noise, and how well they satisfy the equations."""
    from pinnsuite.run.compose import compose

    config: dict[str, Any] = _with_data(compose(arguments.overrides))
    from pinnsuite.report.check_data import check_data
    from pinnsuite.run.build import build_from
    from pinnsuite.run.problem import build_problem

    problem = build_problem(config["problem"])
    data: Any = build_from(config["data"], path="data")
    sys.stdout.write(check_data(problem, data.read(problem)))
    return 0


def _make_data(arguments: argparse.Namespace) -> int:
    """Write the data that a fit would make up from the problem's reference to an HDF5 file, output=FILE.h5."""
    from pinnsuite.run.make_data import make_data

    sys.stdout.write(make_data(arguments.words))
    return 0


def _profile(arguments: argparse.Namespace) -> int:
    """Fit again with each unknown number held at values around its estimate: intervals that need not be symmetric."""
    from pinnsuite.run.refits import profile_run

    for p in profile_run(arguments.run, arguments.names):
        low, high = ("open" if end is None else f"{end:.6g}" for end in (p.low, p.high))
        sys.stdout.write(f"  {p.name}: 95 % between {low} and {high}\n")
    return 0


def _ensemble(arguments: argparse.Namespace) -> int:
    """Fit again to the data with further noise, and compare the spread of what is found with the standard errors."""
    from pinnsuite.run.refits import ensemble_run

    found = ensemble_run(arguments.run, arguments.members, arguments.seed)
    low, high = found.by_chance
    for n, ratio in {**found.spread, **{f"field {n}": r for n, r in found.fields.items()}}.items():
        sys.stdout.write(f"  {n}: {ratio:.2f} of the linear spread\n")
    sys.stdout.write(f"  {found.members} members: for a number, {low:.2f} to {high:.2f} by chance\n")
    return 0


def _with_data(config: dict[str, object]) -> dict[str, object]:
    if not config.get("data"):
        raise InputError("There are no data", expected="data=FILE, or data=NAME", do="pinnsuite list data")
    return config


def _run(config: dict[str, object]) -> int:
    from pinnsuite.run.solve import solve_from_config

    return solve_from_config(config)


def _list(arguments: argparse.Namespace) -> int:
    """List the problems, solvers, networks, optimizers and experiments, with one line on each."""
    from pinnsuite.run.options import groups, options, summary

    wanted = [choose(arguments.group, groups(), "configuration group")] if arguments.group else groups()
    for group in wanted:
        names = options(group)
        width = max(len(name) for name in names)
        rows = (f"  {name:<{width}}  {summary(group, name)}".rstrip() for name in names)
        sys.stdout.write("\n".join([group, *rows, ""]))
    return 0


def _describe(arguments: argparse.Namespace) -> int:
    """Print a problem's equations, parameters, domain and conditions."""
    from pinnsuite.run.compose import compose

    name = arguments.problem.removeprefix("problem=")
    section = compose([f"problem={name}", *arguments.overrides])["problem"]
    from pinnsuite.report.describe import describe
    from pinnsuite.run.problem import build_problem

    assert isinstance(section, dict)
    sys.stdout.write(describe(build_problem(section)).rstrip("\n") + "\n")
    return 0


def _bench(arguments: argparse.Namespace) -> int:
    """Run the experiments behind the tables in results/, one seed after the other, and write the tables anew.

    What is already there is not run again.
    """
    from pinnsuite.report import bench

    return bench.main(arguments.kind, only=tuple(arguments.only), seeds=tuple(arguments.seeds))


_COMMANDS = {
    "solve": _solve,
    "fit": _fit,
    "check-data": _check_data,
    "make-data": _make_data,
    "profile": _profile,
    "ensemble": _ensemble,
    "list": _list,
    "describe": _describe,
    "bench": _bench,
}
