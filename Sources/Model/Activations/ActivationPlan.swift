import Kernels

/// The matrices that the layers of a model work in, for any number of samples.
///
/// Each layer reserves its own when the model is made; an ``ArenaLayout`` says where they lie. A layer below which
/// nothing learns goes forward only: it keeps nothing, and what it would need for backward takes no room.
struct ActivationPlan: Sendable, Equatable {
  /// The kinds of layers, whose memory limits the sub-batch in different ways.
  enum Part: Sendable {
    case stem
    case block
    case head
  }

  /// A reserved matrix and the layer that it belongs to.
  struct Reservation: Sendable, Equatable {
    let slot: Slot
    let layer: Int
    let part: Part
    /// What was asked for, which a layer that goes forward only does not get.
    let extent: Extent
  }

  private(set) var floats: [Reservation] = []
  private(set) var operands: [Reservation] = []

  /// The angles of rotary positions, which all layers share; nil if no layer has asked for them.
  private(set) var rotaryTable: RotaryTable?

  private var layer = 0
  private var part = Part.stem
  private var goesBack = true

  /// What is reserved next belongs to the next layer, which works in the same memory as the one before.
  mutating func beginLayer(_ part: Part, goesBack: Bool = true) {
    layer += 1
    self.part = part
    self.goesBack = goesBack
  }

  /// Reserves a matrix of floats; `backwardOnly`: forward does not touch it.
  mutating func floats(
    rows: Int, columns: Int, _ extent: Extent, backwardOnly: Bool = false
  ) -> FloatSlot {
    let reservation = reservation(floats.count, rows, columns, extent, backwardOnly)
    floats.append(reservation)
    return FloatSlot(slot: reservation.slot)
  }

  /// Reserves a matrix of the model's precision; `backwardOnly`: forward does not touch it.
  mutating func operands(
    rows: Int, columns: Int, _ extent: Extent, backwardOnly: Bool = false
  ) -> OperandSlot {
    let reservation = reservation(operands.count, rows, columns, extent, backwardOnly)
    operands.append(reservation)
    return OperandSlot(slot: reservation.slot)
  }

  /// The angles for heads of `size` channels, made when the first layer asks.
  mutating func rotaryTable(tokens: Int, size: Int) -> RotaryTable {
    let table = rotaryTable ?? RotaryTable(tokens: tokens, size: size)
    rotaryTable = table
    return table
  }

  private func reservation(
    _ number: Int, _ rows: Int, _ columns: Int, _ extent: Extent, _ backwardOnly: Bool
  ) -> Reservation {
    let slot = Slot(
      number: number, rows: goesBack || !backwardOnly ? rows : 0, columns: columns,
      extent: goesBack || extent != .subBatch ? extent : .chunk)
    return Reservation(slot: slot, layer: layer, part: part, extent: extent)
  }

  /// The elements that the layers of `part` keep of a sample where all of them go back.
  ///
  /// So the sub-batch, which may decide last bits, does not depend on what is frozen.
  func keptPerSample(_ part: Part) -> Int {
    (floats + operands).filter { $0.part == part && $0.extent == .subBatch }
      .reduce(0) { $0 + $1.slot.rows * $1.slot.columns }
  }
}
