import Foundation

// Feeds damaged files to a reader of the project:
// Fuzzer READER [--inputs N] [--seed S] [--first K]
// `--worker FOLDER` is what the program starts itself with, so that a trap can be told.

do {
  let options = try FuzzOptions(CommandLine.arguments.dropFirst())
  if let folder = options.workerFolder {
    print(try FuzzRun(options, in: folder).run().description)
  } else {
    exit(try Supervisor(options).run())
  }
} catch let error as FuzzUsage {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(64)
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
