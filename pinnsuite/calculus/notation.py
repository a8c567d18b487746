"""How plain text and LaTeX write names, numbers, derivatives, powers and functions."""

from __future__ import annotations

import math

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)  # how tightly what is printed holds together
Printed = tuple[str, int]

LATEX_FUNCTIONS = {"sin", "cos", "tan", "exp", "log", "sinh", "cosh", "tanh"}
GREEK = set(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)


class Text:
    times, at_most = "*", "<="

    def name(self, name: str) -> str:
        return name

    def number(self, value: float) -> Printed:
        for power, bottom in ((1, 1), (2, 1), (1, 2), (1, 3), (1, 4), (1, 6)):
            top = value / math.pi**power * bottom
            if top and abs(top) < 100 and abs(top - round(top)) < 1e-12:
                pi = self.name("pi") if power == 1 else self.power(self.name("pi"), ("2", ATOM))
                factor = "" if abs(round(top)) == 1 else f"{abs(round(top))}{self.times}"
                below = "" if bottom == 1 else f"/{bottom}"
                held = PRODUCT if factor or below else ATOM if power == 1 else POWER
                return f"{'-' if top < 0 else ''}{factor}{pi}{below}", SIGN if top < 0 else held
        return self.decimal(value), SIGN if value < 0 else ATOM

    def decimal(self, value: float) -> str:
        return str(int(value)) if value.is_integer() and abs(value) < 1e7 else f"{value:.6g}"

    def group(self, inside: str) -> str:
        return f"({inside})"

    def derivative(self, base: Printed, names: list[str]) -> str:
        held = base[0] if base[1] == ATOM else self.group(base[0])
        if base[1] == ATOM and ("_" in held or "(" in held):  # another subscript would be misread
            return f"D({held}, {', '.join(names)})"
        return f"{held}_{''.join(names)}"

    def power(self, base: str, exponent: Printed) -> str:
        return f"{base}^{held_together(exponent, ATOM, self)}"

    def quotient(self, top: Printed, bottom: Printed) -> Printed:
        return f"{held_together(top, PRODUCT, self)}/{held_together(bottom, POWER, self)}", PRODUCT

    def function(self, name: str, args: list[str]) -> str:
        return f"{name}({', '.join(args)})"

    def at(self, base: str, fixed: list[str]) -> str:
        return f"{base}({', '.join(fixed)})"


class Latex(Text):
    times, at_most = " ", r"\le"

    def name(self, name: str) -> str:
        head, *below = (part for part in name.split("_") if part)
        if below and len(head) > 1 and head not in GREEK and any(len(b) > 1 for b in below):
            return f"\\mathrm{{{name}}}".replace("_", "\\_")  # a word with an underscore, not a symbol with an index
        parts = ["\\" + n if n in GREEK else n if len(n) == 1 else f"\\mathrm{{{n}}}" for n in (head, *below)]
        return parts[0] + (f"_{{{','.join(parts[1:])}}}" if below else "")

    def decimal(self, value: float) -> str:
        plain, _, exponent = super().decimal(value).partition("e")
        return f"{plain} \\cdot 10^{{{int(exponent)}}}" if exponent else plain

    def group(self, inside: str) -> str:
        return f"\\left({inside}\\right)"

    def derivative(self, base: Printed, names: list[str]) -> str:
        below = "".join(self.name(n) for n in names)
        if base[1] == ATOM and "_" not in base[0] and "(" not in base[0]:
            return f"{base[0]}_{{{below}}}"
        return f"\\partial_{{{below}}} {held_together(base, ATOM, self)}"

    def power(self, base: str, exponent: Printed) -> str:
        return f"{base}^{{{exponent[0]}}}"

    def quotient(self, top: Printed, bottom: Printed) -> Printed:
        return f"\\frac{{{top[0]}}}{{{bottom[0]}}}", PRODUCT

    def function(self, name: str, args: list[str]) -> str:
        inside = ", ".join(args)
        if name == "sqrt":
            return f"\\sqrt{{{inside}}}"
        if name == "abs":
            return f"\\left|{inside}\\right|"
        return (f"\\{name}" if name in LATEX_FUNCTIONS else f"\\operatorname{{{name}}}") + self.group(inside)

    def at(self, base: str, fixed: list[str]) -> str:
        return f"\\left.{base}\\right|_{{{', '.join(fixed)}}}"


def held_together(printed: Printed, strength: int, style: Text) -> str:
    """In parentheses where it would fall apart."""
    return printed[0] if printed[1] >= strength and printed[1] != SIGN else style.group(printed[0])
