import CLZMA

/// Unpacks an xz file (one stream or several) piece by piece and checks its sums.
@safe final class XZReader {
  private let file: String
  private let nextChunk: () throws(DatasetError) -> [UInt8]
  private let stream: UnsafeMutablePointer<lzma_stream>
  private var chunk: [UInt8] = []
  private var consumed = 0
  private var chunkStart = 0
  private var isAtEnd = false
  private var isFinished = false

  /// A reader of the packed bytes that `nextChunk` returns one after the other, empty at the end.
  init(file: String, nextChunk: @escaping () throws(DatasetError) -> [UInt8]) throws(DatasetError) {
    self.file = file
    self.nextChunk = nextChunk
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: lzma_stream())
    let status = unsafe lzma_stream_decoder(stream, UInt64.max, clzma_concatenated())
    guard status == LZMA_OK else {
      throw DatasetError(
        .inputOutput, FileLocation(file),
        "liblzma cannot start (code \(status.rawValue)); free some memory")
    }
  }

  deinit {
    unsafe lzma_end(stream)
    unsafe stream.deallocate()
  }

  /// Unpacks the next bytes into `output`, which is not empty.
  ///
  /// - Returns: their number; 0 only at the end of the last stream.
  func read(into output: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    while !isFinished {
      if consumed == chunk.count && !isAtEnd {
        chunkStart += chunk.count
        consumed = 0
        chunk = try nextChunk()
        isAtEnd = chunk.isEmpty
      }
      let count = try unsafe decodeSome(into: output)
      if count > 0 { return count }
    }
    return 0
  }

  private func decodeSome(into output: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    unsafe stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
    unsafe stream.pointee.avail_out = output.count
    let remaining = chunk.count - consumed
    let status = unsafe chunk.withUnsafeBufferPointer { input in
      unsafe stream.pointee.next_in = input.baseAddress.map { unsafe $0 + consumed }
      unsafe stream.pointee.avail_in = remaining
      return unsafe lzma_code(stream, isAtEnd ? LZMA_FINISH : LZMA_RUN)
    }
    consumed += remaining - (unsafe stream.pointee.avail_in)
    switch status {
    case LZMA_OK: break
    case LZMA_STREAM_END: isFinished = true
    case LZMA_BUF_ERROR:
      throw DatasetError(
        .invalid, location, "the xz data is cut off; copy or download the file again")
    case LZMA_MEM_ERROR:
      throw DatasetError(.inputOutput, location, "no memory to unpack; free some memory")
    default:
      throw DatasetError(
        .invalid, location,
        "the xz data is damaged (code \(status.rawValue)); copy or download the file again")
    }
    return output.count - (unsafe stream.pointee.avail_out)
  }

  /// The packed byte at which reading continues.
  private var location: FileLocation { FileLocation(file, offset: chunkStart + consumed) }
}
