import Datasets
package import Imaging

/// What TensorBoard shows at one step.
///
/// - Note: Source: the messages Event, Summary and SummaryMetadata of tensorboard/compat/proto.
package struct TensorBoardEvent: Sendable {
  /// When it happened, in seconds since 1970.
  package let time: Double
  /// The step; 0 before the first one.
  package let step: Int
  /// What is shown, by tag.
  package let values: [TensorBoardValue]

  /// An event of `values` after a step.
  package init(time: Double, step: Int, values: [TensorBoardValue]) {
    (self.time, self.step, self.values) = (time, step, values)
  }

  /// The event as a message.
  package var message: ProtocolBuffer {
    Self.message(time: time, step: step) { event in
      event.add(5) { summary in
        for value in values { summary.add(1, message: value.message) }
      }
    }
  }

  /// The first message of a file.
  static func version(time: Double) -> ProtocolBuffer {
    var event = ProtocolBuffer()
    event.add(1, double: time)
    event.add(3, text: "brain.Event:2")
    return event
  }

  /// Says that a process is going to write about `step` and later ones: what older files hold of them is void.
  static func start(time: Double, step: Int) -> ProtocolBuffer {
    message(time: time, step: step) { event in
      event.add(7) { $0.add(1, integer: 1) }
    }
  }

  private static func message(
    time: Double, step: Int, _ build: (inout ProtocolBuffer) -> Void
  ) -> ProtocolBuffer {
    var event = ProtocolBuffer()
    event.add(1, double: time)
    event.add(2, integer: step)
    build(&event)
    return event
  }
}

/// One value with the tag under which it is shown; what is before the tag's first slash is its group.
package struct TensorBoardValue: Sendable {
  /// What can be shown.
  package enum Content: Sendable {
    /// A point of a curve.
    case scalar(Double)
    /// How many numbers lie where.
    case histogram(Histogram)
    /// A picture: the bytes of a PNG file.
    case picture(rows: Int, columns: Int, png: [UInt8])
    /// Text in Markdown.
    case text(String)
    /// Content for the plugin of that name alone, without data.
    case plugin(String, ProtocolBuffer)
    /// The charts of the page "custom scalars", as that plugin's message.
    case layout(ProtocolBuffer)
  }

  /// The name, as in `train/loss`.
  package let tag: String
  /// What is shown.
  package let content: Content

  /// A picture with its tag.
  ///
  /// - Throws: `DatasetError` if there is no memory for it.
  package init(_ tag: String, showing picture: RasterImage) throws {
    let png = try PNGEncoder.encode(picture, at: FileLocation(tag))
    self.init(tag, .picture(rows: picture.rows, columns: picture.columns, png: png))
  }

  /// A value with its tag.
  package init(_ tag: String, _ content: Content) {
    (self.tag, self.content) = (tag, content)
  }

  /// The value as a message.
  var message: ProtocolBuffer {
    var value = ProtocolBuffer()
    value.add(1, text: tag)
    switch content {
    case .scalar(let number):
      value.add(8) {
        $0.add(1, integer: DataType.float.rawValue)
        $0.add(2) { _ in }
        $0.add(5, floats: [Float(number)])
      }
      value.add(9, message: Self.metadata("scalars", .scalar))
    case .histogram(let histogram):
      value.add(8) {
        $0.add(1, integer: DataType.double.rawValue)
        $0.add(2, message: Self.shape([histogram.counts.count, 3]))
        $0.add(4, doubles: histogram.rows)
      }
      value.add(9, message: Self.metadata("histograms", .tensor))
    case .picture(let rows, let columns, let png):
      let strings = [Array("\(columns)".utf8), Array("\(rows)".utf8), png]
      value.add(8, message: Self.strings(strings, shape: [strings.count]))
      value.add(9, message: Self.metadata("images", .blobSequence))
    case .text(let text):
      value.add(8, message: Self.strings([Array(text.utf8)], shape: []))
      value.add(9, message: Self.metadata("text", .tensor))
    case .plugin(let name, let content):
      value.add(9, message: Self.metadata(name, nil, content))
    case .layout(let layout):
      value.add(8, message: Self.strings([layout.bytes], shape: []))
      value.add(9, message: Self.metadata("custom_scalars", nil))
    }
    return value
  }

  private enum DataType: Int {
    case float = 1
    case double = 2
    case string = 7
  }

  private enum DataClass: Int {
    case scalar = 1
    case tensor = 2
    case blobSequence = 3
  }

  private static func metadata(
    _ plugin: String, _ dataClass: DataClass?, _ content: ProtocolBuffer? = nil
  ) -> ProtocolBuffer {
    var metadata = ProtocolBuffer()
    metadata.add(1) {
      $0.add(1, text: plugin)
      if let content { $0.add(2, message: content) }
    }
    if let dataClass { metadata.add(4, integer: dataClass.rawValue) }
    return metadata
  }

  private static func strings(_ strings: [[UInt8]], shape: [Int]) -> ProtocolBuffer {
    var tensor = ProtocolBuffer()
    tensor.add(1, integer: DataType.string.rawValue)
    tensor.add(2, message: Self.shape(shape))
    for string in strings { tensor.add(8, bytes: string) }
    return tensor
  }

  private static func shape(_ sizes: [Int]) -> ProtocolBuffer {
    var shape = ProtocolBuffer()
    for size in sizes {
      shape.add(2) { $0.add(1, integer: size) }
    }
    return shape
  }
}
