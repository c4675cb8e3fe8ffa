"""A graceful labelling: numbers at nodes whose differences along the edges are all different."""

import networkx as nx
from matplotlib.figure import Figure

import odesolve as ode

# --8<-- [start:model]
GRAPH = nx.wheel_graph(7)  # a hub and a rim of six nodes


def stated() -> ode.Model:
    """Labels 0 to m of the nodes, 1 to m of the m edges."""
    model, rules = ode.Model(), ode.constraints
    edges = GRAPH.number_of_edges()
    label = {node: model.integer(f"node {node}", 0, edges) for node in GRAPH}
    triples = [(a, b, abs(a - b)) for a in range(edges + 1) for b in range(edges + 1) if a != b]
    across = []
    for a, b in GRAPH.edges:
        distance = model.integer(f"edge {a} {b}", 1, edges)
        model.add(rules.Table([label[a], label[b], distance], triples))
        across.append(distance)
    model.add([rules.AllDifferent(label.values()), rules.AllDifferent(across)])
    return model


# --8<-- [end:model]


def drawn(values: dict[str, int]) -> Figure:
    """The wheel with its labels."""
    figure = Figure(figsize=(4, 4), dpi=100, layout="constrained")
    axes = figure.subplots()
    places = nx.shell_layout(GRAPH, [[0], list(range(1, len(GRAPH)))])
    for a, b in GRAPH.edges:
        (x, y), (u, v) = places[a], places[b]
        axes.plot([x, u], [y, v], color="#999999", zorder=1)
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        text, middle = str(values[f"edge {a} {b}"]), ((x + u) / 2, (y + v) / 2)
        axes.annotate(text, middle, ha="center", va="center", color="#d55e00", bbox=box)
    for node, place in places.items():
        axes.scatter(*place, s=500, color="#0072b2", zorder=2)
        text = str(values[f"node {node}"])
        axes.annotate(text, place, ha="center", va="center", color="white", weight="bold")
    axes.set_aspect("equal")
    axes.margins(0.1)
    axes.set_axis_off()
    return figure


if __name__ == "__main__":
    result = stated().solve(seed=0, time_limit=60)
    print(result.status, "in", result.run.steps, "steps")
    drawn(result.values).savefig("labelling.png")
