import Files
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
  private let entries: [String: SafetensorsHeader.Entry]
  /// The whole file.
  public let bytes: Data
  private let dataStart: Int

  /// Opens and checks the file at `path`.
  ///
  /// - Throws: `SafetensorsError` with the reason, `FileError` if it cannot be read.
  public init(path: String) throws {
    guard let data = try AtomicFile.read(path) else {
      throw SafetensorsError(file: path, reason: "there is no such file")
    }
    try self.init(data, file: path)
  }

  /// Checks a whole file in memory; `file` names it in errors.
  public init(_ data: Data, file: String) throws {
    let header = try SafetensorsHeader(data, fileBytes: data.count, file: file)
    self.file = file
    metadata = header.metadata
    names = header.names
    entries = header.entries
    bytes = data
    dataStart = header.dataStart
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
    let start = bytes.startIndex + dataStart
    let bytes = bytes[start + entry.range.lowerBound..<start + entry.range.upperBound]
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

  /// How many of a tensor's values float32 does not hold as they are.
  ///
  /// - Throws: `SafetensorsError` if there is no tensor of this name.
  public func roundedFloats(_ name: String) throws -> Int {
    let tensor = try self.tensor(name)
    guard tensor.type == .float64 else { return 0 }
    return Self.values(tensor, Double.self).count { Double(Float($0)) != $0 }
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
