import CMPI

extension Communicator {
  /// Sends `values` to one rank, which calls ``receive(into:from:tag:)``.
  ///
  /// Not collective, but blocking: large messages wait until the other rank receives them, so its
  /// job must come at the matching place of its own queue.
  ///
  /// - Parameters:
  ///   - values: (n) what to send.
  ///   - peer: the rank to send to, another than this one.
  ///   - tag: one of ``tags``: messages of one tag arrive in the order in which they were sent.
  /// - Throws: ``MPIError``.
  public func send<Element: MPIElement>(
    _ values: Span<Element>, to peer: Int, tag: Int = 0
  ) throws(MPIError) {
    requirePeer(peer, tag: tag)
    try unsafe values.withUnsafeBufferPointer { buffer throws(MPIError) in
      var messages = MessagesUnderWay()
      try unsafe messages.send(buffer, to: peer, tag: Int32(tag), of: self)
      try messages.wait(for: self)
    }
  }

  /// Receives what one rank sends by ``send(_:to:tag:)``; not collective.
  ///
  /// - Parameters:
  ///   - values: (n) overwritten by exactly n elements.
  ///   - peer: the rank that sends, another than this one.
  ///   - tag: the tag that it uses.
  /// - Throws: ``MPIError``, also where `peer` sent another count than n.
  public func receive<Element: MPIElement>(
    into values: inout MutableSpan<Element>, from peer: Int, tag: Int = 0
  ) throws(MPIError) {
    requirePeer(peer, tag: tag)
    try unsafe values.withUnsafeMutableBufferPointer { buffer throws(MPIError) in
      var messages = MessagesUnderWay()
      try unsafe messages.receive(buffer, from: peer, tag: Int32(tag), of: self)
      try messages.wait(for: self)
    }
  }

  private func requirePeer(_ peer: Int, tag: Int) {
    requireRank(peer, "the peer")
    precondition(peer != rank, "rank \(rank) exchanges a message with itself")
    precondition(Self.tags.contains(tag), "tag \(tag) is not in \(Self.tags)")
  }
}
