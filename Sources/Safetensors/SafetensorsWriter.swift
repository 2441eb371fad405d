import Files
import Foundation

/// Writes safetensors files whose bytes depend on their contents alone.
public enum SafetensorsWriter {
  /// A whole file: the tensors in the given order, the metadata sorted by key.
  public static func encode(_ tensors: [SafetensorsTensor], metadata: [String: String] = [:])
    -> Data
  {
    var file = header(tensors.map { ($0.name, $0.type, $0.shape) }, metadata: metadata)
    file.reserveCapacity(file.count + tensors.reduce(0) { $0 + $1.bytes.count })
    for tensor in tensors { file.append(tensor.bytes) }
    return file
  }

  /// All of a file that stands before its tensors' bytes.
  package static func header(
    _ tensors: [(name: String, type: SafetensorsType, shape: [Int])], metadata: [String: String]
  ) -> Data {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map {
        "\(quoted($0.key)):\(quoted($0.value))"
      }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var end = 0
    for tensor in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let bytes = tensor.shape.reduce(tensor.type.size, *)
      members.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(end),\(end + bytes)]}")
      end += bytes
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header
  }

  /// Writes a whole file atomically.
  public static func write(
    _ tensors: [SafetensorsTensor], metadata: [String: String] = [:], to path: String
  ) throws {
    try AtomicFile.write(encode(tensors, metadata: metadata), to: path)
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
