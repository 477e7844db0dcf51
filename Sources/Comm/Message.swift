/// Elements that travel between this rank and another one, in memory that stays where it is.
@safe public struct Message {
  /// The other rank.
  let peer: Int
  let start: UnsafeMutableRawPointer?
  let count: Int
  let stride: Int
  let type: MessageType
  /// Keeps the memory.
  let owner: any AnyObject & Sendable

  /// The elements of `memory`, which `owner` keeps valid, to or from the rank `peer`.
  ///
  /// Nobody writes them until the exchange of the message has ended, nor reads them if they are
  /// received.
  public init<Element: MPIElement>(
    _ memory: UnsafeMutableBufferPointer<Element>, owner: any AnyObject & Sendable, peer: Int
  ) {
    self.peer = peer
    unsafe start = UnsafeMutableRawPointer(memory.baseAddress)
    count = memory.count
    stride = MemoryLayout<Element>.stride
    type = Element.messageType
    self.owner = owner
  }
}
