import Configuration
import Datasets
import Model
import Train

/// Trains a small gMLP on the digits that the library brings, and prints the loss once an epoch.
@main
enum Digits {
  static func main() {
    ProcessStart.prepare()
    var options = TrainingOptions()
    options.runDirectory = CommandLine.arguments.dropFirst().first ?? "runs/example"
    options.resume = .never
    options.isQuiet = true
    World.run(computeThreads: configuration.train.threads) { ranks in
      try TrainingRun.run(configuration, options, ranks) { step in
        if step.step.isMultiple(of: 22) { print("epoch \(step.epoch): loss \(step.loss)") }
      }
    }
  }

  private static let configuration = {
    var configuration = TrainingConfiguration()
    configuration.model.imageSize = [8, 8]
    configuration.model.patchSize = [2, 2]
    configuration.data.format = .digits
    configuration.data.train = []
    configuration.data.test = []
    configuration.train.epochs = 5
    configuration.train.globalBatchSize = 64
    configuration.schedule.warmupSteps = 22
    return configuration
  }()
}
