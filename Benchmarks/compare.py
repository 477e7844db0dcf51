"""Measures gmlp-train and PyTorch in turns and prints Markdown.

    Benchmarks/compare.py --python Benchmarks/.venv/bin/python > table.md

Images of S/16 and Ti/16 by default; fashion-mnist is the model of the README's first command, mlm6 a model of
text, whose samples are sequences of 128 tokens. Both precisions, ours with each library of matrix products,
PyTorch eager and compiled, and with --ipex-python by Intel's extension. One worker each, pinned to one core, in
alternating rounds: what disturbs the machine for a while then meets all. After that two workers, as threads and
as ranks, against two runs of one worker side by side, which is all that two cores can give, and
against two processes of PyTorch's DistributedDataParallel. Medians of the rounds count.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def environment():
    """Ours without what would choose other kernels, one BLAS thread, mpirun as any user."""
    result = dict(os.environ, OMP_NUM_THREADS="1")
    if result.pop("OPENBLAS_CORETYPE", None):
        print("OPENBLAS_CORETYPE was set and has been taken away", file=sys.stderr)
    result.update(
        OMPI_ALLOW_RUN_AS_ROOT="1",
        OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
        OMPI_MCA_rmaps_base_oversubscribe="1",
        OMPI_MCA_hwloc_base_binding_policy="none",
    )
    return result


ENVIRONMENT = environment()


def start(command, cores, **more):
    return subprocess.Popen(
        ["taskset", "-c", cores] + command, env=dict(ENVIRONMENT, **more),
        stdout=subprocess.PIPE, text=True,
    )


def result(process):
    text, _ = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{process.args}: ended with {process.returncode}")
    return json.loads(text)


def busy():
    """The mean number of running processes over the last minute."""
    return os.getloadavg()[0]


def median(results, key="samples_per_second"):
    return statistics.median(r[key] for r in results)


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def processor():
    """Its name, family and model, which /proc/cpuinfo has on x86."""
    with open("/proc/cpuinfo") as lines:
        facts = dict(map(str.strip, line.split(":", 1)) for line in lines if ":" in line)
    return "{} (family {}, model {})".format(
        *(facts.get(key, "?") for key in ("model name", "cpu family", "model"))
    )


def program(options, preset, precision, products="auto"):
    files = [os.path.join(HERE, f"{preset}.toml"), os.path.join(HERE, "../configs", f"{preset}.toml")]
    file = next((file for file in files if os.path.exists(file)), None)
    # The recipes of the paper's models want data that few have.
    is_preset = preset.startswith("gmlp-") or file is None
    chosen = ["--preset", preset] if is_preset else ["--config", file]
    chosen += ["--set", f"train.precision={precision}", "--set", f"train.products={products}"]
    chosen += ["--set", f"train.micro_batch_size={options.batch}"]
    return [options.program, "benchmark", "--json"] + chosen


def peer(options, preset, precision, python=None):
    script = os.path.join(HERE, "pytorch_gmlp.py")
    chosen = ["--preset", preset, "--precision", precision, "--batch", str(options.batch)]
    return [python or options.python, script] + chosen


def distributed(options, preset, precision, steps):
    """Two processes of PyTorch, each on a core of its own; rank zero's account."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = str(unused.getsockname()[1])
    ranks = [
        start(
            peer(options, preset, precision) + ["--distributed"] + steps, core, RANK=str(rank),
            WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=port,
        )
        for rank, core in enumerate(options.cores)
    ]
    return [result(process) for process in ranks][0]


def compare(preset, precision, products, options, steps):
    """One model in one precision: ours with each library and PyTorch's variants, in turns on one core."""
    core = options.cores[0]
    batch = ["--batch", str(options.batch)]
    variants = {}
    if options.python:
        variants["eager"] = peer(options, preset, precision)
        if not options.eager_only:
            variants["compiled"] = variants["eager"] + ["--compile"]
    if options.ipex_python:
        variants["with IPEX"] = peer(options, preset, precision, options.ipex_python) + ["--ipex"]
    mine = {name: [] for name in products}
    theirs = {name: [] for name in variants}
    for _ in range(options.rounds):
        for name, results in mine.items():
            command = program(options, preset, precision, name)
            results.append(result(start(command + batch + steps, core)))
        for name, command in variants.items():
            theirs[name].append(result(start(command + steps, core)))
    speed = max((median(results) for results in theirs.values()), default=None)
    memory = median(theirs["eager"], "peak_memory_bytes") if "eager" in theirs else None
    for name, results in mine.items():
        mean, bytes_ = median(results), median(results, "peak_memory_bytes")
        row(
            preset, precision, f"gmlp-train, {name}", f"{mean:.2f}",
            f"{mean / speed:.2f}" if speed else "", f"{bytes_ / 1e9:.2f} GB",
            f"1 / {memory / bytes_:.1f}" if memory else "", f"{median(results, 'gemm_share'):.1%}",
        )
    for name, results in theirs.items():
        row(
            preset, precision, f"PyTorch {results[0]['torch']} {name}", f"{median(results):.2f}", "",
            f"{median(results, 'peak_memory_bytes') / 1e9:.2f} GB", "", "",
        )


def compare_two(preset, precision, options, steps):
    """Two workers in one model and precision, in turns with two independent runs."""
    both = ",".join(options.cores)
    ours = program(options, preset, precision) + steps
    apart, threads, ranks, theirs = [], [], [], []
    for _ in range(options.rounds):
        pair = [start(ours + ["--batch", str(options.batch)], core) for core in options.cores]
        apart.append(sum(result(process)["samples_per_second"] for process in pair))
        double = ours + ["--batch", str(2 * options.batch)]
        threads.append(result(start(double + ["--threads", "2"], both)))
        ranks.append(result(start(["mpirun", "-n", "2"] + double, both)))
        if options.python:
            theirs.append(distributed(options, preset, precision, steps))
    whole = statistics.median(apart)
    cells = [f"{whole:.2f}"]
    for results in (threads, ranks):
        cells += [f"{median(results):.2f}", f"{median(results) / whole:.3f}"]
    if theirs:
        cells += [f"{median(theirs):.2f}", f"{median(ranks) / median(theirs):.2f}"]
    row(preset, precision, *cells)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", help="a Python with torch and timm; without it ours alone")
    parser.add_argument("--ipex-python", help="a Python with intel-extension-for-pytorch, its torch and timm")
    parser.add_argument("--program", default=".build/release/gmlp-train")
    parser.add_argument("--presets", nargs="+", default=["gmlp-s16", "gmlp-ti16"])
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16"])
    parser.add_argument(
        "--products", nargs="+", default=["auto", "portable", "openblas", "onednn"],
        help="what multiplies in ours",
    )
    parser.add_argument("--one-only", action="store_true", help="leave two workers out")
    parser.add_argument("--eager-only", action="store_true", help="leave torch.compile out")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--cores", nargs=2, default=["0", "1"])
    options = parser.parse_args()

    steps = ["--steps", str(options.steps), "--warmup-steps", "1"]

    once = ["--batch", str(options.batch), "--steps", "1", "--warmup-steps", "0"]
    probe = result(start(program(options, options.presets[0], "fp32") + once, options.cores[0]))
    # What this build has, and multiplies on this processor.
    able = {(peak["library"], peak["precision"]) for peak in probe["gemm_peaks"]}
    libraries = f"OpenBLAS kernels {probe['blas_core']}, {probe['onednn']}"
    print(f"{processor()}, {libraries}, load at the start {busy():.2f}\n")
    row(
        "model", "precision", "program", "samples/s", "to the faster PyTorch", "peak memory", "to eager",
        "GEMM share",
    )
    row("---", "---", "---", "---:", "---:", "---:", "---:", "---:")
    for preset in options.presets:
        for precision in options.precisions:
            products = [
                name for name in options.products if name == "auto" or (name, precision) in able
            ]
            compare(preset, precision, products, options, steps)

    if options.one_only:
        print(f"\nload at the end {busy():.2f}")
        return

    print("\n")
    cells = ["two independent runs", "2 threads", "share", "2 ranks", "share"]
    cells += ["PyTorch DDP", "ratio"] if options.python else []
    row("model", "precision", *cells)
    row("---", "---", *["---:" for _ in cells])
    for preset in options.presets:
        for precision in options.precisions:
            compare_two(preset, precision, options, steps)
    print(f"\nload at the end {busy():.2f}")


if __name__ == "__main__":
    main()
