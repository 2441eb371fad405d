import Files
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
      guard case .scalar(let scalar) = sectionNode else {
        throw ConfigurationError(place(sectionNode), YAMLText.noScalarKey)
      }
      let section = scalar.string
      if section == "<<" { throw ConfigurationError(place(sectionNode), Self.noMerging) }
      let sections = RunConfiguration.keys.map(\.section)
      guard sections.contains(section) else {
        let nearest = Set(sections).sorted()
        throw ConfigurationError(
          place(sectionNode),
          "there is no section \"\(section)\"; the sections are \(nearest.joined(separator: ", "))"
            + (Spelling.nearest(to: section, among: nearest).map { "; did you mean \($0)?" } ?? ""))
      }
      if let tag = keys.explicitTag { throw ConfigurationError(place(keys), Mismatch.tagged(tag)) }
      if keys.isEmpty || keys.isNull { continue }
      guard case .mapping(let mapping) = keys else {
        throw ConfigurationError(place(keys), "\(section): is not a mapping of keys to values")
      }
      for (keyNode, value) in mapping {
        guard case .scalar(let scalar) = keyNode else {
          throw ConfigurationError(place(keyNode), YAMLText.noScalarKey)
        }
        if scalar.string == "<<" { throw ConfigurationError(place(keyNode), Self.noMerging) }
        try set("\(section).\(scalar.string)", value, at: place(keyNode), file: file)
      }
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
    guard let key = RunConfiguration.key(path) else {
      throw ConfigurationError(place, RunConfiguration.unknown(path))
    }
    noteSecond(path, at: place)
    var node = Node.scalar(Node.Scalar(value))
    if key.isList && !node.isEmpty && !node.isNull {
      let list = value.hasPrefix("[") ? value : "[\(value)]"
      do {
        node = try YAMLText.compose(list) { _, _ in place } ?? node
      } catch let error as YamlError {
        throw ConfigurationError(place, YAMLProblem(error, list).reason)
      }
    }
    try set(path, node, at: place, file: nil)
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

  /// Checks what no single value shows, and says where the value at fault came from.
  func validate() throws {
    do {
      try configuration.validate()
    } catch let error as ConfigurationRule {
      throw ConfigurationError(places[error.key] ?? "", "\(error.key): \(error.reason)")
    }
  }

  private static func place(_ file: String, _ line: Int?, _ column: Int?) -> String {
    guard let line, let column else { return file }
    return "\(file):\(line):\(column)"
  }
}
