import Files
import Foundation
import Yams

extension RunConfiguration {
  /// Longest configuration file, in bytes.
  static let longestFile = 1 << 20

  /// Reads a file, then overrides, and checks every rule.
  ///
  /// - Parameters:
  ///   - file: A YAML file; nil: the defaults.
  ///   - overrides: `key.path=value`, later ones win.
  ///   - data: Replaces `data.path`.
  /// - Throws: `ConfigurationError` naming file, line and column, or the option; `FileError` if the
  ///   file cannot be read.
  public static func load(file: String?, overrides: [String] = [], data: String? = nil) throws
    -> RunConfiguration
  {
    var loader = Loader()
    if let file { try loader.read(try text(of: file), file: file) }
    for override in overrides { try loader.override(override) }
    if let data { loader.configuration.data.path = data }
    try loader.validate()
    return loader.configuration
  }

  /// Reads a resolved configuration.
  public init(yaml: String, file: String) throws {
    var loader = Loader()
    try loader.read(yaml, file: file)
    self = loader.configuration
  }

  private static func text(of file: String) throws -> String {
    guard let kind = try FileKind.of(file) else {
      throw ConfigurationError(file, "there is no such file; configs/ holds some to start from")
    }
    if kind == .directory { throw ConfigurationError(file, "is a directory, not a YAML file") }
    let data = try AtomicFile.read(file, limit: longestFile + 1) ?? Data()
    guard data.count <= longestFile else {
      throw ConfigurationError(file, "has more than \(longestFile) bytes")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ConfigurationError(file, "is not UTF-8 text")
    }
    return text
  }
}

/// Reads keys into a configuration and remembers where each came from.
private struct Loader {
  var configuration = RunConfiguration()
  private var places: [String: String] = [:]

  mutating func read(_ text: String, file: String) throws {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw ConfigurationError(file, Self.reason(error))
    }
    guard let root else { return }
    func place(_ node: Node) -> String { Self.place(file, node.mark?.line, node.mark?.column) }
    if case .scalar(let scalar) = root, scalar.string.isEmpty || scalar.string == "null" { return }
    guard case .mapping(let sections) = root else {
      throw ConfigurationError(
        place(root), "is not a mapping of sections such as \"training:\"")
    }
    for (sectionNode, keys) in sections {
      guard case .scalar(let scalar) = sectionNode else {
        throw ConfigurationError(place(sectionNode), "a section's name is not text")
      }
      let section = scalar.string
      let sections = RunConfiguration.keys.map(\.section)
      guard sections.contains(section) else {
        let nearest = Set(sections).sorted()
        throw ConfigurationError(
          place(sectionNode),
          "there is no section \"\(section)\"; the sections are \(nearest.joined(separator: ", "))"
            + (Spelling.nearest(to: section, among: nearest).map { "; did you mean \($0)?" } ?? ""))
      }
      if case .scalar(let scalar) = keys, scalar.string.isEmpty, scalar.style == .plain { continue }
      guard case .mapping(let mapping) = keys else {
        throw ConfigurationError(place(keys), "\(section): is not a mapping of keys to values")
      }
      for (keyNode, value) in mapping {
        guard case .scalar(let scalar) = keyNode else {
          throw ConfigurationError(place(keyNode), "a key of \(section) is not text")
        }
        try set("\(section).\(scalar.string)", value, at: place(keyNode), file: file)
      }
    }
  }

  mutating func override(_ text: String) throws {
    let place = "--set \(text)"
    guard let equals = text.firstIndex(of: "=") else {
      throw ConfigurationError(place, "is not of the form key.path=value")
    }
    let path = String(text[..<equals])
    let value = String(text[text.index(after: equals)...])
    guard let key = RunConfiguration.key(path) else {
      throw ConfigurationError(place, RunConfiguration.unknown(path))
    }
    var node = Node.scalar(Node.Scalar(value))
    if key.isList {
      let list = value.hasPrefix("[") ? value : "[\(value)]"
      do {
        node = try Yams.compose(yaml: list) ?? node
      } catch let error as YamlError {
        throw ConfigurationError(place, Self.reason(error))
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
      try key.read(node, &configuration)
    } catch let mismatch as ConfigurationKey.Mismatch {
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

  private static func reason(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line), column \(mark.column): is not YAML: \(problem)"
    case .duplicatedKeysInMapping(let duplicates, let context):
      "line \(context.mark.line): the key "
        + duplicates.map { "\"\($0)\"" }.joined(separator: ", ")
        + " stands here more than once"
    default: "is not YAML: \(error)"
    }
  }
}
