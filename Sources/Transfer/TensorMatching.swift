import Checkpoints
import Configuration
import Files
import Model
import Platform

/// Which tensors of a file belong to which of a model.
struct TensorMatching {
  /// The prefix of every name in the file that no name of the model has, such as `module.`.
  let prefix: String
  /// The tensors of the model that are read.
  let read: [Parameter]
  /// The tensors of a head that is initialised again.
  private let newHead: [Parameter]
  /// The vectors for segments of text, where only the model has them.
  private let newSegments: [Parameter]
  /// Other tensors of the model that the file does not have.
  private let absent: [Parameter]
  /// Tensors of the file that the model does not have.
  private let unused: [String]

  private let file: GivenTensors
  private let tolerance: WeightsFile.Tolerance
  private let grids: GridChange?
  /// The task that the tensors were trained for, where it is known and another one.
  private let otherTask: ModelOutput?

  /// The tensors that are listed in one line.
  private static let maximumListed = 24

  /// Compares names, and for the head shapes too.
  ///
  /// - Parameters:
  ///   - file: the given tensors.
  ///   - model: the model that they are for.
  ///   - tolerance: what may differ.
  ///   - grids: the grids of tokens of both; nil for text.
  ///   - otherTask: what the given tensors were trained for, where that is known and not what the model is for. Their
  ///     head is of no use then, even if its shape fits.
  init(
    _ file: GivenTensors, _ model: Model, _ tolerance: WeightsFile.Tolerance,
    _ grids: GridChange? = nil, otherTask: ModelOutput? = nil
  ) {
    self.file = file
    self.tolerance = tolerance
    self.grids = grids
    self.otherTask = otherTask
    let (layout, ofHead) = (model.layout, model.configuration.headPrefix)
    let prefix = Self.prefix(of: file, layout)
    self.prefix = prefix
    func fits(_ parameter: Parameter) -> Bool {
      file.tensors[prefix + parameter.name]?.shape == parameter.shape
    }
    let head = layout.parameters.filter { $0.name.hasPrefix(ofHead) }
    // A head is one layer: half of an old one is of no use.
    // One of another width is not a head of other classes but that of another model.
    func hasWidth(_ parameter: Parameter) -> Bool {
      let shape = file.tensors[prefix + parameter.name]?.shape
      return shape == nil || shape?.dropFirst() == parameter.shape.dropFirst()
    }
    let isOther = otherTask != nil || !head.allSatisfy(fits)
    let isNew = tolerance.newHead && !head.isEmpty && isOther && head.allSatisfy(hasWidth)
    newHead = isNew ? head : []
    let headNames = Set(newHead.map(\.name))
    let wanted = layout.parameters.filter { !headNames.contains($0.name) }
    let missing = wanted.filter { file.tensors[prefix + $0.name] == nil }
    func areSegments(_ parameter: Parameter) -> Bool {
      tolerance.newSegments && parameter.name == "segment_embedding.weight"
    }
    newSegments = missing.filter(areSegments)
    absent = missing.filter { !areSegments($0) }
    read = wanted.filter { file.tensors[prefix + $0.name] != nil }
    let known = Set(layout.parameters.map { prefix + $0.name })
    unused = file.tensors.keys.filter { name in
      !known.contains(name) && !(isNew && name.hasPrefix(prefix + ofHead))
    }.sorted()
  }

  /// The same tensors as ``read``, one after the other as the file has them.
  var readInOrderOfFile: [Parameter] {
    read.sorted { file.place(of: prefix + $0.name) < file.place(of: prefix + $1.name) }
  }

  /// Throws where file and model differ by more than is tolerated.
  func check() throws(CommandError) {
    for parameter in read { _ = try adaptation(of: parameter) }
    if let first = absent.first, !tolerance.absentTensors || read.isEmpty {
      // Names that the model does not know say more than its own.
      let others =
        unused.isEmpty
        ? "missing: \(Self.list(absent.map(\.name)))"
        : "the file has \(Self.list(unused))"
      throw refusal(
        "no tensor is called \(first.name); \(others); check that the file belongs to this model"
          + (tolerance.newHead && !read.isEmpty ? ", or give --partial" : ""))
    }
    guard unused.isEmpty || tolerance.unusedTensors else {
      throw refusal(
        "\(Self.count(unused)) of the file \(unused.count == 1 ? "is" : "are") not in the model: "
          + "\(Self.list(unused)); check the sizes under [model], or give --partial to leave "
          + "\(unused.count == 1 ? "it" : "them") out")
    }
  }

  /// How the tensor of the file becomes the model's.
  ///
  /// - Throws: where their shapes differ by more than is tolerated.
  func adaptation(of parameter: Parameter) throws(CommandError) -> TensorAdaptation {
    let shape = file.tensors[prefix + parameter.name]?.shape ?? []
    guard tolerance.otherSizes || shape == parameter.shape else {
      throw refusal("\(parameter.name) \(TensorAdaptation.differs(shape, parameter))")
    }
    do throws(TensorAdaptation.Misfit) {
      return try TensorAdaptation(parameter, from: shape, grids)
    } catch {
      throw refusal("\(parameter.name) \(error.text)")
    }
  }

  /// What was not read or not taken as it is, for people.
  var remarks: [String] {
    var lines: [String] = []
    if let line = headRemark { lines.append(line) }
    // Where a tensor does not fit, check() has thrown before anybody asks for remarks.
    let adapted = read.compactMap { try? adaptation(of: $0) }.filter { !$0.isIdentity }
    let resampled = adapted.compactMap(\.grids)
    if let (source, target) = resampled.first {
      lines.append(
        "\(file.path): \(source) tokens there, \(target) here: \(counted(resampled.count, "tensor")) "
          + "resampled")
    }
    if let (source, target) = adapted.compactMap(\.colors).first {
      lines.append(
        "\(file.path): \(counted(source, "channel")) there, \(target) here: the first layer's are "
          + (target == 1 ? "summed up" : "repeated"))
    }
    let changes = adapted.compactMap(\.sequences)
    if let change = changes.first {
      lines.append(
        "\(file.path): sequences of \(change.source) tokens there, \(change.target) here: "
          + "\(counted(changes.count, "tensor")) \(change.target > change.source ? "extended" : "cropped")"
      )
    }
    if let segments = newSegments.first {
      lines.append("\(file.path): there is no \(segments.name): it starts at 0")
    }
    if !absent.isEmpty {
      lines.append(
        "\(file.path): \(Self.count(absent.map(\.name))) of the model not in the file, re-initialised: "
          + Self.list(absent.map(\.name)))
    }
    if !unused.isEmpty {
      lines.append(
        "\(file.path): \(Self.count(unused)) of the file not in the model, left out: "
          + Self.list(unused))
    }
    return lines
  }

  /// Why the head is a new one, with both numbers of classes where the file has one.
  private var headRemark: String? {
    guard !newHead.isEmpty else { return nil }
    let names = newHead.map(\.name)
    let misfit = newHead.first { parameter in
      file.tensors[prefix + parameter.name].map { $0.shape != parameter.shape } ?? false
    }
    // A vocabulary's bias without a weight is none of classes.
    let absent = names.filter { file.tensors[prefix + $0] == nil }
    let reason: String
    if let otherTask {
      reason = "the weights are of \(otherTask)"
    } else if absent.isEmpty, let misfit, let shape = file.tensors[prefix + misfit.name]?.shape {
      reason = "\(shape[0]) classes there, \(misfit.shape[0]) here"
    } else {
      reason = "there is no \(absent.joined(separator: " and no "))"
    }
    return "\(file.path): \(reason): \(names.joined(separator: " and ")) "
      + "\(names.count == 1 ? "is" : "are") re-initialised"
  }

  private func refusal(_ text: String) -> CommandError {
    CommandError("\(file.path): \(text)", exitCode: .badData)
  }

  private static func count(_ names: [String]) -> String {
    names.count == 1 ? "1 tensor" : "\(names.count) tensors"
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(maximumListed).joined(separator: ", ")
    return names.count > maximumListed ? "\(shown) and \(names.count - maximumListed) more" : shown
  }

  /// What has to be put before the model's names to find the most of them.
  ///
  /// `torch.compile`, `DataParallel` and other wrappers put a word before every name. Where two words
  /// do equally well, as with a student and its teacher, none is taken.
  private static func prefix(of file: GivenTensors, _ layout: ParameterLayout) -> String {
    func matches(_ prefix: String) -> Int {
      layout.parameters.count { file.tensors[prefix + $0.name] != nil }
    }
    var best = (prefix: "", matches: matches(""))
    if best.matches > 0 { return "" }
    var candidates: Set<String> = []
    for parameter in layout.parameters {
      let ending = "." + parameter.name
      for name in file.tensors.keys where name.hasSuffix(ending) {
        candidates.insert(String(name.dropLast(ending.count - 1)))
      }
    }
    var isUnique = true
    for candidate in candidates {
      let found = matches(candidate)
      if found == best.matches { isUnique = false }
      if found > best.matches {
        best = (candidate, found)
        isUnique = true
      }
    }
    return isUnique ? best.prefix : ""
  }
}
