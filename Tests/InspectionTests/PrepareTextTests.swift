import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("prepare text", .timeLimit(.minutes(60)))
struct PrepareTextTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(BookText.vocabulary, to: "vocab.txt")
  }

  private func prepare(_ arguments: [String], ranks: Int? = nil) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: ["prepare", "text"] + arguments, ranks: ranks,
      environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
  }

  private func content(_ name: String) throws -> [String: [UInt8]] {
    let path = "\(folder.path)/\(name)"
    return Dictionary(
      uniqueKeysWithValues: try folder.names(in: path).map {
        ($0, try folder.read("\(path)/\($0)"))
      })
  }

  @Test("A vocabulary is learned with the training set and reused for the held-out documents")
  func learnedVocabulary() async throws {
    try FileManager.default.createDirectory(
      atPath: folder.path + "/books", withIntermediateDirectories: false)
    for book in 0..<10 {
      try folder.write(BookText.lines(300, seed: UInt64(book)), to: "books/\(book).txt")
    }
    let train = try await prepare([
      "--input", "books", "--holdout", "5", "--vocabulary-size", "90", "--output", "data/train",
      "--sequence-length", "32", "--json",
    ])
    #expect(train.exitCode == 0, "\(train.standardError)")
    let result = try train.object()
    #expect(result["documents"] as? Int == 8 && result["sequence_length"] as? Int == 32)
    #expect(result["vocabulary"] as? String == "SentencePiece")
    #expect(result["vocabulary_pieces"] as? Int == 90 && result["unknown_tokens"] as? Int == 0)
    let tokens = try #require(result["tokens"] as? Int)
    let sequences = try #require(result["sequences"] as? Int)
    // Separators of documents take a place each.
    #expect(sequences == (tokens + 7 + 29) / 30)
    let test = try await prepare([
      "--input", "books", "--holdout", "5", "--split", "test", "--vocabulary",
      "data/train/vocabulary.model", "--output", "data/test", "--sequence-length", "32",
    ])
    #expect(test.exitCode == 0, "\(test.standardError)")
    #expect(test.standardOutput.contains(" of 2 documents, 0.00 % unknown"))
    #expect(
      try content("data/test")["vocabulary.model"] == content("data/train")["vocabulary.model"])
  }

  @Test("inspect shows a set and a shard of it, and finds damage")
  func inspection() async throws {
    try folder.write(BookText.lines(200), to: "a.txt")
    let made = try await prepare([
      "--input", "a.txt", "--vocabulary", "vocab.txt", "--output", "set", "--sequence-length", "16",
      "--json",
    ]).object()
    let whole = try await command("inspect", "set", "--json", in: folder.path).object()
    #expect(whole["sequences"] as? Int == made["sequences"] as? Int)
    #expect(whole["dataset_sha256"] as? String == made["dataset_sha256"] as? String)
    #expect(whole["vocabulary_sha256"] as? String == made["vocabulary_sha256"] as? String)
    let shard = try await command("inspect", "set/00000.shard", in: folder.path)
    #expect(shard.exitCode == 0 && shard.standardOutput.contains("16 tokens"), "\(shard)")
    var bytes = try folder.read(folder.path + "/set/00000.shard")
    bytes[300] ^= 1
    try folder.write(bytes, to: "set/00000.shard")
    let damaged = try await command("inspect", "set", in: folder.path)
    #expect(damaged.failed(65, "set/00000.shard, byte 128", "SHA-256"), "\(damaged)")
  }

  @Test("Wrong options get one line and 64")
  func usage() async throws {
    func expect(_ arguments: [String], _ word: String) async throws {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: ["prepare", "text"] + arguments, ranks: nil,
        directory: folder.path)
      #expect(run.failed(64, word, "gmlp-train help prepare text"), "\(run)")
    }
    let common = ["--input", "a.txt", "--output", "set"]
    try await expect(["--output", "set", "--vocabulary", "v"], "--input")
    try await expect(common, "--vocabulary or --vocabulary-size")
    try await expect(common + ["--vocabulary", "v", "--vocabulary-size", "99"], "only one")
    try await expect(common + ["--vocabulary-size", "3"], "at least 16")
    let given = common + ["--vocabulary", "vocab.txt"]
    try await expect(given + ["--sequence-length", "2"], "at least 3 and at most 65536")
    try await expect(given + ["--split", "test"], "--holdout")
    try await expect(given + ["--holdout", "1"], "at least 2")
    try await expect(given + ["--index", "i", "--documents", "blank-lines"], "--index")
    try await expect(given + ["--documents", "pages"], "pages")
    try await expect(
      common + ["--vocabulary-size", "99", "--split", "test", "--holdout", "5"], "--vocabulary of")
    let help = try await command("help", "prepare", "text")
    #expect(help.exitCode == 0 && help.standardOutput.contains("USAGE: gmlp-train prepare text"))
    for line in help.standardOutput.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  @Test("Files that are empty or not text are skipped and reported")
  func leftOut() async throws {
    try FileManager.default.createDirectory(
      atPath: folder.path + "/books", withIntermediateDirectories: false)
    try folder.write(BookText.lines(50), to: "books/good.TXT")
    try folder.write("", to: "books/empty.txt")
    try folder.write("AppleDouble", to: "books/._good.TXT")
    try folder.write("# Notes", to: "books/notes.md")
    let run = try await command(
      "prepare", "text", "--output", "set", "--vocabulary", "vocab.txt", "--input", "books",
      in: folder.path)
    #expect(run.exitCode == 0 && run.standardOutput.contains(" 1 document,"), "\(run)")
    #expect(run.standardError.contains("because they are empty: books/empty.txt"), "\(run)")
    #expect(run.standardError.contains("do not end in .txt: notes.md"), "\(run)")
    let empty = try await command(
      "prepare", "text", "--output", "none", "--vocabulary", "vocab.txt", "--input",
      "books/empty.txt", in: folder.path)
    #expect(empty.exitCode == 65 && empty.standardError.contains("there is no text"), "\(empty)")
  }

  @Test("Bad input gets one line with its place and 65; a folder in use gets 64")
  func badInput() async throws {
    try folder.write(BookText.lines(50), to: "good.txt")
    try folder.write(Array("walk\nth\u{e9}".utf8) + [0xc3, 0x28], to: "bad.txt")
    try folder.write("h\n0\t9999\ta\n", to: "index.tsv")
    func expect(_ arguments: [String], _ code: Int32, _ place: String, _ word: String) async throws
    {
      let run = try await MPIRun(
        executable: "gmlp-train",
        arguments: ["prepare", "text", "--output", "set"] + arguments, ranks: nil,
        directory: folder.path)
      // Standard output tells what is in progress; standard error has the one line.
      #expect(run.failed(code, "gmlp-train: \(place): ", word), "\(run)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/set"))
    }
    let given = ["--vocabulary", "vocab.txt"]
    try await expect(given + ["--input", "good.txt", "bad.txt"], 65, "bad.txt, byte 9", "UTF-8")
    try await expect(given + ["--input", "none.txt"], 65, "none.txt", "no such file")
    try await expect(
      given + ["--input", "good.txt", "--index", "index.tsv"], 65,
      "good.txt, byte \(try folder.read(folder.path + "/good.txt").count)", "byte 9999")
    try await expect(
      given + ["--input", "good.txt", "--holdout", "2", "--split", "test"], 65, "good.txt",
      "no text")
    try await expect(
      ["--vocabulary", "good.txt", "--input", "good.txt"], 65, "good.txt", "[PAD] or <pad>")
    try await expect(
      ["--vocabulary-size", "5000", "--input", "good.txt"], 65, "good.txt", "5000 pieces")
  }

  @Test("Killed repeatedly, it ends with the same files as an undisturbed one")
  func killed() async throws {
    let text = String(repeating: BookText.lines(20_000), count: 18)
    try folder.write(text, to: "text.txt")
    let options = [
      "--input", "text.txt", "--vocabulary", "vocab.txt", "--shard-mb", "1", "--sequence-length",
      "100",
    ]
    let whole = try await prepare(options + ["--output", "whole"])
    #expect(whole.exitCode == 0, "\(whole.standardError)")
    let expected = try content("whole")
    #expect(expected.count > 20)
    for shard in ["00001", "00003", "00004"] {
      let run = try StartedRun(
        executable: "gmlp-train", arguments: ["prepare", "text"] + options + ["--output", "set"],
        ranks: nil,
        environment: [
          "LD_PRELOAD": try Programs.product("libFileFaults.so").path,
          "GMLP_TEST_STOP_AT": "\(shard).shard",
        ], directory: folder.path)
      _ = try await run.stoppedProcess()
      run.send(SIGKILL)
      #expect(try await run.finish().exitCode == 128 + SIGKILL)
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/set"))
    }
    let last = try await prepare(options + ["--output", "set"])
    #expect(last.exitCode == 0 && last.standardOutput.contains("resuming after shard"), "\(last)")
    #expect(try content("set") == expected)
  }

  @Test("Memory does not grow with the text")
  func memory() async throws {
    let block = BookText.lines(25_000)
    var peaks: [Int] = []
    // The shorter text takes long enough too to be looked at many times, on a busy machine as well.
    for blocks in [8, 48] {
      let file = try #require(
        FileHandle(forWritingAtPath: try folder.write("", to: "text\(blocks).txt")))
      for _ in 0..<blocks { try file.write(contentsOf: Data(block.utf8)) }
      try file.close()
      let run = try StartedRun(
        executable: "gmlp-train",
        arguments: [
          "prepare", "text", "--input", "text\(blocks).txt", "--vocabulary", "vocab.txt",
          "--output", "set\(blocks)", "--shard-mb", "4",
        ], ranks: nil, directory: folder.path)
      var peak = 0
      while let kilobytes = ProcessTable.privateKilobytes(of: run.processID) {
        peak = max(peak, kilobytes)
        try await Task.sleep(for: .milliseconds(2))
      }
      #expect(try await run.finish().exitCode == 0)
      peaks.append(peak)
    }
    // The longer text is larger by 40 blocks of a megabyte, and its tokens take twice that.
    #expect(block.utf8.count > 700_000)
    #expect(peaks[0] > 1_000 && peaks[1] < peaks[0] + 8_000, "\(peaks) kB")
  }

  @Test("Under mpirun one rank writes")
  func ranks() async throws {
    try folder.write(BookText.lines(50), to: "a.txt")
    let run = try await prepare(
      ["--input", "a.txt", "--vocabulary", "vocab.txt", "--output", "set", "--json"], ranks: 3)
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(try run.object()["documents"] as? Int == 1)
  }
}
