"""The portfolio problem as a mixed-integer program for HiGHS: reads one instance a line (JSON), prints `optimum` and the optimum of each, among what HiGHS prints itself."""

import json
import sys

import highspy


def solve(instance):
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 1e-9)
    infinity = highspy.kHighsInf
    rows = []
    objective = {}

    def variable(cost, lower=0.0, upper=infinity, integer=False):
        place = highs.getNumCol()
        highs.addVar(lower, upper)
        highs.changeColCost(place, cost)
        if integer:
            highs.changeColIntegrality(place, highspy.HighsVarType.kInteger)
        return place

    def row(lower, upper, entries):
        highs.addRow(lower, upper, len(entries), [e[0] for e in entries], [e[1] for e in entries])

    risk, tail = instance["risk"]
    demand = instance["demand"]  # scenario, pool, hour
    scenarios, hours = len(demand), len(demand[0][0])
    offers = instance["offers"]
    units = []  # integer counts of steps
    for offer in offers:
        most = offer["most"] / offer["step"] if offer["most"] is not None else infinity
        units.append(variable(offer["cost"] * offer["step"] * (1 + risk), 0.0, most, True))
    for cap in instance["caps"]:
        row(-infinity, cap["most"], [(units[j], w * offers[j]["step"]) for j, w in enumerate(cap["weights"]) if w])
    worst = variable(risk, -infinity) if risk else None
    for scenario in range(scenarios):
        costs = []
        for hour in range(hours):
            taken = {}
            for pool, on_demand in enumerate(instance["pools"]):
                used = demand[scenario][pool][hour]
                rest = variable(on_demand / scenarios, 0.0, used)
                costs.append((rest, on_demand))
                reserved = variable(0.0, 0.0, used)
                held = sum(h["units"] for h in instance["held"] if h["target"] == ["pool", pool] and h["hours"][0] <= hour < h["hours"][1])
                bought = [(units[j], -o["step"]) for j, o in enumerate(offers) if o["target"] == ["pool", pool] and o["hours"][0] <= hour < o["hours"][1]]
                row(-infinity, held, [(reserved, 1.0)] + bought)
                parts = [(rest, 1.0), (reserved, 1.0)]
                for table, rates in enumerate(instance["tables"]):
                    for of, rate in rates:
                        if of == pool and rate < on_demand:
                            part = variable(0.0, 0.0, used)
                            parts.append((part, 1.0))
                            taken.setdefault(table, []).append((part, rate))
                row(used, used, parts)
            for table, entries in taken.items():
                held = sum(h["units"] for h in instance["held"] if h["target"] == ["table", table] and h["hours"][0] <= hour < h["hours"][1])
                bought = [(units[j], -o["step"]) for j, o in enumerate(offers) if o["target"] == ["table", table] and o["hours"][0] <= hour < o["hours"][1]]
                row(-infinity, held, entries + bought)
        if risk:
            beyond = variable(risk / (tail * scenarios))
            row(-infinity, instance["references"][scenario] if instance["references"] else 0.0, costs + [(beyond, -1.0), (worst, -1.0)])
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal, highs.getModelStatus()
    return highs.getInfo().objective_function_value


for line in sys.stdin:
    print("optimum", repr(float(solve(json.loads(line)))), flush=True)
