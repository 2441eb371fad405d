/// Products of token matrices with weights, cut into tiles for the threads. The engine's kernels
/// give the same bits for every cut; for OpenBLAS the cut follows from the model and the shards alone.
extension ComputeContext {
  /// Columns of an output tile.
  static var tileColumns: Int { 256 }
  /// Rows of an output tile.
  static var tileRows: Int { 512 }

  /// y = x · W (or x · Wᵀ), or added to y, for all rows of x; `finish` then sees every tile once.
  ///
  /// - Parameters:
  ///   - shards: Whose samples the rows are.
  ///   - rowsPerSample: Rows of each sample.
  ///   - x: [rows, inner].
  ///   - weights: [inner, columns], or [columns, inner] if `transposed`.
  ///   - y: [rows, columns].
  public func product(
    _ shards: BatchShards, rowsPerSample: Int, _ x: Matrix<Scalar>,
    weights: UnsafePointer<Scalar>, transposed: Bool, into y: Matrix<Scalar>, adding: Bool = false,
    finish: (_ rows: Range<Int>, _ columns: Range<Int>) -> Void = { _, _ in }
  ) {
    let (inner, columns) = (x.columns, y.columns)
    let rows = rowTiles(shards, rowsPerSample: rowsPerSample)
    let parts = Self.tiles(columns, of: Self.tileColumns)
    runTiles(rows.count * parts.count) { tile, scratch in
      let (range, part) = (rows[tile % rows.count], parts[tile / rows.count])
      if range.isEmpty { return }
      multiply(
        ProductTile(
          m: range.count, n: part.count, leaves: [inner], a: x.row(range.lowerBound), aRow: inner,
          aDepth: 1, b: weights + part.lowerBound * (transposed ? inner : 1),
          bDepth: transposed ? 1 : columns, bColumn: transposed ? inner : 1,
          c: y.row(range.lowerBound) + part.lowerBound, cRow: columns, adds: adding), scratch)
      finish(range, part)
    }
  }

  /// Each node's sum over its shards of dyᵀ · x: the gradient of a weight [outputs, inputs].
  ///
  /// - Parameters:
  ///   - rowsPerSample: Rows of `dy` and `x` that belong to one sample.
  ///   - nodes: Where each node's [outputs, inputs] goes.
  public func weightGradient(
    _ shards: BatchShards, rowsPerSample: Int, dy: Matrix<Scalar>, x: Matrix<Scalar>,
    nodes: [UnsafeMutablePointer<Scalar>]
  ) {
    let (outputs, inputs) = (dy.columns, x.columns)
    let outputTiles = Self.tiles(outputs, of: Self.tileRows)
    let inputTiles = Self.tiles(inputs, of: Self.tileColumns)
    let sum = ShardSum<Scalar>(
      shards, fused: fusedShards(shards, rowsPerSample: rowsPerSample))
    let tileSize = min(outputs, Self.tileRows) * min(inputs, Self.tileColumns)
    runTiles(outputTiles.count * inputTiles.count, extra: sum.scratchCount(tileSize)) {
      tile, scratch in
      let out = outputTiles[tile / inputTiles.count]
      let into = inputTiles[tile % inputTiles.count]
      let offset = out.lowerBound * inputs + into.lowerBound
      sum.compute(
        rows: out.count, columns: into.count, stride: inputs, nodes: nodes.map { $0 + offset },
        scratch: scratch + productScratch
      ) { samples, block, stride in
        let first = samples[samples.startIndex].lowerBound * rowsPerSample
        multiply(
          ProductTile(
            m: out.count, n: into.count, leaves: samples.map { $0.count * rowsPerSample },
            a: dy.row(first) + out.lowerBound, aRow: 1, aDepth: outputs,
            b: x.row(first) + into.lowerBound, bDepth: inputs, bColumn: 1, c: block, cRow: stride,
            adds: false), scratch)
      }
    }
  }

  /// Each node's sum over its shards of a vector that `leaf` writes for a shard and a run of columns.
  public func vectorGradient(
    _ shards: BatchShards, columns: Int, nodes: [UnsafeMutablePointer<Scalar>],
    leaf: (
      _ shard: Range<Int>, _ columns: Range<Int>, _ block: UnsafeMutablePointer<Scalar>
    ) -> Void
  ) {
    let parts = Self.tiles(columns, of: Self.tileColumns)
    let sum = ShardSum<Scalar>(shards)
    withScratch(sum.scratchCount(min(columns, Self.tileColumns))) { scratch in
      threads.run(parts.count) { tile, thread in
        let part = parts[tile]
        sum.compute(
          rows: 1, columns: part.count, stride: columns, nodes: nodes.map { $0 + part.lowerBound },
          scratch: scratch(thread)
        ) { shards, block, _ in leaf(shards[shards.startIndex], part, block) }
      }
    }
  }

  // MARK: - Tiles

  /// The rows of each tile: any cut for the engine's kernels, a shard's for OpenBLAS.
  func rowTiles(_ shards: BatchShards, rowsPerSample: Int) -> [Range<Int>] {
    guard products.isTilingFree else {
      return shards.shards.map {
        $0.lowerBound * rowsPerSample..<$0.upperBound * rowsPerSample
      }
    }
    return Self.tiles(shards.samples.count * rowsPerSample, of: Self.tileRows)
  }

  /// How many neighbouring shards a weight gradient's product may take at once as leaves of a tree.
  private func fusedShards(_ shards: BatchShards, rowsPerSample: Int) -> Int {
    guard products.isTilingFree, Scalar.self == Float.self else { return 1 }
    var count = 1
    while 2 * count <= ProductKernel.mostFusedLeaves,
      2 * count * shards.largestShard * rowsPerSample <= ProductKernel.longestFusedDepth
    { count *= 2 }
    return count
  }

  func multiply(_ tile: ProductTile<Scalar>, _ scratch: UnsafeMutablePointer<Scalar>) {
    Scalar.multiply(tile, products, scratch: scratch)
  }

  /// Runs tiles, each with scratch for a product and `extra` elements after it.
  func runTiles(
    _ count: Int, extra: Int = 0, _ body: (_ tile: Int, UnsafeMutablePointer<Scalar>) -> Void
  ) {
    withScratch(productScratch + extra) { scratch in
      threads.run(count) { tile, thread in body(tile, scratch(thread)) }
    }
  }

  /// Elements of scratch that the largest tile's product needs.
  var productScratch: Int { Scalar.productScratch(m: Self.tileRows, n: Self.tileColumns) }

  /// `0 ..< count` in runs of `size`.
  static func tiles(_ count: Int, of size: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  /// Calls `body` with a function that gives each thread `count` elements of its own.
  public func withScratch(_ count: Int, _ body: ((Int) -> UnsafeMutablePointer<Scalar>) -> Void) {
    // Rows of whole cache lines, so that no two threads share one.
    let scratch = matrix(threads.threads, (max(count, 1) + 15) / 16 * 16)
    body { scratch.row($0) }
  }
}
