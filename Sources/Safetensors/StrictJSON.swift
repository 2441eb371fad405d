import Foundation

/// JSON as RFC 8259 has it, but for what a safetensors header never needs: duplicate keys are
/// refused, which Foundation's parser would silently merge, and so is nesting beyond 8 levels.
package enum StrictJSON {
  case object([(key: String, value: StrictJSON)])
  case array([StrictJSON])
  case string(String)
  case number(String)
  case bool(Bool)
  case null

  package struct Malformed: Error { package let reason: String }

  package init(_ text: Data) throws {
    var parser = Parser(bytes: Array(text))
    self = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == parser.bytes.count else {
      throw parser.malformed("text after its end")
    }
  }

  /// An object's members by their keys; nil for anything else.
  package var members: [String: StrictJSON]? {
    guard case .object(let members) = self else { return nil }
    return Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value) })
  }

  /// A whole number; nil for anything else.
  package var whole: Int? {
    guard case .number(let text) = self else { return nil }
    return Int(text)
  }

  /// The values of an array of whole numbers; nil for anything else.
  package var wholes: [Int]? {
    guard case .array(let values) = self else { return nil }
    let wholes = values.compactMap(\.whole)
    return wholes.count == values.count ? wholes : nil
  }

  /// The values of an array of whole, non-negative numbers; nil for anything else.
  var sizes: [Int]? {
    guard case .array(let values) = self else { return nil }
    var sizes: [Int] = []
    for value in values {
      guard case .number(let text) = value, let size = Int(text), size >= 0 else { return nil }
      sizes.append(size)
    }
    return sizes
  }

  private struct Parser {
    let bytes: [UInt8]
    var position = 0

    func malformed(_ what: String) -> Malformed { Malformed(reason: "\(what) at byte \(position)") }

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
      while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
        position += 1
      }
    }

    mutating func take(_ character: Character) -> Bool {
      skipSpace()
      guard next == character.asciiValue else { return false }
      position += 1
      return true
    }

    mutating func value(depth: Int) throws -> StrictJSON {
      guard depth < 8 else { throw malformed("nesting too deep") }
      if take("{") { return try object(depth: depth) }
      if take("[") { return try array(depth: depth) }
      if take("\"") { return .string(try string()) }
      for (word, value) in [
        ("true", StrictJSON.bool(true)), ("false", .bool(false)), ("null", .null),
      ]
      where bytes[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return value
      }
      return .number(try number())
    }

    mutating func object(depth: Int) throws -> StrictJSON {
      var members: [(key: String, value: StrictJSON)] = []
      var keys: Set<String> = []
      if take("}") { return .object([]) }
      repeat {
        guard take("\"") else { throw malformed("no key") }
        let key = try string()
        guard keys.insert(key).inserted else { throw malformed("the key \"\(key)\" a second time") }
        guard take(":") else { throw malformed("no colon") }
        members.append((key, try value(depth: depth + 1)))
      } while take(",")
      guard take("}") else { throw malformed("no closing brace") }
      return .object(members)
    }

    mutating func array(depth: Int) throws -> StrictJSON {
      var values: [StrictJSON] = []
      if take("]") { return .array([]) }
      repeat { values.append(try value(depth: depth + 1)) } while take(",")
      guard take("]") else { throw malformed("no closing bracket") }
      return .array(values)
    }

    // Made once, since that takes longer than to match it. It has no closures, so any thread may read it.
    nonisolated(unsafe) private static let number =
      /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/

    mutating func number() throws -> String {
      let start = position
      while let byte = next, "+-.eE0123456789".utf8.contains(byte) { position += 1 }
      let text = String(decoding: bytes[start..<position], as: UTF8.self)
      // Double reads more than JSON allows: a plus sign, leading zeros, a point without digits.
      guard text.wholeMatch(of: Self.number) != nil,
        Double(text)?.isFinite == true
      else { throw malformed("no value") }
      return text
    }

    /// The rest of a string whose opening quote has been taken.
    mutating func string() throws -> String {
      let start = position
      while let byte = next, byte != UInt8(ascii: "\"") {
        guard byte >= 0x20 else { throw malformed("a control character in a string") }
        position += byte == UInt8(ascii: "\\") ? 2 : 1
      }
      guard position < bytes.count else { throw malformed("a string without an end") }
      let raw = bytes[start..<position]
      position += 1
      guard raw.contains(UInt8(ascii: "\\")) else {
        guard let text = String(validating: raw, as: UTF8.self) else {
          throw malformed("a string that is not UTF-8")
        }
        return text
      }
      let quoted = Data([UInt8(ascii: "\"")] + raw + [UInt8(ascii: "\"")])
      guard let text = try? JSONDecoder().decode(String.self, from: quoted) else {
        throw malformed("a string with a wrong escape")
      }
      return text
    }
  }
}
