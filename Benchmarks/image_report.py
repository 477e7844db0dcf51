"""Reads what the runs of image_models.sh have left.

    python3 Benchmarks/image_report.py rates RATES/table.json SWEEP.toml OUT.toml
    python3 Benchmarks/image_report.py classes FOLDER

rates writes the sweep SWEEP.toml to OUT.toml, with the learning rate of each kind of model whose averaged weights were
best in RATES. classes writes FOLDER/classes.md from FOLDER/table.json and the evaluation.json of each run: metrics and
accuracies by class over the seeds. A spread is half the difference between the largest and the smallest, as in sweeps.
Needs nothing but Python 3.11.
"""

import json
import os
import pathlib
import sys
import tomllib

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def best_rates(path):
    """The best rate of each kind of model, as text."""
    kinds = {}
    for row in json.loads(path.read_text())["rows"]:
        kind, rate = row["variant"].split(", rate ")
        if row["runs"] + row["diverged"] == 0:
            sys.exit(f"{path}: {row['variant']} is not finished; train the rates first")
        kinds.setdefault(kind, []).append((row.get("ema_accuracy") or 0, rate))
    rates = {}
    for kind, results in kinds.items():
        accuracy, rates[kind] = max(results, key=lambda result: result[0])
        print(f"{kind}: rate {rates[kind]}, {100 * accuracy:.2f} % on the holdout")
        if rates[kind] in (results[0][1], results[-1][1]):
            print(f"{kind}: this is an end of the range that was tried")
    return rates


def write_sweep(source, rates, target):
    sweep = tomllib.loads(source.read_text())
    config = os.path.normpath(source.resolve().parent / sweep["config"])
    lines = [f"# {source.name} with the best rates on the holdout, by image_report.py."]
    lines += [f"config = {json.dumps(config)}", f"seeds = {sweep['seeds']}"]
    for variant in sweep["variant"]:
        settings = variant.get("set", []) + [f"optimizer.learning_rate={rates[variant['name']]}"]
        lines += ["", "[[variant]]", f"name = {json.dumps(variant['name'])}", f"set = {json.dumps(settings)}"]
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
        file = folder / pathlib.Path(run["directory"]).name / "evaluation.json"
        if file.exists():
            found.setdefault(run["variant"], []).append(json.loads(file.read_text()))
    if not found:
        sys.exit(f"{folder}: no run is evaluated; use image_models.sh report")
    return found


def metrics(found):
    lines = ["| averaged weights | seeds | accuracy, % | top 5, % | NLL, nats | calibration error, % |"]
    lines += ["| --- | ---: | ---: | ---: | ---: | ---: |"]
    for variant, runs in found.items():
        cells = [
            over_seeds([run["accuracy"] for run in runs]),
            over_seeds([run["accuracy_top5"] for run in runs]),
            over_seeds([run["loss"] for run in runs], unit=1, digits=4),
            over_seeds([run["calibration_error"] for run in runs]),
        ]
        lines.append(f"| {variant} | {len(runs)} | " + " | ".join(cells) + " |")
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
        case ["rates", table, source, target]:
            write_sweep(pathlib.Path(source), best_rates(pathlib.Path(table)), pathlib.Path(target))
        case ["classes", folder]:
            found = evaluations(pathlib.Path(folder))
            write(pathlib.Path(folder) / "classes.md", [*metrics(found), "", *classes(found)])
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
