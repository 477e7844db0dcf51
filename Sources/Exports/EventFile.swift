package import Files
import Glibc
import Synchronization

/// A file of events that TensorBoard reads, each of them written by one call.
package final class EventFile: Sendable {
  /// Where the file is.
  package let path: String

  private let file: RegularFile
  /// The length up to which every record is whole.
  private let end = Mutex(0)

  /// A part of the name by which TensorBoard knows its files.
  package static let prefix = "events.out.tfevents."

  /// Creates a file in `folder`, which exists, and writes the version of the format.
  ///
  /// TensorBoard reads the files of a folder in the order of their names, which begin with the time.
  ///
  /// - Parameters:
  ///   - folder: the folder, which is a run to TensorBoard.
  ///   - time: when it begins, in seconds since 1970.
  ///   - suffix: the end of the name, by which its writer knows it again.
  /// - Throws: `SystemCallError`.
  package init(in folder: String, time: Double, suffix: String) throws(SystemCallError) {
    file = try Self.create(in: folder, time: time, suffix: suffix)
    path = file.path
    try write(TensorBoardEvent.version(time: time))
  }

  private static func create(
    in folder: String, time: Double, suffix: String
  ) throws(SystemCallError) -> RegularFile {
    let microseconds = Int(time * 1e6)
    let moment =
      padded(microseconds / 1_000_000, to: 10) + "." + padded(microseconds % 1_000_000, to: 6)
    var serial = 0
    while true {
      do throws(SystemCallError) {
        return try RegularFile(
          "\(folder)/\(prefix)\(moment).gmlp-train.\(getpid()).\(serial)\(suffix)", for: .creating)
      } catch {
        // A process of another host may have the same number.
        guard error.number == EEXIST, serial < 100 else { throw error }
        serial += 1
      }
    }
  }

  /// `number` with zeros before it: names are in the order of their times.
  private static func padded(_ number: Int, to digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// Appends an event.
  ///
  /// After a failure the next event takes the place of the one that was not written.
  ///
  /// - Throws: `SystemCallError`.
  package func write(_ event: ProtocolBuffer) throws(SystemCallError) {
    let record = EventRecord.bytes(of: event.bytes)
    try end.withLock { end throws(SystemCallError) in
      try file.write(record.span, at: end)
      end += record.count
    }
  }

  /// Syncs and closes the file, once; nothing can be written after that.
  ///
  /// - Throws: `SystemCallError`.
  package func close() throws(SystemCallError) {
    try file.synchronize()
    try file.close()
  }
}

/// A record of an event file: a message between its length and its checksum.
///
/// - Note: Source: TensorFlow's TFRecord; tensorboard/summary/writer/record_writer.py.
package enum EventRecord {
  /// The record that holds `message`.
  package static func bytes(of message: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(message.count))
    return length + littleEndian(maskedChecksum(length)) + message
      + littleEndian(maskedChecksum(message))
  }

  /// The checksum of records: a CRC would be a poor checksum of data that holds CRCs, so it is masked.
  package static func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
    let crc = checksum(bytes)
    return (crc >> 15 | crc << 17) &+ 0xa282_ead8
  }

  /// CRC-32C, with the polynomial of Castagnoli.
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
    return ~crc
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    var crc = UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
    return crc
  }

  private static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
  }
}
