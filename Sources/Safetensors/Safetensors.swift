import Requirements
import Foundation

/// An element type of a safetensors file.
public enum SafetensorsType: String, Sendable, CaseIterable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint8 = "U8"
  case bool = "BOOL"

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }
}

/// Why a safetensors file cannot be used.
public struct SafetensorsError: Error, CustomStringConvertible, Equatable {
  public let file: String
  public let reason: String

  public init(file: String, reason: String) {
    self.file = file
    self.reason = reason
  }

  public var description: String { "\(file): \(reason)" }
}

/// A tensor of a safetensors file: little-endian, row by row.
public struct SafetensorsTensor: Sendable, Equatable {
  public let name: String
  public let type: SafetensorsType
  public let shape: [Int]
  /// shape's product · type.size bytes.
  public let bytes: Data

  public init(name: String, type: SafetensorsType, shape: [Int], bytes: Data) {
    require(
      shape.reduce(type.size, *) == bytes.count, "\(bytes.count) bytes for \(name) \(shape)")
    self.name = name
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  public init(name: String, shape: [Int], floats: [Float]) {
    self.init(
      name: name, type: .float32, shape: shape, bytes: floats.withUnsafeBytes { Data($0) })
  }
}
