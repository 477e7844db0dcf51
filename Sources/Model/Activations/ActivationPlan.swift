/// The matrices that the layers of a model work in, told before the number of samples is known.
///
/// Each layer reserves its own when the model is made; an ``ArenaLayout`` says where they lie.
struct ActivationPlan: Sendable, Equatable {
  /// The kinds of layers, whose memory limits the sub-batch in different ways.
  enum Part: Sendable {
    case stem
    case block
    case head
  }

  /// A reserved matrix and whose it is.
  struct Reservation: Sendable, Equatable {
    let slot: Slot
    let layer: Int
    let part: Part
  }

  private(set) var floats: [Reservation] = []
  private(set) var operands: [Reservation] = []
  private var layer = 0
  private var part = Part.stem

  /// What follows belongs to the next layer: it works in the memory in which the last one did.
  mutating func beginLayer(_ part: Part) {
    layer += 1
    self.part = part
  }

  /// Reserves a matrix of floats.
  mutating func floats(rows: Int, columns: Int, _ extent: Extent) -> FloatSlot {
    let slot = Slot(number: floats.count, rows: rows, columns: columns, extent: extent)
    floats.append(Reservation(slot: slot, layer: layer, part: part))
    return FloatSlot(slot: slot)
  }

  /// Reserves a matrix of the model's precision.
  mutating func operands(rows: Int, columns: Int, _ extent: Extent) -> OperandSlot {
    let slot = Slot(number: operands.count, rows: rows, columns: columns, extent: extent)
    operands.append(Reservation(slot: slot, layer: layer, part: part))
    return OperandSlot(slot: slot)
  }

  /// The elements that the layers of `part` keep of a sample.
  func keptPerSample(_ part: Part) -> Int {
    (floats + operands).filter { $0.part == part && $0.slot.extent == .subBatch }
      .reduce(0) { $0 + $1.slot.rows * $1.slot.columns }
  }
}
