import CMPI

/// A number that MPI carries between ranks: `Float`, `Double`, `Int64`, `UInt16` or `UInt8`.
public protocol MPIElement: BitwiseCopyable, Sendable, AdditiveArithmetic, Comparable {
  /// MPI's description of the type. Only Comm looks at it.
  static var messageType: MessageType { get }
}

/// MPI's handle of an element type, with no members outside Comm.
public struct MessageType: Sendable, Equatable {
  enum Kind {
    case float
    case double
    case int64
    case uint16
    case byte
  }
  let kind: Kind

  var raw: cmpi_handle {
    switch kind {
    case .float: cmpi_float()
    case .double: cmpi_double()
    case .int64: cmpi_int64()
    case .uint16: cmpi_uint16()
    case .byte: cmpi_byte()
    }
  }
}

extension Float: MPIElement {
  /// `MPI_FLOAT`.
  public static var messageType: MessageType { MessageType(kind: .float) }
}

extension Double: MPIElement {
  /// `MPI_DOUBLE`.
  public static var messageType: MessageType { MessageType(kind: .double) }
}

extension Int64: MPIElement {
  /// `MPI_INT64_T`.
  public static var messageType: MessageType { MessageType(kind: .int64) }
}

extension UInt16: MPIElement {
  /// `MPI_UINT16_T`.
  public static var messageType: MessageType { MessageType(kind: .uint16) }
}

extension UInt8: MPIElement {
  /// `MPI_BYTE`.
  public static var messageType: MessageType { MessageType(kind: .byte) }
}

/// How elements of several ranks combine.
public enum Reduction: Sendable {
  /// The sum.
  case sum
  /// The largest.
  case max
  /// The smallest.
  case min

  var raw: cmpi_handle {
    switch self {
    case .sum: cmpi_sum()
    case .max: cmpi_max()
    case .min: cmpi_min()
    }
  }
}
