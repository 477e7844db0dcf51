import Configuration
import Datasets

/// What people may not expect of a run that is all right, said at its start.
enum StartRemarks {
  /// The lines, none where there is nothing to say.
  static func lines(_ parts: TrainingParts) -> [String] {
    [
      unusedSamples(
        of: parts.trainingSet.count, batchSize: parts.configuration.train.globalBatchSize)
    ].compactMap(\.self)
  }

  /// That batches are whole: what an epoch has behind the last of them is not used in it.
  static func unusedSamples(of count: Int, batchSize: Int) -> String? {
    let unused = count % batchSize
    guard unused > 0 else { return nil }
    return unused == 1
      ? "1 of \(count) samples is left out of each epoch, a different one each time: batches have \(batchSize)"
      : "\(unused) of \(count) samples are left out of each epoch, different ones each time: batches have \(batchSize)"
  }
}
