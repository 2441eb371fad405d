import Foundation
import Elementary
import Random
import XCTest

final class ElementaryTests: XCTestCase {
  struct Fixture: Decodable {
    struct Elementary: Decodable {
      let exp: [[Double]]
      let log: [[Double]]
      let cosineOfTurn: [[Double]]

      private enum CodingKeys: String, CodingKey {
        case exp, log
        case cosineOfTurn = "cosine_of_turn"
      }
    }

    let elementary: Elementary
  }

  /// Units in the last place of `exact` that `value` is away from it.
  private func distance(_ value: Double, _ exact: Double) -> Double {
    value == exact ? 0 : abs(value - exact) / max(exact.ulp, .leastNonzeroMagnitude)
  }

  func testTheyAreWithinTheirBoundsOfTheExactValues() throws {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: "random", withExtension: "json", subdirectory: "Fixtures"))
    let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url)).elementary
    XCTAssertEqual(fixture.exp.count + fixture.log.count + fixture.cosineOfTurn.count, 459)
    for pair in fixture.exp {
      XCTAssertLessThanOrEqual(distance(Elementary.exp(pair[0]), pair[1]), 1, "exp(\(pair[0]))")
    }
    for pair in fixture.log {
      XCTAssertLessThanOrEqual(distance(Elementary.log(pair[0]), pair[1]), 1, "log(\(pair[0]))")
    }
    for pair in fixture.cosineOfTurn {
      XCTAssertEqual(
        Elementary.cosine(ofTurn: pair[0]), pair[1], accuracy: 0x1p-52, "turn \(pair[0])")
    }
  }

  /// The C library's are within a unit in the last place of the exact values themselves.
  func testTheyAgreeWithTheCLibrary() {
    let generator = CounterGenerator(seed: 5, purpose: .syntheticData)
    for i in 0..<200_000 {
      let u = generator.uniform(i)
      for x in [u - 0.5, 80 * (u - 0.5), 1400 * (u - 0.5), -20 * u * u] {
        XCTAssertLessThanOrEqual(distance(Elementary.exp(x), exp(x)), 1, "exp(\(x))")
      }
      for x in [1 - u, 2 * u, exp(1400 * (u - 0.5))] {
        XCTAssertLessThanOrEqual(distance(Elementary.log(x), log(x)), 1, "log(\(x))")
      }
      XCTAssertEqual(Elementary.cosine(ofTurn: u), cos(2 * .pi * u), accuracy: 0x1p-50, "turn \(u)")
    }
  }

  func testTheEndsOfTheirRanges() {
    XCTAssertEqual(Elementary.exp(0), 1)
    XCTAssertEqual(Elementary.exp(-.infinity), 0)
    XCTAssertEqual(Elementary.exp(-746), 0)
    XCTAssertEqual(Elementary.exp(-745.1), .leastNonzeroMagnitude)
    XCTAssertEqual(Elementary.exp(710), .infinity)
    XCTAssertEqual(Elementary.exp(.infinity), .infinity)
    XCTAssertTrue(Elementary.exp(.nan).isNaN)
    XCTAssertEqual(Elementary.log(1), 0)
    XCTAssertEqual(Elementary.log(0), -.infinity)
    XCTAssertEqual(Elementary.log(-0.0), -.infinity)
    XCTAssertEqual(Elementary.log(.infinity), .infinity)
    XCTAssertTrue(Elementary.log(-1).isNaN)
    XCTAssertTrue(Elementary.log(.nan).isNaN)
    for (quarter, cosine) in [1.0, 0, -1, 0, 1].enumerated() {
      XCTAssertEqual(Elementary.cosine(ofTurn: 0.25 * Double(quarter)), cosine)
    }
  }

  func testPowers() {
    for base in [0.9, 0.999] {
      for exponent in [0, 1, 2, 3, 7, 64, 100, 1599, 80_000] {
        let exact = pow(base, Double(exponent))
        XCTAssertEqual(Elementary.power(base, exponent), exact, accuracy: 1e-12 * exact)
      }
    }
  }

  /// Bits that any machine must give: a change of them is a change of the run's format.
  func testTheirBitsAreFixed() {
    let generator = CounterGenerator(seed: 6, purpose: .syntheticData)
    var bits: UInt64 = 0
    for i in 0..<10_000 {
      let u = generator.uniform(i)
      for value in [
        Elementary.exp(-30 * u), Elementary.log(1 - u), Elementary.cosine(ofTurn: u),
        Elementary.power(0.999, i),
      ] {
        bits = (bits << 7 | bits >> 57) ^ value.bitPattern
      }
    }
    XCTAssertEqual(bits, 8_556_997_564_129_920_381)
  }
}
