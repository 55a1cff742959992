"""Portfolios: the solver against HiGHS, on the same problems, in turn, in one run, until HiGHS no longer ends in time.

    portfolio.py PATH_TO_EXAMPLE [--limit 600] [--solver ipm|simplex|choose] [--mip] [--sizes POOLSxHOURS,...]

HiGHS is given only offers that no other one replaces at all usage, and gets the linear relaxation, which gives a bound and no
portfolio in whole steps; with --mip the integer program, to a gap of 0.1%.
"""

import argparse
import json
import re
import subprocess
import time

import highspy
import numpy

YEAR_HOURS = 8760
SIZES = "20x438,50x438,100x438,100x876,200x876,200x1752,400x1752"


def undominated(problem):
    """Offers that no other one replaces: the cheapest reservation of each pool, and of tables over the same pools the one with all lower rates."""
    reservations, tables = {}, {}
    for offer in problem["offers"]:
        kind, target = offer["target"]
        if kind == "pool":
            best = reservations.setdefault(target, offer)
            if offer["cost"] < best["cost"]:
                reservations[target] = offer
        else:
            rates = problem["tables"][target]
            pools = tuple(pool for pool, _ in rates)
            found = tables.setdefault(pools, [])
            replaces = lambda a, b: all(x[1] <= y[1] for x, y in zip(a, b))
            if not any(replaces(other["rates"], rates) for other in found):
                found[:] = [other for other in found if not replaces(rates, other["rates"])]
                found.append({"rates": rates, "cost": offer["cost"], "step": offer["step"]})
    return reservations, [table for found in tables.values() for table in found]


class Program:
    """Columns, rows and entries of a linear program, a block at a time."""

    def __init__(self):
        self.costs, self.uppers, self.whole = [], [], []
        self.lowers, self.highs = [], []
        self.rows, self.columns, self.values = [], [], []
        self.column_count = self.row_count = 0

    def add_columns(self, costs, uppers, whole=False):
        first, count = self.column_count, len(costs)
        self.costs.append(costs), self.uppers.append(uppers), self.whole.append(numpy.full(count, whole))
        self.column_count += count
        return numpy.arange(first, first + count)

    def add_rows(self, lowers, highs):
        first, count = self.row_count, len(lowers)
        self.lowers.append(lowers), self.highs.append(highs)
        self.row_count += count
        return numpy.arange(first, first + count)

    def add(self, rows, columns, values):
        rows, columns, values = numpy.broadcast_arrays(rows, columns, numpy.asarray(values, float))
        self.rows.append(rows.ravel()), self.columns.append(columns.ravel()), self.values.append(values.ravel())

    def model(self, integer):
        rows, columns, values = map(numpy.concatenate, (self.rows, self.columns, self.values))
        order = numpy.lexsort((rows, columns))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.column_count, self.row_count
        model.col_cost_, model.col_lower_ = numpy.concatenate(self.costs), numpy.zeros(self.column_count)
        model.col_upper_ = numpy.concatenate(self.uppers)
        model.row_lower_, model.row_upper_ = numpy.concatenate(self.lowers), numpy.concatenate(self.highs)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = numpy.searchsorted(columns[order], numpy.arange(self.column_count + 1)).astype(numpy.int32)
        model.a_matrix_.index_, model.a_matrix_.value_ = rows[order].astype(numpy.int32), values[order]
        if integer:
            kinds = highspy.HighsVarType
            model.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in numpy.concatenate(self.whole)]
        return model


def program(problem):
    """One scenario, no risk, no limits, nothing held: what the example asks."""
    assert len(problem["demand"]) == 1 and not problem["caps"] and not problem["held"] and problem["risk"][0] == 0
    demand = numpy.array(problem["demand"][0])
    pools, hours = demand.shape
    on_demand = numpy.array(problem["pools"])
    reservations, tables = undominated(problem)
    lp, none = Program(), numpy.inf
    reserved = lp.add_columns(numpy.array([reservations[pool]["cost"] for pool in range(pools)]), numpy.full(pools, none), True)
    rest = lp.add_columns(numpy.repeat(on_demand, hours), demand.ravel()).reshape(pools, hours)
    # In each hour: what is reserved, paid on demand and taken by plans is all usage.
    used = lp.add_rows(demand.ravel(), numpy.full(pools * hours, none)).reshape(pools, hours)
    lp.add(used, reserved[:, None], 1.0)
    lp.add(used, rest, 1.0)
    for table in tables:
        units = lp.add_columns(numpy.array([table["cost"] * table["step"]]), numpy.array([none]), True)
        held = lp.add_rows(numpy.full(hours, -none), numpy.zeros(hours))
        lp.add(held, units, -table["step"])
        for pool, rate in table["rates"]:
            if rate < on_demand[pool]:
                part = lp.add_columns(numpy.zeros(hours), demand[pool])
                lp.add(used[pool], part, 1.0)
                lp.add(held, part, rate)
    return lp


def by_highs(problem, options):
    highs = highspy.Highs()
    settings = {"output_flag": False, "threads": 2, "presolve": "on", "solver": options.solver, "time_limit": float(options.limit)}
    if options.mip:
        settings |= {"mip_rel_gap": 1e-3, "solver": "choose"}
    elif options.solver == "ipm":
        settings |= {"run_crossover": "off"}
    for name, value in settings.items():
        highs.setOptionValue(name, value)
    highs.passModel(program(problem).model(options.mip))
    begun = time.perf_counter()
    highs.run()
    seconds = time.perf_counter() - begun
    ended = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return seconds, highs.getInfo().objective_function_value if ended else None


def by_example(example, pools, stride):
    arguments = [example, str(pools), "1", "2", "30", str(stride)]
    problem = json.loads(subprocess.run([*arguments, "json"], check=True, capture_output=True, text=True).stdout)
    times = []
    for _ in range(3):
        told = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
        seconds, objective, bound = re.search(r": ([\d.]+) s, objective ([\d.]+), bound ([\d.]+)", told).groups()
        times.append(float(seconds))
    return problem, sorted(times)[1], float(objective), float(bound)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("example")
    parser.add_argument("--limit", type=int, default=600)
    parser.add_argument("--solver", default="simplex")
    parser.add_argument("--mip", action="store_true")
    parser.add_argument("--sizes", default=SIZES)
    options = parser.parse_args()
    print("| pools | hours | ours, s | HiGHS, s | ratio | our cost | our bound | HiGHS |\n|---|---|---|---|---|---|---|---|")
    for size in options.sizes.split(","):
        pools, hours = map(int, size.split("x"))
        problem, ours, objective, bound = by_example(options.example, pools, YEAR_HOURS // hours)
        theirs, optimum = by_highs(problem, options)
        if optimum is None:
            print(f"| {pools} | {hours} | {ours:.2f} | over {options.limit} | over {theirs / ours:.0f} | {objective:.2f} | {bound:.2f} | |", flush=True)
            break
        print(f"| {pools} | {hours} | {ours:.2f} | {theirs:.1f} | {theirs / ours:.0f} | {objective:.2f} | {bound:.2f} | {optimum:.2f} |", flush=True)


if __name__ == "__main__":
    main()
