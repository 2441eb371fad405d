import CKernels

/// Products of token matrices with weights, cut into tiles for the threads. The engine's kernels
/// give the same bits for every cut; for OpenBLAS the cut follows from the model and the shards alone.
extension ComputeContext {
  /// Rows and columns of an output tile, more or less.
  static var tileRows: Int { 512 }
  static var tileColumns: Int { 128 }

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
    let left = StridedOperand(
      start: UnsafePointer(x.pointer), count: x.rows, stride: inner, step: 1)
    let right = StridedOperand(
      start: weights, count: columns, stride: transposed ? inner : 1,
      step: transposed ? 1 : columns)
    func target(_ rows: Range<Int>, _ columns: Range<Int>) -> ProductTarget<Scalar> {
      ProductTarget(
        start: y.row(rows.lowerBound) + columns.lowerBound, stride: y.columns, adds: adding)
    }
    timed(.products) {
      guard let kernel = products.packed else {
        let rows = shards.shards.map {
          $0.lowerBound * rowsPerSample..<$0.upperBound * rowsPerSample
        }
        forEachTile(rows, Self.tiles(columns, of: Self.tileColumns)) { rows, columns, _ in
          Scalar.multiply(
            left.slice(rows), right.slice(columns), depth: inner, into: target(rows, columns))
          finish(rows, columns)
        }
        return
      }
      let depths = ProductDepths(units: [[inner]])
      let packed = PackedOperand(left, right: false, depths, kernel, self)
      forEachTile(
        Self.evenTiles(x.rows, of: Self.tileRows, multiple: ckernels_panel_rows(kernel)),
        Self.evenTiles(columns, of: Self.tileColumns, multiple: ckernels_panel_columns(kernel)),
        scratch: Self.panelScratch
      ) { rows, columns, scratch in
        multiply(packed, right.slice(columns), rows, depths, kernel, scratch, target(rows, columns))
        finish(rows, columns)
      }
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
    weightGradients(
      shards, rowsPerSample: rowsPerSample,
      left: [StridedOperand(start: dy.pointer, count: dy.columns, stride: 1, step: dy.columns)],
      right: [StridedOperand(start: x.pointer, count: x.columns, stride: 1, step: x.columns)],
      readers: [[(0, 0)]], nodes: nodes)
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
      timed(.elementwise) {
        threads.run(parts.count) { tile, thread in
          let part = parts[tile]
          sum.compute(
            rows: 1, columns: part.count, stride: columns,
            nodes: nodes.map { $0 + part.lowerBound }, scratch: scratch(thread)
          ) { shard, block, _ in leaf(shards.shards[shard], part, block) }
        }
      }
    }
  }
}
