import CZlib

/// Unpacks a gzip stream (one member or several) piece by piece and checks its trailer.
@safe final class GzipReader {
  private let file: String
  private let nextChunk: () throws(DatasetError) -> [UInt8]
  private let stream: UnsafeMutablePointer<z_stream>
  private var chunk: [UInt8] = []
  private var consumed = 0
  private var chunkStart = 0
  private var isFinished = false

  /// A reader of the packed bytes that `nextChunk` returns one after the other, empty at the end.
  init(file: String, nextChunk: @escaping () throws(DatasetError) -> [UInt8]) throws(DatasetError) {
    self.file = file
    self.nextChunk = nextChunk
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 16 more than the largest window asks for a gzip header and trailer.
    let status = unsafe inflateInit2_(
      stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw DatasetError(
        .inputOutput, FileLocation(file), "zlib cannot start (code \(status)); free some memory")
    }
  }

  deinit {
    // Its only failure is a stream that was never started: nothing is held then.
    _ = unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Unpacks the next bytes into `output`, which is not empty.
  ///
  /// - Returns: their number; 0 only at the end of the last member.
  func read(into output: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    while !isFinished {
      if consumed == chunk.count {
        try refill()
        guard !chunk.isEmpty else {
          throw DatasetError(
            .invalid, location, "the gzip data is cut off; copy or download the file again")
        }
      }
      let count = try unsafe inflateSome(into: output)
      if count > 0 { return count }
    }
    return 0
  }

  private func inflateSome(into output: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    let available = UInt32(clamping: output.count)
    unsafe stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
    unsafe stream.pointee.avail_out = available
    let remaining = chunk.count - consumed
    let status = unsafe chunk.withUnsafeMutableBufferPointer { input in
      unsafe stream.pointee.next_in = input.baseAddress.map { unsafe $0 + consumed }
      unsafe stream.pointee.avail_in = UInt32(remaining)
      return unsafe inflate(stream, Z_NO_FLUSH)
    }
    consumed += remaining - Int(unsafe stream.pointee.avail_in)
    switch status {
    case Z_OK: break
    case Z_STREAM_END: try endMember()
    default:
      let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "code \(status)"
      throw DatasetError(
        .invalid, location, "the gzip data is damaged (\(reason)); copy or download the file again")
    }
    return Int(available - (unsafe stream.pointee.avail_out))
  }

  private func endMember() throws(DatasetError) {
    if consumed == chunk.count { try refill() }
    guard consumed < chunk.count else {
      isFinished = true
      return
    }
    if chunk[consumed] == 0 { return try passPadding() }
    guard chunk[consumed] == 0x1f else { throw followed() }
    let status = unsafe inflateReset(stream)
    precondition(status == Z_OK, "zlib lost its own state: code \(status)")
  }

  /// Passes over zeros up to the end of the file, with which tapes and archives fill their blocks up.
  private func passPadding() throws(DatasetError) {
    while !chunk.isEmpty {
      if let other = chunk[consumed...].firstIndex(where: { $0 != 0 }) {
        consumed = other
        throw followed()
      }
      try refill()
    }
    isFinished = true
  }

  private func followed() -> DatasetError {
    DatasetError(
      .invalid, location, "other bytes follow the gzip data; copy or download the file again")
  }

  private func refill() throws(DatasetError) {
    chunkStart += chunk.count
    consumed = 0
    chunk = try nextChunk()
  }

  /// The packed byte at which reading continues.
  private var location: FileLocation { FileLocation(file, offset: chunkStart + consumed) }
}
