import Foundation

/// A table as text (RFC 4180): fields that need it in quotation marks.
public struct CSVWriter {
  private var bytes: [UInt8] = []
  public var data: Data { Data(bytes) }

  /// - Parameter header: What each column is called.
  public init(_ header: [String]) { add(header) }

  /// Adds a row.
  public mutating func add(_ fields: [String]) {
    for (place, field) in fields.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      guard field.utf8.contains(where: Self.needsQuotes) else {
        bytes.append(contentsOf: field.utf8)
        continue
      }
      bytes.append(UInt8(ascii: "\""))
      for byte in field.utf8 {
        if byte == UInt8(ascii: "\"") { bytes.append(byte) }
        bytes.append(byte)
      }
      bytes.append(UInt8(ascii: "\""))
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  private static func needsQuotes(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\r"), UInt8(ascii: "\n"): true
    default: false
    }
  }
}
