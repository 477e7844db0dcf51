import ArgumentParser
import Comm

/// The options that ask for several numbers of workers in turn.
struct ScalingOptions: ParsableArguments {
  /// What the workers are.
  enum Kind: String, CaseIterable, ExpressibleByArgument {
    /// Threads of one process.
    case threads
    /// Processes under mpirun.
    case ranks
  }

  @Option(
    help: ArgumentHelp(
      "Measure with each of these numbers of workers, as in 1,2,4.", valueName: "counts"))
  var scaling: WorkerCounts?

  @Option(help: "What --scaling counts: threads, or ranks under mpirun.")
  var scalingBy = Kind.threads

  func validate() throws {
    guard scaling != nil else { return }
    let isAlone: Bool
    do {
      isAlone = try LaunchEnvironment().mode == .single
    } catch {
      throw ValidationError("\(error)")
    }
    guard isAlone else {
      throw ValidationError("--scaling starts its own processes: run it without a launcher")
    }
  }
}

/// Numbers of workers in the order in which they are measured.
struct WorkerCounts: ExpressibleByArgument {
  let counts: [Int]

  init?(argument: String) {
    let words = argument.split(separator: ",", omittingEmptySubsequences: false)
    counts = words.compactMap { Int($0) }
    guard counts.count == words.count, counts.allSatisfy({ (1...100_000).contains($0) }) else {
      return nil
    }
  }
}
