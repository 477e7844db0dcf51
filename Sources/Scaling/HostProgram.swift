/// What the workers of a host do, one after the other; all ranks of a host as the busiest of them.
enum HostAction: Sendable, Equatable {
  /// Wait for the updated weights of this bucket and of all later ones.
  case awaitWeights(bucket: Int)
  /// Compute.
  case compute(seconds: Double)
  /// Hand a bucket of the gradient to the communication thread.
  case sendGradients(bucket: Int)
  /// Wait until all buckets are reduced.
  case awaitGradients
  /// Exchange the statistics of the step with all ranks.
  case meet
  /// Hand a bucket of updated weights to the communication thread.
  case sendWeights(bucket: Int)
}

/// One step of a host.
struct HostProgram: Sendable, Equatable {
  /// In their order.
  let actions: [HostAction]
  /// What it does for each bucket.
  let shares: [BucketShare]

  /// The seconds of a step in which nothing is waited for.
  var computeSeconds: Double {
    actions.reduce(0) { sum, action in
      if case .compute(let seconds) = action { sum + seconds } else { sum }
    }
  }

  /// A program of given actions.
  init(actions: [HostAction], shares: [BucketShare]) {
    (self.actions, self.shares) = (actions, shares)
  }

  /// The step of a host.
  ///
  /// - Parameters:
  ///   - times: of its busiest worker.
  ///   - microBatches: how many that worker has.
  ///   - shares: what the host does for each bucket.
  ///   - buckets: the ranges of the gradient.
  ///   - profile: the seconds of updates and additions.
  ///   - cluster: its ranks and threads.
  init(
    _ times: WorkerTimes, microBatches: Int, shares: [BucketShare], buckets: [Range<Int>],
    _ profile: ComputeProfile, _ cluster: Cluster
  ) {
    var actions: [HostAction] = []
    for layer in times.forward {
      if let bucket = buckets.firstIndex(where: { $0.upperBound > layer.firstWeight }) {
        actions.append(.awaitWeights(bucket: bucket))
      }
      actions.append(.compute(seconds: layer.seconds))
    }
    // A worker adds its micro-batches, and one adds those of all workers of the rank.
    let float = Double(MemoryLayout<Float>.stride)
    let elements = Double(buckets.last?.upperBound ?? 0)
    let addition = float * profile.additionSecondsPerByte
    let early = Double(max(0, microBatches - 2)) * elements * addition
    actions.append(.compute(seconds: times.middle + early))
    let late = Double(min(max(0, microBatches - 1), 1) + cluster.threads - 1) * addition
    var next = 0
    func finish(_ count: Int) {
      while next < buckets.count && buckets[next].upperBound <= count {
        actions.append(.compute(seconds: Double(buckets[next].count) * late))
        actions.append(.sendGradients(bucket: next))
        next += 1
      }
    }
    for layer in times.backward {
      actions.append(.compute(seconds: layer.seconds))
      if let count = layer.finalGradients { finish(count) }
    }
    finish(.max)
    actions += [.awaitGradients, .compute(seconds: profile.stepOverheadSeconds), .meet]
    let workers = Double(cluster.ranks * cluster.threads)
    for bucket in buckets.indices.reversed() {
      let owned = Double(shares[bucket].ownedElements)
      actions.append(.compute(seconds: owned / workers * profile.updateSecondsPerElement))
      actions.append(.sendWeights(bucket: bucket))
    }
    self.init(actions: actions, shares: shares)
  }
}
