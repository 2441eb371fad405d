import Yams

/// Which settings a run trains, as its configuration says it: a matrix of values, or a list of named
/// settings.
public struct Study: Sendable, Equatable {
  /// The section of the configuration.
  static let name = "study"

  /// A key and its value, as a resolved configuration writes it.
  struct Value: Sendable, Equatable {
    let key: String
    let text: String
  }

  enum Form: Sendable, Equatable {
    /// No study: the run's own configuration alone.
    case none
    /// All combinations of the keys' values; the first key varies slowest.
    case matrix([[Value]])
    case list([Named])
  }

  struct Named: Sendable, Equatable {
    /// nil: named by its values.
    let name: String?
    let values: [Value]
  }

  let form: Form

  public init() { form = .none }

  init(_ settings: [Named]) { form = .list(settings) }

  /// Whether the run has no settings but its own.
  public var isEmpty: Bool { form == .none }

  /// - Throws: `Mismatch`.
  init(_ node: Node) throws {
    if let tag = node.explicitTag { throw Mismatch(Mismatch.tagged(tag), node) }
    if node.isEmpty || node.isNull {
      throw Mismatch("is empty; leave it out if there is none", node)
    }
    switch node {
    case .mapping(let mapping): form = try .matrix(Self.matrix(mapping, node))
    case .sequence(let sequence): form = try .list(Self.list(Array(sequence), node))
    default: throw Mismatch(expected: Self.expected, found: node)
    }
  }

  private static let expected =
    "a mapping of keys to lists, as {model.heads: [1, 3]}, or a list of settings, as "
    + "[{name: small, model.dim: 24}]"

  private static func matrix(_ mapping: Node.Mapping, _ node: Node) throws -> [[Value]] {
    guard !mapping.isEmpty else { throw Mismatch(expected: expected, found: node) }
    return try mapping.map { keyNode, node in
      let key = try key(keyNode)
      guard case .sequence(let sequence) = node, !sequence.isEmpty else {
        throw Mismatch("\(key.path): expected a list of values, such as [a, b]", node)
      }
      var values: [Value] = []
      for entry in sequence {
        let value = try value(key, entry)
        if values.contains(value) {
          throw Mismatch("\(key.path): has the value \(value.text) twice", entry)
        }
        values.append(value)
      }
      return values
    }
  }

  private static func list(_ nodes: [Node], _ node: Node) throws -> [Named] {
    guard !nodes.isEmpty else { throw Mismatch(expected: expected, found: node) }
    return try nodes.map { node in
      guard case .mapping(let mapping) = node, !mapping.isEmpty else {
        throw Mismatch(expected: "a setting, as {name: small, model.dim: 24}", found: node)
      }
      var name: String?
      var values: [Value] = []
      for (keyNode, node) in mapping {
        if case .scalar(let scalar) = keyNode, scalar.string == "name" {
          name = try node.name()
        } else {
          values.append(try value(key(keyNode), node))
        }
      }
      // A setting without values is the run's own configuration, and needs a name.
      guard name != nil || !values.isEmpty else {
        throw Mismatch(expected: "a setting, as {name: small, model.dim: 24}", found: node)
      }
      return Named(name: name, values: values)
    }
  }

  /// A key that settings may differ in.
  private static func key(_ node: Node) throws -> ConfigurationKey {
    guard case .scalar(let scalar) = node else { throw Mismatch(YAMLText.noScalarKey, node) }
    let path = scalar.string
    guard let key = RunConfiguration.key(path) else {
      throw Mismatch(RunConfiguration.unknown(path), node)
    }
    switch key.role {
    case .training: return key
    case .placement:
      throw Mismatch("\(path) only says how work is placed: it changes no result", node)
    case .run where path == "training.seed", .extent:
      throw Mismatch("\(path) is no setting: name several seeds with training.seeds", node)
    case .run:
      throw Mismatch(
        "\(path) is the same for all settings of a run: make it a run of its own", node)
    }
  }

  private static func value(_ key: ConfigurationKey, _ node: Node) throws -> Value {
    var configuration = RunConfiguration()
    do {
      try key.set(node, in: &configuration)
    } catch let mismatch as Mismatch {
      throw Mismatch("\(key.path): \(mismatch)", node)
    }
    return Value(key: key.path, text: key.write(configuration))
  }

  /// As a resolved configuration holds it; empty: there is none.
  var yaml: String {
    func lines(_ values: [Value], _ join: (Value) -> String) -> String {
      values.map(join).joined(separator: ", ")
    }
    switch form {
    case .none: return ""
    case .matrix(let axes):
      return "\(Self.name):\n"
        + axes.map { "  \($0[0].key): [\($0.map(\.text).joined(separator: ", "))]\n" }.joined()
    case .list(let settings):
      return "\(Self.name):\n"
        + settings.map { setting in
          let name = setting.name.map { ["name: \(ConfigurationKey.quoted($0))"] } ?? []
          let values = setting.values.map { "\($0.key): \($0.text)" }
          return "  - {\((name + values).joined(separator: ", "))}\n"
        }.joined()
    }
  }
}
