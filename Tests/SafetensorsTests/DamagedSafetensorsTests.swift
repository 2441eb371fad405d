import Foundation
import TestSupport
import XCTest
import Safetensors

/// Files that lie, are cut or are damaged: an error that names the file, never a crash.
final class DamagedSafetensorsTests: XCTestCase {
  private func file(_ header: String, data: Int, length: UInt64? = nil) -> Data {
    file(Array(header.utf8), data: data, length: length)
  }

  private func file(_ header: [UInt8], data: Int, length: UInt64? = nil) -> Data {
    var bytes = withUnsafeBytes(of: (length ?? UInt64(header.count)).littleEndian) { Data($0) }
    bytes += header
    return bytes + Data(count: data)
  }

  private func tensor(_ name: String, _ shape: String, _ offsets: String, dtype: String = "F32")
    -> String
  {
    "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  func testLyingHeadersAreRefusedWithTheReason() {
    let good = tensor("a", "[2]", "[0,8]")
    XCTAssertNil(errorText { try SafetensorsFile(file("{\(good)}", data: 8), file: "f") })
    let cases: [(Data, String)] = [
      (Data(), "has 0 bytes, too few"),
      (Data(count: 7), "has 7 bytes, too few"),
      (Data(count: 8), "not valid JSON"),
      (file("{\(good)}", data: 8, length: 1000), "a header of 1000 bytes"),
      (file("{}", data: 0, length: .max), "a header of 18446744073709551615 bytes"),
      (file("{}", data: 0, length: 1 << 63), "a header of 9223372036854775808 bytes"),
      (file("[]", data: 0), "not a JSON object"),
      (file("{\(good)", data: 8), "not valid JSON"),
      (file("{\(good)}}", data: 8), "text after its end"),
      (file("{\(good),}", data: 8), "no key"),
      (file("{\"a\"}", data: 0), "no colon"),
      (file("{\"a\":}", data: 0), "no value"),
      (file("{\(good),\(good)}", data: 8), "the key \"a\" a second time"),
      (file("{\"a\":3}", data: 0), "tensor \"a\": is not described by an object"),
      (file("{\(tensor("a", "[2]", "[0,8]", dtype: "F8"))}", data: 8), "dtype is not a known one"),
      (file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", data: 8), "needs dtype, shape and two"),
      (file("{\"a\":{\"dtype\":\"F32\",\"x\":[2]}}", data: 8), "an unknown field \"x\""),
      (file("{\(tensor("a", "[-2]", "[0,8]"))}", data: 8), "needs dtype, shape"),
      (file("{\(tensor("a", "[2.0]", "[0,8]"))}", data: 8), "needs dtype, shape"),
      (file("{\(tensor("a", "[02]", "[0,8]"))}", data: 8), "not valid JSON"),
      (file("{\(tensor("a", "[+2]", "[0,8]"))}", data: 8), "not valid JSON"),
      (file("{\(tensor("a", "[NaN]", "[0,8]"))}", data: 8), "not valid JSON"),
      (file("{\(tensor("a", "2", "[0,8]"))}", data: 8), "needs dtype, shape"),
      (file("{\(tensor("a", "[2]", "[0,8,9]"))}", data: 8), "two data_offsets"),
      (file("{\(tensor("a", "[2]", "[8,0]"))}", data: 8), "data_offsets [8, 0] do not lie"),
      (file("{\(tensor("a", "[2]", "[0,9]"))}", data: 8), "data_offsets [0, 9] do not lie"),
      (
        file("{\(tensor("a", "[2]", "[0,9223372036854775807]"))}", data: 8),
        "do not lie in the 8 bytes"
      ),
      (
        file("{\(tensor("a", "[2]", "[0,9223372036854775808]"))}", data: 8), "needs dtype, shape"
      ),
      (file("{\(tensor("a", "[3]", "[0,8]"))}", data: 8), "needs 12 bytes"),
      (
        file("{\(tensor("a", "[4611686018427387904,4]", "[0,8]"))}", data: 8), "overflows"
      ),
      (file("{\(tensor("a", "[2]", "[1,9]"))}", data: 9), "begins at byte 1 of the data, not at 0"),
      (
        file("{\(good),\(tensor("b", "[1]", "[4,8]"))}", data: 8),
        "\"b\" begins at byte 4 of the data, not at 8"
      ),
      (
        file("{\(good),\(tensor("b", "[1]", "[12,16]"))}", data: 16),
        "\"b\" begins at byte 12 of the data, not at 8"
      ),
      (file("{\(good)}", data: 9), "has 9 bytes of data, but the header describes 8"),
      (file("{\"__metadata__\":[]}", data: 0), "__metadata__ is not an object"),
      (file("{\"__metadata__\":{\"k\":1}}", data: 0), "\"k\" is not a string"),
      (
        file("{\"a\":" + String(repeating: "[", count: 100_000), data: 0), "nesting too deep"
      ),
      (file("{\"a\u{1}\":3}", data: 0), "a control character in a string"),
      (file("{\"a\\x\":3}", data: 0), "a wrong escape"),
      (file("{\"a\\", data: 0), "a string without an end"),
      (file(Array("{\"".utf8) + [0xFF, 0xFE] + Array("\":3}".utf8), data: 0), "not UTF-8"),
    ]
    for (bytes, reason) in cases {
      let text = errorText { try SafetensorsFile(bytes, file: "lying.safetensors") }
      XCTAssertTrue(
        text?.hasPrefix("lying.safetensors: ") == true && text?.contains(reason) == true,
        "\(text ?? "accepted") instead of: \(reason)")
    }
  }

  private var small: Data {
    SafetensorsWriter.encode(
      [
        SafetensorsTensor(name: "a.weight", shape: [2, 3], floats: [1, 2, 3, 4, 5, 6]),
        SafetensorsTensor(name: "n", type: .int64, shape: [1], bytes: Data(count: 8)),
        SafetensorsTensor(name: "empty", shape: [0], floats: []),
      ], metadata: ["config": "{\"dim\": 24}"])
  }

  func testACutAnywhereIsRefused() {
    for count in 0..<small.count {
      let text = errorText { try SafetensorsFile(small.prefix(count), file: "cut") }
      XCTAssertTrue(text?.hasPrefix("cut: ") == true, "\(count) bytes: \(text ?? "accepted")")
    }
    XCTAssertNotNil(errorText { try SafetensorsFile(small + [0], file: "long") })
    // A slice does not begin at index 0.
    XCTAssertNil(
      errorText { try SafetensorsFile((Data(count: 5) + small).dropFirst(5), file: "s") })
  }

  func testRandomDamageNeverCrashes() {
    var random = SeededGenerator(seed: 6)
    var refused = 0
    for _ in 0..<5000 {
      var bytes = small
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 2: bytes.remove(at: place)
        default: bytes.insert("0{}[]\",:9\\".utf8.randomElement(using: &random)!, at: place)
        }
      }
      do {
        let file = try SafetensorsFile(bytes, file: "damaged")
        for name in file.names {
          let tensor = try file.tensor(name)
          XCTAssertEqual(tensor.bytes.count, tensor.shape.reduce(tensor.type.size, *))
          if tensor.type == .float32 {
            XCTAssertEqual(try file.floats(name).count, tensor.shape.reduce(1, *))
          }
        }
      } catch {
        XCTAssertTrue("\(error)".hasPrefix("damaged: "), "\(error)")
        refused += 1
      }
    }
    XCTAssertGreaterThan(refused, 2500)
  }
}
