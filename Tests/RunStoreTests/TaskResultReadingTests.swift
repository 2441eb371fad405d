import Foundation
import RunStore
import Tasks
import TestSupport
import XCTest

/// A result's file is read as a general decoder reads it, only faster.
final class TaskResultReadingTests: XCTestCase {
  private func encoded(_ result: TaskResult) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(result)
  }

  /// Bits, so that -0 and 0 differ.
  private func assertSame(_ a: TaskResult, _ b: TaskResult, _ what: String = "") {
    XCTAssertEqual(a, b, what)
    XCTAssertEqual(a.losses.map(\.bitPattern), b.losses.map(\.bitPattern), what)
    XCTAssertEqual(
      a.logits.joined().map(\.bitPattern), b.logits.joined().map(\.bitPattern), what)
    XCTAssertEqual(
      a.logitsOfEveryEpoch?.joined().joined().map(\.bitPattern),
      b.logitsOfEveryEpoch?.joined().joined().map(\.bitPattern), what)
  }

  private func anyFloat(_ random: inout SeededGenerator) -> Float {
    while true {
      let value =
        Bool.random(using: &random)
        ? Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
        : Float.random(in: -20...20, using: &random)
      if value.isFinite { return value }
    }
  }

  func testEveryBitOfEveryNumber() throws {
    var random = SeededGenerator(seed: 5)
    for round in 0..<300 {
      let clips = Int.random(in: 0...4, using: &random)
      func matrix() -> [[Float]] {
        (0..<clips).map { _ in (0..<3).map { _ in anyFloat(&random) } }
      }
      let epochs = (0..<Int.random(in: 0...5, using: &random)).map { _ in matrix() }
      let result = TaskResult(
        task: TaskKey(setting: "a,b\"\\/\u{e9}]", seed: .max, split: "s}", inner: round),
        fold: round,
        clips: (0..<clips).map { "clip \"\($0)\" [,]\n" }, places: round % 2 == 0 ? nil : [1, 2],
        losses: epochs.map { _ in
          Bool.random(using: &random)
            ? Double(anyFloat(&random)) : Double.random(in: 0...3, using: &random)
        }, logits: epochs.last ?? [], logitsOfEveryEpoch: round % 3 == 0 ? nil : epochs,
        weightsSHA256: "w")
      let data = try encoded(result)
      assertSame(try TaskResult(file: data), result)
      assertSame(try JSONDecoder().decode(TaskResult.self, from: data), result)
    }
  }

  private let text =
    #"{"clips":["a"],"fold":3,"format":4,"logits":[[1.5,-2]],"logits_of_every_epoch":[[[0,1]],[[1.5,-2]]],"#
    + #""losses":[1,0.5],"task":{"split":"s"},"weights_sha256":"w"}"#

  /// Whatever is written otherwise is what a general decoder makes of it.
  func testOtherTextsAreReadAsADecoderReadsThem() throws {
    let numbers = [
      "0.1", "-0", "0.0", "1e3", "1E+3", "12345678901234567890", "1.00000005960464477539",
      "1.000000059604644775390625", "1.0000000596046447754", "16777217", "1e-45", "7e-46", "1e-50",
      "1.17549435e-38", "1.1754942e-38", "3.4028235e38", "3.4028236e38", "1e39", "1e400", "01",
      "1.",
      ".5", "+1", "--1", "1e", "NaN", "null", "\"1\"", "[1]", "1 ", " 1", "1.5x",
      "0.00000000000000000000001",
      "1000000000000000000000000", "9007199254740993", "",
    ]
    var texts = numbers.flatMap { number in
      ["-2]],\"logits_of", "0.5]"].map { old in
        text.replacing(old, with: old.replacing(/^-2|^0.5/, with: number))
      }
    }
    texts += [
      text.replacing(":", with: ": "), text.replacing("\"fold\"", with: "\"f\\u006fld\""),
      text.replacing("\"losses\":[1,0.5],", with: ""),
      text.replacing("\"losses\":[1,0.5],", with: "\"losses\":[],\"losses\":[1,0.5],"),
      text.replacing(":[[1.5,-2]]", with: ":null"), text + " ", text + "x", "", "{}", "[]",
      text.replacing("\"logits_of_every_epoch\":[[[0,1]],[[1.5,-2]]],", with: ""),
      text.replacing("[[[0,1]],[[1.5,-2]]]", with: "[]"),
      text.replacing("[[[0,1]],[[1.5,-2]]]", with: "null"),
    ]
    texts += (0..<text.utf8.count).map { String(decoding: Array(text.utf8)[..<$0], as: UTF8.self) }
    var random = SeededGenerator(seed: 6)
    for _ in 0..<3000 {
      var bytes = Array(text.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = Array("0123456789-.e,:[]{}\" ".utf8)
          .randomElement(using: &random)!
      }
      texts.append(String(decoding: bytes, as: UTF8.self))
    }
    var readable = 0
    for text in texts {
      let data = Data(text.utf8)
      let expected = try? JSONDecoder().decode(TaskResult.self, from: data)
      let mine = try? TaskResult(file: data)
      XCTAssertEqual(mine == nil, expected == nil, text)
      if let mine, let expected {
        assertSame(mine, expected, text)
        readable += 1
      }
    }
    XCTAssertGreaterThan(readable, 300)
    XCTAssertLessThan(readable, texts.count - 300)
  }
}
