import CKernels
import TestSupport
import XCTest

/// The packed products against their definition, bit for bit, for every instruction set of the CPU:
/// a chain of fused multiply-adds in the order of k, leaves added as a tree.
final class ProductKernelTests: XCTestCase {
  private struct Operands {
    let m: Int
    let n: Int
    let leaves: [size_t]
    let transposesA: Bool
    let transposesB: Bool
    let a: [Float]
    let b: [Float]
    let c: [Float]
    let cRow: Int
    let adds: Bool

    var depth: Int { leaves.reduce(0, +) }
    var aRow: Int { transposesA ? 1 : depth + 3 }
    var aDepth: Int { transposesA ? m + 2 : 1 }
    var bColumn: Int { transposesB ? depth + 1 : 1 }
    var bDepth: Int { transposesB ? 1 : n + 5 }

    init(m: Int, n: Int, leaves: [Int], _ random: inout SeededGenerator) {
      self.m = m
      self.n = n
      self.leaves = leaves
      transposesA = Bool.random(using: &random)
      transposesB = Bool.random(using: &random)
      adds = Bool.random(using: &random)
      let depth = leaves.reduce(0, +)
      a = random.floats((m + 3) * (depth + 3) + 8)
      b = random.floats((n + 5) * (depth + 3) + 8)
      cRow = n + Int.random(in: 0...3, using: &random)
      c = random.floats(m * cRow)
    }

    /// C by the definition alone.
    var expected: [Float] {
      var result = c
      for i in 0..<m {
        for j in 0..<n {
          var start = 0
          let sums = leaves.map { leaf -> Float in
            defer { start += leaf }
            return (start..<start + leaf).reduce(0) {
              $0.addingProduct(a[i * aRow + $1 * aDepth], b[$1 * bDepth + j * bColumn])
            }
          }
          let sum = Self.tree(sums[...])
          result[i * cRow + j] = adds ? c[i * cRow + j] + sum : sum
        }
      }
      return result
    }

    private static func tree(_ sums: ArraySlice<Float>) -> Float {
      if sums.count == 1 { return sums.first! }
      let half = sums.startIndex + sums.count / 2
      return tree(sums[..<half]) + tree(sums[half...])
    }

    func computed(_ kernel: ckernels_kernel) -> [Float] {
      let cells = ckernels_cells(kernel, leaves.count, leaves)
      let panel = ckernels_panel_columns(kernel)
      func packed(right: Bool, _ x: [Float], stride: Int, step: Int) -> UnsafeMutableRawPointer {
        let count = right ? (n + panel - 1) / panel * panel : m
        let out = UnsafeMutableRawPointer.allocate(
          byteCount: 4 * max(count * cells, 1), alignment: 64)
        ckernels_pack(
          kernel, right ? 1 : 0, right ? n : m, leaves.count, leaves, x, stride, step, out)
        return out
      }
      let left = packed(right: false, a, stride: aRow, step: aDepth)
      let right = packed(right: true, b, stride: bColumn, step: bDepth)
      defer {
        left.deallocate()
        right.deallocate()
      }
      var result = c
      result.withUnsafeMutableBufferPointer { result in
        leaves.withUnsafeBufferPointer { leaves in
          var product = ckernels_product(
            m: m, n: n, leaves: leaves.count, depths: leaves.baseAddress, a: left, b: right,
            c: result.baseAddress, c_row: cRow, add: adds ? 1 : 0)
          ckernels_multiply(kernel, &product)
        }
      }
      return result
    }
  }

  private var kernels: [ckernels_kernel] {
    [CKERNELS_PORTABLE, CKERNELS_AVX2, CKERNELS_AVX512].filter {
      $0.rawValue <= ckernels_best_kernel().rawValue
    }
  }

  private func check(_ operands: Operands) {
    let expected = operands.expected
    for kernel in kernels {
      XCTAssertEqual(
        operands.computed(kernel), expected,
        "kernel \(kernel.rawValue), [\(operands.m), \(operands.n)], leaves \(operands.leaves), "
          + "transposed \(operands.transposesA) \(operands.transposesB), adds \(operands.adds)")
    }
  }

  func testEveryEdgeOfARegisterTile() {
    var random = SeededGenerator(seed: 40)
    for m in 1...15 {
      for n in [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65] {
        check(
          Operands(m: m, n: n, leaves: [Int.random(in: 1...19, using: &random)], &random))
      }
    }
  }

  func testLongChains() {
    var random = SeededGenerator(seed: 41)
    for depth in [1, 2, 3, 4, 5, 255, 256, 257, 511, 512, 513, 700] {
      for _ in 0..<4 {
        check(
          Operands(
            m: Int.random(in: 1...30, using: &random), n: Int.random(in: 1...70, using: &random),
            leaves: [depth], &random))
      }
    }
  }

  func testLeavesAreAddedAsATree() {
    var random = SeededGenerator(seed: 42)
    for count in [2, 4, 8, 16, 32, 64] {
      for round in 0..<8 {
        // Shards may be empty.
        let leaves = (0..<count).map { _ in
          Int.random(in: round < 4 ? 0...4 : 1...4, using: &random)
        }
        check(
          Operands(
            m: Int.random(in: 1...30, using: &random), n: Int.random(in: 1...70, using: &random),
            leaves: leaves, &random))
      }
    }
  }
}
