import Files
import Inspection
import Train

extension ConfigurationSummary {
  /// The summary for people.
  func text(name: String) -> String {
    var rows: [(name: String, value: String)] = [
      ("configuration", name),
      ("parameters", Numbers.parameters(parameters, learning: trainableParameters)),
      ("multiply-adds", "\(Numbers.scaled(multiplyAdds)) forward, \(sample)"),
    ]
    for (title, set) in [("training set", training), ("test set", test)] {
      if let set { rows.append((title, Numbers.counted(set.samples, "sample"))) }
    }
    let batch =
      "\(counted(globalBatchSize, "sample")) in \(counted(microBatches, "micro-batch", "micro-batches"))"
    if let steps {
      let epoch = stepsPerEpoch.map { ", \(Numbers.grouped($0)) an epoch" } ?? ""
      rows.append(("steps", "\(Numbers.grouped(steps)) of \(batch)\(epoch)"))
    } else {
      rows.append(("a step", batch))
    }
    rows.append(("workers", "ranks \(ranks), threads \(threads) in each"))
    rows.append(
      ("memory", "\(Numbers.megabytes(memoryBytesPerRank)) on each rank in training steps"))
    rows += memoryItems.steps.map { ("  \($0.name)", Numbers.megabytes($0.bytes)) }
    rows += memoryItems.beside.map {
      ("  at times", "\(Numbers.megabytes($0.bytes)) more: \($0.name)")
    }
    if ranks > 1 {
      rows.append(("on one host", "\(Numbers.megabytes(memoryBytesOnOneHost)) for all ranks"))
    }
    return ([Numbers.table(rows)] + notes.map { "note: \(printable($0))" }).joined(separator: "\n")
  }
}

/// Which shard of a set it is, and which samples it has; or, where `shard` is nil, those of the whole set.
private func shardRows(
  _ shard: Int?, of shards: Int, _ name: String, _ samples: Int, first: Int, total: Int
) -> [(name: String, value: String)] {
  guard let shard else { return [("number", "\(shards)"), (name, Numbers.grouped(samples))] }
  return [
    ("number", "\(shard), counted from 0, of \(shards)"),
    (name, "\(Numbers.grouped(samples)): \(first) to \(first + samples - 1) of \(total)"),
  ]
}

extension ShardSummary {
  /// The summary for people.
  var text: String {
    let image = "\(imageSize[0])×\(imageSize[1]) pixels, channels: \(channels)"
    var rows: [(name: String, value: String)] = [
      (shard == nil ? "shards" : "shard", "\(path) (digest verified)"),
      ("format", "version \(formatVersion)"),
      ("images", image),
    ]
    rows += shardRows(
      shard, of: shards, "samples", samples, first: firstSample, total: totalSamples)
    rows.append(("data set", datasetSha256))
    if let shardSha256 { rows.append(("shard sha256", shardSha256)) }
    return Numbers.table(rows)
  }
}

extension PictureShardSummary {
  /// The summary for people.
  var text: String {
    var rows: [(name: String, value: String)] = [
      (shard == nil ? "shards" : "shard", "\(path) (digest verified)"),
      ("format", "pictures, version \(formatVersion)"),
      ("pictures", "\(Numbers.megabytes(pictureBytes)) encoded"),
    ]
    rows += shardRows(
      shard, of: shards, "samples", samples, first: firstSample, total: totalSamples)
    if let classNames {
      let more = classNames.count > 5 ? ", …" : ""
      let first = classNames.prefix(5).joined(separator: ", ")
      rows.append(("classes", "\(Numbers.grouped(classNames.count)): \(first)\(more)"))
    }
    rows.append(("data set", datasetSha256))
    if let shardSha256 { rows.append(("shard sha256", shardSha256)) }
    return Numbers.table(rows)
  }
}

extension TextShardSummary {
  /// The summary for people.
  var text: String {
    var rows: [(name: String, value: String)] = [
      (shard == nil ? "shards" : "shard", "\(path) (digest verified)"),
      ("format", "text, version \(formatVersion)"),
      ("sequences of", "\(sequenceLength) tokens"),
    ]
    rows += shardRows(
      shard, of: shards, "sequences", sequences, first: firstSequence, total: totalSequences)
    rows += [
      ("vocabulary", "\(Numbers.grouped(vocabularyPieces)) pieces, sha256 \(vocabularySha256)"),
      ("data set", datasetSha256),
    ]
    if let shardSha256 { rows.append(("shard sha256", shardSha256)) }
    return Numbers.table(rows)
  }
}

extension LabelledTextSummary {
  /// The summary for people.
  var text: String {
    var rows: [(name: String, value: String)] = [
      (shard == nil ? "shards" : "shard", "\(path) (digest verified)"),
      ("format", "labelled text, version \(formatVersion)"),
      ("for", task), ("sequences of", "\(sequenceLength) tokens"),
    ]
    rows += shardRows(
      shard, of: shards, "samples", samples, first: firstSample, total: totalSamples)
    if let questions { rows.append(("questions", Numbers.grouped(questions))) }
    if let classNames {
      let counts = classCounts.map { $0.map { " \(Numbers.grouped($0))" } }
      let classes = classNames.indices.map { classNames[$0] + (counts?[$0] ?? "") }
      rows.append(("classes", classes.joined(separator: ", ")))
    }
    rows += [
      ("vocabulary", "\(Numbers.grouped(vocabularyPieces)) pieces, sha256 \(vocabularySha256)"),
      ("data set", datasetSha256),
    ]
    if let shardSha256 { rows.append(("shard sha256", shardSha256)) }
    return ([Numbers.table(rows)] + examples.map(\.lines)).joined(separator: "\n\n")
  }
}

extension LabelledExample {
  /// The sample for people.
  fileprivate var lines: String {
    let second = border < tokens ? ", the second text from \(border) on" : ""
    var rows: [(name: String, value: String)] = [("sample", "\(sample), \(tokens) tokens\(second)")]
    if let className { rows.append(("class", className)) }
    if let questionID, let window {
      rows.append(("question", "\(questionID), window \(window)"))
      rows.append(("answer", answer ?? "not in this window"))
      rows.append(("counts as right", goldAnswers?.joined(separator: " | ") ?? ""))
    }
    return Numbers.table(rows + [("text", text)])
  }
}

extension TensorFileSummary {
  /// The summary for people.
  var text: String {
    let rows: [(name: String, value: String)] = [
      ("file", path), ("tensors", "\(tensors.count)"),
      ("elements", Numbers.grouped(parameters)),
    ]
    let texts = metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return Numbers.table(rows + texts) + "\n\n" + tensors.text
  }
}

extension [TensorSummary] {
  /// A line for each.
  var text: String {
    Numbers.table(map { (name: "  \($0.name)", value: "\($0.type) \($0.shape)") })
  }
}
