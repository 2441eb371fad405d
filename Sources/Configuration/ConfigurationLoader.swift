import Datasets
import Files
import HTNetModel
import Wording
import Yams

/// Reads keys into a configuration and remembers where each came from.
struct ConfigurationLoader {
  private(set) var configuration = RunConfiguration()
  /// The place of each key that was set.
  private(set) var places: [String: String] = [:]
  /// What the command line sets twice.
  private(set) var notices: [String] = []
  /// Where the command line has set a key.
  private var overridden: [String: String] = [:]

  init() {}

  /// Begins with what is given already.
  init(data: DataConfiguration, model: HTNetConfiguration) {
    configuration.data = data
    configuration.model = model
  }

  mutating func read(_ text: String, file: String) throws {
    let root: Node?
    do {
      root = try YAMLText.compose(text) { Self.place(file, $0, $1) }
    } catch let error as YamlError {
      throw YAMLProblem(error, text).error(in: file)
    }
    guard let root, !root.isEmpty, !root.isNull else { return }
    func place(_ node: Node) -> String { Self.place(file, node.mark?.line, node.mark?.column) }
    if let tag = root.explicitTag { throw ConfigurationError(place(root), Mismatch.tagged(tag)) }
    guard case .mapping(let sections) = root else {
      throw ConfigurationError(
        place(root), "is not a mapping of sections such as \"training:\"")
    }
    for (sectionNode, keys) in sections {
      let section = try key(sectionNode, in: file)
      if section == Study.name {
        try setStudy(keys, at: place(sectionNode), file: file)
        continue
      }
      let names = Set(RunConfiguration.keys.map(\.section)).sorted()
      guard names.contains(section) else {
        throw ConfigurationError(
          place(sectionNode),
          "there is no section \"\(section)\"; the sections are "
            + (names + [Study.name]).joined(separator: ", ")
            + (Spelling.nearest(to: section, among: names + [Study.name])
              .map { "; did you mean \($0)?" } ?? ""))
      }
      try readSection(section, keys, file: file)
    }
  }

  /// Reads a mapping of a section's keys, or of those below one.
  private mutating func readSection(_ section: String, _ keys: Node, file: String) throws {
    if let tag = keys.explicitTag {
      throw ConfigurationError(
        Self.place(file, keys.mark?.line, keys.mark?.column), Mismatch.tagged(tag))
    }
    if keys.isEmpty || keys.isNull { return }
    guard case .mapping(let mapping) = keys else {
      throw ConfigurationError(
        Self.place(file, keys.mark?.line, keys.mark?.column),
        "\(section): is not a mapping of keys to values")
    }
    for (keyNode, value) in mapping {
      let name = try key(keyNode, in: file)
      let path = "\(section).\(name)"
      let place = Self.place(file, keyNode.mark?.line, keyNode.mark?.column)
      if name.contains(".") {
        // Two ways to write one key could say two things in one file.
        throw ConfigurationError(
          place,
          RunConfiguration.key(path) == nil
            ? RunConfiguration.unknown(path)
            : "\(path): write each part of a key on a level of its own, without dots")
      }
      if RunConfiguration.keys.contains(where: { $0.path.hasPrefix(path + ".") }) {
        try readSection(path, value, file: file)
      } else {
        try set(path, value, at: place, file: file)
      }
    }
  }

  /// The text of a mapping's key.
  private func key(_ node: Node, in file: String) throws -> String {
    let place = Self.place(file, node.mark?.line, node.mark?.column)
    guard case .scalar(let scalar) = node else {
      throw ConfigurationError(place, YAMLText.noScalarKey)
    }
    if scalar.string == "<<" { throw ConfigurationError(place, Self.noMerging) }
    return scalar.string
  }

  private mutating func setStudy(_ node: Node, at place: String, file: String?) throws {
    places[Study.name] = place
    do {
      configuration.study = try Study(node)
    } catch let mismatch as Mismatch {
      throw ConfigurationError(
        file.map { Self.place($0, mismatch.line, mismatch.column) } ?? place,
        "\(Study.name): \(mismatch)")
    }
  }

  private static let noMerging = "merge keys (<<) are not read: write the keys out"

  /// Sets `data.path` as an option of its own gives it.
  mutating func setData(_ path: String) throws {
    noteSecond("data.path", at: "--data \(path.visible)")
    places["data.path"] = "--data"
    if let control = path.firstControl {
      throw ConfigurationError("--data", Mismatch.holding(control))
    }
    configuration.data.path = path
  }

  /// Of two values on the command line the later counts.
  private mutating func noteSecond(_ path: String, at place: String) {
    if let first = overridden.updateValue(place, forKey: path) {
      notices.append("note: \(first) does not count: \(place) comes after it")
    }
  }

  mutating func override(_ text: String) throws {
    let place = "--set \(text.visible)"
    guard let equals = text.firstIndex(of: "=") else {
      throw ConfigurationError(place, "is not of the form key.path=value")
    }
    let path = String(text[..<equals])
    let value = String(text[text.index(after: equals)...])
    if path == Study.name {
      noteSecond(path, at: place)
      return try setStudy(
        try compose(value, at: place) ?? Node.scalar(.init("")), at: place, file: nil)
    }
    guard let key = RunConfiguration.key(path) else {
      throw ConfigurationError(place, RunConfiguration.unknown(path))
    }
    noteSecond(path, at: place)
    var node = Node.scalar(Node.Scalar(value))
    // A list in brackets for a key that may have a word instead, too.
    if (key.isList || value.hasPrefix("[")) && !node.isEmpty && !node.isNull {
      node = try compose(value.hasPrefix("[") ? value : "[\(value)]", at: place) ?? node
    }
    try set(path, node, at: place, file: nil)
  }

  /// The tree of an option's value.
  private func compose(_ text: String, at place: String) throws -> Node? {
    do {
      return try YAMLText.compose(text) { _, _ in place }
    } catch let error as YamlError {
      throw ConfigurationError(place, YAMLProblem(error, text).reason)
    }
  }

  /// - Parameters:
  ///   - place: Where the key stands.
  ///   - file: The file that the value stands in; nil: it has no place of its own.
  private mutating func set(_ path: String, _ node: Node, at place: String, file: String?) throws {
    guard let key = RunConfiguration.key(path) else {
      throw ConfigurationError(place, RunConfiguration.unknown(path))
    }
    places[path] = place
    do {
      try key.set(node, in: &configuration)
    } catch let mismatch as Mismatch {
      throw ConfigurationError(
        file.map { Self.place($0, mismatch.line, mismatch.column) } ?? place,
        "\(path): \(mismatch)")
    }
  }

  /// Of several seeds the first is the run's own, if no other is named.
  mutating func settleSeeds() {
    if let first = configuration.training.seeds.first, places["training.seed"] == nil {
      configuration.training.seed = first
    }
  }

  /// Checks what no single value shows, and says where the value at fault came from.
  func validate() throws {
    try placingRules {
      try configuration.validate()
      try configuration.validateSeeds(of: configuration.settings())
    }
  }

  /// The same of the section `data` alone.
  func validateData() throws {
    try placingRules { try configuration.data.validate(for: configuration.model) }
  }

  private func placingRules(_ check: () throws -> Void) throws {
    do {
      try check()
    } catch let error as ConfigurationRule {
      throw ConfigurationError(places[error.key] ?? "", "\(error)")
    }
  }

  private static func place(_ file: String, _ line: Int?, _ column: Int?) -> String {
    guard let line, let column else { return file }
    return "\(file):\(line):\(column)"
  }
}
