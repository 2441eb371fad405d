import CKernels
import Compute
import Matrices
import Threads

/// What the products are made of: tiles, and sums of tiles over shards.
extension CPUBackend {
  /// Elements of scratch for the packed columns of one block of a tile.
  static var panelScratch: Int { 2 * tileColumns * ProductDepths.longestBlock }

  /// Sums of products over the shards of a batch, for several weights [outputs, inputs] that lie
  /// behind one another.
  ///
  /// - Parameters:
  ///   - left: Operands [outputs, rows], `right`: [inputs, rows]; rows are `rowsPerSample` a sample.
  ///   - readers: For each weight the pairs of operands whose products it sums, in order.
  ///   - nodes: Where each node's first weight goes.
  func weightGradients(
    _ shards: BatchShards, rowsPerSample: Int, left: [StridedOperand<Scalar>],
    right: [StridedOperand<Scalar>], readers: [[(left: Int, right: Int)]],
    nodes: [UnsafeMutablePointer<Scalar>]
  ) {
    timed(.products) {
      let (outputs, inputs) = (left[0].count, right[0].count)
      let kernel = products.packed
      // A tree over shards can be summed in registers only where a weight is a single product.
      let sum = ShardSum<Scalar>(
        shards,
        fused: kernel == nil || readers.contains { $0.count > 1 }
          ? 1 : Self.fusedShards(shards, rowsPerSample: rowsPerSample))
      let depths = ProductDepths(
        units: sum.units.map { $0.map { shards.shards[$0].count * rowsPerSample } })
      let packed = kernel.map { kernel in
        (
          left.map { PackedOperand($0, right: false, depths, kernel, self) },
          right.map { PackedOperand($0, right: true, depths, kernel, self) }
        )
      }
      let rows = Self.evenTiles(
        outputs, of: Self.tileRows, multiple: kernel.map(ckernels_panel_rows) ?? 1)
      let columns = Self.evenTiles(
        inputs, of: Self.tileColumns, multiple: kernel.map(ckernels_panel_columns) ?? 1)
      let size = rows[0].count * columns[0].count
      let tiles = readers.indices.flatMap { weight in rows.map { (weight, $0) } }
      forEachTile(tiles, columns, scratch: sum.scratchCount(size)) { tile, columns, scratch in
        let (weight, rows) = tile
        let offset = (weight * outputs + rows.lowerBound) * inputs + columns.lowerBound
        sum.compute(
          rows: rows.count, columns: columns.count, stride: inputs,
          nodes: nodes.map { $0 + offset },
          scratch: scratch
        ) { unit, block, stride in
          var target = ProductTarget(start: block, stride: stride, adds: false)
          for reader in readers[weight] {
            if let kernel, let packed {
              multiply(
                packed.0[reader.left], packed.1[reader.right], rows, columns, depths, unit: unit,
                kernel, target)
            } else {
              let first = depths.starts[depths.units[unit].lowerBound]
              Scalar.multiply(
                left[reader.left].slice(rows).dropping(first),
                right[reader.right].slice(columns).dropping(first),
                depth: shards.shards[sum.units[unit].lowerBound].count * rowsPerSample, into: target
              )
            }
            target.adds = true
          }
          if readers[weight].isEmpty { target.zero(rows: rows.count, columns: columns.count) }
        }
      }
    }
  }

  /// One tile of the product of a packed operand and the columns of another that this packs itself.
  func multiply(
    _ left: PackedOperand<Scalar>, _ right: StridedOperand<Scalar>, _ rows: Range<Int>,
    _ depths: ProductDepths, _ kernel: ckernels_kernel, _ scratch: UnsafeMutablePointer<Scalar>,
    _ target: ProductTarget<Scalar>
  ) {
    var target = target
    for (block, leaves) in depths.blocks.enumerated() {
      Scalar.pack(
        right.dropping(depths.starts[block]), right: true, leaves, kernel, into: scratch)
      Scalar.multiply(
        left.panels(block: block, from: rows.lowerBound), UnsafePointer(scratch),
        rows: rows.count, columns: right.count, leaves: leaves, kernel, into: target)
      target.adds = true
    }
  }

  /// One tile of one unit of the product of two packed operands.
  private func multiply(
    _ left: PackedOperand<Scalar>, _ right: PackedOperand<Scalar>, _ rows: Range<Int>,
    _ columns: Range<Int>, _ depths: ProductDepths, unit: Int, _ kernel: ckernels_kernel,
    _ target: ProductTarget<Scalar>
  ) {
    var target = target
    for block in depths.units[unit] {
      Scalar.multiply(
        left.panels(block: block, from: rows.lowerBound),
        right.panels(block: block, from: columns.lowerBound), rows: rows.count,
        columns: columns.count, leaves: depths.blocks[block], kernel, into: target)
      target.adds = true
    }
  }

  /// How many neighbouring shards one block may take as leaves of a tree.
  private static func fusedShards(_ shards: BatchShards, rowsPerSample: Int) -> Int {
    var count = 1
    while 2 * count <= ProductDepths.mostLeaves,
      2 * count * shards.largestShard * rowsPerSample <= ProductDepths.longestBlock
    { count *= 2 }
    return count
  }

  /// Runs every pair of rows and columns, each with `scratch` elements of its thread's own;
  /// neighbouring tiles share their columns.
  func forEachTile<Rows>(
    _ rows: [Rows], _ columns: [Range<Int>], scratch count: Int = 0,
    _ body: (_ rows: Rows, _ columns: Range<Int>, UnsafeMutablePointer<Scalar>) -> Void
  ) {
    withScratch(count) { scratch in
      threads.run(rows.count * columns.count) { tile, thread in
        body(rows[tile % rows.count], columns[tile / rows.count], scratch(thread))
      }
    }
  }

  /// `0 ..< count` in runs of `size`.
  static func tiles(_ count: Int, of size: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  /// `0 ..< count` in runs of about `size`, as even as whole multiples allow.
  static func evenTiles(_ count: Int, of size: Int, multiple: Int) -> [Range<Int>] {
    let number = max(1, (count + size / 2) / size)
    let even = ((count + number - 1) / number + multiple - 1) / multiple * multiple
    return tiles(count, of: max(even, 1))
  }

  /// Calls `body` with a function that gives each thread `count` elements of its own.
  func withScratch(_ count: Int, _ body: ((Int) -> UnsafeMutablePointer<Scalar>) -> Void) {
    // Rows of whole cache lines, so that no two threads share one.
    let scratch = matrix(threads.threads, (max(count, 1) + 15) / 16 * 16)
    body { scratch.row($0) }
  }
}
