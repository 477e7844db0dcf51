public import Foundation
import Synchronization

/// A terminal of which this process is the screen: what a program writes to it is kept.
public final class PseudoTerminal: Sendable {
  private let screen: FileHandle
  private let bytes = Mutex(Data())

  /// The program's side, to be given to it as its standard output.
  public let program: FileHandle

  /// Requests to Linux whose names Swift does not import: `TIOCSPTLCK` and `TIOCGPTN`.
  private static let (unlock, number): (UInt, UInt) = (0x4004_5431, 0x8004_5430)

  /// A terminal of this many columns.
  ///
  /// - Throws: ``MPIRunError`` if the system grants none.
  public init(columns: Int) throws {
    let screen = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (number, lock): (CInt, CInt) = (0, 0)
    guard screen >= 0, unsafe ioctl(screen, Self.unlock, &lock) == 0,
      unsafe ioctl(screen, Self.number, &number) == 0
    else { throw MPIRunError(description: "no pseudo-terminal: error \(errno)") }
    let program = unsafe open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard program >= 0 else {
      throw MPIRunError(description: "a pseudo-terminal cannot be opened: error \(errno)")
    }
    self.screen = FileHandle(fileDescriptor: screen, closeOnDealloc: true)
    self.program = FileHandle(fileDescriptor: program, closeOnDealloc: true)
    try resize(columns: columns)
    self.screen.readabilityHandler = { [weak self] screen in
      let bytes = screen.availableData
      if bytes.isEmpty { screen.readabilityHandler = nil }
      self?.bytes.withLock { $0 += bytes }
    }
  }

  /// Gives the terminal another width, as a person does who moves the border of its window.
  ///
  /// - Throws: ``MPIRunError`` if the system refuses it.
  public func resize(columns: Int) throws {
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    guard unsafe ioctl(screen.fileDescriptor, UInt(TIOCSWINSZ), &size) == 0 else {
      throw MPIRunError(description: "a pseudo-terminal cannot be resized: error \(errno)")
    }
  }

  /// Waits until all that was written before has reached the screen.
  ///
  /// - Throws: where the terminal takes no more.
  public func settle() async throws {
    let mark = Data("<settled>".utf8)
    try program.write(contentsOf: mark)
    while !bytes.withLock({ $0.suffix(mark.count) == mark }) {
      try await Task.sleep(for: .milliseconds(5))
    }
    bytes.withLock { $0.removeLast(mark.count) }
  }

  /// What was written up to now; the terminal ends lines by a carriage return too.
  public var written: String {
    String(decoding: bytes.withLock { $0 }, as: UTF8.self).replacing("\r\n", with: "\n")
  }
}
