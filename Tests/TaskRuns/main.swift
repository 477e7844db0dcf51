import Comm
import Configuration
import Datasets
import Model
import Reporting
import Train

// Started by TrainTests, alone or under mpirun: a run whose texts are made here, for what has to be known of training
// does not depend on how labelled text is stored.
// TaskRuns CONFIGURATION RUN_DIRECTORY [--threads N] [--stop-after N] [--weights PATH] [--set KEY=VALUE]...

var words = CommandLine.arguments.dropFirst()
let file = words.popFirst()
var options = TrainingOptions()
options.runDirectory = words.popFirst() ?? ""
options.progressStyle = .plain
var assignments: [String] = []
while let word = words.popFirst(), let value = words.popFirst() {
  switch word {
  case "--threads": assignments.append("train.threads=\(value)")
  case "--stop-after": options.stopAfter = Int(value)
  case "--weights": options.weights = value
  default: assignments.append(value)
  }
}

let configuration = try TrainingConfiguration(file: file, assignments: assignments)
World.run(computeThreads: configuration.train.threads) { [options] communication in
  try configuration.validate()
  return try TrainingRun.run(configuration, options, communication, checking: nil) { usable in
    func texts(_ count: Int, isTest: Bool) -> OrderedTokens {
      OrderedTokens(
        count: count, isTest: isTest, length: usable.model.sequenceLength,
        vocabularySize: usable.model.vocabularySize, findsSpans: usable.model.output == .span)
    }
    return TrainingInputs(
      model: try usable.makeModel(), trainingSet: texts(600, isTest: false),
      testSet: texts(100, isTest: true))
  }
}
