import Foundation

/// `docs/operations/errors.md`: the message that is printed for every bad input that the tests try.
struct ErrorPage {
  static let file = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "docs/operations/errors.md")

  private(set) var text = """
    # Errors

    Exit code 64 means: change the command or the configuration. 65: an input file or a checkpoint is damaged
    or missing. 74: make room, or change permissions. 70, 75 and 76: start again to resume. The message says
    what to do.

    ## Bad inputs

    A start that cannot succeed is refused before the first step. Rank zero prints one line on standard error,
    whatever the number of ranks, and all ranks end. If only one rank is affected, the message begins with that
    rank and its host.

    Every message below was printed by the program. `Tests/CommandTests` tries each case in one process and on
    three ranks, some on eight, and compares this page. `GMLP_TRAIN_WRITE_DOCS=1 swift test --filter
    BadInputTests` rewrites it.

    | what is wrong | code | the message |
    |---|---|---|

    """

  /// What is said of file systems and rights, as `FileSystemTests`, `RestartTests` and `EvaluateTests` bring
  /// it about.
  static let fileSystems = """

    ## File systems and permissions

    | what is wrong | code | the message |
    |---|---|---|
    | the checkpoints cannot be written | 74 | `run/checkpoints/.step-0000000000.probe-4711: cannot be written, so the run could not be saved: Permission denied; change its rights, or choose another --run-dir` |
    | the lock cannot be opened | 74 | `run: the run directory cannot be used: run/lock: Permission denied; choose another --run-dir` |
    | the lock is held while a launch script restarts | continues | `run: the lock is still held, by a process that has not ended or by a lost host; waiting up to 120 s for it` |
    | a file system without locks | continues | `run: this file system has no locks (Function not implemented), so nothing keeps a second run out; start one at a time, or choose a --run-dir on one that has (Lustre: mounted with -o flock)` |
    | the same for `prepare text` | continues | `.set.incomplete: this file system has no locks (Function not implemented): start no second preparation of the same --output, or choose one on another file system` |
    | `evaluate --confusion` or `--per-class` where no file can be | 74 | `no/m.csv: cannot be written: there is no folder no; choose another place` |
    | averaged weights that keep their start | continues | `train.ema_decay = 0.9998: at the end the averaged weights still hold 98.69 % of the first ones; set train.ema_warmup = true` |

    """

  /// What is said of a processor, as `ProcessorTests` tries in an emulator, and of kernels, as
  /// `KernelFactsTests` and `KernelChoiceTests` have it.
  static let processor = """

    ## Another processor
    Before anything else, each host whose processor lacks instructions of the build says so and ends with 64.
    The code that looks is compiled for every processor.

    | what is wrong | code | the message |
    |---|---|---|
    | a build for a newer processor | 64 | `this build (native, x86-64-v4) needs a processor with avx512f, avx512dq, avx512cd, avx512bw, avx512vl; run it on one that has them, or build it here, or with GMLP_TRAIN_MARCH set to a processor that all hosts match` |

    Slow kernels do not end a run. The program restarts itself if that helps
    (see [performance](../performance.md#mind-the-kernels)), and otherwise prints one of these lines at the start.

    | what is wrong | code | the message |
    |---|---|---|
    | OpenBLAS is older than the processor | continues | `warning: kernels: OpenBLAS 0.3.18 multiplies with its kernels for Prescott (SSE), and the processor has AVX-512: a third of its speed or less (all ranks) -> install OpenBLAS 0.3.25 or newer` |
    | OpenBLAS was built for one processor | continues | the same, ending with `-> install an OpenBLAS that has kernels for all processors (DYNAMIC_ARCH)` |
    | `OPENBLAS_CORETYPE` names a poorer processor | continues | the same, ending with `-> unset OPENBLAS_CORETYPE (it is 'Prescott'), or install OpenBLAS 0.3.25 or newer` |
    | the system does not start the program again | continues | the same, ending with `-> export OPENBLAS_CORETYPE=auto, because the program could not do so itself: Permission denied` |
    | a library of matrix products reaches less than 60 % of what the processor could do, and no other program uses it | continues | `warning: products: oneDNN reaches 29 of 175 GFLOP/s of one core, 16 % (this process) -> measure again when nothing else runs here; if it stays so, unset ONEDNN_MAX_CPU_ISA or update oneDNN` |
    | the same where the program was built for processors with narrower vectors | continues | `warning: products: portable reaches 92 of 188 GFLOP/s of one core, 49 % (this process) -> measure again when nothing else runs here; if it stays so, build the program on this processor (GMLP_TRAIN_MARCH=native)` |
    | `train.precision = "bf16"` with products that widen it | continues | `warning: kernels: train.precision = "bf16" is slower than fp32: with train.products = "portable" bf16 is widened to fp32 before it is multiplied (all ranks) -> --set train.precision=auto, unless memory matters more` |
    | the same by oneDNN where that is slower | continues | `warning: kernels: train.precision = "bf16" is slower than fp32: without AMX this processor multiplies bf16 at about half the rate of fp32 (all ranks) -> --set train.precision=auto, unless memory matters more` |

    """

  /// What is said of variables that scripts set, as `RestartTests` has it.
  static let variables = """

    ## What scripts tell the program
    | what is wrong | code | the message |
    |---|---|---|
    | a restart without a number | 64 | `GMLP_TRAIN_RESTART=many: is not a number of restarts; unset it, or give one from 1 on` |
    | a deadline that is not a time | 64 | `GMLP_TRAIN_DEADLINE=tomorrow: is not a time; give seconds since 1970, as date +%s has them, or unset it` |
    | an exit code out of range | 64 | `GMLP_TRAIN_DEADLINE_EXIT_CODE=300: is not an exit code; give a number from 1 to 127, or unset it` |

    """

  /// What is said of faults during a run, as `FaultTests` and `DiskFaultTests` bring them about.
  static let underWay = """

    ## Faults during a run
    After the first step the same holds: one line, and all ranks are gone within ten seconds. Weights are
    updated only after all ranks have found loss and norm finite, so the newest checkpoint is sound.

    | what happens | code | the message |
    |---|---|---|
    | the loss is not finite | 70 | `step 4: the loss is not finite; lower optimizer.learning_rate, or run with --debug to see which layer it begins in` |
    | the same with `--debug` | 70 | `rank 1 on node2: step 4, micro-batch 2, blocks.0.mlp_channels.fc2: the activation is not finite; lower optimizer.learning_rate, or look at the weights and samples that it began with` |
    | no room for a checkpoint | continues | `the checkpoint of step 6 was not written, training continues: …` |
    | no room for the last checkpoint | 74 | `rank 0 on node1: the checkpoint of step 8 could not be written (…); the newest one is of step 6` |
    | a checkpoint or its rest cannot be removed | continues | `run/checkpoints/.step-0000000010.removed could not be removed: …` |
    | something else is where the link to the best is made | continues | `the link to the best weights, step 15, could not be made: run/checkpoints/best: something other than a link is in the way; remove it; nothing is lost, because the best checkpoint is recorded elsewhere` |
    | no room for what is printed | 74 | `standard output cannot be written: No space left on device; make room, or send it elsewhere` |
    | no room for the metrics | 74 | `rank 0 on node1: run/metrics.jsonl: cannot be written: There isn’t enough space; make room or choose another --run-dir, then start again to resume` |

    """

  /// What is said of limits that a parent has set, as `LimitTests` and `StandardOutputTests` set them.
  static let limits = """

    ## Limits of the process
    Limits that a parent has set are reported at the start, before work is lost to them.

    | what is limited | code | the message |
    |---|---|---|
    | file size, below a checkpoint's | 74 | `run: files may not exceed 8192 bytes (ulimit -f), and a checkpoint has one of 18192; raise the limit` |
    | file size, below what ranks share | 74 | `files are limited to 1024000 bytes (ulimit -f), and the ranks share a file of 4194304 bytes; raise the limit` |
    | memory, below the libraries' buffers | 64 | `OpenBLAS needs 134 MB of address space, 134 MB per worker, more than the limits on memory allow (ulimit -v, ulimit -d); raise them, set OPENBLAS_NUM_THREADS=1, or lower --threads` |
    | memory, below the run's | 64 | `the run needs 60 MB more memory than the limits allow (ulimit -v, ulimit -d); raise them, or lower --threads or train.micro_batch_size` |
    | the stack | 64 | `the stack is limited to 64 kB (ulimit -s), of which 256 kB are needed; raise the limit` |
    | threads, or memory for their stacks | 70 | `the thread watchdog cannot start: Resource temporarily unavailable; raise ulimit -u, or ulimit -v or -d where that is limited` |
    | standard output is closed, and there is a result | 74 | `standard output is closed; the result had nowhere to go` |

    """

  /// Adds a row; the name of this machine does not belong into the page.
  mutating func add(_ bad: BadInput, line: String) {
    let shown = line.replacing(#/rank 1 on [^ ]+: /#, with: "rank 1 on node2: ")
      .replacing("gmlp-train: ", with: "", maxReplacements: 1).replacing("|", with: "\\|")
    text += "| \(bad.name) | \(bad.exitCode) | `\(shown)` |\n"
  }
}
