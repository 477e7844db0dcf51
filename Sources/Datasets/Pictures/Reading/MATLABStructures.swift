/// The first array of structures in a MATLAB file of version 5, as far as its fields are numbers and texts.
///
/// - Note: Source: "MAT-File Format", The MathWorks, chapter 1. An element is a tag, which has a type and a length, and
///   its content, filled up to a multiple of 8 bytes; short ones have both in 8 bytes.
struct MATLABStructures {
  /// What a field holds.
  enum Value: Equatable {
    case number(Double)
    case text(String)
  }

  /// The fields of each structure by their names; other content is left out.
  let structures: [[String: Value]]

  /// Reads the content of a file.
  ///
  /// - Throws: ``DatasetError`` if it is not such a file, or has no array of structures.
  init(_ file: [UInt8], at location: FileLocation) throws(DatasetError) {
    let damaged = DatasetError(
      .invalid, location, "not a whole MATLAB file of version 5; copy or download it again")
    // 116 bytes of text, then versions and the order of bytes: IM is ours.
    guard file.count > 128, file[126..<128].elementsEqual("IM".utf8) else { throw damaged }
    var rest = file[128...]
    while let element = Element(&rest) {
      var inner = element.unpacked[...]
      if let matrix = element.isPacked ? Element(&inner) : element,
        let found = Self.structures(in: matrix)
      {
        structures = found
        return
      }
    }
    throw damaged
  }

  /// The structures of an array: flags, dimensions, its name, the names of the fields, then all fields in turn.
  private static func structures(in matrix: Element) -> [[String: Value]]? {
    var rest = matrix.content
    guard matrix.type == Element.matrix, let flags = Element(&rest), flags.content.first == 2,
      let dimensions = Element(&rest), Element(&rest) != nil, let length = Element(&rest)?.number,
      let names = Element(&rest)?.content, (1...64).contains(length), !names.isEmpty
    else { return nil }
    let fields = stride(from: 0, to: names.count - Int(length) + 1, by: Int(length)).map {
      String(decoding: names.dropFirst($0).prefix(Int(length)).prefix { $0 != 0 }, as: UTF8.self)
    }
    let sizes = stride(from: 0, to: dimensions.content.count - 3, by: 4).map {
      Element.integer(dimensions.content.dropFirst($0).prefix(4))
    }
    // No structure takes less than the tags of its fields.
    let most = rest.count / 8
    let count = sizes.reduce(1) { $0 > most ? $0 : $0 * min($1, most + 1) }
    guard count <= most else { return nil }
    var structures: [[String: Value]] = []
    for _ in 0..<count {
      var structure: [String: Value] = [:]
      for field in fields {
        guard let element = Element(&rest) else { return nil }
        structure[field] = value(of: element)
      }
      structures.append(structure)
    }
    return structures
  }

  /// A number or a text; nil for anything else.
  private static func value(of matrix: Element) -> Value? {
    var rest = matrix.content
    guard let flags = Element(&rest), let kind = flags.content.first, Element(&rest) != nil,
      Element(&rest) != nil, let data = Element(&rest)
    else { return nil }
    switch kind {
    case 4: return .text(data.text)
    case 6...15: return data.number.map(Value.number)
    default: return nil
    }
  }
}

/// A piece of a MATLAB file.
private struct Element {
  static let matrix = 14
  private static let packed = 15
  /// What a packed element may unpack to.
  private static let maximumBytes = 1 << 26

  let type: Int
  let content: ArraySlice<UInt8>

  var isPacked: Bool { type == Self.packed }

  /// Takes the next one from the front of `bytes`; nil if no whole one is there.
  init?(_ bytes: inout ArraySlice<UInt8>) {
    guard bytes.count >= 8 else { return nil }
    let first = Self.integer(bytes.prefix(4))
    let second = Self.integer(bytes.dropFirst(4).prefix(4))
    if first >> 16 != 0 {
      guard first >> 16 <= 4 else { return nil }
      type = first & 0xffff
      content = bytes.dropFirst(4).prefix(first >> 16)
      bytes = bytes.dropFirst(8)
      return
    }
    guard second <= bytes.count - 8 else { return nil }
    type = first
    content = bytes.dropFirst(8).prefix(second)
    let length = first == Self.packed ? second : (second + 7) / 8 * 8
    bytes = bytes.dropFirst(8 + length)
  }

  /// The content of a packed element; empty if it cannot be unpacked.
  var unpacked: [UInt8] {
    isPacked ? unpackedZlib(content, atMost: Self.maximumBytes) ?? [] : []
  }

  /// The first number, whichever way it is stored.
  var number: Double? {
    let (sizes, isSigned) = ([1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8], [1, 3, 5])
    guard let size = sizes[type], content.count >= size else { return nil }
    let bits = content.prefix(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    switch type {
    case 7: return Double(Float(bitPattern: UInt32(bits)))
    case 9: return Double(bitPattern: bits)
    default:
      let shift = UInt64(64 - 8 * size)
      return isSigned.contains(type)
        ? Double(Int64(bitPattern: bits << shift) >> Int64(shift)) : Double(bits)
    }
  }

  /// Characters of 8 or 16 bits.
  var text: String {
    guard type == 4 || type == 17 else { return String(decoding: content, as: UTF8.self) }
    let bytes = Array(content)
    let units = stride(from: 0, to: bytes.count - 1, by: 2).map {
      UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
    }
    return String(decoding: units, as: UTF16.self)
  }

  static func integer(_ digits: ArraySlice<UInt8>) -> Int {
    digits.reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
