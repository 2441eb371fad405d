import Foundation
import TestSupport
import XCTest
import Safetensors

final class SafetensorsTests: XCTestCase {
  private func randomTensor(_ index: Int, _ random: inout SeededGenerator) -> SafetensorsTensor {
    let type = SafetensorsType.allCases.randomElement(using: &random)!
    let shape = (0..<Int.random(in: 0...3, using: &random)).map { _ in
      Int.random(in: 0...4, using: &random)
    }
    let count = shape.reduce(type.size, *)
    return SafetensorsTensor(
      name: ["a", "b \"c\"", "d\\e", "ü\u{1F600}", "f\n\u{1}"][index % 5] + "\(index)", type: type,
      shape: shape, bytes: Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }))
  }

  func testRandomFilesComeBack() throws {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<200 {
      let tensors = (0..<Int.random(in: 0...6, using: &random)).map { randomTensor($0, &random) }
      let metadata = Dictionary(
        uniqueKeysWithValues: (0..<Int.random(in: 0...3, using: &random)).map {
          ("key\($0)\u{7}\"", "{\"n\": \($0)}\t\\ ä")
        })
      let bytes = SafetensorsWriter.encode(tensors, metadata: metadata)
      XCTAssertEqual(
        bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) } % 8, 0, "data is not aligned")
      let file = try SafetensorsFile(bytes, file: "random")
      XCTAssertEqual(file.metadata, metadata)
      XCTAssertEqual(Set(file.names), Set(tensors.map(\.name)))
      for tensor in tensors {
        XCTAssertEqual(try file.tensor(tensor.name), tensor)
        XCTAssertEqual(file.shape(of: tensor.name), tensor.shape)
      }
      XCTAssertEqual(SafetensorsWriter.encode(tensors, metadata: metadata), bytes)
    }
  }

  func testAFileOnDiskComesBack() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/weights.safetensors"
      let values: [Float] = [1, -2.5, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0, 7]
      try SafetensorsWriter.write(
        [SafetensorsTensor(name: "w", shape: [2, 3], floats: values)], to: path)
      let file = try SafetensorsFile(path: path)
      XCTAssertEqual(try file.floats("w").map(\.bitPattern), values.map(\.bitPattern))
      XCTAssertEqual(try file.doubles("w"), values.map(Double.init))
      XCTAssertEqual(try names(in: directory), ["weights.safetensors"])
    }
  }

  func testValuesAreReadByTheirType() throws {
    func tensor<Element>(_ name: String, _ type: SafetensorsType, _ values: [Element])
      -> SafetensorsTensor
    {
      SafetensorsTensor(
        name: name, type: type, shape: [values.count],
        bytes: values.withUnsafeBytes { Data($0) })
    }
    let file = try SafetensorsFile(
      SafetensorsWriter.encode([
        tensor("f64", .float64, [1.5, -3] as [Double]), tensor("i64", .int64, [-1, 5] as [Int64]),
        tensor("i32", .int32, [-7] as [Int32]), tensor("u8", .uint8, [0, 255] as [UInt8]),
        tensor("i8", .int8, [-1] as [Int8]),
      ]), file: "f")
    XCTAssertEqual(try file.floats("f64"), [1.5, -3])
    XCTAssertEqual(try file.doubles("f64"), [1.5, -3])
    XCTAssertEqual(try file.integers("i64"), [-1, 5])
    XCTAssertEqual(try file.integers("i32"), [-7])
    XCTAssertEqual(try file.integers("u8"), [0, 255])
    XCTAssertEqual(
      errorText { try file.floats("i64") }, "f: tensor \"i64\" is I64, not F32 or F64")
    XCTAssertEqual(
      errorText { try file.integers("i8") }, "f: tensor \"i8\" is I8, not I64, I32 or U8")
    XCTAssertEqual(
      errorText { try file.floats("f64", shape: [1, 2]) },
      "f: tensor \"f64\" has the shape [2], not [1, 2]")
    XCTAssertEqual(errorText { try file.tensor("none") }, "f: holds no tensor \"none\"")
    XCTAssertFalse(file.contains("none"))
    XCTAssertNil(file.shape(of: "none"))
  }

  func testWhatIsNoFileIsRefused() throws {
    try withTemporaryDirectory { directory in
      XCTAssertEqual(
        errorText { try SafetensorsFile(path: directory + "/none") },
        directory + "/none: there is no such file")
      XCTAssertEqual(
        errorText { try SafetensorsFile(path: directory) },
        directory + ": is a directory, not a file")
    }
  }
}
