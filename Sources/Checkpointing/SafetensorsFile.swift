import Foundation

/// A safetensors file whose header has been checked against its size before anything is believed.
///
/// Layout: eight bytes of header length (little-endian), a JSON object that maps each name to
/// `{"dtype", "shape", "data_offsets"}` and `__metadata__` to strings, then the tensors' bytes
/// without gaps or overlaps.
public struct SafetensorsFile: Sendable {
  /// The file's path, for messages.
  public let file: String
  public let metadata: [String: String]
  /// Names in the order of their bytes.
  public let names: [String]
  private let entries: [String: Entry]
  private let data: Data

  private struct Entry: Sendable {
    let type: SafetensorsType
    let shape: [Int]
    let range: Range<Int>
  }

  /// The longest header that is accepted, as in the reference implementation.
  static let longestHeader = 100_000_000

  /// Opens and checks the file at `path`.
  ///
  /// - Throws: `SafetensorsError` with the reason, `FileError` if it cannot be read.
  public init(path: String) throws {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw SafetensorsError(file: path, reason: "there is no such file")
    }
    if isDirectory.boolValue {
      throw SafetensorsError(file: path, reason: "is a directory, not a safetensors file")
    }
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    else { throw FileError(path: path, operation: "read the file") }
    try self.init(data, file: path)
  }

  /// Checks a whole file in memory; `file` names it in errors.
  public init(_ data: Data, file: String) throws {
    func fail(_ reason: String) -> SafetensorsError {
      SafetensorsError(file: file, reason: reason)
    }
    guard data.count >= 8 else {
      throw fail("has \(data.count) bytes, too few for a safetensors file")
    }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(data.count - 8), length <= UInt64(Self.longestHeader) else {
      throw fail("the header says it is \(length) bytes long, but the file has \(data.count)")
    }
    let start = data.startIndex + 8 + Int(length)
    let header = data[data.startIndex + 8..<start]
    let object: [(key: String, value: StrictJSON)]
    do {
      guard case .object(let members) = try StrictJSON(header) else {
        throw fail("the header is not a JSON object")
      }
      object = members
    } catch let error as StrictJSON.Malformed {
      throw fail("the header is not valid JSON: \(error.reason)")
    }
    let available = data.endIndex - start
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
    self.file = file
    self.metadata = metadata
    self.entries = entries
    self.data = data[start...]
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

  /// Whether there is a tensor of this name.
  public func contains(_ name: String) -> Bool { entries[name] != nil }

  /// A tensor's shape; nil if there is none.
  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// A tensor as it lies in the file.
  ///
  /// - Throws: `SafetensorsError` if there is none of this name.
  public func tensor(_ name: String) throws -> SafetensorsTensor {
    guard let entry = entries[name] else {
      throw SafetensorsError(file: file, reason: "holds no tensor \"\(name)\"")
    }
    let start = data.startIndex
    let bytes = data[start + entry.range.lowerBound..<start + entry.range.upperBound]
    return SafetensorsTensor(name: name, type: entry.type, shape: entry.shape, bytes: bytes)
  }

  /// Checks that there is a tensor of this name and shape.
  ///
  /// - Throws: `SafetensorsError` that says what there is instead.
  public func requireTensor(_ name: String, shape: [Int]) throws {
    let found = try tensor(name).shape
    guard found == shape else {
      throw SafetensorsError(
        file: file, reason: "tensor \"\(name)\" has the shape \(found), not \(shape)")
    }
  }

  /// A tensor's values as float32, checked against a shape if one is given.
  ///
  /// - Throws: `SafetensorsError` for another type (F32 and F64 are read) or shape.
  public func floats(_ name: String, shape: [Int]? = nil) throws -> [Float] {
    if let shape { try requireTensor(name, shape: shape) }
    let tensor = try self.tensor(name)
    switch tensor.type {
    case .float32: return Self.values(tensor, Float.self)
    case .float64: return Self.values(tensor, Double.self).map(Float.init)
    default: throw wrongType(tensor, "F32 or F64")
    }
  }

  /// A tensor's values as float64 (F32 and F64 are read).
  public func doubles(_ name: String) throws -> [Double] {
    let tensor = try self.tensor(name)
    switch tensor.type {
    case .float32: return Self.values(tensor, Float.self).map(Double.init)
    case .float64: return Self.values(tensor, Double.self)
    default: throw wrongType(tensor, "F32 or F64")
    }
  }

  /// A tensor's values as whole numbers (I64, I32 and U8 are read).
  public func integers(_ name: String) throws -> [Int] {
    let tensor = try self.tensor(name)
    switch tensor.type {
    case .int64: return Self.values(tensor, Int64.self).map(Int.init)
    case .int32: return Self.values(tensor, Int32.self).map(Int.init)
    case .uint8: return tensor.bytes.map(Int.init)
    default: throw wrongType(tensor, "I64, I32 or U8")
    }
  }

  private func wrongType(_ tensor: SafetensorsTensor, _ wanted: String) -> SafetensorsError {
    SafetensorsError(
      file: file, reason: "tensor \"\(tensor.name)\" is \(tensor.type.rawValue), not \(wanted)")
  }

  private static func values<Element>(_ tensor: SafetensorsTensor, _: Element.Type) -> [Element] {
    let count = tensor.bytes.count / MemoryLayout<Element>.size
    return [Element](unsafeUninitializedCapacity: count) { target, initialized in
      initialized = tensor.bytes.copyBytes(to: target) / MemoryLayout<Element>.size
    }
  }
}
