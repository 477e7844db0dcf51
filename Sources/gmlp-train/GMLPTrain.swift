import ArgumentParser
import Comm
import Configuration
import Files
import Foundation
import Platform
import Train

/// The command: it reads its arguments and hands over to a subcommand.
@main
struct GMLPTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gmlp-train",
    abstract: "Train gMLP models on CPUs, with the same bits on any number of MPI ranks.",
    discussion: """
      As one process:        gmlp-train
      As eight:              mpirun -n 8 gmlp-train
      On two threads a rank: mpirun -n 4 gmlp-train --threads 2

      Without a configuration a small gMLP learns Fashion-MNIST. Run it again and it resumes \
      from the newest valid checkpoint of the run directory.

      Exit codes: \(ExitCode.sentence).
      """,
    version: Version.current,
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, PredictCommand.self, InspectCommand.self,
      PrepareCommand.self, BenchmarkCommand.self, PlanCommand.self, ReplayCommand.self,
      CompareCommand.self, ReportCommand.self, SweepCommand.self,
      TortureCommand.self,
      CheckpointsCommand.self,
      DoctorCommand.self,
      WatchCommand.self, ExportCommand.self, ImportCommand.self,
      ManualCommand.self,
    ],
    defaultSubcommand: TrainCommand.self)

  /// Parses and runs.
  ///
  /// Under a launcher rank zero alone speaks of wrong arguments.
  static func main() {
    ProcessStart.prepare()
    endOnOtherProcessor()
    let arguments: [String]
    do {
      arguments = try Arguments.read()
    } catch {
      endOnBadWord(error)
    }
    var command: any ParsableCommand
    do {
      command = try parseAsRoot(arguments)
    } catch {
      refuseEmptyWord(of: arguments, inputs: [])
      end(error)
    }
    refuseEmptyWord(of: arguments, inputs: (command as? PredictCommand)?.inputs ?? [])
    do {
      // Before a configuration is read, which may come from standard input.
      if command is any ComputingCommand { KernelChoice.startAgainIfPoor() }
      try command.run()
    } catch {
      end(error)
    }
  }

  /// Ends with one line about an empty word, unless it is one of several inputs.
  private static func refuseEmptyWord(of words: [String], inputs: [String]) {
    do throws(CommandError) {
      try Arguments.refuseEmpty(of: words, inputs: inputs)
    } catch {
      endOnBadWord(error)
    }
  }

  /// Ends with one line where this processor cannot run the build, before any part of it would trap.
  private static func endOnOtherProcessor() {
    guard let fault = BuildTarget.fault else { return }
    if Launcher.isFirstOnHost {
      StandardError.write(fault)
    } else {
      // A launcher ends all ranks at the first that fails, and another one speaks for this host.
      Thread.sleep(forTimeInterval: 1)
    }
    SingleProcess.end(.usage)
  }

  /// Ends with one line about a word that no option could have.
  private static func endOnBadWord(_ error: CommandError) -> Never {
    speakInTurn(error.description)
    Foundation.exit(error.exitCode)
  }

  /// Says what is wrong with the arguments: rank zero at once, others where they alone are wrong.
  ///
  /// A launcher ends all ranks at the first that fails, so those that speak of the same do not come to it.
  private static func speakInTurn(_ message: String) {
    guard Launcher.rank > 0 else { return StandardError.write(message) }
    Thread.sleep(forTimeInterval: 10)
    StandardError.write("rank \(Launcher.rank): \(message)")
  }

  /// Ends with help or a version on standard output, or with one line about wrong arguments.
  private static func end(_ error: any Error) -> Never {
    let code = exitCode(for: error)
    if code == .success {
      SingleProcess.run { try Output(json: false).line(fullMessage(for: error)) }
    }
    let message = message(for: error)
    speakInTurn(unknownSubcommand ?? withPage(unknownOption(in: message) ?? message))
    SingleProcess.end(code.rawValue)
  }

  /// A line about an unknown word in place of a subcommand; nil if there is none.
  private static var unknownSubcommand: String? {
    let words = Array(CommandLine.arguments.dropFirst().prefix { !$0.hasPrefix("-") })
    var (type, path): (any ParsableCommand.Type, [String]) = (Self.self, [])
    for word in words where word != "help" {
      let names = type.subcommandNames
      if names.isEmpty { return nil }
      path.append(word)
      guard let next = type.subcommand(word) else {
        let hint = path.count == 1 ? Synonyms.hint(forCommand: word) : nil
        return "unknown subcommand '\(path.joined(separator: " "))'; "
          + (hint ?? suggestion(for: word, among: names, called: "the subcommands"))
      }
      type = next
    }
    return nil
  }

  /// A line about an option that other tools have, if `message` is about an unknown one; nil if it is not known either.
  private static func unknownOption(in message: String) -> String? {
    guard let option = message.firstMatch(of: /Unknown option '(-+)([^'=]+)'/) else { return nil }
    let page = helpMessage(for: namedCommand.type, columns: 80).split(separator: "\n")
    let hint = Synonyms.hint(forOption: String(option.2)) { name in
      page.contains { $0.hasPrefix("  --") && ($0.contains("\(name) ") || $0.hasSuffix(name)) }
    }
    return hint.map { "unknown option '\(option.1)\(option.2)'; \($0)" }
  }

  /// The subcommand that the command line names, and the words that name it; none stands for the default one.
  private static var namedCommand: (type: any ParsableCommand.Type, path: [String]) {
    var (type, path): (any ParsableCommand.Type, [String]) = (Self.self, [])
    for word in CommandLine.arguments.dropFirst() {
      guard let next = type.subcommand(word) else { break }
      path.append(word)
      type = next
    }
    if path.isEmpty { type = TrainCommand.self }
    return (type, path)
  }

  /// `message` as one line that ends with the page of help that explains it.
  private static func withPage(_ message: String) -> String {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    let link = line.hasSuffix("?") || line.hasSuffix(".") ? " See" : "; see"
    let path = namedCommand.path
    let page = path.isEmpty ? "--help" : "help \(path.joined(separator: " "))"
    return "\(line)\(link) 'gmlp-train \(page)'"
  }
}

extension ParsableCommand {
  fileprivate static var subcommandNames: [String] {
    configuration.subcommands.compactMap {
      $0.configuration.shouldDisplay ? $0.configuration.commandName : nil
    }
  }

  fileprivate static func subcommand(_ name: String) -> (any ParsableCommand.Type)? {
    configuration.subcommands.first { $0.configuration.commandName == name }
  }
}

/// A command that multiplies matrices in this process, and so needs good kernels.
protocol ComputingCommand: ParsableCommand {}
