import Foundation

/// What stands before the tensors' bytes of a safetensors file, checked against the file's size.
package struct SafetensorsHeader: Sendable {
  package struct Entry: Sendable {
    package let type: SafetensorsType
    package let shape: [Int]
    /// Its bytes, counted from `dataStart`.
    package let range: Range<Int>
  }

  /// The longest header that is accepted, as in the reference implementation.
  static let longest = 100_000_000

  package let metadata: [String: String]
  /// Names in the order of their bytes.
  package let names: [String]
  package let entries: [String: Entry]
  /// Where the tensors' bytes begin in the file.
  package let dataStart: Int

  /// - Parameters:
  ///   - data: The file, or as much of its start as holds the header.
  ///   - fileBytes: The size of the whole file.
  ///   - file: Names it in errors.
  /// - Throws: `SafetensorsError`.
  package init(_ data: Data, fileBytes: Int, file: String) throws {
    func fail(_ reason: String) -> SafetensorsError {
      SafetensorsError(file: file, reason: reason)
    }
    guard data.count >= 8 else {
      throw fail("has \(data.count) bytes, too few for a safetensors file")
    }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(data.count - 8), length <= UInt64(Self.longest) else {
      throw fail(
        "is no safetensors file, or is cut: it would begin with a header of \(length) bytes, and has "
          + "\(data.count) in all")
    }
    dataStart = 8 + Int(length)
    let header = data.dropFirst(8).prefix(Int(length))
    let object: [(key: String, value: StrictJSON)]
    do {
      guard case .object(let members) = try StrictJSON(header) else {
        throw fail("the header is not a JSON object")
      }
      object = members
    } catch let error as StrictJSON.Malformed {
      throw fail("the header is not valid JSON: \(error.reason)")
    }
    let available = fileBytes - dataStart
    var metadata: [String: String] = [:]
    var entries: [String: Entry] = [:]
    for (name, value) in object {
      if name == "__metadata__" {
        guard case .object(let members) = value else { throw fail("__metadata__ is not an object") }
        for (key, value) in members {
          guard case .string(let text) = value else {
            throw fail("__metadata__ \"\(key)\" is not a string")
          }
          metadata[key] = text
        }
      } else {
        entries[name] = try Self.entry(value, available: available) {
          fail("tensor \"\(name)\": \($0)")
        }
      }
    }
    names = entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }.map(\.key)
    var end = 0
    for name in names {
      let range = entries[name]!.range
      guard range.lowerBound == end else {
        throw fail(
          "tensor \"\(name)\" begins at byte \(range.lowerBound) of the data, not at \(end), where "
            + "the one before it ends")
      }
      end = range.upperBound
    }
    guard end == available else {
      throw fail("has \(available) bytes of data, but the header describes \(end)")
    }
    self.metadata = metadata
    self.entries = entries
  }

  private static func entry(
    _ value: StrictJSON, available: Int, fail: (String) -> SafetensorsError
  ) throws -> Entry {
    guard case .object(let members) = value else { throw fail("is not described by an object") }
    var type: SafetensorsType?
    var shape: [Int]?
    var offsets: [Int]?
    for (key, value) in members {
      switch key {
      case "dtype":
        guard case .string(let name) = value, let known = SafetensorsType(rawValue: name) else {
          throw fail("its dtype is not a known one")
        }
        type = known
      case "shape": shape = value.sizes
      case "data_offsets": offsets = value.sizes
      default: throw fail("has an unknown field \"\(key)\"")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw fail("needs dtype, shape and two data_offsets, all sizes being whole numbers")
    }
    guard offsets[0] <= offsets[1], offsets[1] <= available else {
      throw fail("its data_offsets \(offsets) do not lie in the \(available) bytes of data")
    }
    var bytes = type.size
    for size in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      guard !overflow else { throw fail("its shape \(shape) overflows") }
      bytes = product
    }
    guard bytes == offsets[1] - offsets[0] else {
      throw fail(
        "its shape \(shape) of \(type.rawValue) needs \(bytes) bytes, but data_offsets give it "
          + "\(offsets[1] - offsets[0])")
    }
    return Entry(type: type, shape: shape, range: offsets[0]..<offsets[1])
  }
}
