"""Chooses settings between the sweeps of text_parity.sh and fine_tuning.sh, then fits and draws what they have found.

    text_study.py extend OUT.toml SWEEP.toml...      further settings where the best lies at an edge of those tried
    text_study.py best OUT.toml STEPS SEEDS SWEEP.toml...     the best settings of each model, for a longer run
    text_study.py deeper OUT.toml SWEEP.toml...      the deepest models, three rates around the best of half the depth
    text_study.py rates SCORE SWEEP.toml...          the best rate of each model, by accuracy or f1, for fine_tuning.sh
    text_study.py report FOLDER SEARCH.toml... -- FINAL.toml...    FOLDER/report.md and pictures
    text_study.py compare SCORE SWEEP.toml...        pretrained against random weights, with the standard error
    text_study.py xquad SWEEP.toml...                 what fine_tuning.sh has found on XQuAD

The runs of NAME.toml are in the folder NAME beside it, with the table.json that gmlp-train sweep writes. A variant is
called "gMLP 8, rate 0.002, × 8" or "gMLP 8": what stands before the comma is the model. extend ends with 3 where there
is nothing to add. Needs nothing but Python 3.11.
"""

import json
import math
import os
import random
import re
import statistics
import sys
import tomllib

FACTOR = re.compile(r'\["(.+)=([0-9.e+-]+)"\]')
RATE_KEY = "optimizer.learning_rate"
FACTOR_KEY = "optimizer.rate_factors"
DEEPER = {"gMLP 8": ("gMLP 16", 16), "relative 6": ("relative 12", 12)}
FAMILIES = {"gMLP": ["gMLP 4", "gMLP 8", "gMLP 16"], "relative": ["relative 3", "relative 6", "relative 12"]}
RESAMPLES = 5000


class Variant:
    """A variant of a sweep: its settings, and the losses at the end of its finished runs."""

    def __init__(self, table, losses, parameters):
        self.model = table["name"].split(",")[0]
        self.settings = dict(item.split("=", 1) for item in table.get("set", []))
        self.losses = losses
        self.parameters = parameters

    @property
    def loss(self):
        return sum(self.losses) / len(self.losses) if self.losses else math.inf

    @property
    def place(self):
        """The rate and its factor."""
        found = FACTOR.fullmatch(self.settings.get(FACTOR_KEY, ""))
        return float(self.settings[RATE_KEY]), float(found[2]) if found else 1.0


def folder_of(path):
    return path.removesuffix(".toml")


def table_of(path):
    with open(os.path.join(folder_of(path), "table.json")) as file:
        return json.load(file)


def variants_of(path):
    """All variants of a sweep; without finished runs they have no loss."""
    with open(path, "rb") as file:
        sweep = tomllib.load(file)
    table = table_of(path)
    variants = []
    for item in sweep["variant"]:
        runs = [run for run in table["runs"] if run["variant"] == item["name"]]
        losses = [
            run["evaluations"][-1]["loss"] for run in runs
            if run.get("weights_sha256") and not run["diverged"] and run["evaluations"]
        ]
        variants.append(Variant(item, losses, runs[0]["parameters"] if runs else 0))
    return variants


def by_model(paths):
    models = {}
    for path in paths:
        for variant in variants_of(path):
            models.setdefault(variant.model, []).append(variant)
    return models


def with_place(variant, pattern, place):
    """The settings of `variant` at another rate and factor."""
    settings = dict(variant.settings)
    settings[RATE_KEY] = f"{place[0]:g}"
    settings.pop(FACTOR_KEY, None)
    if pattern and place[1] != 1:
        settings[FACTOR_KEY] = f'["{pattern}={place[1]:g}"]'
    return settings


def quoted(text):
    return f"'{text}'" if '"' in text else f'"{text}"'


def write_sweep(path, config, steps, seeds, variants):
    """Writes a sweep of 16 sequences a step; `variants` are names with settings."""
    part = max(steps // 5, 1)
    common = [
        f"train.steps={steps}", "train.global_batch_size=16", "train.micro_batch_size=8",
        f"train.evaluate_every={part}", f"train.checkpoint_every={part}",
        f"schedule.warmup_steps={steps // 10}",
    ]
    lines = [f"config = {quoted(config)}", f"seeds = {seeds}", "set = ["]
    lines += [f"  {quoted(item)}," for item in common] + ["]"]
    for name, settings in variants:
        lines += ["", "[[variant]]", f"name = {quoted(name)}", "set = ["]
        lines += [f"  {quoted(f'{key}={value}')}," for key, value in settings.items()] + ["]"]
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")


def config_of(path):
    with open(path, "rb") as file:
        return tomllib.load(file)["config"]


def missing(variants):
    """Places that have to be tried before the best of `variants` may be called so."""
    losses = {variant.place: variant.loss for variant in variants}
    rate, factor = min(losses, key=losses.get)
    rates, factors = [place[0] for place in losses], [place[1] for place in losses]
    wanted = set()
    if rate == max(rates):
        wanted.add((2 * rate, factor))
    if rate == min(rates):
        wanted.add((rate / 2, factor))
    if len(set(factors)) > 1:
        if factor == max(factors):
            wanted.add((rate, 2 * factor))
        if factor == min(factors) and factor > 1:
            wanted.add((rate, factor / 2))
        # Rates were tried at one factor and factors at one rate: the best of both belong together.
        usual = max(set(rates), key=rates.count), max(set(factors), key=factors.count)
        best_rate = min((place for place in losses if place[1] == usual[1]), key=losses.get)[0]
        best_factor = min((place for place in losses if place[0] == usual[0]), key=losses.get)[1]
        wanted.add((best_rate, best_factor))
    return sorted(wanted - set(losses))


def named(model, place, pattern):
    return f"{model}, rate {place[0]:g}" + (f", × {place[1]:g}" if pattern else "")


def extend(out, *paths):
    found = []
    for model, variants in by_model(paths).items():
        patterns = [FACTOR.fullmatch(variant.settings.get(FACTOR_KEY, "")) for variant in variants]
        pattern = next((match[1] for match in patterns if match), None)
        for place in missing(variants):
            found.append((named(model, place, pattern), with_place(variants[0], pattern, place)))
    if not found:
        sys.exit(3)
    write_sweep(out, config_of(paths[0]), 5000, [0], found)


def best(out, steps, seeds, *paths):
    chosen = []
    for model, variants in by_model(paths).items():
        variant = min(variants, key=lambda variant: variant.loss)
        print(f"{model}: rate {variant.place[0]:g}, × {variant.place[1]:g}, loss {variant.loss:.4f}")
        chosen.append((model, variant.settings))
    write_sweep(out, config_of(paths[0]), int(steps), list(range(int(seeds))), chosen)


def deeper(out, *paths):
    found = []
    for half, (model, blocks) in DEEPER.items():
        variant = min(by_model(paths)[half], key=lambda variant: variant.loss)
        match = FACTOR.fullmatch(variant.settings.get(FACTOR_KEY, ""))
        pattern = match[1] if match else None
        rate, factor = variant.place
        for tried in (rate / 2, rate, 2 * rate):
            settings = with_place(variant, pattern, (tried, factor))
            settings["model.num_layers"] = str(blocks)
            found.append((named(model, (tried, factor), pattern), settings))
    write_sweep(out, config_of(paths[0]), 5000, [0], found)


def rates(metric, *paths):
    """Prints for each model the rate with the best score, as fine_tuning.sh reads it."""
    found = {}
    for path in paths:
        for row in table_of(path)["rows"]:
            model, rate = row["variant"].split(", rate ")
            scores = [score["median"] for score in row["scores"] if score["metric"] == metric]
            if scores:
                found.setdefault(model, []).append((scores[0], float(rate)))
    for model, tried in found.items():
        score, rate = max(tried)
        if rate in (min(rate for _, rate in tried), max(rate for _, rate in tried)):
            print(f"{model}: the best rate, {rate:g}, is at an edge of those tried", file=sys.stderr)
        print(model, f"{rate:g}")


def compare(metric, *paths):
    """Pretrained against random weights: the difference of means with its standard error; below two of them it is none.

    The set counts once, as both answer the same samples, and the mean over seeds of each.
    """
    print("| model | pretrained | random weights | difference | σ | |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for path in paths:
        table = table_of(path)
        found = {
            row["variant"]: (score, row["runs"])
            for row in table["rows"] for score in row["scores"] if score["metric"] == metric
        }
        with open(os.path.join(table["runs"][0]["directory"], "evaluation.json")) as file:
            evaluation = json.load(file)
        samples = evaluation.get("answers", {}).get("questions", evaluation["samples"])
        for name in found:
            model, kind = name.split(", ")
            other = found.get(f"{model}, random weights")
            if kind != "pretrained" or other is None:
                continue
            (first, first_runs), (second, second_runs) = found[name], other
            share = (first["mean"] + second["mean"]) / 2
            sigma = math.sqrt(
                share * (1 - share) / samples
                + first.get("standard_deviation", 0) ** 2 / first_runs
                + second.get("standard_deviation", 0) ** 2 / second_runs)
            difference = first["mean"] - second["mean"]
            verdict = "none" if abs(difference) < 2 * sigma else "better" if difference > 0 else "worse"
            print(
                f"| {model} | {100 * first['mean']:.2f} % | {100 * second['mean']:.2f} % "
                f"| {100 * difference:.2f} | {100 * sigma:.2f} | {verdict} |")


def xquad(*paths):
    """The scores of the runs of sweeps on XQuAD, over their seeds, as a table."""
    print("## XQuAD\n")
    print("| variant | runs | EM, median | F1, median | F1, lowest | F1, highest |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for path in paths:
        found = {}
        for run in table_of(path)["runs"]:
            file_name = os.path.join(run["directory"], "xquad.json")
            if os.path.exists(file_name):
                with open(file_name) as file:
                    found.setdefault(run["variant"], []).append(json.load(file)["answers"])
        for variant, answers in found.items():
            exact = statistics.median(answer["exact_match"] for answer in answers)
            scores = [answer["f1"] for answer in answers]
            print(
                f"| {variant} | {len(answers)} | {exact:.2f} | {statistics.median(scores):.2f} "
                f"| {min(scores):.2f} | {max(scores):.2f} |")


# Fits


def slope(points):
    """The slope of a line through points by least squares."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


def exponents(groups):
    """The exponent α of loss ~ size^-α and its resamples; a group is a size with the losses of its seeds."""
    def fit(choose):
        return -slope([
            (math.log(size), math.log(loss)) for size, losses in groups for loss in choose(losses)
        ])

    chance = random.Random(0)
    resamples = [
        fit(lambda losses: [chance.choice(losses) for _ in losses]) for _ in range(RESAMPLES)
    ]
    return fit(lambda losses: losses), resamples


def interval(values):
    values = sorted(values)
    return values[round(0.025 * (len(values) - 1))], values[round(0.975 * (len(values) - 1))]


def shown(value, resamples):
    low, high = interval(resamples)
    return f"{value:.4f} ({low:.4f} … {high:.4f})"


def compute(run):
    """Floating-point operations of one sample, forward and backward; seconds of all steps."""
    with open(os.path.join(run["directory"], "inspect.json")) as file:
        operations = 2 * json.load(file)["training_multiply_adds"]
    seconds = {}
    with open(os.path.join(run["directory"], "metrics.jsonl")) as file:
        for line in file:
            event = json.loads(line)
            if event["event"] == "step":
                seconds[event["step"]] = event["step_seconds"]
    return operations, sum(seconds.values())


# Pictures


def plot(path, title, across, up, series, log=False):
    """Lines with points as SVG; `series` are names with points."""
    colours = ["#1b6ca8", "#d1495b", "#2e8b57", "#8f5cc2", "#c98a1b", "#3a3a3a", "#00a3a3", "#a0522d"]
    place = math.log10 if log else float
    xs = [place(x) for _, points in series for x, _ in points]
    ys = [y for _, points in series for _, y in points]
    left, right, top, bottom, width, height = 64, 220, 36, 48, 820, 460

    def x_of(x):
        return left + (place(x) - min(xs)) / (max(xs) - min(xs) or 1) * (width - left - right)

    def y_of(y):
        return height - bottom - (y - min(ys)) / (max(ys) - min(ys) or 1) * (height - top - bottom)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{(left + width - right) / 2}" y="20" text-anchor="middle">{title}</text>',
        f'<text x="{(left + width - right) / 2}" y="{height - 10}" text-anchor="middle">{across}</text>',
        f'<text x="10" y="{top - 12}">{up}</text>',
    ]
    for step in range(6):
        y = min(ys) + step / 5 * (max(ys) - min(ys))
        x = min(xs) + step / 5 * (max(xs) - min(xs))
        across_x = left + step / 5 * (width - left - right)
        parts += [
            f'<line x1="{left}" x2="{width - right}" y1="{y_of(y):.1f}" y2="{y_of(y):.1f}" stroke="#dddddd"/>',
            f'<text x="{left - 6}" y="{y_of(y) + 4:.1f}" text-anchor="end">{y:.2f}</text>',
            f'<line x1="{across_x:.1f}" x2="{across_x:.1f}" y1="{top}" y2="{height - bottom}" stroke="#dddddd"/>',
            f'<text x="{across_x:.1f}" y="{height - bottom + 16}" text-anchor="middle">{10**x if log else x:.3g}</text>',
        ]
    for number, (name, points) in enumerate(series):
        colour = colours[number % len(colours)]
        line = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in points)
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{line}"/>')
        parts += [f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="2.5" fill="{colour}"/>' for x, y in points]
        y = top + 10 + 20 * number
        parts.append(f'<line x1="{width - right + 16}" x2="{width - right + 42}" y1="{y}" y2="{y}" stroke="{colour}"/>')
        parts.append(f'<text x="{width - right + 48}" y="{y + 4}">{name}</text>')
    with open(path, "w") as file:
        file.write("\n".join(parts + ["</svg>"]) + "\n")


def mean_curve(runs):
    """The mean over seeds of the losses of evaluations, against tokens."""
    tokens = [point["tokens"] for point in runs[0]["evaluations"]]
    losses = [[point["loss"] for point in run["evaluations"]] for run in runs]
    return [(token, sum(column) / len(column)) for token, column in zip(tokens, zip(*losses))]


def report(folder, *paths):
    border = paths.index("--")
    searched, final = by_model(paths[:border]), by_model(paths[border + 1 :])
    runs = {}
    for path in paths[border + 1 :]:
        for run in table_of(path)["runs"]:
            if run.get("weights_sha256") and not run["diverged"]:
                runs.setdefault(run["variant"], []).append(run)
    lines = [
        "| model | parameters | rate | factor | runs | loss | ± | perplexity | 10¹⁵ operations | minutes | exponent of tokens |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    curves, work, sizes = [], [], {}
    for model, (variant, *_) in final.items():
        if model not in runs:
            continue
        costs = [compute(run) for run in runs[model]]
        points = mean_curve(runs[model])
        samples = runs[model][0]["evaluations"][-1]["samples"]
        curves.append((model, [(tokens / 1e6, loss) for tokens, loss in points]))
        work.append((model, [
            (costs[0][0] * samples * tokens / points[-1][0] / 1e15, loss) for tokens, loss in points
        ]))
        sizes[model] = (costs[0][0] * samples, variant.parameters, variant.losses)
        short = min((other.loss for other in searched.get(model, [])), default=math.inf)
        groups = [(10.24, [short]), (points[-1][0] / 1e6, variant.losses)]
        exponent = shown(*exponents(groups)) if math.isfinite(short) else ""
        spread = (max(variant.losses) - min(variant.losses)) / 2
        minutes = sum(seconds for _, seconds in costs) / len(costs) / 60
        lines.append(
            f"| {model} | {variant.parameters:,} | {variant.place[0]:g} | {variant.place[1]:g} | {len(variant.losses)} "
            f"| {variant.loss:.4f} | {spread:.4f} | {math.exp(variant.loss):.2f} | {costs[0][0] * samples / 1e15:.3f} "
            f"| {minutes:.1f} | {exponent} |")
    lines += ["", "Exponents α of loss ~ size^-α over three depths, with 95 % of resampled seeds:", "",
              "| family | of operations | of parameters |", "| --- | ---: | ---: |"]
    families = {}
    for family, models in FAMILIES.items():
        known = [sizes[model] for model in models if model in sizes]
        if len(known) == len(models):
            families[family] = [exponents([(size[axis], size[2]) for size in known]) for axis in (0, 1)]
            lines.append(f"| {family} | " + " | ".join(shown(*fit) for fit in families[family]) + " |")
    if len(families) == 2:
        first, second = families.values()
        # Reversed, so that a resample of one meets an independent one of the other.
        differences = [
            shown(a[0] - b[0], [x - y for x, y in zip(a[1], reversed(b[1]))]) for a, b in zip(first, second)
        ]
        lines.append("| difference | " + " | ".join(differences) + " |")
    with open(os.path.join(folder, "report.md"), "w") as file:
        file.write("\n".join(lines) + "\n")
    plot(os.path.join(folder, "tokens.svg"), "Loss against tokens", "million tokens", "loss, nats", curves)
    plot(os.path.join(folder, "operations.svg"), "Loss against compute", "10¹⁵ operations", "loss, nats", work, log=True)
    depth = [
        (family, [(sizes[model][0] / 1e15, sum(sizes[model][2]) / len(sizes[model][2])) for model in models if model in sizes])
        for family, models in FAMILIES.items()
    ]
    plot(os.path.join(folder, "depth.svg"), "Depth", "10¹⁵ operations", "loss, nats",
         [item for item in depth if item[1]], log=True)
    print("\n".join(lines))


COMMANDS = {"extend": extend, "best": best, "deeper": deeper, "rates": rates, "report": report, "compare": compare, "xquad": xquad}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]](*sys.argv[2:])
