/// What the command line asks for.
struct FuzzOptions {
  let reader: any FuzzedReader.Type
  private(set) var inputs = 1_000_000
  private(set) var seed = 0
  private(set) var first = 0
  /// The folder of a worker; nil in the process that watches over it.
  private(set) var workerFolder: String?

  static let readers: [any FuzzedReader.Type] = [
    SafeTensorsReader.self, StateReader.self, TOMLReader.self, SweepReader.self, IDXReader.self,
    PNGReader.self, JPEGReader.self, WebPReader.self, TarReader.self, ShardsReader.self,
    PictureShardsReader.self, TextShardsReader.self, LabelledShardsReader.self,
    QuestionsReader.self, InputsReader.self, CIFAR10Reader.self,
  ]

  init(_ arguments: some Sequence<String>) throws {
    var words = Array(arguments)[...]
    let names = Self.readers.map { $0.name }.joined(separator: ", ")
    let name = words.popFirst() ?? ""
    guard let reader = Self.readers.first(where: { $0.name == name }) else {
      throw FuzzUsage(description: "no reader '\(name)'; the readers are \(names)")
    }
    self.reader = reader
    while let option = words.popFirst() {
      let value = words.popFirst() ?? ""
      if option == "--worker" {
        workerFolder = value
        continue
      }
      guard let number = Int(value), number >= 0 else {
        throw FuzzUsage(description: "\(option) \(value): is not a number from 0 on")
      }
      switch option {
      case "--inputs": inputs = number
      case "--seed": seed = number
      case "--first": first = number
      default: throw FuzzUsage(description: "no option '\(option)'")
      }
    }
  }

  /// How the input `number` is had again.
  func command(for number: Int) -> String {
    "Fuzzer \(reader.name) --seed \(seed) --first \(number) --inputs 1"
  }
}

/// Arguments that mean nothing.
struct FuzzUsage: Error, CustomStringConvertible {
  let description: String
}
