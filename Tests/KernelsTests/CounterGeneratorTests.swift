import Foundation
import Random
import XCTest

final class CounterGeneratorTests: XCTestCase {
  func testPermutationsHoldEachNumberOnceAndDependOnTheKeyAlone() {
    for count in [0, 1, 2, 7, 442] {
      let generator = CounterGenerator(seed: 7, fold: 3, epoch: 11, purpose: .batchOrder)
      let order = generator.permutation(count)
      XCTAssertEqual(order.sorted(), Array(0..<count))
      XCTAssertEqual(order, generator.permutation(count))
    }
    let orders = (0..<20).map {
      CounterGenerator(seed: 7, fold: 3, epoch: $0, purpose: .batchOrder).permutation(50)
    }
    XCTAssertEqual(Set(orders).count, 20)
  }

  func testShufflingSomePlacesLeavesTheOthers() {
    let generator = CounterGenerator(seed: 7, purpose: .permutationTest)
    var numbers = Array(0..<30)
    generator.shuffle(&numbers, 10..<25)
    XCTAssertEqual(numbers[..<10], Array(0..<10)[...])
    XCTAssertEqual(Array(numbers[25...]), Array(25..<30))
    XCTAssertEqual(numbers[10..<25].sorted(), Array(10..<25))
    XCTAssertNotEqual(numbers, Array(0..<30))
    generator.shuffle(&numbers, 3..<3)
    // Each of three is in each place about as often as any other.
    var counts = [[Int]](repeating: [0, 0, 0], count: 3)
    for step in 0..<3000 {
      var three = [9, 0, 1, 2]
      CounterGenerator(seed: 7, epoch: step, purpose: .permutationTest).shuffle(&three, 1..<4)
      for place in 0..<3 { counts[place][three[place + 1]] += 1 }
    }
    for count in counts.joined() { XCTAssertEqual(Double(count), 1000, accuracy: 130) }
  }

  func testUniformAndNormalHaveTheirMoments() {
    let generator = CounterGenerator(seed: 1, purpose: .initialWeights)
    let count = 100_000
    let uniform = (0..<count).map { generator.uniform($0) }
    let normal = (0..<count).map { generator.normal($0) }
    XCTAssertTrue(uniform.allSatisfy { (0..<1).contains($0) })
    XCTAssertEqual(uniform.reduce(0, +) / Double(count), 0.5, accuracy: 0.005)
    XCTAssertEqual(normal.reduce(0, +) / Double(count), 0, accuracy: 0.015)
    XCTAssertEqual(normal.map { $0 * $0 }.reduce(0, +) / Double(count), 1, accuracy: 0.02)
  }

  /// The vectors that Random123 publishes for philox4x32 with 10 rounds.
  func testKnownAnswers() {
    let answers: [(counter: SIMD4<UInt32>, key: (UInt32, UInt32), words: SIMD4<UInt32>)] = [
      (
        SIMD4(repeating: 0), (0, 0),
        SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
      ),
      (
        SIMD4(repeating: .max), (.max, .max),
        SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
      ),
      (
        SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), (0xa409_3822, 0x299f_31d0),
        SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
      ),
    ]
    for answer in answers {
      XCTAssertEqual(
        CounterGenerator.philox(counter: answer.counter, key: answer.key), answer.words)
    }
  }

  func testABlockIsPhiloxOfItsKeyAndIndex() {
    let generator = CounterGenerator(
      seed: 0x299f_31d0_a409_3822, fold: 0xABCDE, epoch: 0x0370_7344, purpose: .dropout)
    let words = CounterGenerator.philox(
      counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x0ABC_DE03, 0x0370_7344),
      key: (0xa409_3822, 0x299f_31d0))
    XCTAssertEqual(generator.block(0x85a3_08d3_243f_6a88), words)
    for i in 0..<4 {
      XCTAssertEqual(
        generator.word(0x78_9abc_def0 + i, lane: 0x23456),
        generator.block(0x0234_5678_9abc_def0 >> 2)[i])
    }
  }

  func testNoTwoKeysShareAStream() {
    var blocks: Set<SIMD4<UInt32>> = []
    var count = 0
    for seed in [0, 1, UInt64(1) << 32] {
      for fold in [0, 1, 255, 256, (1 << 24) - 1] {
        for epoch in [0, 1, 70_000] {
          for purpose in [RandomPurpose.initialWeights, .batchOrder, .dropout, .syntheticData] {
            let generator = CounterGenerator(
              seed: seed, fold: fold, epoch: epoch, purpose: purpose)
            for index in [0, 1, UInt64(1) << 40] {
              blocks.insert(generator.block(index))
              count += 1
            }
          }
        }
      }
    }
    XCTAssertEqual(blocks.count, count)
  }

  func testWholeNumbersAreEven() {
    let generator = CounterGenerator(seed: 4, purpose: .batchOrder)
    var counts = [Int](repeating: 0, count: 7)
    for i in 0..<70_000 { counts[generator.integer(i, below: 7)] += 1 }
    for count in counts { XCTAssertEqual(count, 10_000, accuracy: 400) }
  }

  private struct Fixture: Decodable {
    struct Mask: Decodable {
      let seed: UInt64
      let fold, epoch, lane, first: Int
      let probability: Double
      let drops: [Bool]
    }
    struct Permutation: Decodable {
      let seed: UInt64
      let fold, epoch: Int
      let order: [Int]
    }
    let mask: Mask
    let permutation: Permutation
  }

  /// Against `scripts/random-fixture.py`, which shares no code with the program.
  func testMasksAndPermutationsAreThoseOfAnIndependentComputation() throws {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: "random", withExtension: "json", subdirectory: "Fixtures"))
    let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
    let mask = fixture.mask
    let generator = CounterGenerator(
      seed: mask.seed, fold: mask.fold, epoch: mask.epoch, purpose: .dropout)
    for cut in [0, 1, 30, 64] {
      var values = [Float](repeating: -1, count: 64)
      values.withUnsafeMutableBufferPointer { values in
        for range in [0..<cut, cut..<64] {
          generator.fillMask(
            values.baseAddress!, range, lane: mask.lane, first: mask.first, kept: 1.25,
            dropping: mask.probability)
        }
      }
      XCTAssertEqual(values, mask.drops.map { $0 ? 0 : 1.25 }, "cut at \(cut)")
    }
    let permutation = fixture.permutation
    XCTAssertEqual(
      CounterGenerator(
        seed: permutation.seed, fold: permutation.fold, epoch: permutation.epoch,
        purpose: .batchOrder
      ).permutation(permutation.order.count), permutation.order)
  }
}
