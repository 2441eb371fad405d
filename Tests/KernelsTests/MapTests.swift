import Foundation
import Matrices
import Compute
import Kernels
import TestSupport
import XCTest

/// Operations that know the places of tokens, against naive loops.
final class MapTests: XCTestCase {
  func testBlocksPartAMap() {
    for (side, blocks) in [(1, 1), (4, 1), (4, 2), (4, 4), (6, 3), (12, 2)] {
      let map = FeatureMap(side: side, blocks: blocks)
      XCTAssertEqual(map.blockPositions.flatMap { $0 }.sorted(), Array(0..<side * side))
      let size = side / blocks
      for (block, positions) in map.blockPositions.enumerated() {
        XCTAssertEqual(positions.count, map.sequence)
        for (place, position) in positions.enumerated() {
          XCTAssertEqual(map.placeInBlock[position], place)
          XCTAssertEqual(position / side / size, block / blocks)
          XCTAssertEqual(position % side / size, block % blocks)
          XCTAssertEqual(place, position / side % size * size + position % side % size)
        }
      }
    }
  }

  func testPatchesAreRowColumnChannel() {
    let (side, patch, channels) = (6, 3, 2)
    let context = CPUBackend<Float>()
    let images = context.matrix(2, channels * side * side)
    for i in 0..<images.count { images.pointer[i] = Float(i) }
    let patches = context.patches(images, channels: channels, side: side, patch: patch)
    XCTAssertEqual(patches.rows, 8)
    for sample in 0..<2 {
      for position in 0..<4 {
        for i in 0..<patch {
          for j in 0..<patch {
            for c in 0..<channels {
              let (row, column) = (position / 2 * patch + i, position % 2 * patch + j)
              XCTAssertEqual(
                patches.row(sample * 4 + position)[(i * patch + j) * channels + c],
                images.row(sample)[(c * side + row) * side + column])
            }
          }
        }
      }
    }
  }

  func testMaxPoolAgainstNaive() {
    var random = SeededGenerator(seed: 22)
    for (side, channels, threads) in [(2, 5, 1), (4, 17, 2), (8, 3, 2), (4, 64, 3)] {
      let context = CPUBackend<Float>(threads: threads)
      let (samples, half) = (3, side / 2)
      let x = context.matrix(samples * side * side, channels)
      // Few values, so that there are ties: the first of equals wins.
      for i in 0..<x.count { x.pointer[i] = Float(Int.random(in: -3...3, using: &random)) }
      let y = context.matrix(samples * half * half, channels)
      let taps = context.maxPool(x, side: side, into: y)
      let dy = context.matrix(y.rows, channels)
      dy.set(random.floats(y.count))
      let dx = context.matrix(x.rows, channels)
      context.maxPoolGradient(dy, taps: taps, side: side, into: dx)
      var expected = [Float](repeating: 0, count: x.count)
      for sample in 0..<samples {
        for place in 0..<half * half {
          for c in 0..<channels {
            var best: (value: Float, row: Int)?
            for i in 2 * (place / half) - 1...2 * (place / half) + 1 {
              for j in 2 * (place % half) - 1...2 * (place % half) + 1 {
                guard (0..<side).contains(i), (0..<side).contains(j) else { continue }
                let row = (sample * side + i) * side + j
                let value = x.row(row)[c]
                if best == nil || value > best!.value { best = (value, row) }
              }
            }
            let out = (sample * half * half + place) * channels + c
            XCTAssertEqual(y.pointer[out], best!.value)
            expected[best!.row * channels + c] += dy.pointer[out]
          }
        }
      }
      for i in expected.indices {
        XCTAssertEqual(dx.pointer[i], expected[i], accuracy: 1e-6)
      }
    }
  }

  func testAttentionAgainstNaiveDouble() {
    var random = SeededGenerator(seed: 23)
    for (side, blocks, heads, headDim) in [(2, 1, 3, 4), (4, 2, 2, 5), (4, 1, 1, 17), (1, 1, 2, 3)]
    {
      let context = CPUBackend<Float>(threads: 2)
      let map = FeatureMap(side: side, blocks: blocks)
      let (samples, inner) = (3, heads * headDim)
      let qkv = context.matrix(samples * map.positions, 3 * inner)
      // Scores of large size too, which only a shifted softmax survives.
      qkv.set(random.floats(qkv.count, in: -9...9))
      let out = context.matrix(samples * map.positions, inner)
      let probabilities = context.attention(qkv, map: map, heads: heads, mask: nil, into: out)
      XCTAssertEqual(
        probabilities.columns, map.probabilities(heads: heads))
      let size = side / blocks
      for sample in 0..<samples {
        for head in 0..<heads {
          func vector(_ position: Int, _ part: Int) -> [Double] {
            let row = qkv.row(sample * map.positions + position)
            return (0..<headDim).map { Double(row[part * inner + head * headDim + $0]) }
          }
          for position in 0..<map.positions {
            let neighbours = (0..<map.positions).filter {
              $0 / side / size == position / side / size
                && $0 % side / size == position % side / size
            }
            let scores = neighbours.map { other in
              zip(vector(position, 0), vector(other, 1)).map(*).reduce(0, +)
                / Double(headDim).squareRoot()
            }
            let powers = scores.map { exp($0 - scores.max()!) }
            for d in 0..<headDim {
              var expected = 0.0
              for (power, other) in zip(powers, neighbours) {
                expected += power / powers.reduce(0, +) * vector(other, 2)[d]
              }
              XCTAssertEqual(
                Double(out.row(sample * map.positions + position)[head * headDim + d]), expected,
                accuracy: 1e-4)
            }
          }
        }
      }
    }
  }

  func testChecksumsNoticeAnyChange() {
    let context = CPUBackend<Float>(threads: 2)
    let buffer = Buffer<Float>(count: (1 << 18) + 77)
    var random = SeededGenerator(seed: 24)
    for i in 0..<buffer.count { buffer.pointer[i] = Float.random(in: -1...1, using: &random) }
    let checksum = context.checksum(buffer)
    XCTAssertEqual(CPUBackend<Float>(threads: 1).checksum(buffer), checksum)
    for _ in 0..<20 {
      let i = Int.random(in: 0..<buffer.count, using: &random)
      let kept = buffer.pointer[i]
      let bit = UInt32(1) << UInt32.random(in: 0..<32, using: &random)
      buffer.pointer[i] = Float(bitPattern: kept.bitPattern ^ bit)
      XCTAssertNotEqual(context.checksum(buffer), checksum)
      buffer.pointer[i] = kept
    }
    swap(&buffer.pointer[3], &buffer.pointer[1 << 18])
    XCTAssertNotEqual(context.checksum(buffer), checksum)
  }
}
