import Foundation

/// A JSON value, whose whole numbers and truth values are told apart.
public enum JSONValue: Decodable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let string = try? value.decode(String.self) {
      self = .string(string)
    } else if let array = try? value.decode([JSONValue].self) {
      self = .array(array)
    } else {
      self = .object(try value.decode([String: JSONValue].self))
    }
  }

  public subscript(key: String) -> JSONValue? {
    if case .object(let fields) = self { fields[key] } else { nil }
  }
}

/// As much of JSON Schema (draft 2020-12) as this package's schemas use; a keyword that is not known is an
/// error, since it would check nothing.
public struct JSONSchema {
  public struct Unreadable: Error, CustomStringConvertible {
    public let description: String
  }

  private let root: JSONValue

  /// - Parameter name: Of a file in the package's `docs/`.
  public init(docs name: String) throws {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    try self.init(Data(contentsOf: package.appendingPathComponent("docs/\(name)")))
  }

  public init(_ data: Data) throws {
    root = try JSONDecoder().decode(JSONValue.self, from: data)
    try Self.requireKnown(root, at: "#")
  }

  /// What is wrong with a document, a line each: where, and why.
  public func violations(of data: Data) throws -> [String] {
    violations(try JSONDecoder().decode(JSONValue.self, from: data), root, at: "")
  }

  // MARK: - The schema itself

  /// Keywords whose value is a schema, a list of them, or schemas by name.
  private static let schemas: Set = ["items", "additionalProperties", "propertyNames"]
  private static let lists: Set = ["anyOf"]
  private static let maps: Set = ["properties", "$defs"]
  private static let others: Set = [
    "$schema", "$ref", "title", "description", "type", "enum", "const", "required", "minimum",
    "maximum", "minItems", "maxItems",
  ]

  private static func requireKnown(_ schema: JSONValue, at place: String) throws {
    if case .bool = schema { return }
    guard case .object(let fields) = schema else {
      throw Unreadable(description: "\(place) is no schema")
    }
    for (key, value) in fields {
      let place = place + "/" + key
      if schemas.contains(key) {
        try requireKnown(value, at: place)
      } else if lists.contains(key), case .array(let all) = value {
        for schema in all { try requireKnown(schema, at: place) }
      } else if maps.contains(key), case .object(let all) = value {
        for (name, schema) in all { try requireKnown(schema, at: place + "/" + name) }
      } else if !others.contains(key) {
        throw Unreadable(description: "\(place): this validator does not know the keyword")
      }
    }
  }

  private func target(_ reference: String) -> JSONValue? {
    guard reference.hasPrefix("#/") else { return nil }
    return reference.dropFirst(2).split(separator: "/").reduce(root as JSONValue?) {
      $0?[String($1)]
    }
  }

  // MARK: - A document

  private func violations(_ value: JSONValue, _ schema: JSONValue, at place: String) -> [String] {
    if case .bool(let allowed) = schema { return allowed ? [] : ["\(place): is not allowed"] }
    guard case .object(let fields) = schema else { return ["\(place): the schema is none"] }
    return fields.sorted { $0.key < $1.key }.flatMap { key, rule -> [String] in
      func wrong(_ reason: String) -> [String] { ["\(place): \(reason)"] }
      switch (key, rule, value) {
      case ("$ref", .string(let reference), _):
        guard let target = target(reference) else { return wrong("no schema \(reference)") }
        return violations(value, target, at: place)
      case ("anyOf", .array(let schemas), _):
        return schemas.contains { violations(value, $0, at: place).isEmpty }
          ? [] : wrong("fits none of \(schemas.count) schemas")
      case ("type", .string(let type), _):
        return Self.isOf(type, value) ? [] : wrong("is no \(type)")
      case ("type", .array(let types), _):
        return types.contains {
          if case .string(let type) = $0 { Self.isOf(type, value) } else { false }
        }
          ? [] : wrong("is of none of the types")
      case ("enum", .array(let values), _):
        return values.contains(value) ? [] : wrong("is \(value), none of the values")
      case ("const", _, _): return value == rule ? [] : wrong("is \(value), not \(rule)")
      case ("required", .array(let names), .object(let members)):
        return names.flatMap { name -> [String] in
          guard case .string(let name) = name, members[name] == nil else { return [] }
          return wrong("lacks \(name)")
        }
      case ("properties", .object(let schemas), .object(let members)):
        return schemas.sorted { $0.key < $1.key }.flatMap { name, schema in
          members[name].map { violations($0, schema, at: "\(place)/\(name)") } ?? []
        }
      case ("additionalProperties", _, .object(let members)):
        let known: Set<String> =
          if case .object(let schemas)? = fields["properties"] { Set(schemas.keys) } else { [] }
        return members.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }.flatMap {
          violations($1, rule, at: "\(place)/\($0)")
        }
      case ("propertyNames", _, .object(let members)):
        return members.keys.sorted().flatMap { violations(.string($0), rule, at: "\(place)/\($0)") }
      case ("items", _, .array(let all)):
        return all.enumerated().flatMap { violations($1, rule, at: "\(place)/\($0)") }
      case ("minItems", .number(let least), .array(let all)):
        return Double(all.count) >= least ? [] : wrong("has \(all.count) items")
      case ("maxItems", .number(let most), .array(let all)):
        return Double(all.count) <= most ? [] : wrong("has \(all.count) items")
      case ("minimum", .number(let least), .number(let number)):
        return number >= least ? [] : wrong("is \(number), below \(least)")
      case ("maximum", .number(let most), .number(let number)):
        return number <= most ? [] : wrong("is \(number), above \(most)")
      default: return []
      }
    }
  }

  private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
    switch (type, value) {
    case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string),
      ("array", .array), ("object", .object):
      true
    case ("integer", .number(let number)): number == number.rounded()
    default: false
    }
  }
}
