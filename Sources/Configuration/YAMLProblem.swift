import Yams

/// Why a text is no YAML that can be used, and where.
struct YAMLProblem {
  let reason: String
  /// Line and column, from 1.
  private let place: (line: Int, column: Int)?

  init(_ error: YamlError, _ text: String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(nil, let problem, let mark, _):
      place = (mark.line, mark.column)
      // The library's words are for its own caller.
      reason =
        problem.hasPrefix("Maximum nesting level")
        ? "is nested too deeply" : "is not YAML: \(problem)"
    case .composer(.some, _, let mark, _):
      place = (mark.line, mark.column)
      reason = "another document begins: a configuration is one"
    case .duplicatedKeysInMapping(let keys, let context):
      let first = context.mark
      let key = keys.first ?? ""
      if let line = Self.line(ofNext: key, after: first, in: text) {
        place = (line, first.column)
        reason = "the key \"\(key)\" stands in line \(first.line) already"
      } else {
        place = (first.line, first.column)
        reason = "the key \"\(key)\" stands here more than once"
      }
    default:
      place = nil
      reason = "is not YAML: \(error)"
    }
  }

  func error(in file: String) -> ConfigurationError {
    ConfigurationError(place.map { "\(file):\($0.line):\($0.column)" } ?? file, reason)
  }

  /// The line of a mapping's key that stands below an equal one, each on a line of its own; the
  /// parser tells the first one's place only.
  private static func line(ofNext key: String, after first: Mark, in text: String) -> Int? {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated().dropFirst(first.line) {
      let content = line.drop { $0 == " " }
      guard let start = content.first, start != "#" else { continue }
      let column = line.count - content.count + 1
      if column < first.column { return nil }
      guard column == first.column else { continue }
      for written in [key, "\"\(key)\"", "'\(key)'"] where content.hasPrefix(written) {
        let rest = content.dropFirst(written.count)
        if rest.drop(while: { $0 == " " }).first == ":" { return index + 1 }
      }
    }
    return nil
  }
}
