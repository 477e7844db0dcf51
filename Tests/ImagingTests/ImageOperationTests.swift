import Testing

@testable import Imaging

@Suite("Image operations")
struct ImageOperationTests {
  private struct Case: Decodable {
    let rows, columns, channels, seed: Int
    let operation, hash: String
    let arguments: [Double]
    let interpolation: String?
  }

  @Test("Every byte of every operation is Pillow's")
  func bytes() throws {
    let all: [Case] = try cases("operations")
    var names: Set<String> = []
    for one in all {
      let image = RasterImage(
        rows: one.rows, columns: one.columns, channels: one.channels, seed: one.seed)
      let operation = try #require(
        ImageOperation(one.operation, one.arguments, interpolation: one.interpolation))
      let fill: [UInt8] = one.channels == 3 ? [124, 116, 104] : [128]
      #expect(hash(image.applying(operation, fill: fill).bytes) == one.hash, "\(one)")
      names.insert(one.operation)
    }
    #expect(names.count == 15 && all.count > 500)
  }

  @Test("A picture of one colour is neither stretched nor equalised", arguments: [1, 3])
  func oneColour(channels: Int) {
    let image = RasterImage(
      rows: 20, columns: 30, channels: channels,
      bytes: [UInt8](repeating: 77, count: 600 * channels))
    #expect(image.applying(.autoContrast, fill: [0]) == image)
    #expect(image.applying(.equalize, fill: [0]) == image)
  }

  @Test("No bits are black, and eight are everything")
  func posterize() {
    let image = RasterImage(rows: 5, columns: 5, channels: 3, seed: 2)
    #expect(image.applying(.posterize(bits: 0), fill: []).bytes.allSatisfy { $0 == 0 })
    #expect(image.applying(.posterize(bits: 8), fill: []) == image)
  }

  @Test("A grey picture has no colour to change, and a fill has the picture's channels")
  func grey() async {
    let image = RasterImage(rows: 9, columns: 9, channels: 1, seed: 2)
    #expect(image.applying(.color(0.1), fill: [0]) == image)
    await #expect(processExitsWith: .failure) {
      let image = RasterImage(rows: 9, columns: 9, channels: 3, seed: 2)
      _ = image.applying(.shearX(0.1, .bilinear), fill: [0])
    }
  }
}

extension ImageOperation {
  /// The operation that timm names so, with timm's arguments.
  init?(_ name: String, _ arguments: [Double], interpolation: String?) {
    let value = arguments.first ?? 0
    let interpolation = interpolation.flatMap(Interpolation.init(rawValue:)) ?? .bicubic
    switch name {
    case "AutoContrast": self = .autoContrast
    case "Equalize": self = .equalize
    case "Invert": self = .invert
    case "Rotate": self = .rotate(degrees: value, interpolation)
    case "Posterize": self = .posterize(bits: Int(value))
    case "Solarize": self = .solarize(threshold: Int(value))
    case "SolarizeAdd": self = .solarizeAdd(Int(value))
    case "Color": self = .color(value)
    case "Contrast": self = .contrast(value)
    case "Brightness": self = .brightness(value)
    case "Sharpness": self = .sharpness(value)
    case "ShearX": self = .shearX(value, interpolation)
    case "ShearY": self = .shearY(value, interpolation)
    case "TranslateXRel": self = .translateX(share: value, interpolation)
    case "TranslateYRel": self = .translateY(share: value, interpolation)
    default: return nil
    }
  }
}
