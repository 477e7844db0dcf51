/// Elements that travel between this rank and another one, in memory that stays where it is.
@safe public struct Message {
  /// The other rank.
  let peer: Int
  let start: UnsafeMutableRawPointer?
  let count: Int
  let stride: Int
  let type: MessageType
  /// Keeps the memory; nil where the caller does, who waits.
  private let owner: (any AnyObject & Sendable)?

  /// The elements of `memory`, which `owner` keeps valid, to or from the rank `peer`.
  ///
  /// Nobody writes them until the exchange of the message has ended, nor reads them if they are
  /// received.
  public init<Element: MPIElement>(
    _ memory: UnsafeMutableBufferPointer<Element>, owner: any AnyObject & Sendable, peer: Int
  ) {
    unsafe self.init(memory, keptBy: owner, peer)
  }

  /// The elements of memory that stays until the caller has waited for the message.
  init<Element: MPIElement>(borrowing memory: UnsafeMutableBufferPointer<Element>, peer: Int) {
    unsafe self.init(memory, keptBy: nil, peer)
  }

  private init<Element: MPIElement>(
    _ memory: UnsafeMutableBufferPointer<Element>, keptBy owner: (any AnyObject & Sendable)?,
    _ peer: Int
  ) {
    self.peer = peer
    unsafe start = UnsafeMutableRawPointer(memory.baseAddress)
    count = memory.count
    stride = MemoryLayout<Element>.stride
    type = Element.messageType
    self.owner = owner
  }
}
