import Foundation
import XCTest
import Safetensors

/// A safetensors file taken apart and put together by hand, so that a test can make it lie.
struct SafetensorsBytes {
  var header: [String: Any]
  var body: Data

  init(_ path: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    header = try XCTUnwrap(
      JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any])
    body = Data(data[(8 + length)...])
  }

  func write(to path: String) throws {
    let text = try JSONSerialization.data(withJSONObject: header)
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    try (length + text + body).write(to: URL(fileURLWithPath: path))
  }

  var metadata: [String: String] {
    get { header["__metadata__"] as? [String: String] ?? [:] }
    set { header["__metadata__"] = newValue }
  }

  /// Changes one of the model's arguments in the metadata; nil: leaves it out.
  mutating func setArgument(_ name: String, to value: Any?) throws {
    let text = try XCTUnwrap(metadata["config"])
    var arguments = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    XCTAssertNotNil(arguments[name])
    arguments[name] = value
    metadata["config"] = String(
      decoding: try JSONSerialization.data(withJSONObject: arguments), as: UTF8.self)
  }

  func entry(_ name: String) throws -> [String: Any] {
    try XCTUnwrap(header[name] as? [String: Any], name)
  }

  func shape(_ name: String) throws -> [Int] {
    try XCTUnwrap(entry(name)["shape"] as? [Int], name)
  }

  /// Where a tensor's bytes lie in the body.
  func range(_ name: String) throws -> Range<Int> {
    let offsets = try XCTUnwrap(entry(name)["data_offsets"] as? [Int], name)
    return offsets[0]..<offsets[1]
  }

  /// Names of tensors in the order of their bytes.
  func names() throws -> [String] {
    try header.keys.filter { $0 != "__metadata__" }.sorted {
      try range($0).lowerBound < range($1).lowerBound
    }
  }
}
