"""Reads what the runs of image_models.sh have left.

    python3 Benchmarks/image_report.py extend RATES/table.json SWEEP.toml OUT.toml
    python3 Benchmarks/image_report.py rates RATES/table.json SWEEP.toml OUT.toml
    python3 Benchmarks/image_report.py classes FOLDER

A learning rate is judged by the averaged weights at the end of its run, on the holdout. extend writes to OUT.toml the sweep
of rates SWEEP.toml, and for each kind of model whose best rate in RATES is the lowest or highest that was tried, one that
is half or twice as high. It ends with 3 if there is none. rates writes the sweep SWEEP.toml to OUT.toml, with the best rate
of each kind. classes writes FOLDER/classes.md from FOLDER/table.json, and the evaluation.json and metrics.jsonl of each
run: metrics and accuracies by class over the seeds. A spread is half the difference between the largest and the smallest,
as in sweeps. Needs nothing but Python 3.11.
"""

import json
import os
import pathlib
import statistics
import sys
import tomllib

# Beyond them a best rate at an edge says more of the recipe than of the rate.
LOWEST, HIGHEST = 2.5e-4, 1.6e-2
CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def tried_rates(path):
    """Of each kind of model, the rates that were tried, the lowest first: (rate, its text, accuracy on the holdout)."""
    kinds = {}
    for row in json.loads(path.read_text())["rows"]:
        kind, rate = row["variant"].split(", rate ")
        if row["runs"] + row["diverged"] == 0:
            sys.exit(f"{path}: {row['variant']} is not finished; train the rates first")
        kinds.setdefault(kind, []).append((float(rate), rate, row.get("ema_accuracy") or 0))
    return {kind: sorted(results) for kind, results in kinds.items()}


def best(results):
    return max(results, key=lambda result: result[2])


def best_rates(path):
    """The best rate of each kind of model, as text."""
    rates = {}
    for kind, results in tried_rates(path).items():
        rate, rates[kind], accuracy = best(results)
        print(f"{kind}: rate {rates[kind]}, {100 * accuracy:.2f} % on the holdout")
        if rate in (results[0][0], results[-1][0]):
            print(f"{kind}: this is an end of the range that was tried")
    return rates


def further_rate(results):
    """The rate beyond the best, if that is at an edge; None if it is not, or if the rate would leave all bounds."""
    rate = best(results)[0]
    for edge, further in ((results[0][0], rate / 2), (results[-1][0], 2 * rate)):
        if rate == edge and LOWEST <= further <= HIGHEST:
            return further
    return None


def as_text(rate):
    """As in 4e-3."""
    digits, exponent = f"{rate:e}".split("e")
    return f"{float(digits):g}e{int(exponent)}"


def extend(table, source, target):
    """Whether a sweep was written, which has further rates."""
    sweep = tomllib.loads(source.read_text())
    further = []
    for kind, results in tried_rates(table).items():
        rate = further_rate(results)
        if rate is None:
            continue
        like = next(variant for variant in sweep["variant"] if variant["name"].startswith(f"{kind}, rate "))
        settings = [setting for setting in like["set"] if not setting.startswith("optimizer.learning_rate=")]
        name = f"{kind}, rate {as_text(rate)}"
        further.append({"name": name, "set": [*settings, f"optimizer.learning_rate={as_text(rate)}"]})
        print(f"{name}: is tried too, for the best so far is at the edge")
    if further:
        write_sweep(source, sweep, sweep["variant"] + further, target, "further rates where the best was at an edge")
    return bool(further)


def choose(table, source, target):
    """Writes the sweep with the best rate of each kind."""
    sweep, rates = tomllib.loads(source.read_text()), best_rates(table)
    variants = [
        {"name": name, "set": [*variant.get("set", []), f"optimizer.learning_rate={rates[name]}"]}
        for variant in sweep["variant"]
        for name in [variant["name"]]
    ]
    write_sweep(source, sweep, variants, target, "the best rates on the holdout")


def write_sweep(source, sweep, variants, target, what):
    config = os.path.normpath(source.resolve().parent / sweep["config"])
    lines = [f"# {source.name} with {what}, by image_report.py."]
    lines += [f"config = {json.dumps(config)}", f"seeds = {sweep.get('seeds', [0])}"]
    for variant in variants:
        lines += ["", "[[variant]]", f"name = {json.dumps(variant['name'])}", f"set = {json.dumps(variant['set'])}"]
    write(target, lines)


def write(path, lines):
    """Puts a file in its place whole."""
    new = path.with_name(f".{path.name}.new")
    new.write_text("\n".join(lines) + "\n")
    new.replace(path)


def over_seeds(values, unit=100, digits=2):
    """The mean of some values and their spread."""
    mean = unit * sum(values) / len(values)
    if len(values) == 1:
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f} ± {unit * (max(values) - min(values)) / 2:.{digits}f}"


def evaluations(folder):
    """Of each variant, in the order of the sweep, what was found of its runs."""
    found = {}
    for run in json.loads((folder / "table.json").read_text())["runs"]:
        directory = folder / pathlib.Path(run["directory"]).name
        file = directory / "evaluation.json"
        if file.exists():
            result = json.loads(file.read_text())
            result["parameters"] = run["parameters"]
            result["speed"] = speed(directory / "metrics.jsonl")
            found.setdefault(run["variant"], []).append(result)
    if not found:
        sys.exit(f"{folder}: no run is evaluated; use image_models.sh report")
    return found


def speed(path):
    """The median of the images per second of all steps."""
    with path.open() as lines:
        steps = [json.loads(line) for line in lines if '"event":"step"' in line]
    return statistics.median(step["samples_per_second"] for step in steps)


def metrics(found):
    heads = ["averaged weights", "parameters", "seeds", "accuracy, %", "of each seed", "top 5, %", "NLL, nats"]
    lines = ["| " + " | ".join([*heads, "calibration error, %", "images/s"]) + " |", "| --- |" + " ---: |" * 8]
    for variant, runs in found.items():
        cells = [
            f"{runs[0]['parameters']:,}",
            f"{len(runs)}",
            over_seeds([run["accuracy"] for run in runs]),
            ", ".join(f"{100 * run['accuracy']:.2f}" for run in runs),
            over_seeds([run["accuracy_top5"] for run in runs]),
            over_seeds([run["loss"] for run in runs], unit=1, digits=4),
            over_seeds([run["calibration_error"] for run in runs]),
            f"{statistics.median(run['speed'] for run in runs):.0f}",
        ]
        lines.append(f"| {variant} | " + " | ".join(cells) + " |")
    return lines


def classes(found):
    lines = ["| class, % | " + " | ".join(found) + " | most often taken for |"]
    lines += ["| --- |" + " ---: |" * len(found) + " --- |"]
    for label, name in enumerate(CLASSES):
        cells = [over_seeds([run["classes"][label]["accuracy"] for run in runs], digits=1) for runs in found.values()]
        counts = {}
        for row in (run["classes"][label] for runs in found.values() for run in runs):
            if row.get("mistaken_for") is not None:
                other = CLASSES[row["mistaken_for"]]
                counts[other] = counts.get(other, 0) + row["mistaken_count"]
        other = max(counts, key=counts.get) if counts else ""
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {other} |")
    return lines


def main(arguments):
    match arguments:
        case ["extend", *paths] if len(paths) == 3:
            if not extend(*map(pathlib.Path, paths)):
                sys.exit(3)
        case ["rates", *paths] if len(paths) == 3:
            choose(*map(pathlib.Path, paths))
        case ["classes", folder]:
            found = evaluations(pathlib.Path(folder))
            write(pathlib.Path(folder) / "classes.md", [*metrics(found), "", *classes(found)])
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
