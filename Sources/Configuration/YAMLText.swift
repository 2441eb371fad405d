import CYaml
import Yams

/// Makes a tree of a YAML text, once it is known that every key of a mapping is a scalar.
///
/// The library looks for equal keys by hashing them. A list for a key is hashed entry by entry, and so
/// is what its aliases stand for, and theirs: a text of a few lines would take for ever. So the
/// parser's events, where an alias is one event, are looked through first.
enum YAMLText {
  /// What is said of a key that is a list or a mapping.
  static let noScalarKey = "a key is not text"

  /// - Parameter place: Gives a line and a column, from 1, a place for people.
  /// - Returns: nil for a text that holds nothing.
  /// - Throws: `ConfigurationError` for a key that is no scalar, `YamlError` for what is no YAML.
  static func compose(_ text: String, place: (_ line: Int, _ column: Int) -> String) throws -> Node?
  {
    if let mark = firstKeyThatIsNoScalar(text) {
      throw ConfigurationError(place(mark.line + 1, mark.column + 1), noScalarKey)
    }
    return try Yams.compose(yaml: text)
  }

  /// A collection that has begun, and what its next node is.
  private enum Open {
    case sequence
    case key
    case value
  }

  /// - Returns: nil if there is none before the text's end, or before what is no YAML.
  private static func firstKeyThatIsNoScalar(_ text: String) -> yaml_mark_t? {
    var parser = yaml_parser_t()
    yaml_parser_initialize(&parser)
    defer { yaml_parser_delete(&parser) }
    var text = text
    return text.withUTF8 { bytes in
      yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      var open: [Open] = []
      /// The anchors of scalars; what an unknown alias stands for is a collection, or nothing.
      var scalars: Set<String> = []
      while true {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else { return nil }
        defer { yaml_event_delete(&event) }
        let mark = event.start_mark
        switch event.type {
        case YAML_STREAM_END_EVENT: return nil
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: open.removeLast()
        case YAML_SCALAR_EVENT:
          if let name = name(event.data.scalar.anchor) { scalars.insert(name) }
          _ = passes(isScalar: true, &open)
        case YAML_ALIAS_EVENT:
          let isScalar = name(event.data.alias.anchor).map(scalars.contains) ?? false
          guard passes(isScalar: isScalar, &open) else { return mark }
        case YAML_SEQUENCE_START_EVENT:
          if let name = name(event.data.sequence_start.anchor) { scalars.remove(name) }
          guard passes(isScalar: false, &open) else { return mark }
          open.append(.sequence)
        case YAML_MAPPING_START_EVENT:
          if let name = name(event.data.mapping_start.anchor) { scalars.remove(name) }
          guard passes(isScalar: false, &open) else { return mark }
          open.append(.key)
        default: break
        }
      }
    }
  }

  /// Takes a node into the collection that is open.
  ///
  /// - Returns: Whether it may stand there.
  private static func passes(isScalar: Bool, _ open: inout [Open]) -> Bool {
    switch open.last {
    case .key:
      open[open.count - 1] = .value
      return isScalar
    case .value:
      open[open.count - 1] = .key
      return true
    case .sequence, nil: return true
    }
  }

  private static func name(_ anchor: UnsafePointer<yaml_char_t>?) -> String? {
    anchor.map { String(cString: $0) }
  }
}
