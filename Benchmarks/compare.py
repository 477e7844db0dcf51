"""Measures gmlp-train and PyTorch in turns and prints Markdown.

    Benchmarks/compare.py --python Benchmarks/.venv/bin/python > table.md

One worker each, pinned to one core, in alternating rounds: what disturbs the machine for a while
then meets both. After that two workers, as threads and as ranks, against two runs of one worker
side by side, which is all that two cores can give. Medians of the rounds count.
"""

import argparse
import json
import os
import platform
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


def start(command, cores=None):
    pinned = ["taskset", "-c", cores] + command if cores else command
    return subprocess.Popen(pinned, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)


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


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", help="a Python with torch and timm; without it ours alone")
    parser.add_argument("--program", default=".build/release/gmlp-train")
    parser.add_argument("--presets", nargs="+", default=["gmlp-s16", "gmlp-ti16"])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--cores", nargs=2, default=["0", "1"])
    options = parser.parse_args()

    steps = ["--steps", str(options.steps), "--warmup-steps", "1"]
    first, second = options.cores
    both = f"{first},{second}"

    print(f"{platform.machine()}, load at the start {busy():.2f}\n")
    row("model", "program", "images/s", "peak memory", "GEMM peak", "GEMM share")
    row("---", "---", "---:", "---:", "---:", "---:")
    for preset in options.presets:
        model = ["--preset", preset]
        ours = [options.program, "benchmark", "--json"] + model + steps
        batch = ["--batch", str(options.batch)]
        mine, theirs = [], []
        for _ in range(options.rounds):
            mine.append(result(start(ours + batch, first)))
            if options.python:
                peer = [options.python, os.path.join(HERE, "pytorch_gmlp.py")]
                theirs.append(result(start(peer + model + batch + steps, first)))
        row(
            preset, "gmlp-train", f"{median(mine):.2f}",
            f"{median(mine, 'peak_memory_bytes') / 1e9:.2f} GB",
            f"{median(mine, 'gemm_peak_gflops'):.1f}", f"{median(mine, 'gemm_share'):.1%}",
        )
        if theirs:
            row(
                preset, f"PyTorch {theirs[0]['torch']} eager", f"{median(theirs):.2f}",
                f"{median(theirs, 'peak_memory_bytes') / 1e9:.2f} GB", "", "",
            )
            memory = median(theirs, "peak_memory_bytes") / median(mine, "peak_memory_bytes")
            row(preset, "ratio", f"{median(mine) / median(theirs):.2f}", f"1 / {memory:.1f}", "", "")

    print("\n")
    row("model", "two independent runs", "2 threads", "share", "2 ranks", "share")
    row("---", "---:", "---:", "---:", "---:", "---:")
    for preset in options.presets:
        ours = [options.program, "benchmark", "--json", "--preset", preset] + steps
        apart, threads, ranks = [], [], []
        for _ in range(options.rounds):
            pair = [start(ours + ["--batch", str(options.batch)], core) for core in options.cores]
            apart.append(sum(result(process)["samples_per_second"] for process in pair))
            double = ours + ["--batch", str(2 * options.batch)]
            threads.append(result(start(double + ["--threads", "2"], both)))
            ranks.append(result(start(["mpirun", "-n", "2"] + double, both)))
        whole = statistics.median(apart)
        row(
            preset, f"{whole:.2f}", f"{median(threads):.2f}", f"{median(threads) / whole:.3f}",
            f"{median(ranks):.2f}", f"{median(ranks) / whole:.3f}",
        )
    print(f"\nload at the end {busy():.2f}")


if __name__ == "__main__":
    main()
