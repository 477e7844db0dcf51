import Foundation
import Model
import Testing

@Suite("Model configuration")
struct ModelConfigurationTests {
  @Test("Missing keys keep the built-in values; written and read again it is the same")
  func decoding() throws {
    let text = #"{"d_model": 96, "image_size": [32, 16]}"#
    let decoded = try JSONDecoder().decode(ModelConfiguration.self, from: Data(text.utf8))
    var expected = ModelConfiguration()
    expected.dModel = 96
    expected.imageSize = [32, 16]
    #expect(decoded == expected)
    let again = try JSONDecoder().decode(
      ModelConfiguration.self, from: JSONEncoder().encode(decoded))
    #expect(again == decoded)
  }

  @Test("The built-in configuration and the presets are valid")
  func valid() throws {
    try ModelConfiguration().validate()
    for name in ModelConfiguration.presetNames {
      try #require(ModelConfiguration.preset(name)).validate()
    }
    #expect(ModelConfiguration.preset("gmlp-xl") == nil)
  }

  @Test(
    "A wrong value is refused by its key",
    arguments: [
      ("kind", #""mixer""#), ("channels", "0"), ("d_model", "-1"), ("d_ffn", "255"),
      ("num_layers", "0"), ("num_classes", "0"), ("survival_probability", "0"),
      ("survival_probability", "1.5"), ("image_size", "[28]"), ("image_size", "[0, 28]"),
      ("patch_size", "[5, 4]"), ("patch_size", "[4, 4, 4]"), ("d_model", "4611686018427387904"),
    ])
  func invalid(key: String, value: String) throws {
    let text = "{\"\(key)\": \(value)}"
    let configuration = try JSONDecoder().decode(ModelConfiguration.self, from: Data(text.utf8))
    let error = try #require(throws: ModelError.self) { try Model(configuration) }
    guard case .invalidConfiguration(let named, _, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(named == key)
    #expect(error.description.hasPrefix("model.\(key) = "))
    #expect(!error.description.contains("\n"))
  }
}
