import Foundation
import RunSupport
import TestSupport
import Testing

/// Standard output that takes nothing, has no reader, or is closed.
@Suite("Standard output", .serialized, .timeLimit(.minutes(60)))
struct StandardOutputTests {
  private let folder: TemporaryFolder

  /// A run whose digests are recorded, a vocabulary, text, and a sweep: what the commands work on.
  init() async throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    try folder.write(BookText.vocabulary, to: "vocab.txt")
    try folder.write(BookText.lines(200), to: "book.txt")
    try folder.write("label\ttext\nx\tta\ny\tne\n", to: "labels.tsv")
    try folder.write(
      #"{"data": [{"paragraphs": [{"context": "ta ne.", "qas": "#
        + #"[{"id": "q", "question": "ta?", "answers": [{"text": "ne", "answer_start": 3}]}]}]}]}"#,
      to: "asked.json")
    try folder.write(
      IDXBytes.images(2, rows: 8, columns: 8, pixels: .init(repeating: 7, count: 128)), to: "two")
    try folder.write(
      """
      config = "digits.toml"
      seeds = [0]
      [[variant]]
      name = "usual"
      """, to: "small.toml")
    let run = try await command(
      "--config", "digits.toml", "--run-dir", "run", "--set", "train.record_digests=true", "--set",
      "train.keep=9", in: folder.path)
    try #require(run.exitCode == 0, "\(run)")
    let hub = try await command("export", "huggingface", "run", "--output", "hub", in: folder.path)
    try #require(hub.exitCode == 0, "\(hub)")
  }

  /// What each command is tried with; its output is `number` of its own.
  private func trials(_ number: Int) -> [[String]] {
    let inputs = ["--run-dir", "run"]
    return [
      ["train", "--config", "digits.toml", "--run-dir", "new-\(number)"],
      ["train", "--config", "digits.toml"] + inputs,
      ["evaluate"] + inputs, ["evaluate", "--json"] + inputs,
      ["predict", "two"] + inputs, ["predict", "two", "--json"] + inputs,
      ["inspect"], ["inspect", "--resolved"], ["inspect", "--keys"], ["inspect", "run", "--json"],
      ["prepare", "images", "--format", "digits", "--output", "images-\(number)"],
      [
        "prepare", "text", "--input", "book.txt", "--vocabulary", "vocab.txt", "--sequence-length",
        "16", "--output", "text-\(number)",
      ],
      [
        "prepare", "classification", "--train", "labels.tsv", "--text", "text", "--vocabulary",
        "vocab.txt", "--sequence-length", "16", "--output", "classes-\(number)",
      ],
      [
        "prepare", "spans", "--train", "asked.json", "--question-length", "8", "--vocabulary",
        "vocab.txt", "--sequence-length", "16", "--output", "spans-\(number)",
      ],
      ["benchmark", "--config", "digits.toml", "--steps", "1"],
      ["plan", "--config", "digits.toml", "--gemm-rate", "20"],
      ["replay", "--step", "5", "--rank", "0", "--of", "1"] + inputs,
      ["compare", "run", "run"], ["compare", "run", "run", "--json"],
      ["report", "run", "--output", "page-\(number).html"],
      ["sweep", "small.toml", "--output", "sweep-\(number)"],
      ["sweep", "small.toml", "--output", "sweep-\(number)", "--show", "--json"],
      [
        "torture", "--config", "digits.toml", "--output", "torture-\(number)", "--faults", "1",
        "--ranks", "1", "--kind", "asked to stop",
      ],
      ["checkpoints", "list", "run"], ["checkpoints", "verify", "run", "--json"],
      [
        "checkpoints", "diff", "run/checkpoints/step-0000000003", "run/checkpoints/step-0000000003",
      ],
      ["checkpoints", "prune", "run", "--keep", "9"],
      ["export", "tensorboard", "run", "--output", "events-\(number)"], ["watch", "run"],
      ["export", "onnx", "run", "--output", "model-\(number).onnx"],
      ["export", "huggingface", "run", "--output", "folder-\(number)"],
      ["import", "hub", "--output", "imported-\(number)"],
      ["doctor", "--config", "digits.toml"], ["doctor", "--json", "--config", "digits.toml"],
      ["--help"], ["--version"], ["help", "inspect"], ["--generate-completion-script", "zsh"],
      ["--experimental-dump-help"],
    ]
  }

  @Test("Each command is tried")
  func complete() async throws {
    let tried = trials(0)
    for words in try await CommandPages().commands {
      #expect(tried.contains { $0.starts(with: words) }, "\(words)")
    }
  }

  @Test("A full disk is reported in one line and ends every command with 74")
  func full() async throws {
    for arguments in trials(1) {
      let run = try await shell(#""$@" >/dev/full"#, arguments, in: folder.path)
      let lines = run.standardError.split(separator: "\n").filter { $0.contains("standard output") }
      #expect(run.exitCode == 74, "\(arguments): \(run)")
      #expect(
        lines.count == 1 && lines[0].contains("No space left on device"), "\(arguments): \(run)")
    }
    // What was to be made is there in spite of it.
    let checkpoint = try await command("checkpoints", "verify", "new-1", in: folder.path)
    #expect(checkpoint.exitCode == 0, "\(checkpoint)")
    #expect(try folder.names(in: "\(folder.path)/images-1").count == 1)
  }

  @Test("A reader that goes away is not an error, and a run trains to its end")
  func reader() async throws {
    for ignored in ["", "trap '' PIPE; "] {
      for arguments in trials(2) where arguments[0] != "torture" {
        let run = try await shell(
          // The reader has gone before the program writes.
          ignored + #"exec 3> >(:); wait $!; "$@" >&3"#, arguments, in: folder.path)
        #expect(run.exitCode == (arguments[0] == "train" ? 0 : 141), "\(arguments): \(run)")
        #expect(!run.standardError.contains("standard output"), "\(arguments): \(run)")
      }
      for name in ["new-2", "images-2", "text-2", "classes-2", "spans-2", "sweep-2"] {
        try folder.remove("\(folder.path)/\(name)")
      }
    }
  }

  @Test("With standard output closed, a result is an error and training continues")
  func closed() async throws {
    for arguments in trials(3) where arguments[0] != "torture" {
      let run = try await shell(#""$@" >&-"#, arguments, in: folder.path)
      let isTraining = arguments[0] == "train"
      #expect(run.exitCode == (isTraining ? 0 : 74), "\(arguments): \(run)")
      #expect(run.standardError.contains("standard output is closed") != isTraining, "\(run)")
    }
  }

  @Test(
    "Whatever descriptors are closed, no message ends up in a file of the run",
    arguments: [">&-", "<&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"], [nil, 2])
  func descriptors(closing: String, ranks: Int?) async throws {
    let launcher = ranks.map { "mpirun -n \($0) " } ?? ""
    let run = try await shell(
      "\(launcher)\"$@\" \(closing)",
      ["--config", "digits.toml", "--run-dir", "closed", "--progress", "plain"], in: folder.path)
    #expect(run.exitCode == 0, "\(run)")
    #expect(try folder.text(of: "closed/lock").isEmpty)
    let metrics = try folder.text(of: "closed/metrics.jsonl").split(separator: "\n")
    #expect(metrics.count > 6)
    #expect(metrics.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") }, "\(metrics)")
    let verified = try await command("checkpoints", "verify", "closed", in: folder.path)
    #expect(verified.exitCode == 0, "\(verified)")
  }

  @Test("A pipe that a parent made non-blocking loses no line")
  func nonBlocking() async throws {
    // Nobody reads before the pipe is full, or the program has ended.
    let line = #"""
      python3 -c 'import os, sys
      os.set_blocking(1, False)
      os.execv(sys.argv[1], sys.argv[1:])' "$@" | python3 -c 'import fcntl, select, shutil, struct, sys, termios, time
      pipe = select.poll()
      pipe.register(0, select.POLLHUP)
      def waiting():
        return struct.unpack("i", fcntl.ioctl(0, termios.FIONREAD, bytes(4)))[0]
      while waiting() < 60000 and not pipe.poll(0):
        time.sleep(0.01)
      shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)'
      """#
    let run = try await shell(line, ["--experimental-dump-help"], in: folder.path)
    let plain = try await command("--experimental-dump-help")
    #expect(run.standardOutput == plain.standardOutput && plain.standardOutput.utf8.count > 1 << 16)
  }

  @Test("Standard output has exactly one writer")
  func oneWriter() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../Sources"
    ).standardizedFileURL
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var count = 0
    for case let file as URL in files where file.pathExtension == "swift" {
      count += 1
      if file.lastPathComponent == "StandardOutput.swift" { continue }
      let text = try String(contentsOf: file, encoding: .utf8)
      for line in text.split(separator: "\n") where !line.contains("///") {
        #expect(
          !line.contains(/\b(print|puts|putchar|debugPrint|dump)\(|FileHandle\.standardOutput/),
          "\(file.path): \(line)")
      }
    }
    #expect(count > 100)
  }
}
