"""Bounds what a pattern can cost the most naive backtracking engine; never runs it on a text.

Such an engine walks every way through the pattern that the text allows. The bound
counts those ways, for the worst text of n characters, as a polynomial in n: one for
each position, computed from the end of the pattern to its start.

- Outside of loops a position costs itself, and all that may follow it on one same
  character.
- In a loop, two ways to go on with the same character double at every turn:
  exponential, refused. With one way, the walk inside is a single one, of at most n
  characters. It can be left by a character that does not also go on inside: that
  happens once. Or by one that does: that can happen at each of the n characters.
- A pattern that does not begin with ``^`` is tried at each of the n characters.

This over-estimates, and so it can refuse a harmless pattern, never accept a harmful
one. For the ambiguity of automata behind it: Weber and Seidl, "On the degree of
ambiguity of finite automata", 1991.
"""

from collections.abc import Iterable, Sequence

from server.evaluation.rules.patterns.positions import Positions, positions_of
from server.evaluation.rules.patterns.syntax import Assert, Either, Node, Refused, Repeat, Row, Take

LONGEST_TEXT = 1_000
"""Characters of a trait's value that a pattern looks at; a longer value never matches."""

MAX_COST = 25_000_000
"""Steps on such a text: fifty times its square halved, some tenths of a second at the very worst."""

Cost = tuple[int, int, int]
"""What is constant, what grows with n, and what grows with n²; more than that is refused."""


def check_cost(node: Node) -> None:
    """Refuse a pattern that can take a backtracking engine too long.

    Raises:
        Refused: with the reason, and how to write it instead where there is a way.
    """
    _check_neighbours(positions_of(node))
    constant, linear, quadratic = cost_of(_without_free_tail(node))
    if constant + linear * LONGEST_TEXT + quadratic * LONGEST_TEXT**2 // 2 > MAX_COST:
        raise Refused("UNSAFE_REGEX", "The pattern can match a text in too many ways. " + _ADVICE)


_ADVICE = "Begin it with ^, leave out a leading .*, or say more exactly what its repeats take."


def cost_of(node: Node) -> Cost:
    """A bound on the steps to find that a text does not match, as a polynomial in its length.

    A factor of n² stands for n²/2: each way into a loop has only the rest of the text
    before it.

    Raises:
        Refused: the cost can grow faster than the square of the text.
    """
    positions = positions_of(node)
    costs: list[Cost] = [(0, 0, 0)] * len(positions.characters)
    at = len(costs)
    while at > 0:
        start = _start_of_loop(positions, at - 1)
        if positions.loop[start] is None:
            costs[start] = _after(positions, positions.follow[start], costs)
        else:
            costs[start:at] = [_loop_cost(positions, range(start, at), costs)] * (at - start)
        at = start
    total = _after(positions, positions.root.first, costs)
    return total if _begins_anchored(node) else _each_time(total)


def _after(positions: Positions, follow: Sequence[int], costs: Sequence[Cost]) -> Cost:
    """What it costs to try the followers, and to go on with all that take one same character."""
    worst = _worst(_sum(costs[f] for f in found) for _, found in _on_each_character(positions, follow))
    return _sum([(max(1, len(follow)), 0, 0), worst])


def _loop_cost(positions: Positions, loop: range, costs: Sequence[Cost]) -> Cost:
    once: list[Cost] = []
    always: list[Cost] = []
    for follow in {tuple(positions.follow[at]) for at in loop}:
        for _, found in _on_each_character(positions, follow):
            inside = [f for f in found if f in loop]
            if len(inside) > 1:
                message = "A repeat can go on in two ways with the same character: its cost is exponential."
                raise Refused("UNSAFE_REGEX", message)
            (always if inside else once).append(_sum(costs[f] for f in found if f not in loop))
    width = max(len(positions.follow[at]) for at in loop)
    walk = _each_time((max(1, width), 0, 0))
    return _sum([walk, _worst(once), _each_time(_worst(always))])


def _on_each_character(positions: Positions, follow: Iterable[int]) -> Iterable[tuple[int, list[int]]]:
    """For each character on which it makes a difference: the followers that take it.

    Ranges overlap the most where one of them begins, so no other character matters.
    """
    follow = list(follow)
    points = {low for f in follow for low, _ in positions.characters[f].wide}
    return ((p, [f for f in follow if positions.characters[f].takes(p)]) for p in points)


def _sum(costs: Iterable[Cost]) -> Cost:
    a, b, c = 0, 0, 0
    for x, y, z in costs:
        a, b, c = a + x, b + y, c + z
    return a, b, c


def _worst(costs: Iterable[Cost]) -> Cost:
    a, b, c = 0, 0, 0
    for x, y, z in costs:
        a, b, c = max(a, x), max(b, y), max(c, z)
    return a, b, c


def _each_time(cost: Cost) -> Cost:
    """The cost at each of n characters."""
    constant, linear, quadratic = cost
    if quadratic:
        raise Refused("UNSAFE_REGEX", "The cost can grow faster than the square of the text. " + _ADVICE)
    return 0, constant, linear


def _start_of_loop(positions: Positions, at: int) -> int:
    """Where the loop of a position starts; the positions of a loop stand side by side."""
    start = at
    while start > 0 and positions.loop[at] is not None and positions.loop[start - 1] == positions.loop[at]:
        start -= 1
    return start


def _check_neighbours(positions: Positions) -> None:
    """Two endless repeats side by side that share a character: one says the same, and costs less."""
    single = {at for at, loop in enumerate(positions.loop) if loop is not None and positions.loop.count(loop) == 1}
    for at in single:
        for follower in positions.follow[at]:
            shared = positions.characters[at].overlaps(positions.characters[follower])
            if follower != at and follower in single and shared:
                message = "Two repeats that take the same characters stand side by side: write one."
                raise Refused("UNSAFE_REGEX", message)


def _begins_anchored(node: Node) -> bool:
    match node:
        case Assert(place):
            return place == "^"
        case Row(items):
            return bool(items) and _begins_anchored(items[0])
        case Either(options):
            return all(_begins_anchored(option) for option in options)
        case _:
            return False


def _without_free_tail(node: Node) -> Node:
    """The pattern without the end of its last repeat: once there, it has matched, and nothing fails."""
    match node:
        case Row(items) if items:
            last = _without_free_tail(items[-1])
            if last == Row(()):
                return _without_free_tail(Row(items[:-1]))
            return Row((*items[:-1], last))
        case Either(options):
            return Either(tuple(_without_free_tail(option) for option in options))
        case Repeat(Take() as body, least, _):
            return Repeat(body, least, least) if least else Row(())
        case _:
            return node
