import CKernels
import Matrices

/// How k of a product is cut. A unit is what one tile is computed from; its blocks are added in
/// order, and each block is summed in registers, as a binary tree over its leaves.
struct ProductDepths {
  /// Steps of k that are summed in registers before they are added to C: part of every result's
  /// bits.
  static let longestBlock = 256
  /// Leaves that a block may have.
  static let mostLeaves = 64

  /// The depth of each leaf of each block.
  let blocks: [[Int]]
  /// The blocks of each unit.
  let units: [Range<Int>]
  /// Where each block starts in k.
  let starts: [Int]

  /// - Parameter units: The leaves of each unit; a unit of several is one block.
  init(units leaves: [[Int]]) {
    var blocks: [[Int]] = []
    var units: [Range<Int>] = []
    for unit in leaves {
      let first = blocks.count
      if unit.count == 1 {
        blocks += CPUBackend<Float>.tiles(unit[0], of: Self.longestBlock).map { [$0.count] }
      } else {
        blocks.append(unit)
      }
      units.append(first..<blocks.count)
    }
    self.blocks = blocks
    self.units = units
    var start = 0
    starts = blocks.map { block in
      defer { start += block.reduce(0, +) }
      return start
    }
  }
}

/// One side of a product, laid out for the engine's kernels.
struct PackedOperand<Scalar: TensorScalar> {
  private let buffer: Matrix<Scalar>
  private let offsets: [Int]
  private let cells: [Int]

  /// Packs a whole operand on all threads.
  ///
  /// - Parameter right: Whether it is B.
  init(
    _ operand: StridedOperand<Scalar>, right: Bool, _ depths: ProductDepths,
    _ kernel: ckernels_kernel, _ context: CPUBackend<Scalar>
  ) {
    let panel = right ? ckernels_panel_columns(kernel) : ckernels_panel_rows(kernel)
    let count = right ? (operand.count + panel - 1) / panel * panel : operand.count
    let cells = depths.blocks.map { ckernels_cells(kernel, $0.count, $0) }
    var end = 0
    let offsets = cells.map { cells in
      defer { end += (count * cells + 15) / 16 * 16 }
      return end
    }
    let buffer = context.matrix(1, max(end, 1))
    let parts = CPUBackend<Scalar>.tiles(operand.count, of: 8 * panel)
    context.threads.run(depths.blocks.count * parts.count) { index, _ in
      let (block, part) = (index / parts.count, parts[index % parts.count])
      Scalar.pack(
        operand.slice(part).dropping(depths.starts[block]), right: right, depths.blocks[block],
        kernel, into: buffer.pointer + offsets[block] + part.lowerBound * cells[block])
    }
    self.buffer = buffer
    self.offsets = offsets
    self.cells = cells
  }

  /// The panels of a block from row (or column) `first` on, a multiple of a panel's.
  func panels(block: Int, from first: Int) -> UnsafePointer<Scalar> {
    UnsafePointer(buffer.pointer + offsets[block] + first * cells[block])
  }
}
