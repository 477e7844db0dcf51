import Comm
import Glibc

// Started by CommTests, alone or under mpirun: runs the named checks on all ranks.
// MPIChecks [--part-limit N] [--compute-threads N] [--argument N] CHECK...

var options = ["--part-limit": Int(Int32.max), "--compute-threads": 1, "--argument": 0]
var names: [String] = []
var words = CommandLine.arguments.dropFirst()
while let word = words.popFirst() {
  if options[word] == nil {
    names.append(word)
  } else {
    options[word] = words.popFirst().flatMap { Int($0) }
  }
}

let communication: CommunicationThread
do {
  communication = try CommunicationThread(
    try LaunchEnvironment(), computeThreads: options["--compute-threads"] ?? 1,
    partLimit: options["--part-limit"] ?? 1)
} catch let error as LaunchError {
  print("gmlp-train: \(error)")
  exit(64)
}

let checks = collectiveChecks.merging(endingChecks) { first, _ in first }
  .merging(sharedMemoryChecks) { first, _ in first }
  .merging(exchangeChecks) { first, _ in first }
  .merging(soakChecks) { first, _ in first }
  .merging(hostChecks) { first, _ in first }
for name in names {
  guard let check = checks[name] else {
    communication.abort(code: 64, message: "there is no check '\(name)'")
  }
  do {
    try check(communication, options["--argument"] ?? 0)
  } catch {
    communication.abort(code: 70, message: "\(name): \(error)")
  }
  if communication.rank == 0 { print("passed \(name) on \(communication.size)") }
}
try communication.finalize()
