import Wording
import Yams

/// One key of the configuration: its meaning, and how it is read and written.
public struct ConfigurationKey: Sendable {
  /// Section and name, such as `training.epochs`.
  public let path: String
  /// One line for people.
  public let summary: String
  /// What depends on its value.
  public private(set) var role: Role
  /// Whether it says only where and how fast a run is computed, and so may change when it goes on.
  public var isPlacement: Bool { role == .placement }
  /// Whether its value is a list, so that `a,b` stands for `[a, b]` in an override.
  let isList: Bool
  /// How to write that there is no value, such as `[]` for a list; nil: it needs one.
  private let none: String?
  private let read: @Sendable (Node, inout RunConfiguration) throws -> Void
  private let copyField: @Sendable (RunConfiguration, inout RunConfiguration) -> Void
  /// The value as YAML.
  public let write: @Sendable (RunConfiguration) -> String

  /// What depends on a key's value.
  public enum Role: Sendable {
    /// The numbers of a training. The settings of a study may differ in it.
    case training
    /// What the run is about, for all its settings: which data, who is left out, what is scored.
    case run
    /// How much the run consists of; it may grow when the run goes on.
    case extent
    /// Where and how fast the run is computed.
    case placement
  }

  /// The same key for all settings of a run.
  var ofRun: Self { with(.run) }
  /// The same key, whose value may grow.
  var ofExtent: Self { with(.extent) }

  private func with(_ role: Role) -> Self {
    var key = self
    key.role = role
    return key
  }

  public var section: String { String(path.prefix { $0 != "." }) }
  public var name: String { String(path.drop { $0 != "." }.dropFirst()) }

  /// Takes the key's value from a node.
  ///
  /// - Throws: `Mismatch`.
  func set(_ node: Node, in configuration: inout RunConfiguration) throws {
    if let tag = node.explicitTag { throw Mismatch(Mismatch.tagged(tag), node) }
    let isEmpty = node.isEmpty || none != nil && node.isEmptyText
    if isEmpty || isList && node.isNull {
      throw Mismatch(
        (isEmpty ? "is empty" : "null is no list") + "; "
          + (none.map { "write \($0) if there is none" } ?? "write a value, or leave the key out"),
        node)
    }
    try read(node, &configuration)
  }

  /// Gives one configuration another's value.
  func copy(from source: RunConfiguration, to target: inout RunConfiguration) {
    copyField(source, &target)
  }

  typealias Field<Value> = WritableKeyPath<RunConfiguration, Value> & Sendable

  init<Value: Sendable>(
    _ path: String, _ summary: String, placement: Bool, isList: Bool = false, none: String? = nil,
    _ field: Field<Value>, read: @escaping @Sendable (Node) throws -> Value,
    write: @escaping @Sendable (Value) -> String
  ) {
    self.path = path
    self.summary = summary
    role = placement ? .placement : .training
    self.isList = isList
    self.none = isList ? "[]" : none
    self.read = { $1[keyPath: field] = try read($0) }
    copyField = { $1[keyPath: field] = $0[keyPath: field] }
    self.write = { write($0[keyPath: field]) }
  }
}
